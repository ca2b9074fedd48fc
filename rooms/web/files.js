// All file transfers of a room: who sends what to whom, and what is kept for a resume.

import { Batch, Outgoing } from "./batch.js";
import { PartialFile, Receiver } from "./receiver.js";
import { Sender } from "./sender.js";
import { KEPT_BYTES_MAX, TRANSFERS_MAX, isOffer, readChunk } from "./transfer.js";

/** Partial files kept for a resume; the oldest goes first. */
const PARTIALS_MAX = 8;

/** How long to wait before somebody who cannot be reached is offered a file again. */
const RETRY_MS = 2_000;

/**
 * Events: "transfer" (detail: { transfer, batch?, sender?, receiver? }, once for each), "batch" (detail: a Batch,
 * once for several files together), "received" (detail: { transfer, file }, where `file` is
 * { name, folder, size, sha256, ok, blob, from }).
 *
 * `route(id)` gives { channel, to } for a participant, or null while there is no way to it;
 * `nameOf(id)` its name.
 */
export class Files extends EventTarget {
  acceptAll = false;
  received = [];
  #senders = [];
  #outgoing = [];
  #receivers = new Map();
  /** By who sends: files of which more are announced. */
  #incoming = new Map();
  #partials = new Map();
  #timer = null;
  #route;
  #nameOf;

  constructor({ route, nameOf }) {
    super();
    this.#route = route;
    this.#nameOf = nameOf;
  }

  /** Sends a File or Blob; resolves to the transfer once it is over. */
  send(blob, name, to) {
    return this.#send({ blob, name: name ?? blob.name, folder: "" }, to);
  }

  /** Sends files, [{ blob, name, folder }], four at a time; resolves to their batch once all are over. */
  sendAll(items, to) {
    const batch = new Outgoing(items, to);
    this.#outgoing.push({ batch, to });
    this.#emit("batch", batch);
    return new Promise((resolve) => {
      batch.addEventListener("change", () => {
        if (!batch.isOver) return;
        this.#outgoing = this.#outgoing.filter((other) => other.batch !== batch);
        resolve(batch);
      });
      this.#fill();
    });
  }

  /** Sends no more files of a batch, or takes no more. */
  stop(batch) {
    batch.stop?.();
    for (const party of [...this.#senders, ...this.#receivers.values()]) {
      if (batch.active.includes(party.transfer)) party.cancel();
    }
    for (const [id, other] of this.#incoming) if (other === batch) this.#incoming.delete(id);
  }

  /** Takes all files of a batch: those that are offered, and those that will be. */
  acceptAllOf(batch) {
    batch.isAccepted = true;
    for (const receiver of this.#receivers.values()) {
      if (batch.active.includes(receiver.transfer)) receiver.accept();
    }
  }

  /** Begins with files that wait in a batch. */
  #fill() {
    for (const { batch, to } of this.#outgoing) {
      for (let next = batch.next(TRANSFERS_MAX); next; next = batch.next(TRANSFERS_MAX)) {
        this.#send(next, to, batch);
      }
    }
  }

  async #send({ blob, name, folder }, to, batch) {
    const sender = new Sender(blob, { name, folder }, to, (transfer) => batch?.after(transfer) ?? 0);
    const { transfer } = sender;
    this.#senders.push(sender);
    batch?.add(transfer);
    this.#emit("transfer", { transfer, sender, batch });
    const over = new Promise((resolve) => {
      transfer.addEventListener("change", () => {
        if (transfer.status === "waiting") this.#later();
        if (!transfer.isOver || !this.#senders.includes(sender)) return;
        this.#senders = this.#senders.filter((other) => other !== sender);
        batch?.over(transfer, transfer.status === "done" ? transfer : null);
        resolve(transfer);
        this.#fill();
        this.#offerWaiting();
      });
    });
    try {
      await sender.prepare();
    } catch {
      transfer.update({ status: "failed", reason: "io" });
    }
    this.#offerWaiting();
    return over;
  }

  /** A way to somebody opened: offers what waits for it. */
  opened() {
    this.#offerWaiting();
  }

  /** The ways over this connection are gone. */
  lost(isAffected) {
    for (const sender of this.#senders) if (isAffected(sender.to.id)) sender.pause();
    for (const [id, receiver] of this.#receivers) {
      if (!isAffected(receiver.from.id)) continue;
      receiver.pause();
      this.#receivers.delete(id);
    }
  }

  /** A message on a file channel of the peer `peer`. */
  message(data, peer, channel) {
    if (typeof data !== "string") return this.#chunk(data);
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return undefined;
    }
    if (message?.type === "offer") return this.#offered(message, peer, channel);
    const sender = this.#senders.find((candidate) => candidate.id === message?.id);
    sender?.receive(message);
    this.#receivers.get(message?.id)?.receive(message);
    return undefined;
  }

  #active() {
    const sending = this.#senders.filter((s) => ["offered", "sending"].includes(s.transfer.status));
    const receiving = [...this.#receivers.values()].filter((r) => !r.transfer.isOver);
    return sending.length + receiving.length;
  }

  #offerWaiting() {
    for (const sender of this.#senders) {
      if (sender.transfer.status !== "waiting" || this.#active() >= TRANSFERS_MAX) continue;
      const way = this.#route(sender.to);
      if (way) sender.offer(way.channel, way.to);
    }
  }

  #offered(offer, peer, channel) {
    const refuse = (reason) =>
      channel.send(JSON.stringify({ type: "reject", id: offer.id, reason }));
    if (!isOffer(offer) || this.#receivers.has(offer.id)) return refuse("bad-offer");
    if (offer.size > KEPT_BYTES_MAX) return refuse("too-large");
    if (this.#active() >= TRANSFERS_MAX) return refuse("busy");
    const key = `${offer.sha256}:${offer.size}`;
    const known = this.#partials.has(key);
    const partial = this.#partials.get(key) ?? new PartialFile();
    const id = offer.from ?? peer;
    const from = { id, name: this.#nameOf(id) };
    const finished = (receiver, result) => this.#finished(key, receiver, result, batch);
    const receiver = new Receiver(offer, from, channel, partial, finished);
    this.#receivers.set(offer.id, receiver);
    const batch = this.#batchOf(offer, from, receiver.transfer);
    receiver.transfer.addEventListener("change", () => {
      const { status, isOver, reason } = receiver.transfer;
      if (status === "receiving") this.#keep(key, partial);
      if (isOver && this.#receivers.delete(offer.id) && status !== "done") {
        batch?.over(receiver.transfer, null);
      }
      // Whoever stopped it does not want the rest either.
      if (status === "cancelled" && !reason) this.#partials.delete(key);
    });
    this.#emit("transfer", { transfer: receiver.transfer, receiver, batch });
    // Who took the first half of a file takes the second without being asked again.
    if (known || this.acceptAll || batch?.isAccepted) receiver.accept();
    return undefined;
  }

  /** The batch that a file belongs to which is offered: one is there while more files are announced. */
  #batchOf(offer, from, transfer) {
    const more = Number.isSafeInteger(offer.more) && offer.more > 0 ? offer.more : 0;
    let batch = this.#incoming.get(from.id);
    if (!batch && more === 0) return null;
    const isNew = !batch;
    if (isNew) batch = new Batch("in", from.name, 0);
    // It may be offered once more after a lost connection: what was broken off counts no longer.
    batch.failed = 0;
    batch.add(transfer);
    batch.size += transfer.size;
    batch.total = batch.done.length + batch.active.length + more;
    if (more > 0) this.#incoming.set(from.id, batch);
    else this.#incoming.delete(from.id);
    if (isNew) this.#emit("batch", batch);
    return batch;
  }

  #keep(key, partial) {
    this.#partials.set(key, partial);
    if (this.#partials.size > PARTIALS_MAX) {
      this.#partials.delete(this.#partials.keys().next().value);
    }
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#offerWaiting(), RETRY_MS);
  }

  #chunk(buffer) {
    const chunk = readChunk(buffer);
    if (chunk) this.#receivers.get(chunk.id)?.chunk(chunk);
  }

  #finished(key, { transfer, from }, { ok, blob }, batch) {
    this.#partials.delete(key);
    const { name, folder, size, sha256 } = transfer;
    const file = { name, folder, size, sha256, ok, blob, from };
    if (ok) {
      this.received.push(file);
      batch?.over(transfer, file);
    }
    this.#emit("received", { transfer, file });
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
