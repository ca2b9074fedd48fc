// Blocks of a file that is sent: their list, and what of them is asked for. docs/data-channel-protocol.md,
// rules 8 to 10.

/** Bytes of a block. */
export const BLOCK_BYTES = 1024 * 1024;

/** Larger files would need larger blocks, which are more than is read at once: they are sent without a list. */
const BLOCKS_MAX = 32 * 1024;

const DIGEST_BYTES = 32;

/** Times that blocks may be asked for in one transfer. */
const WANTS_MAX = 4;

const RANGES_MAX = 2_000;

/** The list of a file's blocks, while it is read. */
export class BlockList {
  #digests;

  /** Null when the file is one block, or too large, or the browser has no digests here. */
  static of(size) {
    const count = Math.ceil(size / BLOCK_BYTES);
    // Digests of whole pieces are there in secure contexts alone; ours, piece by piece, would read twice as long.
    const can = count > 1 && count <= BLOCKS_MAX && Boolean(globalThis.crypto?.subtle);
    return can ? new BlockList(count) : null;
  }

  constructor(count) {
    this.#digests = new Uint8Array(count * DIGEST_BYTES);
  }

  /** Takes the block of this number, an ArrayBuffer. */
  async take(index, block) {
    const digest = await crypto.subtle.digest("SHA-256", block);
    this.#digests.set(new Uint8Array(digest), index * DIGEST_BYTES);
  }

  get bytes() {
    return this.#digests;
  }
}

/**
 * What passes of one transfer, and in which order. Methods give false where the receiver breaks a rule, and then
 * nothing has changed.
 */
export class Flow {
  /** Bytes of the file that the receiver has or will have, and has said to have. */
  sent = 0;
  acked = 0;
  #size;
  #list;
  #listed = null;
  #rest = null;
  #wants = 0;

  /** `list` is null for a transfer without one. */
  constructor(size, list) {
    this.#size = size;
    this.#list = list?.bytes ?? null;
  }

  /** The receiver has so many bytes from the beginning on. */
  accept(offset) {
    if (this.#rest || this.#listed !== null) return false;
    if (!(Number.isSafeInteger(offset) && offset >= 0 && offset <= this.#size)) return false;
    this.#begin(offset < this.#size ? [[offset, this.#size]] : []);
    return true;
  }

  /** The receiver asks for the list: instead of accepting, or when all is there. */
  askList() {
    const complete = this.#rest !== null && this.acked === this.#size;
    if (!this.#list || this.#listed !== null || (this.#rest && !complete)) return false;
    this.#listed = 0;
    this.#rest = null;
    return true;
  }

  /** The receiver asks for blocks: [[first, count], ..]. */
  want(ranges) {
    const ready = this.#rest ? this.acked === this.#size : this.#listed === this.#list?.length;
    if (!ready || this.#listed === null || this.#wants >= WANTS_MAX) return false;
    if (!Array.isArray(ranges) || ranges.length > RANGES_MAX) return false;
    const places = [];
    let free = 0;
    for (const range of ranges) {
      if (!Array.isArray(range) || range.length !== 2 || !range.every(Number.isSafeInteger)) return false;
      const [first, count] = range;
      const end = first + count;
      if (count < 1 || first < free || end > this.#list.length / DIGEST_BYTES) return false;
      places.push([first * BLOCK_BYTES, Math.min(end * BLOCK_BYTES, this.#size)]);
      free = end;
    }
    this.#wants += 1;
    this.#begin(places);
    return true;
  }

  #begin(places) {
    this.#rest = places;
    const missing = places.reduce((sum, [start, end]) => sum + end - start, 0);
    this.sent = this.#size - missing;
    this.acked = this.sent;
  }

  /** What is to pass next of the file, [start, end]; null when nothing is. */
  get next() {
    return this.#rest?.[0] ?? null;
  }

  /** So many bytes of the file pass. */
  pass(length) {
    this.sent += length;
    this.#rest[0][0] += length;
    if (this.#rest[0][0] >= this.#rest[0][1]) this.#rest.shift();
  }

  /** The next piece of the list with its place, at most so long; null when none is to pass. */
  takeList(most) {
    if (this.#rest || this.#listed === null || this.#listed === this.#list.length) return null;
    const offset = this.#listed;
    const data = this.#list.subarray(offset, offset + most);
    this.#listed += data.length;
    return { offset, data };
  }

  /** The receiver has consumed so many bytes, with those that were there before. */
  ack(received) {
    if (!this.#rest || !(received > this.acked && received <= this.sent)) return false;
    this.acked = received;
    return true;
  }
}
