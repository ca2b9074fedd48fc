// Watches whether a connection has a path, looks for a new one, and says when none is found.

/** How long a lost path may come back by itself before ICE is restarted. */
const DISCONNECTED_MS_MAX = 3_000;

/** How long there may be no path, at the beginning or after a loss, before the person is told. */
const PATH_MS_MAX = 12_000;

/** How long a restart may take before the next one: a browser does not always say that one has failed. */
const RESTART_MS_MAX = 8_000;

/** Restarts by itself, over half a minute; afterwards it is the person's turn. */
const RESTARTS_MAX = 4;

/** Events: "failed" (no path was found; looking goes on), "found" (after that, one was). */
export class PathWatch extends EventTarget {
  #pc;
  #log;
  #restarts = 0;
  #restartTimer = null;
  #deadline = null;
  #told = false;

  constructor(pc, log) {
    super();
    this.#pc = pc;
    this.#log = log;
    pc.addEventListener("iceconnectionstatechange", () => this.#iceChanged());
    pc.addEventListener("connectionstatechange", () => this.#changed());
  }

  /** From now on a path is expected. */
  begin() {
    this.#deadline ??= setTimeout(() => this.#tell(), PATH_MS_MAX);
  }

  /** The person asks for another attempt. */
  retry() {
    this.stop();
    this.#restarts = 0;
    this.#told = false;
    this.begin();
    this.#pc.restartIce();
  }

  stop() {
    clearTimeout(this.#deadline);
    clearTimeout(this.#restartTimer);
    this.#deadline = null;
    this.#restartTimer = null;
  }

  /** Whether there was a path that is gone, or none was found. */
  get isLost() {
    return this.#told || ["disconnected", "failed"].includes(this.#pc.connectionState);
  }

  #changed() {
    const state = this.#pc.connectionState;
    if (state === "connected") {
      this.stop();
      this.#restarts = 0;
      const told = this.#told;
      this.#told = false;
      if (told) this.dispatchEvent(new Event("found"));
    } else if (["disconnected", "failed"].includes(state)) {
      this.begin();
      const { iceConnectionState: ice } = this.#pc;
      // With a path, it is the handshake that failed; a new path would not help.
      if (state === "failed" && ["connected", "completed"].includes(ice)) this.#tell();
    }
  }

  #iceChanged() {
    const state = this.#pc.iceConnectionState;
    if (state === "connected" || state === "completed") {
      clearTimeout(this.#restartTimer);
      this.#restartTimer = null;
    } else if (state === "failed" && this.#restartTimer === null) {
      this.#restart();
    } else if (state === "disconnected") {
      this.#restartTimer ??= setTimeout(() => this.#restart(), DISCONNECTED_MS_MAX);
    }
  }

  #restart() {
    this.begin();
    if (this.#restarts >= RESTARTS_MAX) return this.#tell();
    this.#restarts += 1;
    this.#log(`Looking for a new path, attempt ${this.#restarts}.`, "warn");
    this.#pc.restartIce();
    this.#restartTimer = setTimeout(() => this.#restart(), RESTART_MS_MAX);
    return undefined;
  }

  #tell() {
    if (this.#told) return;
    this.#told = true;
    this.dispatchEvent(new Event("failed"));
  }
}
