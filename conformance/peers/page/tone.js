// Tones: a sine to send, and the strongest frequency of what arrives.

const AMPLITUDE = 0.1414;

/** Samples that are looked at: a third of a second. */
const WINDOW = 16384;
const HZ_MIN = 100;
const HZ_MAX = 4000;

let shared = null;

/** The one audio context of the page: each has a thread of its own. */
function audio() {
  shared ??= new AudioContext({ sampleRate: 48000 });
  return shared;
}

/** A microphone that hears a sine. */
export class ToneSource {
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
export class ToneReader {
  #analyser;
  #source;
  #element = new Audio();

  constructor(track) {
    const stream = new MediaStream([track]);
    // Chromium decodes only what an element plays.
    this.#element.srcObject = stream;
    this.#element.muted = true;
    this.#element.play().catch(() => {});
    this.#analyser = new AnalyserNode(audio(), { fftSize: WINDOW, smoothingTimeConstant: 0 });
    this.#source = new MediaStreamAudioSourceNode(audio(), { mediaStream: stream });
    this.#source.connect(this.#analyser);
  }

  /** Frequency in hertz and level in dBFS; nothing where all is silent. */
  read() {
    const samples = new Float32Array(WINDOW);
    this.#analyser.getFloatTimeDomainData(samples);
    const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / WINDOW);
    if (level < 1e-5) return {};
    const strengths = new Float32Array(WINDOW / 2);
    this.#analyser.getFloatFrequencyData(strengths);
    const hz = audio().sampleRate / WINDOW;
    let best = Math.ceil(HZ_MIN / hz);
    for (let bin = best; bin * hz <= HZ_MAX; bin += 1) {
      if (strengths[bin] > strengths[best]) best = bin;
    }
    return { hz: best * hz, level_db: 20 * Math.log10(level) };
  }

  end() {
    this.#source.disconnect();
    this.#element.srcObject = null;
  }
}
