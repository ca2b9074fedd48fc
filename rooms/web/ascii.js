// A video as text: a picture of characters, dark to bright.

const RAMP = " .`:-=+*cs#%8@";

/** Pictures per second: reading pixels back costs more than drawing them. */
const FPS = 12;

/** Width of a character over its height, in common monospaced fonts. */
const CHARACTER_ASPECT = 0.6;

/** Draws `video` into `pre` until stopped. */
export class AsciiView {
  #canvas = document.createElement("canvas");
  #timer;
  #video;
  #pre;
  #columns;

  constructor(video, pre, columns = 96) {
    this.#video = video;
    this.#pre = pre;
    this.#columns = columns;
    this.#timer = setInterval(() => this.#draw(), 1000 / FPS);
  }

  stop() {
    clearInterval(this.#timer);
    this.#pre.textContent = "";
  }

  #draw() {
    const { videoWidth, videoHeight } = this.#video;
    if (!videoWidth) return;
    const columns = this.#columns;
    const rows = Math.max(1, Math.round((columns * videoHeight * CHARACTER_ASPECT) / videoWidth));
    this.#pre.textContent = asciiPicture(this.#video, this.#canvas, columns, rows);
    this.#pre.style.setProperty("--columns", columns);
    this.#pre.style.setProperty("--rows", rows);
  }
}

/** One picture of `source` as `rows` lines of `columns` characters. */
export function asciiPicture(source, canvas, columns, rows) {
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, columns, rows);
  const { data } = context.getImageData(0, 0, columns, rows);
  const lines = [];
  for (let y = 0; y < rows; y += 1) {
    let line = "";
    for (let x = 0; x < columns; x += 1) {
      const at = (y * columns + x) * 4;
      // Luma of BT.601, which cameras use.
      const luma = 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
      line += RAMP[Math.min(RAMP.length - 1, Math.floor((luma / 256) * RAMP.length))];
    }
    lines.push(line);
  }
  return lines.join("\n");
}
