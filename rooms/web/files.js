// All file transfers of a room: who sends what to whom, and what is kept for a resume.

import { PartialFile, Receiver } from "./receiver.js";
import { Sender } from "./sender.js";
import { KEPT_BYTES_MAX, TRANSFERS_MAX, isOffer, readChunk } from "./transfer.js";

/** Partial files kept for a resume; the oldest goes first. */
const PARTIALS_MAX = 8;

/** How long to wait before somebody who cannot be reached is offered a file again. */
const RETRY_MS = 2_000;

/**
 * Events: "transfer" (detail: { transfer, sender?, receiver? }, once for each), "received" (detail:
 * { name, size, sha256, ok, blob, from }).
 *
 * `route(id)` gives { channel, to } for a participant, or null while there is no way to it;
 * `nameOf(id)` its name.
 */
export class Files extends EventTarget {
  acceptAll = false;
  received = [];
  #senders = [];
  #receivers = new Map();
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
  async send(blob, name, to) {
    const sender = new Sender(blob, name ?? blob.name, to);
    this.#senders.push(sender);
    this.#emit("transfer", { transfer: sender.transfer, sender });
    const over = new Promise((resolve) => {
      sender.transfer.addEventListener("change", () => {
        if (sender.transfer.status === "waiting") this.#later();
        if (!sender.transfer.isOver) return;
        this.#senders = this.#senders.filter((other) => other !== sender);
        resolve(sender.transfer);
        this.#offerWaiting();
      });
    });
    await sender.prepare();
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
    const finished = (receiver, result) => this.#finished(key, receiver, result);
    const receiver = new Receiver(offer, from, channel, partial, finished);
    this.#receivers.set(offer.id, receiver);
    receiver.transfer.addEventListener("change", () => {
      const { status, isOver, reason } = receiver.transfer;
      if (status === "receiving") this.#keep(key, partial);
      if (isOver) this.#receivers.delete(offer.id);
      // Whoever stopped it does not want the rest either.
      if (status === "cancelled" && !reason) this.#partials.delete(key);
    });
    this.#emit("transfer", { transfer: receiver.transfer, receiver });
    // Who took the first half of a file takes the second without being asked again.
    if (known || this.acceptAll) receiver.accept();
    return undefined;
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

  #finished(key, receiver, { ok, blob }) {
    this.#partials.delete(key);
    const { name, size, sha256 } = receiver.transfer;
    const file = { name, size, sha256, ok, blob, from: receiver.from };
    if (ok) this.received.push(file);
    this.#emit("received", file);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
