// The WebSocket to the server: joins, comes back when it is lost, keeps it alive. The messages
// are told in docs/signalling.md.

const VERSION = 1;

/** Waiting times before a new attempt: doubled from the first to the last. */
const RETRY_MS_FIRST = 500;
const RETRY_MS_LAST = 10_000;

/** How often the server is asked for a sign of life, and how long it may give none. */
const PING_EVERY_MS = 15_000;
const SILENCE_MS_MAX = 40_000;

/** The same for who waits to be let in: nothing is said until the host has decided, in a minute at most. */
const WAITING_MS_MAX = 90_000;

/** Errors after which coming back by itself would only repeat them. */
export const FINAL = new Set([
  "bad-version",
  "bad-room",
  "bad-name",
  "room-full",
  "replaced",
  "password-required",
  "wrong-password",
  "not-admitted",
  "too-many-connections",
]);

/**
 * Events: "message" (detail: a message of the server), "state" (detail: "connecting", "open",
 * "waiting" with `retryMs`, "closed").
 */
export class Signalling extends EventTarget {
  state = "closed";
  rttMs = null;
  #url;
  #who;
  #log;
  #socket = null;
  #token = null;
  #attempt = 0;
  #timer = null;
  #pings = null;
  #heardAt = 0;
  #final = null;
  #waits = false;

  /** `who` is what a join says of this person: { name, password?, owner? }. */
  constructor({ room, mode, who, log }) {
    super();
    const url = new URL(`/ws/${room}`, window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    if (mode) url.searchParams.set("mode", mode);
    this.#url = url.href;
    this.#who = who;
    this.#log = log;
    window.addEventListener("online", () => this.#hurry());
  }

  connect() {
    this.#final = null;
    this.#open();
  }

  /** Sends when the socket is open; what is lost is made good after the next welcome. */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Gives the seat up and does not come back. */
  leave() {
    this.send({ type: "leave" });
    this.#token = null;
    this.#final = "left";
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
    this.#setState("closed");
  }

  /** Gives the seat up and takes a new one: for when the server's side of it is beyond repair. */
  rejoin() {
    this.send({ type: "leave" });
    this.#token = null;
    this.#socket?.close(1000);
  }

  #open() {
    clearTimeout(this.#timer);
    this.#setState("connecting");
    this.#log.write(`Connecting to the server, attempt ${this.#attempt + 1}.`);
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#heardAt = Date.now();
      this.#waits = false;
      this.#keepAlive(socket);
      const join = { type: "join", version: VERSION, ...this.#who };
      if (this.#token) join.resume = this.#token;
      this.send(join);
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#receive(data);
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#closed();
    };
  }

  #receive(data) {
    this.#heardAt = Date.now();
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return this.#log.write("The server sent what is not JSON; passed over.", "warn");
    }
    if (message.type === "welcome") {
      this.#attempt = 0;
      this.#token = message.resume;
      this.#waits = false;
      this.#setState("open");
    } else if (message.type === "waiting") {
      this.#waits = true;
    } else if (message.type === "pong") {
      this.rttMs = performance.now() - message.n;
      return undefined;
    } else if (message.type === "error" && FINAL.has(message.code)) {
      this.#final = message.code;
    }
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
    return undefined;
  }

  #keepAlive(socket) {
    clearInterval(this.#pings);
    this.#pings = setInterval(() => {
      const most = this.#waits ? WAITING_MS_MAX : SILENCE_MS_MAX;
      if (Date.now() - this.#heardAt > most) {
        this.#log.write("The server has been silent for too long.", "warn");
        socket.close();
        if (socket === this.#socket) this.#closed();
      } else if (this.state === "open") {
        this.send({ type: "ping", n: Math.round(performance.now()) });
      }
    }, PING_EVERY_MS);
  }

  #closed() {
    clearInterval(this.#pings);
    this.#socket = null;
    if (this.#final) return this.#setState("closed");
    const most = Math.min(RETRY_MS_LAST, RETRY_MS_FIRST * 2 ** this.#attempt);
    // The random part keeps a roomful of pages from coming back at the same moment.
    const retryMs = most * (0.5 + Math.random() / 2);
    this.#attempt += 1;
    this.#setState("waiting", retryMs);
    this.#timer = setTimeout(() => this.#open(), retryMs);
    return undefined;
  }

  #hurry() {
    if (this.state === "waiting") this.#open();
  }

  #setState(state, retryMs) {
    if (state === this.state && state !== "waiting") return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, retryMs } }));
  }
}
