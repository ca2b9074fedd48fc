// werift: everything in TypeScript, media sent back packet by packet.

import { require, version } from "../node/home.js";
import { run } from "../node/lines.js";
import { Unsupported } from "../w3c/fault.js";

const { RTCPeerConnection, RTCRtpCodecParameters } = require("werift");

const VIDEO_FEEDBACK = [{ type: "nack" }, { type: "nack", parameter: "pli" }, { type: "goog-remb" }];
const codec = (mimeType, clockRate, payloadType, more) => new RTCRtpCodecParameters({ mimeType, clockRate, payloadType, ...more });
const CODECS = {
  audio: [codec("audio/opus", 48000, 111, { channels: 2 }), codec("audio/PCMU", 8000, 0)],
  video: [
    codec("video/VP8", 90000, 96, { rtcpFeedback: VIDEO_FEEDBACK }),
    codec("video/VP9", 90000, 98, { rtcpFeedback: VIDEO_FEEDBACK }),
    codec("video/H264", 90000, 100, {
      rtcpFeedback: VIDEO_FEEDBACK, parameters: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    }),
    codec("video/AV1X", 90000, 102, { rtcpFeedback: VIDEO_FEEDBACK }),
  ],
};

/** Feedback about a payload, and the picture loss in it (RFC 4585 section 6.3.1). */
const PSFB = 206;
const PLI = 1;

/** A track that sends what its m-line receives. */
class Track {
  transceiver = null;
  #request;
  #pc;

  constructor(request, pc) {
    if (request.content === "pattern") throw new Unsupported("werift has no codecs");
    if (request.simulcast) throw new Unsupported("no simulcast");
    this.#request = request;
    this.#pc = pc;
  }

  get kind() {
    return this.#request.kind;
  }

  offer() {
    const { kind, direction } = this.#request;
    this.transceiver = this.#pc.addTransceiver(kind, { direction });
  }

  answer(transceiver) {
    this.transceiver = transceiver;
    transceiver.direction = this.#request.direction;
  }

  releaseIfGone() {}

  end() {}
}

/** Sends back what arrives, and counts it. */
class Receiver {
  #transceiver;
  #packets = 0;
  /** Of the packets that arrive: a track that is told of before them knows none. */
  #ssrc;
  #subscriptions;

  constructor(track, transceiver) {
    this.#transceiver = transceiver;
    this.#subscriptions = [
      track.onReceiveRtp.subscribe((packet) => {
        this.#packets += 1;
        this.#ssrc = packet.header.ssrc;
        transceiver.sender.sendRtp(packet.clone?.() ?? packet).catch((error) => console.error("not sent back:", error));
      }),
      transceiver.sender.onPictureLossIndication.subscribe(() => this.#askForKeyFrame()),
      // werift looks for whom a request is by its sender first, which is the source that we receive: it lands at the receiver.
      transceiver.receiver.onRtcp.subscribe((packet) => {
        if (packet.type === PSFB && packet.feedback?.count === PLI) this.#askForKeyFrame();
      }),
    ];
  }

  #askForKeyFrame() {
    if (this.#ssrc !== undefined) this.#transceiver.receiver.sendRtcpPLI(this.#ssrc);
  }

  seen() {
    const { mid, kind } = this.#transceiver;
    return { mid, kind, packets: this.#packets };
  }

  /** A track may be told of again; two that send back would double each packet. */
  end() {
    for (const { unSubscribe } of this.#subscriptions) unSubscribe();
  }
}

run({
  options: ["lite"],
  open({ lite }) {
    return new RTCPeerConnection({
      iceServers: [], codecs: CODECS, bundlePolicy: "max-bundle", iceLite: lite === true, iceUseTcp: false,
      // There is no STUN server to wait for.
      iceStunGatherTimeout: 0.05,
    });
  },
  Track,
  Receiver,
}, {
  peer: "werift", version: version("werift"), content: "echo",
  audio: ["opus", "PCMU"], video: ["VP8", "VP9", "H264"],
  features: [
    "offer", "answer", "data", "unordered", "max-retransmits", "negotiated", "close-channel", "text", "trickle", "renegotiate",
    "direction", "dtls-1.2", "nack", "pli", "ipv6", "several", "lite", "restart", "srtp:SRTP_AES128_CM_HMAC_SHA1_80", "srtp:SRTP_AEAD_AES_128_GCM",
  ],
});
