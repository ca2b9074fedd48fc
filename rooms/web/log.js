// The story of the connection, told step by step for a person, and kept for tests.

/** Lines kept: a long call with many reconnections fits, memory stays small. */
const LINES_MAX = 500;

export class Log extends EventTarget {
  lines = [];
  #start = performance.now();

  /** One step. `level` is "step", "good", "warn" or "bad". */
  write(text, level = "step") {
    const line = { at: (performance.now() - this.#start) / 1000, text, level };
    this.lines.push(line);
    if (this.lines.length > LINES_MAX) this.lines.shift();
    this.dispatchEvent(new CustomEvent("line", { detail: line }));
  }
}
