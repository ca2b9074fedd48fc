// Sends files: reads, offers, keeps the window full, offers again after a lost connection.

import { BLOCK_BYTES, BlockList, Flow } from "./blocks.js";
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

/** Bytes read from the disk at once: a block, so that each piece has its digest in the list. */
const READ_BYTES = BLOCK_BYTES;

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
  #list = null;
  #flow = null;
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
    const list = BlockList.of(this.#blob.size);
    for (let at = 0; at < this.#blob.size; at += READ_BYTES) {
      const piece = await this.#blob.slice(at, at + READ_BYTES).arrayBuffer();
      if (this.transfer.isOver) return;
      hash.update(new Uint8Array(piece));
      await list?.take(at / READ_BYTES, piece);
      this.transfer.update({ done: at + piece.byteLength });
    }
    this.#list = list;
    this.transfer.update({ sha256: hash.hex(), done: 0, status: "waiting" });
  }

  /** Offers the file over a channel; again after the channel was lost. */
  offer(channel, to) {
    this.to = to;
    this.#channel = channel;
    this.id = randomId();
    this.#flow = new Flow(this.#blob.size, this.#list);
    channel.bufferedAmountLowThreshold = BUFFERED_BYTES_MAX / 2;
    channel.addEventListener("bufferedamountlow", () => this.#pump());
    const { name, folder, size, sha256 } = this.transfer;
    const more = this.#more(this.transfer);
    const block = this.#list && { block: BLOCK_BYTES };
    const place = { ...(folder && { folder }), ...(more > 0 && { more }) };
    this.#say({ type: "offer", to: to.id, name, ...place, size, sha256, ...block });
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
        return this.#flow?.accept(message.offset) && this.#begin();
      case "list":
        return this.#flow?.askList() ? this.#pump() : this.#refuse();
      case "want":
        return this.#flow?.want(message.ranges) ? this.#begin() : this.#refuse();
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

  #begin() {
    // What is asked for again does not begin anew.
    if (this.transfer.status === "offered") {
      const done = this.#flow.acked;
      this.transfer.update({ status: "sending", done, resumedFrom: done });
      this.transfer.begin();
    }
    this.#pump();
  }

  /** The receiver broke a rule. */
  #refuse() {
    if (!this.#channel) return;
    this.#say({ type: "cancel", reason: "protocol" });
    this.#channel = null;
    this.transfer.update({ status: "failed", reason: "protocol" });
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
    if (!this.#flow?.ack(received)) return;
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
      while (this.#isOpen() && this.#channel.bufferedAmount < BUFFERED_BYTES_MAX) {
        const list = this.#flow.takeList(CHUNK_BYTES);
        if (list) {
          this.#channel.send(writeChunk(this.id, list.offset, list.data));
          continue;
        }
        if (!this.#mayPass()) break;
        const flow = this.#flow;
        const [at, end] = flow.next;
        const data = (await this.#read(at)).subarray(0, end - at);
        // The channel may have been lost meanwhile, and another have come.
        if (flow !== this.#flow || !this.#isOpen() || !this.#mayPass()) continue;
        this.#channel.send(writeChunk(this.id, at, data));
        flow.pass(data.length);
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

  #isOpen() {
    const isUnderWay = ["offered", "sending"].includes(this.transfer.status);
    return isUnderWay && this.#channel?.readyState === "open";
  }

  /** Whether there is more of the file to send, and the window has room for it. */
  #mayPass() {
    const { next, sent, acked } = this.#flow;
    return next !== null && sent + CHUNK_BYTES - acked <= UNACKED_BYTES_MAX;
  }

  /** A chunk's data from this place on, from a larger piece read ahead. */
  async #read(at) {
    const { from, data } = this.#piece;
    if (!(at >= from && at < from + data.length)) {
      const piece = await this.#blob.slice(at, at + READ_BYTES).arrayBuffer();
      this.#piece = { from: at, data: new Uint8Array(piece) };
    }
    const start = at - this.#piece.from;
    if (start >= this.#piece.data.length) throw new Error("the file became shorter");
    return this.#piece.data.subarray(start, start + CHUNK_BYTES);
  }

  #say(message) {
    this.#channel.send(JSON.stringify({ id: this.id, ...message }));
  }
}
