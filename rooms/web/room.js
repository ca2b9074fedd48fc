// A room from this participant's side: signalling, peer connections, who is there.

import { CHAT_BYTES_MAX, Channels } from "./channels.js";
import { Door } from "./door.js";
import { Files } from "./files.js";
import { plainName } from "./names.js";
import { ownerSecret } from "./owner.js";
import { Peer } from "./peer.js";
import { Signalling } from "./signalling.js";
import { CHAT_TOO_LONG, NOBODY_HERE, NOBODY_REACHED, SERVER_GONE, iceFault } from "./words.js";

const SERVER = "server";

/** New beginnings after the server refused a negotiation, before the person is told. */
const REJOINS_MAX = 3;

/**
 * Events: "joined", "participants", "tracks", "chat" (detail: { id, name, text, own }), "state",
 * "fault" (detail: { what, todo, code?, act? }), "mended" (detail: the fault that is over), "ended".
 */
export class Room extends EventTarget {
  id = null;
  mode = null;
  name;
  participants = new Map();
  peers = new Map();
  signalling;
  door;
  files;
  /** The codec preferred for pictures, if one is. */
  videoCodec;
  #options;
  #polite = true;
  #iceServers = [];
  #rejoins = 0;
  #over = new AbortController();

  /** options: { link, name, password, media, log } */
  constructor(options) {
    super();
    this.#options = options;
    this.name = options.name;
    const { link, log, media } = options;
    this.videoCodec = link.videoCodec;
    const who = { name: this.name, owner: ownerSecret(link.room) };
    if (options.password) who.password = options.password;
    this.signalling = new Signalling({ room: link.room, mode: link.mode, who, log });
    this.door = new Door((message) => this.signalling.send(message));
    this.signalling.addEventListener("message", ({ detail }) => this.#message(detail));
    this.signalling.addEventListener("state", ({ detail }) => this.#signallingState(detail));
    this.files = new Files({
      route: (to) => this.#route(to),
      nameOf: (id) => this.nameOf(id),
    });
    const { signal } = this.#over;
    media.addEventListener("track", ({ detail }) => this.#localTrack(detail), { signal });
    media.addEventListener("muted", () => this.#sendState(), { signal });
  }

  join() {
    this.signalling.connect();
  }

  leave() {
    this.#over.abort();
    this.signalling.leave();
    this.#closePeers(() => true);
    this.participants.clear();
    this.#emit("participants");
    this.#emit("ended");
  }

  nameOf(id) {
    if (id === this.id) return this.name;
    return id === SERVER ? "server" : (this.participants.get(id)?.name ?? "somebody");
  }

  /** Says something to everyone. Null, or the fault in words for which nobody would read it. */
  chat(text) {
    if (new TextEncoder().encode(text).length > CHAT_BYTES_MAX) return CHAT_TOO_LONG;
    if (this.participants.size === 0) return NOBODY_HERE;
    const ways = [...this.peers.values()].filter((peer) => peer.channels.open("chat"));
    const reached = [...this.participants.keys()].some((id) => !this.isLost(id));
    if (ways.length === 0 || !reached) return NOBODY_REACHED;
    for (const peer of ways) peer.channels.sendChat({ type: "message", text });
    this.#emit("chat", { id: this.id, name: this.name, text, own: true });
    return null;
  }

  /**
   * Whether nothing comes from this participant any more although it has not left: by our connection to it, and
   * where a server stands between, by what that says of its connection.
   */
  isLost(id) {
    const forwarded = this.mode === "forward";
    const path = this.peers.get(forwarded ? SERVER : id)?.isLost === true;
    return path || (forwarded && this.participants.get(id)?.present === false);
  }

  /** Sends video by this codec from now on. */
  preferVideo(codec) {
    this.videoCodec = codec;
    for (const peer of this.peers.values()) peer.preferVideo(codec);
  }

  /** Sends a file to the participant of this id, or to the only other one. */
  async sendFile(blob, name, toId) {
    return this.files.send(blob, name, this.#receiver(toId));
  }

  /** The same for several files: [{ blob, name, folder }]. */
  async sendFiles(items, toId) {
    return this.files.sendAll(items, this.#receiver(toId));
  }

  #receiver(toId) {
    const id = toId ?? [...this.participants.keys()][0];
    const participant = this.participants.get(id);
    if (!participant) throw new Error("there is nobody of this id in the room");
    return participant;
  }

  /** All tracks that come in: [{ participant, source, track, mid }]. */
  remoteTracks() {
    const all = [...this.peers.values()].flatMap((peer) => peer.remoteTracks());
    return all.filter(({ participant }) => this.participants.has(participant));
  }

  /** A plain picture of everything, for people who look into it and for tests. */
  state() {
    return {
      id: this.id,
      name: this.name,
      mode: this.mode,
      signalling: this.signalling.state,
      participants: [...this.participants.values()].map((p) => ({ ...p, lost: this.isLost(p.id) })),
      host: this.door.host,
      locked: this.door.locked,
      waiting: this.door.isWaiting,
      knocks: [...this.door.knocks].map(([id, name]) => ({ id, name })),
      peers: [...this.peers.values()].map(({ id, pc, channels }) => ({
        id,
        connection: pc.connectionState,
        ice: pc.iceConnectionState,
        signaling: pc.signalingState,
        channels: ["chat", "echo", "file"].filter((label) => channels.open(label)),
      })),
      tracks: this.remoteTracks().map(({ participant, source, track, mid }) => {
        return { participant, source, mid, kind: track.kind, muted: track.muted };
      }),
    };
  }

  #message(message) {
    const { peer } = message;
    this.door.message(message);
    switch (message.type) {
      case "welcome":
        return this.#welcome(message);
      case "participant-joined":
        return this.#joined(message.participant);
      case "participant-left":
        return this.#left(message);
      case "participant-presence":
        return this.#present(message);
      case "description":
      case "candidate":
        return this.peers.get(peer)?.receive(message);
      case "error":
        return this.#error(message);
      default:
        // A later version may say more.
        return undefined;
    }
  }

  #welcome(welcome) {
    const { log } = this.#options;
    this.id = welcome.id;
    this.mode = welcome.mode;
    this.#polite = welcome.polite;
    this.#iceServers = welcome.iceServers;
    const known = this.participants;
    this.participants = new Map(
      welcome.participants.map((p) => [p.id, known.get(p.id) ?? { ...p, name: plainName(p.name) }]),
    );
    if (welcome.resumed) {
      log.write("Back in the room; connections go on.", "good");
      this.#closePeers((id) => id !== SERVER && !this.participants.has(id));
    } else {
      const others = welcome.participants.length;
      log.write(`In the room (${welcome.mode}), ${others} ${others === 1 ? "other" : "others"} there.`, "good");
      this.#closePeers(() => true);
    }
    for (const peer of this.peers.values()) peer.resumed();
    if (this.mode === "forward") this.#connect({ id: SERVER, name: "server" });
    else for (const participant of this.participants.values()) this.#connect(participant);
    this.#setIdle();
    this.#emit("joined");
    this.#emit("participants");
    this.#emit("tracks");
  }

  #joined({ id, name }) {
    const participant = { id, name: plainName(name) };
    this.#options.log.write(`${participant.name} joined.`);
    this.participants.set(id, participant);
    this.#setIdle();
    if (this.mode === "direct") this.#connect(participant);
    this.#emit("participants");
    this.#sendState();
    this.files.opened();
  }

  #left({ id, reason }) {
    const how = { left: "left", lost: "was lost", removed: "was removed" }[reason] ?? "left";
    this.#options.log.write(`${this.nameOf(id)} ${how}.`, reason === "left" ? "step" : "warn");
    this.participants.delete(id);
    this.#closePeers((peer) => peer === id);
    this.#setIdle();
    this.#emit("participants");
    this.#emit("tracks");
  }

  #present({ id, present }) {
    const participant = this.participants.get(id);
    if (!participant) return;
    participant.present = present;
    const words = present ? "is back" : "has lost its connection";
    this.#options.log.write(`${participant.name} ${words}.`, present ? "good" : "warn");
    this.#emit("state");
  }

  /** Through a server, what nobody is there to see would still cost this side its upload. */
  #setIdle() {
    this.peers.get(SERVER)?.setIdle(this.participants.size === 0);
  }

  #error(error) {
    const { log } = this.#options;
    log.write(`The server says: ${error.message} ${error.hint}`, "bad");
    if (error.code === "negotiation" && this.#rejoins < REJOINS_MAX) {
      this.#rejoins += 1;
      return this.signalling.rejoin();
    }
    return this.#emit("fault", { what: error.message, todo: error.hint, code: error.code });
  }

  #signallingState({ state, retryMs }) {
    const { log } = this.#options;
    if (state === "waiting") {
      log.write(`The server is gone; next attempt in ${(retryMs / 1000).toFixed(1)} s.`, "warn");
      this.#emit("fault", SERVER_GONE);
    }
    this.#emit("state", state);
    if (state === "closed" && this.id === null) this.#emit("ended");
  }

  #connect({ id, name }) {
    if (this.peers.has(id)) return;
    const { link, log, media } = this.#options;
    const forwarded = id === SERVER;
    const opener = forwarded || !this.#polite;
    const peer = new Peer({
      id,
      name,
      polite: this.#polite,
      opener,
      forwarded,
      iceServers: this.#iceServers,
      videoCodec: this.videoCodec,
      audioCodec: link.audioCodec,
      layers: link.layers,
      scalability: link.scalability,
      send: (message) => this.signalling.send(message),
      log,
    });
    peer.channels = new Channels();
    peer.opener = opener;
    this.peers.set(id, peer);
    this.#listen(peer);
    log.write(`${name}: connecting.`);
    peer.setIdle(forwarded && this.participants.size === 0);
    peer.start(media.tracks);
  }

  #listen(peer) {
    const { channels } = peer;
    const fault = { ...iceFault(peer.name), act: ["Try again", () => this.#retry(peer)] };
    peer.addEventListener("channel", ({ detail }) => channels.add(detail, peer.opener));
    peer.addEventListener("tracks", () => this.#emit("tracks"));
    peer.addEventListener("state", ({ detail: state }) => {
      if (state === "connected") this.#rejoins = 0;
      if (state === "closed") this.#emit("mended", fault);
      this.#emit("state");
    });
    peer.addEventListener("failed", () => {
      this.#options.log.write(fault.what, "bad");
      this.#emit("fault", fault);
      this.#emit("state");
    });
    peer.addEventListener("found", () => this.#emit("mended", fault));
    channels.addEventListener("open", ({ detail: label }) => {
      this.#options.log.write(`${peer.name}: channel ${label} open.`, "good");
      if (label === "chat") this.#sendState();
      if (label === "file") this.files.opened();
      this.#emit("state");
    });
    channels.addEventListener("closed", ({ detail: label }) => {
      if (label === "file") this.#lostFiles(peer.id);
    });
    channels.addEventListener("chat", ({ detail }) => this.#chat(detail, peer.id));
    channels.addEventListener("file", ({ detail }) => {
      this.files.message(detail, peer.id, channels.open("file"));
    });
  }

  /** A new path for the connection, or where that cannot help, a new seat. */
  #retry(peer) {
    if (this.peers.get(peer.id) !== peer) return;
    if (!peer.retry()) this.signalling.rejoin();
  }

  #closePeers(which) {
    for (const [id, peer] of this.peers) {
      if (!which(id)) continue;
      this.peers.delete(id);
      peer.channels.close();
      peer.close();
      this.#lostFiles(id);
    }
    this.#emit("state");
  }

  #lostFiles(peer) {
    this.files.lost((id) => peer === SERVER || peer === id);
  }

  #chat(message, peer) {
    const id = peer === SERVER ? message.from : peer;
    const participant = this.participants.get(id);
    if (!participant) return;
    if (message.type === "message") {
      this.#emit("chat", { id, name: participant.name, text: message.text, own: false });
    } else {
      const { microphone, camera, screen } = message;
      participant.state = { microphone, camera, screen };
      this.#emit("participants");
    }
  }

  #localTrack({ source, track, stream }) {
    for (const peer of this.peers.values()) {
      peer.setTrack(source, track, stream, source === "screen");
    }
    this.#sendState();
  }

  #sendState() {
    const state = { type: "state", ...this.#options.media.state() };
    for (const peer of this.peers.values()) peer.channels.sendChat(state);
    this.#emit("state");
  }

  /** The way to a participant, by id, or by a name that only one has after ids were given anew. */
  #route(to) {
    const named = [...this.participants.values()].filter((p) => p.name === to.name);
    const found = this.participants.get(to.id) ?? (named.length === 1 ? named[0] : null);
    const peer = found && this.peers.get(this.mode === "forward" ? SERVER : found.id);
    const channel = peer?.channels.open("file");
    return channel ? { channel, to: found } : null;
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
