// Pictures that carry their number.

import { CODE_SHARE, DARK, LIGHT, cells, edge, readNumber } from "../w3c/code.js";

/** The grey that an encoder makes this luma of: canvases have the full range, video the limited one. */
const grey = (luma) => Math.round(((luma - 16) * 255) / 219);

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
    if (!width || !rows) return null;
    if (this.#canvas.width !== width || this.#canvas.height !== rows) {
      this.#canvas.width = width;
      this.#canvas.height = rows;
    }
    this.#context.drawImage(video, 0, height - rows, width, rows, 0, 0, width, rows);
    const { data } = this.#context.getImageData(0, 0, width, rows);
    // Green is close enough to luma where all is grey.
    return readNumber(width, height, (column, row) => data[(row * width + column) * 4 + 1]);
  }
}
