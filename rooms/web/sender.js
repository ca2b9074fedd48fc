// Sends files: reads, offers, keeps the window full, offers again after a lost connection.

import { Sha256 } from "./sha256.js";
import {
  BUFFERED_BYTES_MAX,
  CHUNK_BYTES,
  Transfer,
  UNACKED_BYTES_MAX,
  randomId,
  shortName,
  writeChunk,
} from "./transfer.js";

/** Bytes read from the disk at once. */
const READ_BYTES = 1024 * 1024;

/** Offers to somebody who cannot be reached: at the pace of files.js that is a minute. */
const TRIES_MAX = 30;

/** One file on its way out. */
export class Sender {
  transfer;
  id = 0;
  to;
  #blob;
  #more;
  #channel = null;
  #sent = 0;
  #acked = 0;
  #pumping = false;
  #tries = 0;
  #piece = { from: 0, data: new Uint8Array(0) };

  /** `more(transfer)` says how many files will be offered after it. */
  constructor(blob, { name, folder }, to, more = () => 0) {
    this.#blob = blob;
    this.#more = more;
    this.to = to;
    const title = { name: shortName(name), folder, size: blob.size, peer: to.name };
    this.transfer = new Transfer("out", title);
  }

  /** Reads the file once for its digest, which names it for a resume. */
  async prepare() {
    const hash = new Sha256();
    for (let at = 0; at < this.#blob.size; at += READ_BYTES) {
      const piece = await this.#blob.slice(at, at + READ_BYTES).arrayBuffer();
      if (this.transfer.isOver) return;
      hash.update(new Uint8Array(piece));
      this.transfer.update({ done: at + piece.byteLength });
    }
    this.transfer.update({ sha256: hash.hex(), done: 0, status: "waiting" });
  }

  /** Offers the file over a channel; again after the channel was lost. */
  offer(channel, to) {
    this.to = to;
    this.#channel = channel;
    this.id = randomId();
    channel.bufferedAmountLowThreshold = BUFFERED_BYTES_MAX / 2;
    channel.addEventListener("bufferedamountlow", () => this.#pump());
    const { name, folder, size, sha256 } = this.transfer;
    const more = this.#more(this.transfer);
    const place = { ...(folder && { folder }), ...(more > 0 && { more }) };
    this.#say({ type: "offer", to: to.id, name, ...place, size, sha256 });
    this.transfer.update({ status: "offered" });
  }

  /** The channel is gone; the transfer waits for another. */
  pause() {
    this.#channel = null;
    this.id = 0;
    if (!this.transfer.isOver) this.transfer.update({ status: "waiting" });
  }

  cancel() {
    if (this.transfer.isOver) return;
    if (this.#channel) this.#say({ type: "cancel", reason: "stopped" });
    this.#channel = null;
    this.transfer.update({ status: "cancelled" });
  }

  /** A message about this transfer. */
  receive(message) {
    if (this.transfer.isOver) return;
    switch (message.type) {
      case "accept":
        return this.transfer.status === "offered" && this.#accepted(message.offset);
      case "ack":
        return this.#ack(message.received);
      case "done":
        return this.#finished(message.ok);
      case "reject":
        return this.#rejected(message.reason);
      case "cancel":
        return this.#cancelled(message.reason);
      default:
        return undefined;
    }
  }

  #accepted(offset) {
    if (!(Number.isSafeInteger(offset) && offset >= 0 && offset <= this.#blob.size)) return;
    this.#sent = offset;
    this.#acked = offset;
    this.transfer.update({ status: "sending", done: offset, resumedFrom: offset });
    this.transfer.begin();
    this.#pump();
  }

  /** Somebody who has only just come has no channel yet: that is worth another try. */
  #rejected(reason) {
    this.#tries += 1;
    if (reason === "no-receiver" && this.#tries < TRIES_MAX) this.pause();
    else this.transfer.update({ status: "declined", reason });
  }

  /** Somebody who left may come back; anything else is the end. */
  #cancelled(reason) {
    if (reason === "peer-left") return this.pause();
    this.#channel = null;
    return this.transfer.update({ status: "cancelled", reason });
  }

  #ack(received) {
    if (!(received > this.#acked && received <= this.#sent)) return;
    this.#acked = received;
    this.transfer.update({ done: received });
    this.#pump();
  }

  #finished(ok) {
    this.#channel = null;
    this.transfer.update(ok ? { status: "done", done: this.#blob.size } : { status: "failed" });
  }

  /** Sends while window and channel have room. Only one runs at a time. */
  async #pump() {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#hasRoom()) {
        const data = await this.#read();
        if (!this.#hasRoom()) break;
        this.#channel.send(writeChunk(this.id, this.#sent, data));
        this.#sent += data.length;
      }
    } catch {
      // The file changed or went away, or the channel closed between check and send.
      if (this.#channel?.readyState === "open") {
        this.#say({ type: "cancel", reason: "io" });
        this.transfer.update({ status: "failed", reason: "io" });
      }
    } finally {
      this.#pumping = false;
    }
  }

  #hasRoom() {
    return (
      this.transfer.status === "sending" &&
      this.#channel?.readyState === "open" &&
      this.#sent < this.#blob.size &&
      this.#sent + CHUNK_BYTES - this.#acked <= UNACKED_BYTES_MAX &&
      this.#channel.bufferedAmount < BUFFERED_BYTES_MAX
    );
  }

  /** The next chunk's data, from a larger piece read ahead. */
  async #read() {
    const { from, data } = this.#piece;
    const inPiece = this.#sent >= from && this.#sent < from + data.length;
    if (!inPiece) {
      const at = this.#sent;
      const piece = await this.#blob.slice(at, at + READ_BYTES).arrayBuffer();
      this.#piece = { from: at, data: new Uint8Array(piece) };
    }
    const start = this.#sent - this.#piece.from;
    return this.#piece.data.subarray(start, start + CHUNK_BYTES);
  }

  #say(message) {
    this.#channel.send(JSON.stringify({ id: this.id, ...message }));
  }
}
