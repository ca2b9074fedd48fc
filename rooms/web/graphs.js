// Small live graphs on canvas.

/** Samples across the width: a minute. */
const WIDTH_SAMPLES = 60;

/** A graph of one or more lines over the last minute. */
export class Graph {
  #canvas;
  #lines;
  #format;

  /** lines: [{ label, color, value(sample) }]; `format` words a value. */
  constructor(figure, lines, format) {
    this.#canvas = figure.querySelector("canvas");
    this.#lines = lines;
    this.#format = format;
    const caption = figure.querySelector("figcaption .legend");
    caption.replaceChildren(...lines.map((line) => legend(line)));
    this.values = [...caption.querySelectorAll("b")];
  }

  draw(samples) {
    const last = samples.at(-1);
    this.#lines.forEach((line, i) => {
      const value = last && line.value(last);
      this.values[i].textContent = Number.isFinite(value) ? this.#format(value) : "–";
    });
    const shown = samples.slice(-WIDTH_SAMPLES);
    const context = this.#prepare();
    const { width, height } = this.#canvas;
    const values = this.#lines.map((line) => shown.map(line.value));
    const top = Math.max(1e-9, ...values.flat().filter(Number.isFinite)) * 1.1;
    values.forEach((points, i) => {
      context.strokeStyle = this.#lines[i].color;
      context.lineWidth = 2 * devicePixelRatio;
      context.lineJoin = "round";
      context.beginPath();
      points.forEach((value, x) => {
        if (!Number.isFinite(value)) return;
        const left = ((WIDTH_SAMPLES - shown.length + x) / (WIDTH_SAMPLES - 1)) * width;
        context.lineTo(left, height - 3 - (value / top) * (height - 6));
      });
      context.stroke();
    });
  }

  #prepare() {
    const canvas = this.#canvas;
    const width = Math.round(canvas.clientWidth * devicePixelRatio);
    const height = Math.round(canvas.clientHeight * devicePixelRatio);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--line");
    context.lineWidth = devicePixelRatio;
    for (const part of [0.25, 0.5, 0.75]) {
      context.beginPath();
      context.moveTo(0, height * part);
      context.lineTo(width, height * part);
      context.stroke();
    }
    return context;
  }
}

function legend({ label, color }) {
  const item = document.createElement("span");
  const mark = document.createElement("i");
  mark.style.background = color;
  const value = document.createElement("b");
  value.textContent = "–";
  item.append(mark, `${label} `, value);
  return item;
}
