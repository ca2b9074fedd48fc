// The data channels of one peer connection: chat, echo, files. docs/data-channel-protocol.md.

/** Longest chat text, in bytes of UTF-8. */
export const CHAT_BYTES_MAX = 4096;

/** How often the data channel's round trip is measured. */
const ECHO_EVERY_MS = 2_000;

/** A measurement that is not back by then is given up. */
const ECHO_MS_MAX = 10_000;

/**
 * Events: "open" and "closed" (detail: label), "chat" (detail: a chat message), "file" (detail:
 * text or ArrayBuffer).
 */
export class Channels extends EventTarget {
  echoMs = null;
  #channels = new Map();
  #echoes = new Map();
  #timer = null;

  /** A channel of the connection; `ours` when this side opened it. */
  add(channel, ours) {
    channel.binaryType = "arraybuffer";
    this.#channels.set(channel.label, channel);
    let told = false;
    const open = () => {
      // A channel of the other side may be open before and told so again.
      if (told) return;
      told = true;
      if (channel.label === "echo" && ours) this.#startEcho();
      this.#emit("open", channel.label);
    };
    channel.onopen = open;
    channel.onclose = () => this.#emit("closed", channel.label);
    channel.onmessage = ({ data }) => this.#message(channel, ours, data);
    if (channel.readyState === "open") open();
  }

  /** The channel of this label when it is open. */
  open(label) {
    const channel = this.#channels.get(label);
    return channel?.readyState === "open" ? channel : null;
  }

  sendChat(message) {
    this.open("chat")?.send(JSON.stringify(message));
  }

  /** Round trip of one message in milliseconds; null when there is no way or no answer. */
  measure(ours = true) {
    const channel = this.open("echo");
    if (!channel || !ours) return Promise.resolve(null);
    const token = crypto.randomUUID();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#finish(token, null), ECHO_MS_MAX);
      this.#echoes.set(token, { start: performance.now(), timer, resolve });
      channel.send(token);
    });
  }

  close() {
    clearInterval(this.#timer);
    for (const token of [...this.#echoes.keys()]) this.#finish(token, null);
  }

  #startEcho() {
    clearInterval(this.#timer);
    const measure = async () => {
      this.echoMs = (await this.measure()) ?? this.echoMs;
    };
    measure();
    this.#timer = setInterval(measure, ECHO_EVERY_MS);
  }

  #finish(token, value) {
    const echo = this.#echoes.get(token);
    if (!echo) return;
    clearTimeout(echo.timer);
    this.#echoes.delete(token);
    echo.resolve(value);
  }

  #message(channel, ours, data) {
    if (channel.label === "echo") {
      if (!ours) channel.send(data);
      else if (this.#echoes.has(data)) {
        this.#finish(data, performance.now() - this.#echoes.get(data).start);
      }
    } else if (channel.label === "file") {
      this.#emit("file", data);
    } else if (channel.label === "chat") {
      this.#chat(data);
    }
  }

  /** Passes on what is a chat message, and nothing else. */
  #chat(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    const text = message?.type === "message" && typeof message.text === "string";
    if (text || message?.type === "state") this.#emit("chat", message);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
