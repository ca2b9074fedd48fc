// This person's camera, microphone and screen.

import { capture } from "./capture.js";
import { deviceMissing, mediaFault } from "./words.js";

/**
 * Holds at most one track per source. Events: "track" (detail: { source, track, stream }, where
 * track is null when it ended), "muted", "fault" (detail: { what, todo }), "devices".
 *
 * What the person wants belongs to the person and not to a track: whether the microphone is heard is
 * kept here and set on every new track before anyone is told of it, and a device that is open only
 * after it was switched off is closed at once.
 */
export class LocalMedia extends EventTarget {
  tracks = new Map();
  #muted = false;
  #turns = new Map();
  #settings;
  #log;

  constructor(settings, log) {
    super();
    this.#settings = settings;
    this.#log = log;
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.#emit("devices"));
  }

  /** Opens what is asked for and not open yet; one missing device does not cost the other. */
  async open(asked) {
    const isWanted = (source) => asked[source] && !this.tracks.has(source);
    const wanted = ["microphone", "camera"].filter(isWanted);
    if (wanted.length === 2 && (await this.#open(wanted)) === null) return;
    for (const source of wanted) await this.turnOn(source);
  }

  /** Opens the microphone or camera, or opens it anew with changed settings. */
  async turnOn(source) {
    // Some systems give a camera only once: the old track must go first.
    this.tracks.get(source)?.track.stop();
    const error = await this.#open([source]);
    if (!error) return this.tracks.has(source);
    this.turnOff(source);
    this.#fault(mediaFault(source, error));
    return false;
  }

  turnOff(source) {
    this.#nextTurn(source);
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
    const turn = this.#nextTurn("screen");
    try {
      const stream = given ?? (await navigator.mediaDevices.getDisplayMedia({ video: true }));
      const [track] = stream.getVideoTracks();
      track.contentHint = "detail";
      return this.#adopt("screen", track, turn);
    } catch (error) {
      this.#fault(mediaFault("screen", error));
      return false;
    }
  }

  /** Sends silence while the microphone stays open, so that it is back at once. */
  setMuted(muted) {
    this.#muted = muted;
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
    for (const source of ["microphone", "camera", "screen"]) this.turnOff(source);
  }

  /** Null, or why it failed. What was switched off meanwhile is no failure. */
  async #open(sources) {
    const turns = new Map(sources.map((source) => [source, this.#nextTurn(source)]));
    const isCurrent = (source) => turns.get(source) === this.#turns.get(source);
    try {
      const { tracks, missing } = await capture(sources, this.#settings);
      for (const [source, track] of tracks) {
        const adopted = this.#adopt(source, track, turns.get(source));
        if (adopted && missing.includes(source)) this.#fault(deviceMissing(source, track.label));
      }
      return null;
    } catch (error) {
      return sources.some(isCurrent) ? error : null;
    }
  }

  /** Each opening and switching off of a source is a turn; only the latest one counts. */
  #nextTurn(source) {
    const turn = (this.#turns.get(source) ?? 0) + 1;
    this.#turns.set(source, turn);
    return turn;
  }

  /** Takes a track as this source's; false when its turn has passed. */
  #adopt(source, track, turn) {
    if (turn !== this.#turns.get(source)) {
      track.stop();
      return false;
    }
    if (source === "microphone") track.enabled = !this.#muted;
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
    return true;
  }

  #fault(fault) {
    this.#log.write(fault.what, "bad");
    this.#emit("fault", fault);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
