// A track to send: numbered pictures or a tone, and the m-line that it is on.

import { require } from "../node/home.js";
import { CODE_SHARE, DARK, LIGHT, cells, edge } from "../w3c/code.js";
import { Unsupported } from "../w3c/fault.js";

const { MediaStream, RTCRtpReceiver, nonstandard } = require("@roamhq/wrtc");

const RATE = 48000;
const AMPLITUDE = 0.1414;

/** Calls `step` so many times a second, by the clock. */
function pace(perSecond, step) {
  const begun = performance.now();
  let done = 0;
  return setInterval(() => {
    while (performance.now() - begun >= (done * 1000) / perSecond) {
      done += 1;
      step();
    }
  }, 1000 / perSecond / 2);
}

/** A camera whose pictures have numbers. */
class PictureSource {
  #source = new nonstandard.RTCVideoSource();
  #timer;
  #number;

  constructor({ first = 0, width = 320, height = 180, fps = 15 }) {
    this.#number = first;
    this.track = this.#source.createTrack();
    this.#timer = pace(fps, () => this.#send(width, height));
  }

  end() {
    clearInterval(this.#timer);
    this.track.stop();
  }

  #send(width, height) {
    const data = new Uint8ClampedArray((width * height * 3) / 2).fill(128);
    for (let row = 0; row < height; row += 1) {
      data.fill(60 + Math.floor((100 * row) / height), row * width, (row + 1) * width);
    }
    // Something that moves.
    const left = (this.#number * 7) % (width - 20);
    for (let row = 0; row < 20; row += 1) data.fill(LIGHT, (height / 2 + row) * width + left, (height / 2 + row) * width + left + 20);
    const rows = Math.floor(height / CODE_SHARE);
    cells(this.#number).forEach((light, cell) => {
      for (let row = height - rows; row < height; row += 1) {
        data.fill(light ? LIGHT : DARK, row * width + edge(cell, width), row * width + edge(cell + 1, width));
      }
    });
    this.#source.onFrame({ width, height, data });
    this.#number = (this.#number + 1) & 0xffffff;
  }
}

/** A microphone that hears a sine. */
class ToneSource {
  #source = new nonstandard.RTCAudioSource();
  #timer;
  #at = 0;

  constructor({ tone_hz: hz = 440 }) {
    this.track = this.#source.createTrack();
    this.#timer = pace(100, () => this.#send(hz));
  }

  end() {
    clearInterval(this.#timer);
    this.track.stop();
  }

  #send(hz) {
    const samples = new Int16Array(RATE / 100);
    for (let i = 0; i < samples.length; i += 1, this.#at += 1) {
      samples[i] = 32767 * AMPLITUDE * Math.sin((2 * Math.PI * hz * this.#at) / RATE);
    }
    this.#source.onData({ samples, sampleRate: RATE, bitsPerSample: 16, channelCount: 1, numberOfFrames: samples.length });
  }
}

export class Track {
  transceiver = null;
  #request;
  #source = null;
  #stream = new MediaStream();

  constructor(request) {
    if (request.content === "echo") throw new Unsupported("nothing is sent back");
    this.#request = request;
    if (request.content === "none" || !request.direction.startsWith("send")) return;
    this.#source = request.kind === "audio" ? new ToneSource(request) : new PictureSource(request);
    this.#stream.addTrack(this.#source.track);
  }

  get kind() {
    return this.#request.kind;
  }

  /** Asks for an m-line with the next offer. */
  offer(pc) {
    const { direction, simulcast } = this.#request;
    const init = { direction };
    if (this.#source) init.streams = [this.#stream];
    if (simulcast) {
      const smaller = (at) => 2 ** (simulcast.length - 1 - at);
      init.sendEncodings = simulcast.map((rid, at) => ({ rid, scaleResolutionDownBy: smaller(at), maxBitrate: 1_500_000 / smaller(at) }));
    }
    this.transceiver = pc.addTransceiver(this.#source?.track ?? this.kind, init);
    this.#prefer();
  }

  /** Takes an m-line that the other side offered. */
  async answer(transceiver) {
    this.transceiver = transceiver;
    transceiver.direction = this.#request.direction;
    if (this.#source) await transceiver.sender.replaceTrack(this.#source.track);
    this.#prefer();
  }

  /** The m-line that was asked for is no more. */
  releaseIfGone() {
    if (!this.transceiver || this.transceiver.mid !== null) return;
    this.transceiver.stop();
    this.transceiver = null;
  }

  end() {
    this.#source?.end();
  }

  #prefer() {
    const { kind, codecs } = this.#request;
    if (!codecs) return;
    const all = RTCRtpReceiver.getCapabilities(kind).codecs;
    const named = codecs.flatMap((name) => all.filter(({ mimeType }) => mimeType.toLowerCase() === `${kind}/${name}`.toLowerCase()));
    if (!named.length) throw new Unsupported(`no codec of ${codecs.join(", ")}`);
    this.transceiver.setCodecPreferences([...named, ...all.filter(({ mimeType }) => mimeType === "video/rtx")]);
  }
}
