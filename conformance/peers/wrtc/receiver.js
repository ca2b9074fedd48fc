// What arrives on an m-line, and what is to be seen or heard of it.

import { require } from "../node/home.js";
import { CODE_SHARE, readNumber } from "../w3c/code.js";
import { analyse } from "../w3c/hearing.js";

const { nonstandard } = require("@roamhq/wrtc");

export class Receiver {
  #track;
  #transceiver;
  #sink;
  #heard = new Float32Array(24000);
  #rate = 48000;
  #frames = 0;
  #read = 0;
  #backwards = 0;
  #first;
  #last;
  #firstAt;
  #size = {};

  constructor(track, transceiver) {
    this.#track = track;
    this.#transceiver = transceiver;
    if (track.kind === "audio") {
      this.#sink = new nonstandard.RTCAudioSink(track);
      this.#sink.ondata = (data) => this.#hear(data);
    } else {
      this.#sink = new nonstandard.RTCVideoSink(track);
      this.#sink.onframe = ({ frame }) => this.#look(frame);
    }
  }

  end() {
    this.#sink.stop();
  }

  /** The entry of `seen`. */
  seen(report, opened) {
    const all = [...report.values()];
    const inbound = all.find((one) => one.type === "inbound-rtp" && one.trackIdentifier === this.#track.id)
      ?? all.find((one) => one.type === "inbound-rtp" && one.mid === this.#transceiver.mid);
    const codec = report.get(inbound?.codecId)?.mimeType?.split("/")[1];
    const entry = { mid: this.#transceiver.mid, kind: this.#track.kind, codec, packets: inbound?.packetsReceived };
    if (this.#track.kind === "audio") return { ...entry, ...analyse(this.#heard, this.#rate) };
    const first_ms = this.#firstAt === undefined ? undefined : Math.round(this.#firstAt - opened);
    return {
      ...entry, ...this.#size, frames: this.#frames, read: this.#read, backwards: this.#backwards, first: this.#first, last: this.#last, first_ms,
    };
  }

  /** Keeps the last half second of the first channel. */
  #hear({ samples, sampleRate, channelCount }) {
    this.#rate = sampleRate;
    const frames = samples.length / channelCount;
    this.#heard.copyWithin(0, frames);
    for (let i = 0; i < frames; i += 1) this.#heard[this.#heard.length - frames + i] = samples[i * channelCount] / 32768;
  }

  #look({ width, height, data }) {
    this.#frames += 1;
    this.#firstAt ??= performance.now();
    this.#size = { width, height };
    const top = height - Math.floor(height / CODE_SHARE);
    const number = readNumber(width, height, (column, row) => data[(top + row) * width + column]);
    if (number === null) return;
    this.#read += 1;
    if (this.#last !== undefined && number < this.#last) this.#backwards += 1;
    this.#first ??= number;
    this.#last = number;
  }
}
