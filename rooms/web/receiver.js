// Receives files: checks every chunk, keeps partial files for a resume, verifies the digest.

import { safeFolder } from "./folders.js";
import { Sha256 } from "./sha256.js";
import { ACK_EVERY_BYTES, Transfer, safeName } from "./transfer.js";

/** Chunks are joined into blobs of this size, which browsers may keep on disk. */
const PART_BYTES = 4 * 1024 * 1024;

/** What has arrived of one file. It outlives the transfer, and so the connection. */
export class PartialFile {
  received = 0;
  #hash = new Sha256();
  #parts = [];
  #fresh = [];
  #freshBytes = 0;

  add(data) {
    this.#hash.update(data);
    this.#fresh.push(data);
    this.#freshBytes += data.length;
    this.received += data.length;
    if (this.#freshBytes >= PART_BYTES) this.#join();
  }

  /** { sha256, blob }: ends it. */
  finish() {
    this.#join();
    return { sha256: this.#hash.hex(), blob: new Blob(this.#parts) };
  }

  #join() {
    this.#parts.push(new Blob(this.#fresh));
    this.#fresh = [];
    this.#freshBytes = 0;
  }
}

/** One file on its way in. */
export class Receiver {
  transfer;
  id;
  from;
  #channel;
  #partial;
  #acked = 0;
  #finished;

  /** `finished(receiver, { ok, blob })` is called once, at the end of the file. */
  constructor(offer, from, channel, partial, finished) {
    this.id = offer.id;
    this.from = from;
    this.#channel = channel;
    this.#partial = partial;
    this.#finished = finished;
    const folder = safeFolder(offer.folder);
    const title = { name: safeName(offer.name), folder, size: offer.size, peer: from.name };
    this.transfer = new Transfer("in", title);
    this.transfer.update({ sha256: offer.sha256, status: "asking" });
  }

  accept() {
    if (this.transfer.status !== "asking") return;
    const offset = this.#partial.received;
    this.#acked = offset;
    this.#say({ type: "accept", offset });
    this.transfer.update({ status: "receiving", done: offset, resumedFrom: offset });
    this.transfer.begin();
    this.#checkEnd();
  }

  reject(reason = "declined") {
    this.#say({ type: "reject", reason });
    this.transfer.update({ status: "declined" });
  }

  cancel() {
    if (this.transfer.isOver) return;
    this.#say({ type: "cancel", reason: "stopped" });
    this.transfer.update({ status: "cancelled" });
  }

  /** The channel is gone; a new offer of the same file takes over. */
  pause() {
    if (!this.transfer.isOver) this.transfer.update({ status: "cancelled", reason: "connection lost" });
  }

  receive(message) {
    if (message.type !== "cancel" || this.transfer.isOver) return;
    this.transfer.update({ status: "cancelled", reason: message.reason });
  }

  chunk({ offset, data }) {
    if (this.transfer.status !== "receiving") return;
    const fits = offset === this.#partial.received && offset + data.length <= this.transfer.size;
    if (!fits) {
      this.#say({ type: "cancel", reason: "protocol" });
      this.transfer.update({ status: "failed", reason: "protocol" });
      return;
    }
    this.#partial.add(data);
    const { received } = this.#partial;
    if (received - this.#acked >= ACK_EVERY_BYTES || received === this.transfer.size) {
      this.#acked = received;
      this.#say({ type: "ack", received });
      this.transfer.update({ done: received });
    }
    this.#checkEnd();
  }

  #checkEnd() {
    if (this.#partial.received < this.transfer.size) return;
    const { sha256, blob } = this.#partial.finish();
    const ok = sha256 === this.transfer.sha256;
    this.#say({ type: "done", ok, sha256 });
    this.transfer.update(
      ok ? { status: "done", done: this.transfer.size } : { status: "failed", reason: "digest" },
    );
    this.#finished(this, { ok, blob });
  }

  #say(message) {
    if (this.#channel.readyState === "open") {
      this.#channel.send(JSON.stringify({ id: this.id, ...message }));
    }
  }
}
