// Tones on a machine without a sound device: an element plays a file that is made here, and what arrives is recorded and decoded.

import { analyse } from "../w3c/hearing.js";

const RATE = 16000;
const SECONDS = 30;
const AMPLITUDE = 0.1414;
const RECORD_MS = 500;

/** A WAV file of a sine. */
function wave(hz) {
  const samples = RATE * SECONDS;
  const view = new DataView(new ArrayBuffer(44 + samples * 2));
  const text = (at, letters) => [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + samples * 2, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, samples * 2, true);
  for (let at = 0; at < samples; at += 1) {
    view.setInt16(44 + at * 2, 32767 * AMPLITUDE * Math.sin((2 * Math.PI * hz * at) / RATE), true);
  }
  return new Blob([view], { type: "audio/wav" });
}

/** A microphone that hears a sine. */
export class ElementSource {
  #element = new Audio();

  constructor({ tone_hz: hz = 440 }) {
    this.#element.src = URL.createObjectURL(wave(hz));
    this.#element.loop = true;
    this.stream = this.#element.mozCaptureStream();
    this.ready = this.#track();
    this.#element.play().catch(() => {});
  }

  end() {
    this.#element.pause();
    URL.revokeObjectURL(this.#element.src);
    this.track?.stop();
  }

  /** The track is there once the file is. */
  async #track() {
    while (!this.stream.getAudioTracks().length) await new Promise((again) => setTimeout(again, 10));
    [this.track] = this.stream.getAudioTracks();
  }
}

/** Listens to a remote track, half a second after the other. */
export class RecorderReader {
  #stream;
  #heard = {};
  #over = false;

  constructor(track) {
    this.#stream = new MediaStream([track]);
    this.#listen();
  }

  /** Frequency in hertz and level in dBFS of the last half second that is known; nothing where all is silent. */
  read() {
    return this.#heard;
  }

  end() {
    this.#over = true;
  }

  async #listen() {
    while (!this.#over) {
      try {
        this.#heard = await this.#half();
      } catch {
        // Nothing arrives yet, or no more.
        this.#heard = {};
        await new Promise((again) => setTimeout(again, 100));
      }
    }
  }

  async #half() {
    const recorder = new MediaRecorder(this.#stream);
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((resolve, reject) => {
      recorder.onstop = resolve;
      recorder.onerror = reject;
    });
    recorder.start();
    setTimeout(() => recorder.state === "recording" && recorder.stop(), RECORD_MS);
    await stopped;
    const context = new OfflineAudioContext(1, 48000, 48000);
    const decoded = await context.decodeAudioData(await new Blob(parts).arrayBuffer());
    const samples = decoded.getChannelData(0);
    // The beginning is the recorder's own.
    return analyse(samples.subarray(Math.floor(samples.length / 5)), decoded.sampleRate);
  }
}
