// One peer connection, negotiated by the perfect negotiation pattern (W3C webrtc, section 10.7).

import { firstCodec, preferCodec, withCodecFirst, withoutOrphans } from "./codecs.js";
import { PathWatch } from "./path.js";

export const SOURCES = ["microphone", "camera", "screen"];

/** How long after a resume the server's mail may take. */
const RESUME_MS = 1_000;

const kindOf = (source) => (source === "microphone" ? "audio" : "video");

/**
 * Events: "tracks" (the remote tracks changed), "channel" (detail: an RTCDataChannel, ours or
 * theirs), "state" (detail: the connection's state), "failed" (no path is found), "found" (then one was).
 *
 * `opener`: this side opens the data channels and makes the first offer. The other side puts its
 * tracks into the answer, which saves a collision.
 */
export class Peer extends EventTarget {
  id;
  name;
  pc;
  #options;
  #makingOffer = false;
  #ignoringOffer = false;
  #settingAnswer = false;
  #begun;
  #work = Promise.resolve();
  #local = new Map();
  #slots = new Map();
  #labels = {};
  #streams = new Map();
  #path;
  #idle = false;
  #idling = Promise.resolve();
  #videoCodec;

  constructor(options) {
    super();
    this.#options = options;
    this.id = options.id;
    this.name = options.name;
    this.#begun = options.opener;
    this.#videoCodec = options.videoCodec;
    this.pc = new RTCPeerConnection({ iceServers: options.iceServers, bundlePolicy: "max-bundle" });
    this.#path = new PathWatch(this.pc, (text, level) => this.#log(text, level));
    this.#listen();
  }

  /** Begins: with channels and tracks when this side makes the first offer. */
  start(tracks) {
    this.#path.begin();
    for (const [source, entry] of tracks) this.#local.set(source, entry);
    if (!this.#options.opener) return this.#log("Waiting for the other side's offer.");
    for (const label of ["chat", "echo", "file"]) {
      this.#emit("channel", this.pc.createDataChannel(label));
    }
    for (const source of this.#local.keys()) this.#apply(source);
    return undefined;
  }

  /** Sends this track from now on, or none; `gone` also takes its m-line out of use. */
  setTrack(source, track, stream, gone = false) {
    if (track) this.#local.set(source, { track, stream });
    else this.#local.delete(source);
    if (this.#begun) this.#apply(source, gone);
  }

  /** Whether there was a path that is gone, or none was found. */
  get isLost() {
    return this.#path.isLost;
  }

  /**
   * Looks for a path again at the person's wish. False when that cannot help, because the other side
   * never answered or the handshake failed: then only a new connection does.
   */
  retry() {
    const { signalingState, iceConnectionState: ice } = this.pc;
    if (signalingState !== "stable" || ["connected", "completed"].includes(ice)) return false;
    this.#path.retry();
    return true;
  }

  /** Encodes and sends nothing while there is nobody to see it; the m-lines stay. */
  setIdle(idle) {
    if (idle === this.#idle) return;
    this.#idle = idle;
    for (const [source, { sender }] of this.#slots) {
      sender.replaceTrack(this.#outgoing(source));
      this.#setActive(sender);
    }
  }

  /** Sends video by this codec from now on. */
  preferVideo(codec) {
    this.#videoCodec = codec;
    for (const [source, slot] of this.#slots) {
      if (kindOf(source) === "video") this.#prefer(slot, source);
    }
    // Only between descriptions of the other side can an offer be made.
    this.#work = this.#work.then(() => this.#offer());
  }

  /** Takes a description or candidate of the other side, one after the other. */
  receive(message) {
    this.#work = this.#work.then(() => this.#take(message)).catch((error) => {
      this.#log(`Negotiation failed: ${error.message}`, "bad");
    });
  }

  /**
   * The signalling socket was replaced: says again what may have been lost with the old one, unless
   * the answer to it was waiting.
   */
  resumed() {
    setTimeout(() => {
      const { signalingState, connectionState } = this.pc;
      if (signalingState === "have-local-offer") this.#sendLocal();
      else if (["disconnected", "failed"].includes(connectionState)) this.pc.restartIce();
    }, RESUME_MS);
  }

  /** What comes in: [{ mid, track, participant, source }], by mid. */
  remoteTracks() {
    const active = (t) => ["sendrecv", "recvonly"].includes(t.currentDirection);
    return this.pc.getTransceivers().filter(active).map((t) => ({
      mid: t.mid,
      track: t.receiver.track,
      ...this.#labelOf(t),
    }));
  }

  close() {
    this.#path.stop();
    this.pc.close();
    this.#emit("state", "closed");
  }

  #listen() {
    const { pc } = this;
    pc.onnegotiationneeded = () => this.#offer();
    pc.onicecandidate = ({ candidate }) => {
      this.#options.send({ type: "candidate", peer: this.id, candidate: candidate?.toJSON() ?? null });
    };
    pc.ontrack = ({ transceiver, streams }) => {
      if (streams[0]) this.#streams.set(transceiver, streams[0].id);
      for (const event of ["mute", "unmute", "ended"]) {
        transceiver.receiver.track.addEventListener(event, () => this.#emit("tracks"));
      }
    };
    pc.ondatachannel = ({ channel }) => this.#emit("channel", channel);
    pc.onicegatheringstatechange = () => this.#log(`Gathering addresses: ${pc.iceGatheringState}.`);
    pc.oniceconnectionstatechange = () => {
      const state = pc.iceConnectionState;
      this.#log(`ICE: ${state}.`, state === "failed" ? "warn" : "step");
    };
    for (const event of ["failed", "found"]) {
      this.#path.addEventListener(event, () => this.#emit(event));
    }
    pc.onconnectionstatechange = () => {
      const good = pc.connectionState === "connected";
      this.#log(`Connection: ${pc.connectionState}.`, good ? "good" : "step");
      this.#emit("state", pc.connectionState);
    };
  }

  async #offer() {
    if (!this.#begun) return;
    try {
      this.#makingOffer = true;
      await this.pc.setLocalDescription();
      this.#sendLocal();
    } catch (error) {
      this.#log(`The offer failed: ${error.message}`, "bad");
    } finally {
      this.#makingOffer = false;
    }
  }

  async #take({ type, description, candidate, tracks }) {
    if (type === "description") return this.#takeDescription(description, tracks ?? {});
    try {
      await this.pc.addIceCandidate(candidate ?? undefined);
    } catch (error) {
      // Candidates of an offer that was not taken have nowhere to go.
      if (!this.#ignoringOffer) this.#log(`A candidate was refused: ${error.message}`, "warn");
    }
    return undefined;
  }

  async #takeDescription(description, labels) {
    const { pc } = this;
    const ready =
      !this.#makingOffer && (pc.signalingState === "stable" || this.#settingAnswer);
    const collision = description.type === "offer" && !ready;
    this.#ignoringOffer = !this.#options.polite && collision;
    if (this.#ignoringOffer) return this.#log("Offers collided; the other side gives way.");
    if (collision) this.#log("Offers collided; this side gives way.");
    this.#log(`Received ${description.type === "offer" ? "an offer" : "an answer"}.`);
    this.#labels = labels;
    this.#settingAnswer = description.type === "answer";
    try {
      const { type, sdp } = description;
      await pc.setRemoteDescription({ type, sdp: withCodecFirst(sdp, this.#sendingCodecs()) });
    } finally {
      this.#settingAnswer = false;
    }
    if (description.type === "offer") {
      this.#begin();
      await pc.setLocalDescription();
      this.#sendLocal();
    }
    // A change that met a negotiation may have been refused.
    for (const { sender } of this.#slots.values()) this.#setActive(sender);
    return this.#emit("tracks");
  }

  /** After the first offer of an opener: this side's tracks go into the answer. */
  #begin() {
    if (this.#begun) return;
    this.#begun = true;
    for (const source of this.#local.keys()) this.#apply(source);
  }

  #sendLocal() {
    const { type, sdp } = this.pc.localDescription;
    const tracks = {};
    for (const [source, { mid, direction }] of this.#slots) {
      if (mid !== null && direction.startsWith("send")) tracks[mid] = { source };
    }
    const description = { type, sdp: withoutOrphans(sdp) };
    this.#options.send({ type: "description", peer: this.id, description, tracks });
    this.#log(`Sent ${type === "offer" ? "an offer" : "an answer"}.`);
  }

  /** Brings a source's transceiver in line with what is to be sent. */
  #apply(source, gone = false) {
    const entry = this.#local.get(source);
    const slot = this.#slots.get(source) ?? (entry && this.#reusable(source));
    if (slot) {
      this.#slots.set(source, slot);
      slot.sender.replaceTrack(this.#outgoing(source));
      if (entry && !slot.direction.startsWith("send")) slot.direction = this.#direction(source);
      if (entry && slot.sender.setStreams && entry.stream) slot.sender.setStreams(entry.stream);
      if (!entry && gone) slot.direction = "inactive";
    } else if (entry) {
      const direction = this.#direction(source);
      const streams = entry.stream ? [entry.stream] : [];
      const sendEncodings = this.#encodings(source);
      const added = this.pc.addTransceiver(entry.track, { direction, streams, sendEncodings });
      this.#slots.set(source, added);
      if (this.#idle) added.sender.replaceTrack(this.#outgoing(source));
      this.#prefer(added, source);
    }
  }

  /**
   * One stream; to a server a camera goes in as many layers as are asked for: of a simulcast, the
   * smallest first, each half as large; or of one stream.
   */
  #encodings(source) {
    const active = !this.#idle;
    const { forwarded, layers = 1, scalability } = this.#options;
    if (!forwarded || source !== "camera") return [{ active }];
    if (layers < 2) return [scalability ? { active, scalabilityMode: scalability } : { active }];
    const smaller = (at) => 2 ** (layers - 1 - at);
    return ["q", "h", "f"].slice(-layers).map((rid, at) => ({ active, rid, scaleResolutionDownBy: smaller(at) }));
  }

  /**
   * The track to send now. By an encoding that is not active Firefox still sends sound; without a
   * track it sends none.
   */
  #outgoing(source) {
    const silent = this.#idle && kindOf(source) === "audio";
    return silent ? null : (this.#local.get(source)?.track ?? null);
  }

  /** Brings a sender in line with whether anything is to be sent; one change after the other. */
  #setActive(sender) {
    this.#idling = this.#idling.then(async () => {
      const parameters = sender.getParameters();
      const wrong = (parameters.encodings ?? []).filter(({ active }) => active === this.#idle);
      for (const encoding of wrong) encoding.active = !this.#idle;
      if (wrong.length > 0) await sender.setParameters(parameters);
    }).catch((error) => this.#log(`Sending could not be changed: ${error.message}`, "warn"));
  }

  /**
   * mid -> the codec to send by: a browser sends by the order in the other side's description, and a
   * server's order knows nothing of what this side encodes well.
   */
  #sendingCodecs() {
    const codecs = new Map();
    for (const [source, { mid }] of this.#slots) {
      const kind = kindOf(source);
      const usual = this.#options.forwarded ? firstCodec(kind) : undefined;
      if (mid !== null) codecs.set(mid, this.#codecOf(kind) ?? usual);
    }
    return codecs;
  }

  #codecOf(kind) {
    return kind === "audio" ? this.#options.audioCodec : this.#videoCodec;
  }

  /** Between two, one m-line carries a source in both directions; a server is only sent to. */
  #direction(source) {
    return this.#options.forwarded || source === "screen" ? "sendonly" : "sendrecv";
  }

  /** An m-line of the other side with the same source, on which nothing is sent yet. */
  #reusable(source) {
    if (this.#options.forwarded || source === "screen") return undefined;
    const taken = new Set(this.#slots.values());
    const found = this.pc.getTransceivers().find((t) => {
      const same = this.#labelOf(t).source === source;
      return same && t.receiver.track.kind === kindOf(source) && !taken.has(t) && !t.stopped;
    });
    if (found) this.#prefer(found, source);
    return found;
  }

  #prefer(transceiver, source) {
    const kind = kindOf(source);
    const name = this.#codecOf(kind);
    if (!name) return;
    const had = preferCodec(transceiver, kind, name);
    this.#log(had ? `Prefers ${name}.` : `This browser has no ${name}.`, had ? "step" : "warn");
  }

  /** By the last description's labels, else by the stream id, else by the order of m-lines. */
  #labelOf(transceiver) {
    const label = this.#labels[transceiver.mid];
    if (label) return { participant: label.participant ?? this.id, source: label.source };
    const kind = transceiver.receiver.track.kind;
    const stream = this.#streams.get(transceiver) ?? "";
    if (this.#options.forwarded) {
      const source = stream.endsWith(".screen") ? "screen" : null;
      const camera = kind === "audio" ? "microphone" : "camera";
      return { participant: stream.replace(/\.screen$/, ""), source: source ?? camera };
    }
    if (kind === "audio") return { participant: this.id, source: "microphone" };
    const videos = this.pc.getTransceivers().filter((t) => t.receiver.track.kind === "video");
    return { participant: this.id, source: videos[0] === transceiver ? "camera" : "screen" };
  }

  #log(text, level) {
    this.#options.log.write(`${this.name}: ${text}`, level);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
