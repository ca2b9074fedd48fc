// What senders and receivers of files have in common. docs/data-channel-protocol.md.

import { plainText } from "./names.js";

/** The longest file name, in bytes of UTF-8. */
const NAME_BYTES_MAX = 255;

/** Length of a chunk's header: transfer id and offset, 64 bits each. */
export const HEADER_BYTES = 16;

/** Data in one chunk as sent; up to 60 KiB are understood. */
export const CHUNK_BYTES = 32 * 1024;
const CHUNK_BYTES_MAX = 60 * 1024;

/** The receiver acknowledges at least every so many bytes. */
export const ACK_EVERY_BYTES = 256 * 1024;

/** Most bytes under way without an acknowledgement. */
export const UNACKED_BYTES_MAX = 4 * 1024 * 1024;

/** Most bytes waiting in the channel, so that chat and echo do not wait behind them. */
export const BUFFERED_BYTES_MAX = 1024 * 1024;

/** Transfers at the same time, both directions together. */
export const TRANSFERS_MAX = 4;

/** Largest file taken: it is held in the browser's memory until it is saved. */
export const KEPT_BYTES_MAX = 2 * 1024 ** 3;

/** One transfer as shown: events "change". */
export class Transfer extends EventTarget {
  direction;
  name;
  /** The folder it belongs in, parts separated by "/"; empty for none. */
  folder;
  size;
  peer;
  sha256 = null;
  done = 0;
  status = "preparing";
  startedAt = null;
  rate = 0;

  constructor(direction, { name, folder = "", size, peer }) {
    super();
    Object.assign(this, { direction, name, folder, size, peer });
  }

  update(changes) {
    Object.assign(this, changes);
    if (this.startedAt !== null) {
      const seconds = (performance.now() - this.startedAt) / 1000;
      this.rate = seconds > 0 ? (this.done - this.startedDone) / seconds : 0;
    }
    this.dispatchEvent(new Event("change"));
  }

  /** From now on the rate counts. */
  begin() {
    this.startedAt = performance.now();
    this.startedDone = this.done;
  }

  get isOver() {
    return ["done", "failed", "declined", "cancelled"].includes(this.status);
  }
}

export function randomId() {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return (high >>> 11) * 2 ** 32 + low || 1;
}

export function writeChunk(id, offset, data) {
  const message = new Uint8Array(HEADER_BYTES + data.length);
  const view = new DataView(message.buffer);
  view.setBigUint64(0, BigInt(id));
  view.setBigUint64(8, BigInt(offset));
  message.set(data, HEADER_BYTES);
  return message;
}

/** { id, offset, data } or null when the message is no chunk. */
export function readChunk(buffer) {
  const length = buffer.byteLength - HEADER_BYTES;
  if (length < 1 || length > CHUNK_BYTES_MAX) return null;
  const view = new DataView(buffer);
  return {
    id: Number(view.getBigUint64(0)),
    offset: Number(view.getBigUint64(8)),
    data: new Uint8Array(buffer, HEADER_BYTES),
  };
}

/** A name from a stranger: no folders, nothing that hides or reorders a part of it, never empty. */
export function safeName(name) {
  const plain = plainText(String(name).split(/[/\\]/).pop());
  return plain.replace(/^\.+/, "") || "file";
}

/** A name of ours, cut to what the protocol allows at a character's border. */
export function shortName(name) {
  let short = name || "file";
  while (new TextEncoder().encode(short).length > NAME_BYTES_MAX) {
    short = Array.from(short).slice(1).join("");
  }
  return short;
}

/** Whether an offer is one: what comes from a stranger is looked at first. */
export function isOffer(message) {
  return (
    Number.isSafeInteger(message.id) &&
    message.id > 0 &&
    Number.isSafeInteger(message.size) &&
    message.size >= 0 &&
    typeof message.name === "string" &&
    ["string", "undefined"].includes(typeof message.folder) &&
    /^[0-9a-f]{64}$/.test(message.sha256)
  );
}
