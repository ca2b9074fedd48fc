// What the connections measure, once per second, from the W3C webrtc-stats reports.

import { heard, processed, seen } from "./counters.js";

/** Samples kept: two minutes. */
const SAMPLES_MAX = 120;

const EVERY_MS = 1_000;

/** Event "sample" (detail: the newest of `samples`). */
export class Stats extends EventTarget {
  samples = [];
  #peers;
  #before = new Map();
  #timer = null;

  /** `peers()` gives the connections to be measured. */
  constructor(peers) {
    super();
    this.#peers = peers;
  }

  start() {
    this.stop();
    this.#timer = setInterval(() => this.sample(), EVERY_MS);
  }

  stop() {
    clearInterval(this.#timer);
  }

  async sample() {
    const totals = emptyTotals();
    for (const peer of this.#peers()) {
      if (peer.pc.connectionState === "closed") continue;
      const report = await peer.pc.getStats();
      for (const entry of report.values()) this.#add(totals, peer.id, entry, report);
      totals.echoMs = peer.channels.echoMs ?? totals.echoMs;
    }
    const sample = finish(totals);
    this.samples.push(sample);
    if (this.samples.length > SAMPLES_MAX) this.samples.shift();
    this.dispatchEvent(new CustomEvent("sample", { detail: sample }));
    return sample;
  }

  /** Every report of every connection as plain objects. */
  async reports() {
    const all = {};
    for (const peer of this.#peers()) {
      all[peer.id] = [...(await peer.pc.getStats()).values()];
    }
    return all;
  }

  #add(totals, peer, entry, report) {
    if (entry.type === "inbound-rtp") {
      const delta = this.#delta(peer, entry, ["bytesReceived", "packetsReceived", "packetsLost"]);
      totals.inbound[entry.kind] += delta.bytesReceived * 8;
      totals.received += delta.packetsReceived;
      totals.lost += Math.max(0, delta.packetsLost);
      totals.fpsIn.push(entry.framesPerSecond);
      if (entry.jitter !== undefined) totals.jitterMs.push(entry.jitter * 1000);
      if (entry.kind === "video") totals.streams.push(describe("in", entry, report));
      else totals.sounds.push(["in: " + (codecOf(entry, report) ?? "?"), ...heard(entry)].join(", "));
    } else if (entry.type === "media-source" && entry.kind === "audio") {
      const words = processed(entry);
      if (words.length > 0) totals.sounds.push(`out: ${words.join(", ")}`);
    } else if (entry.type === "outbound-rtp") {
      const delta = this.#delta(peer, entry, ["bytesSent"]);
      totals.outbound[entry.kind] += delta.bytesSent * 8;
      totals.fpsOut.push(entry.framesPerSecond);
      if (entry.kind === "video") {
        totals.streams.push(describe("out", entry, report));
        totals.sending.push(this.#encoding(peer, entry, report));
      }
    } else if (entry.type === "remote-inbound-rtp") {
      if (entry.fractionLost !== undefined) totals.lossOut.push(entry.fractionLost);
    } else if (isSelected(entry, report)) {
      const rtt = entry.currentRoundTripTime;
      if (rtt !== undefined) totals.rttMs.push(rtt * 1000);
      totals.available ??= entry.availableOutgoingBitrate;
      totals.paths.push(path(entry, report));
    }
  }

  /** What busy.js asks of a video that goes out. */
  #encoding(peer, entry, report) {
    const key = `${peer}:${entry.id}:encoding`;
    const before = this.#before.get(key);
    this.#before.set(key, entry);
    const gained = (name) => entry[name] - before?.[name];
    const perFrame = (gained("totalEncodeTime") / gained("framesEncoded")) * 1000;
    const fps = report.get(entry.mediaSourceId)?.framesPerSecond;
    return {
      codec: codecOf(entry, report)?.toLowerCase(),
      limitedBy: entry.qualityLimitationReason,
      encodeMs: Number.isFinite(perFrame) ? perFrame : undefined,
      frameMs: fps > 0 ? 1000 / fps : undefined,
    };
  }

  /** What the counters gained per second since the last sample; 0 at first sight. */
  #delta(peer, entry, names) {
    const key = `${peer}:${entry.id}`;
    const before = this.#before.get(key);
    const delta = {};
    const seconds = before ? (entry.timestamp - before.timestamp) / 1000 : 0;
    for (const name of names) {
      const gained = (entry[name] ?? 0) - (before?.[name] ?? 0);
      delta[name] = seconds > 0 ? gained / seconds : 0;
    }
    if (!before || seconds > 0) this.#before.set(key, entry);
    return delta;
  }
}

function emptyTotals() {
  return {
    inbound: { audio: 0, video: 0 },
    outbound: { audio: 0, video: 0 },
    received: 0,
    lost: 0,
    lossOut: [],
    fpsIn: [],
    fpsOut: [],
    jitterMs: [],
    rttMs: [],
    echoMs: null,
    available: undefined,
    streams: [],
    sounds: [],
    sending: [],
    paths: [],
  };
}

function finish(totals) {
  const most = (values) => Math.max(0, ...values.filter(Number.isFinite));
  const packets = totals.received + totals.lost;
  return {
    at: performance.now(),
    audioInBps: totals.inbound.audio,
    videoInBps: totals.inbound.video,
    audioOutBps: totals.outbound.audio,
    videoOutBps: totals.outbound.video,
    lossIn: packets > 0 ? totals.lost / packets : 0,
    lossOut: most(totals.lossOut),
    fpsIn: most(totals.fpsIn),
    fpsOut: most(totals.fpsOut),
    jitterMs: most(totals.jitterMs),
    rttMs: totals.rttMs.length > 0 ? most(totals.rttMs) : null,
    echoMs: totals.echoMs,
    availableOutBps: totals.available ?? null,
    streams: totals.streams,
    sounds: [...new Set(totals.sounds)],
    sending: totals.sending,
    paths: totals.paths,
  };
}

/** Firefox marks the pair itself, others name it in the transport. */
function isSelected(entry, report) {
  if (entry.type !== "candidate-pair") return false;
  if (entry.selected !== undefined) return entry.selected;
  const transport = report.get(entry.transportId);
  return transport?.selectedCandidatePairId === entry.id;
}

function describe(direction, entry, report) {
  const codec = codecOf(entry, report) ?? "?";
  const size = entry.frameWidth ? `${entry.frameWidth}×${entry.frameHeight}` : "no picture yet";
  const counters = direction === "in" ? seen(entry) : [];
  return [`${direction}: ${codec}`, size, ...counters].join(", ");
}

function codecOf(entry, report) {
  return report.get(entry.codecId)?.mimeType?.split("/")[1];
}

function path(pair, report) {
  const end = (id) => {
    const candidate = report.get(id);
    return candidate ? `${candidate.candidateType} ${candidate.protocol}` : "?";
  };
  return `${end(pair.localCandidateId)} ↔ ${end(pair.remoteCandidateId)}`;
}
