// Several files that go to one person, or come from one, as a whole.

/** Events: "change", whenever a number changes. */
export class Batch extends EventTarget {
  direction;
  peer;
  /** How many files there are. */
  total;
  /** Bytes of all; of files that come, those of the ones that were offered. */
  size = 0;
  /** Files that went over, as the page keeps them; of those that are sent, their transfers. */
  done = [];
  /** Files that did not. */
  failed = 0;
  /** The person takes all of it. */
  isAccepted = false;
  #transfers = new Set();
  #doneBytes = 0;
  #begunAt = null;
  #told = false;

  constructor(direction, peer, total, size = 0) {
    super();
    Object.assign(this, { direction, peer, total, size });
  }

  /** A file of it is under way. */
  add(transfer) {
    this.#transfers.add(transfer);
    transfer.addEventListener("change", () => {
      this.#begunAt ??= ["sending", "receiving"].includes(transfer.status) ? performance.now() : null;
      this.tell();
    });
    this.tell();
  }

  /** A file of it is over; `file` is what is kept of it if it went over. */
  over(transfer, file) {
    this.#transfers.delete(transfer);
    if (file) {
      this.done.push(file);
      this.#doneBytes += transfer.size;
    } else {
      this.failed += 1;
    }
    this.tell();
  }

  /** Files under way. */
  get active() {
    return [...this.#transfers];
  }

  /** Bytes that went over, of files under way too. */
  get bytes() {
    const moving = this.active.filter(({ status }) => ["sending", "receiving"].includes(status));
    return moving.reduce((sum, { done }) => sum + done, this.#doneBytes);
  }

  /** Bytes per second since the first. */
  get rate() {
    const seconds = this.#begunAt === null ? 0 : (performance.now() - this.#begunAt) / 1000;
    return seconds > 0 ? this.bytes / seconds : 0;
  }

  get isOver() {
    return this.#transfers.size === 0 && this.done.length + this.failed >= this.total;
  }

  /** Tells that something changed. Many numbers change at once: they are told once. */
  tell() {
    if (this.#told) return;
    this.#told = true;
    queueMicrotask(() => {
      this.#told = false;
      this.dispatchEvent(new Event("change"));
    });
  }
}

/** Files that are sent together: four under way, the others wait, and the last until all others are over. */
export class Outgoing extends Batch {
  #queue;

  constructor(items, to) {
    super("out", to.name, items.length, items.reduce((sum, { blob }) => sum + blob.size, 0));
    this.#queue = [...items];
  }

  /** The next file to be sent while so many are under way at most; null when there is none now. */
  next(most) {
    const under = this.active.length;
    const mayGo = this.#queue.length === 1 ? under === 0 : under < most;
    return mayGo ? (this.#queue.shift() ?? null) : null;
  }

  /** Files that will be offered after this one. */
  after(transfer) {
    const rest = this.active.filter((other) => ["preparing", "waiting"].includes(other.status));
    return this.#queue.length + rest.filter((other) => other !== transfer).length;
  }

  /** Sends no more of them. */
  stop() {
    this.failed += this.#queue.length;
    this.#queue = [];
    this.tell();
  }
}
