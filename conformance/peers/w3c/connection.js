// One peer connection: descriptions, candidates and what hangs on them.

import { Channels } from "./channels.js";
import { facts } from "./facts.js";
import { Refused, Unsupported } from "./fault.js";
import { Lines } from "./m-lines.js";

const KNOWN = ["do", "id", "trickle", "record", "key_log"];

export class Connection {
  #pc;
  #platform;
  #options;
  #emit;
  #tracks = [];
  #receivers = new Map();
  #lines = new Lines();
  #channels;
  #opened = performance.now();
  #told = false;

  /**
   * Opens one. `platform` is the stack: `open(options)` gives an `RTCPeerConnection`, `Track` and `Receiver` make and read media, and
   * `rollsBack` says that an offer of the other side takes ours back; `options` names what it knows beside the options that all know.
   */
  static async open(platform, options, emit) {
    const known = [...KNOWN, ...(platform.options ?? [])];
    const unknown = Object.keys(options).filter((name) => !known.includes(name));
    if (unknown.length) throw new Unsupported(`option ${unknown.join(", ")}`);
    return new Connection(platform, await platform.open(options), options, emit);
  }

  constructor(platform, pc, options, emit) {
    this.#platform = platform;
    this.#pc = pc;
    this.#options = options;
    this.#emit = emit;
    this.#channels = new Channels(pc, emit);
    pc.onconnectionstatechange = () => emit({ event: "connection", state: pc.connectionState });
    pc.oniceconnectionstatechange = () => emit({ event: "ice", state: pc.iceConnectionState });
    pc.onicecandidate = ({ candidate }) => this.#candidateFound(candidate);
    pc.ontrack = ({ track, transceiver }) => this.#trackAdded(track, transceiver);
  }

  close() {
    for (const track of this.#tracks) track.end();
    for (const receiver of this.#receivers.values()) receiver.end();
    this.#pc.close();
  }

  async media(request) {
    const track = new this.#platform.Track(request, this.#pc);
    this.#tracks.push(track);
    await track.ready;
  }

  channel(request) {
    this.#channels.create(request);
  }

  async offer({ restart }) {
    for (const track of this.#tracks.filter((track) => !track.transceiver)) await track.offer(this.#pc);
    await this.#pc.setLocalDescription(await this.#pc.createOffer({ iceRestart: restart === true }));
    return this.#described();
  }

  async answer({ sdp }) {
    const collides = this.#pc.signalingState === "have-local-offer";
    if (collides && this.#options.polite === false) throw new Refused("the offer collides with ours, and we are the impolite side");
    if (collides && !this.#platform.rollsBack) await this.#pc.setLocalDescription({ type: "rollback" });
    await this.#pc.setRemoteDescription({ type: "offer", sdp: this.#leavingRole(sdp) });
    if (collides) this.#release();
    this.#tell(this.#lines.changes(sdp));
    await this.#place();
    await this.#pc.setLocalDescription(await this.#pc.createAnswer());
    return this.#described();
  }

  async accept({ sdp }) {
    const ours = this.#pc.localDescription?.sdp;
    await this.#pc.setRemoteDescription({ type: "answer", sdp });
    this.#tell(this.#lines.changes(sdp, ours));
  }

  async rollback() {
    await this.#pc.setLocalDescription({ type: "rollback" });
    this.#release();
  }

  async candidate({ candidate, mid, index }) {
    await this.#pc.addIceCandidate({ candidate, sdpMid: mid, sdpMLineIndex: index });
  }

  send(request) {
    return this.#channels.send(request);
  }

  received({ channel }) {
    return this.#channels.received(channel);
  }

  close_channel({ channel }) {
    this.#channels.close(channel);
  }

  direction({ mid, direction }) {
    this.#transceiver(mid).direction = direction;
  }

  stop({ mid }) {
    this.#transceiver(mid).stop();
  }

  async seen() {
    const report = await this.#pc.getStats();
    const lines = [...this.#receivers].filter(([{ currentDirection }]) => currentDirection !== "stopped");
    return { media: lines.map(([, receiver]) => receiver.seen(report, this.#opened)) };
  }

  async stats() {
    const report = await this.#pc.getStats();
    return { facts: facts(report), raw: [...report.values()] };
  }

  async keyframe({ mid }) {
    const receiver = this.#receivers.get(this.#transceiver(mid));
    if (!receiver) throw new Refused(`nothing is received on the m-line ${mid}`);
    if (!receiver.askForKeyFrame) throw new Unsupported("this stack has no way to ask for a key frame");
    await receiver.askForKeyFrame();
  }

  #transceiver(mid) {
    const found = this.#pc.getTransceivers().find((transceiver) => transceiver.mid === mid);
    if (!found) throw new Refused(`there is no m-line ${mid}`);
    return found;
  }

  /**
   * The offer as if its side had chosen a DTLS role that leaves the wanted one. Stacks refuse answers that are not as they made them; what
   * they make of an offer is theirs.
   */
  #leavingRole(offer) {
    const { setup } = this.#options;
    return setup ? offer.replace(/a=setup:\w+/g, `a=setup:${setup === "active" ? "passive" : "active"}`) : offer;
  }

  /** Puts our tracks on m-lines that an offer brought. */
  async #place() {
    const taken = new Set(this.#tracks.map((track) => track.transceiver));
    const free = this.#pc.getTransceivers().filter((one) => !taken.has(one) && one.mid !== null && one.currentDirection === null);
    for (const track of this.#tracks.filter((track) => !track.transceiver)) {
      const at = free.findIndex((one) => one.receiver.track.kind === track.kind && one.direction !== "stopped");
      if (at >= 0) await track.answer(free.splice(at, 1)[0]);
    }
  }

  /** Our offer was taken back: tracks on m-lines of it only are free again. */
  #release() {
    for (const track of this.#tracks) track.releaseIfGone();
  }

  #tell(events) {
    for (const event of events) this.#emit(event);
  }

  #trackAdded(track, transceiver) {
    this.#receivers.get(transceiver)?.end();
    this.#receivers.set(transceiver, new this.#platform.Receiver(track, transceiver));
  }

  #candidateFound(candidate) {
    if (this.#options.trickle === false) return;
    const text = candidate?.candidate ?? "";
    if (text === "" && this.#told) return;
    this.#told = text === "";
    this.#emit({ event: "candidate", candidate: text, mid: candidate?.sdpMid ?? null, index: candidate?.sdpMLineIndex ?? null });
  }

  async #described() {
    if (this.#options.trickle === false && this.#pc.iceGatheringState !== "complete") {
      await new Promise((resolve) => {
        this.#pc.addEventListener("icegatheringstatechange", () => {
          if (this.#pc.iceGatheringState === "complete") resolve();
        });
      });
    }
    const { type, sdp } = this.#pc.localDescription;
    return { type, sdp };
  }
}
