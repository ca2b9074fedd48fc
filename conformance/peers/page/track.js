// A track to send: pictures from a canvas or a tone, and the m-line that it is on.

import { Unsupported } from "../w3c/fault.js";
import { PictureSource } from "./pattern.js";
import { ToneSource } from "./tone.js";

export class Track {
  transceiver = null;
  #request;
  #source = null;

  constructor(request) {
    this.#request = request;
    const sends = (request.content ?? "pattern") === "pattern" && request.direction.startsWith("send");
    if (sends) this.#source = request.kind === "audio" ? new ToneSource(request) : new PictureSource(request);
  }

  /** Resolves when there is something to send. */
  get ready() {
    return this.#source?.ready;
  }

  get kind() {
    return this.#request.kind;
  }

  /** Asks for an m-line with the next offer. */
  async offer(pc) {
    const { direction, simulcast } = this.#request;
    const init = { direction };
    if (this.#source) init.streams = [this.#source.stream];
    if (simulcast) {
      const smaller = (at) => 2 ** (simulcast.length - 1 - at);
      init.sendEncodings = simulcast.map((rid, at) => ({ rid, scaleResolutionDownBy: smaller(at), maxBitrate: 1_500_000 / smaller(at) }));
    }
    this.transceiver = pc.addTransceiver(this.#source?.track ?? this.kind, init);
    await this.#echo();
    this.#prefer();
  }

  /** Takes an m-line that the other side offered. */
  async answer(transceiver) {
    this.transceiver = transceiver;
    transceiver.direction = this.#request.direction;
    if (this.#source) {
      await transceiver.sender.replaceTrack(this.#source.track);
      transceiver.sender.setStreams?.(this.#source.stream);
    }
    await this.#echo();
    this.#prefer();
  }

  /** The m-line that was asked for is no more. */
  releaseIfGone() {
    if (!this.transceiver || this.transceiver.mid !== null) return;
    this.transceiver.stop();
    this.transceiver = null;
  }

  end() {
    this.#source?.end();
  }

  /** What is received goes back, decoded and encoded anew. */
  async #echo() {
    const { sender, receiver } = this.transceiver;
    if (this.#request.content === "echo") await sender.replaceTrack(receiver.track);
  }

  #prefer() {
    const { kind, codecs, red, fec, packetization_mode: mode } = this.#request;
    if (!codecs) return;
    const all = RTCRtpReceiver.getCapabilities(kind).codecs;
    // Where no mode is said it is 0 (RFC 6184 section 8.1).
    const modeOf = ({ sdpFmtpLine }) => Number(/packetization-mode=(\d)/.exec(sdpFmtpLine)?.[1] ?? 0);
    const fits = (codec) => mode === undefined || modeOf(codec) === mode;
    const is = (name) => ({ mimeType }) => mimeType.toLowerCase() === `${kind}/${name}`.toLowerCase();
    const named = codecs.flatMap((name) => all.filter(is(name)).filter(fits));
    if (!named.length) throw new Unsupported(`no codec of ${codecs.join(", ")}`);
    const known = (...types) => all.filter(({ mimeType }) => types.includes(mimeType.toLowerCase()));
    // Sound that is to come twice is so where RED is what is preferred.
    const twice = red ? known("audio/red") : [];
    const parity = { "flexfec-03": ["video/flexfec-03"], ulpfec: ["video/red", "video/ulpfec"] }[fec] ?? [];
    this.transceiver.setCodecPreferences([...twice, ...named, ...known("video/rtx", ...parity)]);
  }
}
