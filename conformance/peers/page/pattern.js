// Pictures that carry their number.

const CELLS = 34;
const CODE_SHARE = 9;
const DARK = 32;
const LIGHT = 220;

/** The grey that an encoder makes this luma of: canvases have the full range, video the limited one. */
const grey = (luma) => Math.round(((luma - 16) * 255) / 219);

/** CRC-8 with the polynomial 0x07 over three bytes, highest first. */
function checksum(number) {
  let crc = 0xff;
  for (const shift of [16, 8, 0]) {
    crc ^= (number >> shift) & 0xff;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  }
  return crc;
}

/** Cells from left to right; true is light. */
function cells(number) {
  const bits = [true, false];
  for (let bit = 23; bit >= 0; bit -= 1) bits.push(((number >> bit) & 1) === 1);
  const crc = checksum(number);
  for (let bit = 7; bit >= 0; bit -= 1) bits.push(((crc >> bit) & 1) === 1);
  return bits;
}

const edge = (cell, width) => Math.floor((cell * width) / CELLS);

/** A camera whose pictures have numbers. */
export class PictureSource {
  #canvas = document.createElement("canvas");
  #context;
  #timer;
  #number;

  constructor({ first = 0, width = 320, height = 180, fps = 15 }) {
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.#context = this.#canvas.getContext("2d");
    this.#number = first;
    this.stream = this.#canvas.captureStream(0);
    [this.track] = this.stream.getVideoTracks();
    this.#draw();
    const begun = performance.now();
    let drawn = 1;
    // By the clock, so that a timer that comes late loses no picture.
    this.#timer = setInterval(() => {
      if (performance.now() - begun < (drawn * 1000) / fps) return;
      drawn += 1;
      this.#draw();
    }, 1000 / fps / 4);
  }

  end() {
    clearInterval(this.#timer);
    this.track.stop();
  }

  #draw() {
    const { width, height } = this.#canvas;
    const context = this.#context;
    const gradient = context.createLinearGradient(0, 0, width, height);
    gradient.addColorStop(0, "#345");
    gradient.addColorStop(1, "#ba8");
    context.fillStyle = gradient;
    context.fillRect(0, 0, width, height);
    context.fillStyle = "#eee";
    context.fillRect((this.#number * 7) % width, height / 2, height / 6, height / 6);
    const rows = Math.floor(height / CODE_SHARE);
    cells(this.#number).forEach((light, cell) => {
      const level = grey(light ? LIGHT : DARK);
      context.fillStyle = `rgb(${level}, ${level}, ${level})`;
      const left = edge(cell, width);
      context.fillRect(left, height - rows, edge(cell + 1, width) - left, rows);
    });
    this.track.requestFrame?.() ?? this.stream.requestFrame?.();
    this.#number = (this.#number + 1) & 0xffffff;
  }
}

/** Reads numbers off a video element. */
export class PictureReader {
  #canvas = document.createElement("canvas");
  #context = this.#canvas.getContext("2d", { willReadFrequently: true });

  /** The number of the picture that is shown; null when there is none. */
  read(video) {
    const { videoWidth: width, videoHeight: height } = video;
    const rows = Math.floor(height / CODE_SHARE);
    if (width < 68 || rows < 4) return null;
    if (this.#canvas.width !== width || this.#canvas.height !== rows) {
      this.#canvas.width = width;
      this.#canvas.height = rows;
    }
    this.#context.drawImage(video, 0, height - rows, width, rows, 0, 0, width, rows);
    const { data } = this.#context.getImageData(0, 0, width, rows);
    const lumas = Array.from({ length: CELLS }, (_, cell) => mean(data, width, rows, edge(cell, width), edge(cell + 1, width)));
    if (lumas[0] - lumas[1] < 40) return null;
    const threshold = (lumas[0] + lumas[1]) / 2;
    const bits = lumas.map((luma) => luma > threshold);
    const number = bits.slice(2, 26).reduce((number, bit) => number * 2 + Number(bit), 0);
    return cells(number).every((bit, cell) => bit === bits[cell]) ? number : null;
  }
}

/** Mean green of the inner half of a cell, which is close enough to luma where all is grey. */
function mean(data, width, rows, left, right) {
  const inner = Math.floor((right - left) / 4);
  let [sum, count] = [0, 0];
  for (let row = Math.floor(rows / 4); row < rows - Math.floor(rows / 4); row += 1) {
    for (let column = left + inner; column < right - inner; column += 1) {
      sum += data[(row * width + column) * 4 + 1];
      count += 1;
    }
  }
  return sum / count;
}
