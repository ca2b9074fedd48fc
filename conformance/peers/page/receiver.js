// What arrives on an m-line, and what is to be seen or heard of it.

import { KeyFrames } from "./key-frames.js";
import { PictureReader } from "./pattern.js";
import { ToneReader } from "./tone.js";

/** Over so long the time that sound waits in the buffer is averaged. */
const WAIT_WINDOW_MS = 10_000;

export class Receiver {
  #track;
  #transceiver;
  #tone = null;
  #video = null;
  #reader = null;
  #frames = 0;
  #read = 0;
  #backwards = 0;
  #first = null;
  #last = null;
  #firstAt = null;
  #keyFrames = null;
  #waits = [];

  constructor(track, transceiver) {
    this.#track = track;
    this.#transceiver = transceiver;
    if (track.kind === "audio") {
      this.#tone = new ToneReader(track);
    } else {
      this.#watch(track);
    }
  }

  end() {
    this.#tone?.end();
    this.#keyFrames?.end();
    this.#video?.remove();
    this.#video = null;
  }

  /** The entry of `seen`. */
  seen(report, opened) {
    const all = [...report.values()];
    const inbound = all.find((one) => one.type === "inbound-rtp" && one.trackIdentifier === this.#track.id)
      ?? all.find((one) => one.type === "inbound-rtp" && one.mid === this.#transceiver.mid);
    const codec = report.get(inbound?.codecId)?.mimeType?.split("/")[1];
    const entry = { mid: this.#transceiver.mid, kind: this.#track.kind, codec, packets: inbound?.packetsReceived };
    if (this.#tone) return { ...entry, ...this.#tone.read(), waits_ms: this.#waited(inbound) };
    return {
      ...entry, frames: this.#frames, read: this.#read, backwards: this.#backwards,
      first: this.#first ?? undefined, last: this.#last ?? undefined,
      width: this.#video?.videoWidth, height: this.#video?.videoHeight,
      first_ms: this.#firstAt === null ? undefined : Math.round(this.#firstAt - opened),
    };
  }

  /** How long sound waited in the buffer on average of late, in milliseconds. */
  #waited({ jitterBufferDelay: delay, jitterBufferEmittedCount: count } = {}) {
    if (delay === undefined || count === undefined) return undefined;
    const now = performance.now();
    this.#waits.push({ now, delay, count });
    while (this.#waits[0].now < now - WAIT_WINDOW_MS) this.#waits.shift();
    const emitted = count - this.#waits[0].count;
    return emitted > 0 ? (1000 * (delay - this.#waits[0].delay)) / emitted : undefined;
  }

  async askForKeyFrame() {
    this.#keyFrames ??= new KeyFrames(this.#transceiver.receiver);
    await this.#keyFrames.ask();
  }

  #watch(track) {
    const video = document.createElement("video");
    Object.assign(video, { muted: true, autoplay: true, playsInline: true, srcObject: new MediaStream([track]) });
    document.body.append(video);
    this.#video = video;
    this.#reader = new PictureReader();
    const shown = () => {
      if (this.#video !== video) return;
      this.#look(video);
      video.requestVideoFrameCallback(shown);
    };
    video.requestVideoFrameCallback(shown);
  }

  #look(video) {
    this.#frames += 1;
    this.#firstAt ??= performance.now();
    const number = this.#reader.read(video);
    if (number === null) return;
    this.#read += 1;
    // The same picture may be shown twice.
    if (this.#last !== null && number < this.#last) this.#backwards += 1;
    this.#first ??= number;
    this.#last = number;
  }
}
