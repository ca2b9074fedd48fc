// Data channels by their labels.

import { Refused } from "./fault.js";
import { message, sha256 } from "./messages.js";

/** Bytes that may wait in a channel before the next message. */
const BUFFER_BYTES = 8 << 20;

/** Messages of which size and hash are told. */
const TOLD_MAX = 1000;

export class Channels {
  #pc;
  #emit;
  #channels = new Map();

  constructor(pc, emit) {
    this.#pc = pc;
    this.#emit = emit;
    pc.ondatachannel = ({ channel }) => this.#add(channel, true);
  }

  create({ label, protocol = "", ordered = true, max_retransmits, max_lifetime_ms, negotiated }) {
    const init = { protocol, ordered };
    if (max_retransmits != null) init.maxRetransmits = max_retransmits;
    if (max_lifetime_ms != null) init.maxPacketLifeTime = max_lifetime_ms;
    if (negotiated != null) Object.assign(init, { negotiated: true, id: negotiated });
    this.#add(this.#pc.createDataChannel(label, init), false);
  }

  async send({ channel: label, kind, size, count, seed }) {
    const { channel } = this.#entry(label);
    for (let number = 0; number < count; number += 1) {
      while (channel.bufferedAmount > BUFFER_BYTES) await new Promise((again) => setTimeout(again, 5));
      const bytes = message(kind === "text", size, seed + number);
      channel.send(kind === "text" ? new TextDecoder().decode(bytes) : bytes);
    }
  }

  async received(label) {
    const { messages, count, bytes } = this.#entry(label);
    return { count, bytes, messages: await Promise.all(messages) };
  }

  close(label) {
    this.#entry(label).channel.close();
  }

  #entry(label) {
    const entry = this.#channels.get(label);
    if (!entry) throw new Refused(`there is no channel ${label}`);
    return entry;
  }

  #add(channel, remote) {
    const entry = { channel, messages: [], count: 0, bytes: 0 };
    this.#channels.set(channel.label, entry);
    channel.binaryType = "arraybuffer";
    channel.onmessage = ({ data }) => receive(entry, data);
    // libdatachannel keeps the number that stood for none before the channel was open: 65535 is no stream.
    const opened = () => this.#emit({
      event: "channel", channel: channel.label, state: "open", protocol: channel.protocol, ordered: channel.ordered,
      stream: channel.id === 65535 ? undefined : channel.id, remote,
    });
    if (channel.readyState === "open") opened();
    else channel.onopen = opened;
    channel.onclose = () => this.#emit({ event: "channel", channel: channel.label, state: "closed" });
  }
}

function receive(entry, data) {
  const text = typeof data === "string";
  const bytes = text ? new TextEncoder().encode(data) : new Uint8Array(data);
  entry.count += 1;
  entry.bytes += bytes.length;
  if (entry.messages.length === TOLD_MAX) return;
  const size = bytes.length;
  entry.messages.push(sha256(bytes).then((hash) => ({ kind: text ? "text" : "binary", size, sha256: hash })));
}
