// This person's camera, microphone and screen.

import { RESOLUTIONS } from "./settings.js";
import { mediaFault } from "./words.js";

/** Frames per second the camera is asked for. */
const FRAME_RATE = 30;

/**
 * Holds at most one track per source. Events: "track" (detail: { source, track, stream }, where
 * track is null when it ended), "fault" (detail: { what, todo }), "devices".
 */
export class LocalMedia extends EventTarget {
  tracks = new Map();
  #settings;
  #log;

  constructor(settings, log) {
    super();
    this.#settings = settings;
    this.#log = log;
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.#emit("devices"));
  }

  /** Opens what is asked for; one missing device does not cost the other. */
  async open({ camera, microphone }) {
    const wanted = [microphone && "microphone", camera && "camera"].filter(Boolean);
    if (wanted.length === 2 && (await this.#openTogether())) return;
    for (const source of wanted) await this.turnOn(source);
  }

  /** One question to the person for both; false when they must be tried one by one. */
  async #openTogether() {
    try {
      const constraints = { audio: this.#audio(), video: this.#video() };
      const stream = await navigator.mediaDevices.getUserMedia(constraints);
      this.#adopt("microphone", stream.getAudioTracks()[0]);
      this.#adopt("camera", stream.getVideoTracks()[0]);
      return true;
    } catch {
      return false;
    }
  }

  /** Opens the microphone or camera, or opens it anew with changed settings. */
  async turnOn(source) {
    const constraints =
      source === "microphone" ? { audio: this.#audio() } : { video: this.#video() };
    // Some systems give a camera only once: the old track must go first.
    this.tracks.get(source)?.track.stop();
    try {
      const stream = await navigator.mediaDevices.getUserMedia(constraints);
      this.#adopt(source, stream.getTracks()[0]);
      return true;
    } catch (error) {
      this.turnOff(source);
      this.#fault(mediaFault(source, error));
      return false;
    }
  }

  turnOff(source) {
    const entry = this.tracks.get(source);
    if (!entry) return;
    entry.track.onended = null;
    entry.track.stop();
    this.tracks.delete(source);
    this.#log.write(`${source} off.`);
    this.#emit("track", { source, track: null, stream: null });
  }

  /** Shares a screen or window the person chooses; a test may hand in a stream instead. */
  async shareScreen(given) {
    try {
      const stream = given ?? (await navigator.mediaDevices.getDisplayMedia({ video: true }));
      const [track] = stream.getVideoTracks();
      track.contentHint = "detail";
      this.#adopt("screen", track);
      return true;
    } catch (error) {
      this.#fault(mediaFault("screen", error));
      return false;
    }
  }

  /** Sends silence while the microphone stays open, so that it is back at once. */
  setMuted(muted) {
    const entry = this.tracks.get("microphone");
    if (entry) entry.track.enabled = !muted;
    this.#emit("muted", muted);
  }

  /** What is switched on, for the others. */
  state() {
    return {
      microphone: this.tracks.get("microphone")?.track.enabled ?? false,
      camera: this.tracks.has("camera"),
      screen: this.tracks.has("screen"),
    };
  }

  /** { microphone: [{ id, label }], camera: [...] }; labels are empty until devices are allowed. */
  async devices() {
    const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    const ofKind = (kind) =>
      all.filter((d) => d.kind === kind && d.deviceId).map((d) => ({ id: d.deviceId, label: d.label }));
    return { microphone: ofKind("audioinput"), camera: ofKind("videoinput") };
  }

  close() {
    for (const source of [...this.tracks.keys()]) this.turnOff(source);
  }

  #audio() {
    const { microphone, echoCancellation, noiseSuppression, autoGainControl } = this.#settings;
    const processing = { echoCancellation, noiseSuppression, autoGainControl };
    return microphone ? { deviceId: { ideal: microphone }, ...processing } : processing;
  }

  #video() {
    const { width, height } = RESOLUTIONS[this.#settings.resolution];
    const size = {
      width: { ideal: width },
      height: { ideal: height },
      frameRate: { ideal: FRAME_RATE },
    };
    const { camera } = this.#settings;
    return camera ? { deviceId: { ideal: camera }, ...size } : size;
  }

  #adopt(source, track) {
    this.tracks.get(source)?.track.stop();
    const stream = new MediaStream([track]);
    this.tracks.set(source, { track, stream });
    track.onended = () => {
      this.#log.write(`The ${source} ended by itself.`, "warn");
      this.turnOff(source);
    };
    const { width, height } = track.getSettings();
    this.#log.write(`${source} on: ${track.label}${width ? `, ${width}x${height}` : ""}.`);
    this.#emit("track", { source, track, stream });
    this.#emit("devices");
  }

  #fault(fault) {
    this.#log.write(fault.what, "bad");
    this.#emit("fault", fault);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
