// Tones: a sine to send, and what is heard of the other side's.

import { analyse } from "../w3c/hearing.js";
import { ElementSource, RecorderReader } from "./tone-without-device.js";

const AMPLITUDE = 0.1414;

/** Samples that are looked at: a third of a second. */
const WINDOW = 16384;

let shared = null;

/** The one audio context of the page: each has a thread of its own. */
function audio() {
  shared ??= new AudioContext({ sampleRate: 48000 });
  return shared;
}

/** A microphone that hears a sine. */
class ContextSource {
  #oscillator;

  constructor({ tone_hz: hz = 440 }) {
    const context = audio();
    this.#oscillator = new OscillatorNode(context, { frequency: hz });
    const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    this.#oscillator.connect(new GainNode(context, { gain: AMPLITUDE })).connect(destination);
    this.#oscillator.start();
    this.stream = destination.stream;
    [this.track] = this.stream.getAudioTracks();
  }

  end() {
    this.#oscillator.stop();
    this.track.stop();
  }
}

/** Listens to a remote track. */
class ContextReader {
  #analyser;
  #source;
  #element = new Audio();

  constructor(track) {
    const stream = new MediaStream([track]);
    // Chromium decodes only what an element plays.
    this.#element.srcObject = stream;
    this.#element.muted = true;
    this.#element.play().catch(() => {});
    this.#analyser = new AnalyserNode(audio(), { fftSize: WINDOW });
    this.#source = new MediaStreamAudioSourceNode(audio(), { mediaStream: stream });
    this.#source.connect(this.#analyser);
  }

  /** Frequency in hertz and level in dBFS; nothing where all is silent. */
  read() {
    const samples = new Float32Array(WINDOW);
    this.#analyser.getFloatTimeDomainData(samples);
    return analyse(samples, audio().sampleRate);
  }

  end() {
    this.#source.disconnect();
    this.#element.srcObject = null;
  }
}

// Firefox starts no audio context on a machine without a sound device.
const firefox = navigator.userAgent.includes("Firefox/");

export const ToneSource = firefox ? ElementSource : ContextSource;
export const ToneReader = firefox ? RecorderReader : ContextReader;
