// libwebrtc in Node.js, without a browser: raw pictures and samples in and out.

import { require, version } from "../node/home.js";
import { run } from "../node/lines.js";
import { Receiver } from "./receiver.js";
import { Track } from "./track.js";

const { RTCPeerConnection, RTCRtpReceiver, RTCRtpSender } = require("@roamhq/wrtc");

function codecs(kind) {
  const names = (side) => side.getCapabilities(kind).codecs.map(({ mimeType }) => mimeType.split("/")[1]);
  const received = names(RTCRtpReceiver);
  const helpers = ["rtx", "red", "ulpfec", "flexfec-03", "CN", "telephone-event"];
  return [...new Set(names(RTCRtpSender))].filter((name) => received.includes(name) && !helpers.includes(name));
}

run({
  options: ["polite", "setup"],
  open: () => new RTCPeerConnection({ iceServers: [] }),
  Track,
  Receiver,
}, {
  peer: "libwebrtc", version: version("@roamhq/wrtc"), content: "codecs", audio: codecs("audio"), video: codecs("video"),
  features: [
    "offer", "answer", "data", "unordered", "max-retransmits", "max-lifetime", "negotiated", "close-channel", "empty-message", "text",
    "trickle", "restart", "renegotiate", "direction", "stop", "rollback", "several", "simulcast", "setup", "dtls-1.2", "nack", "pli", "ipv6",
    "srtp:SRTP_AES128_CM_HMAC_SHA1_80", "srtp:SRTP_AEAD_AES_128_GCM", "srtp:SRTP_AEAD_AES_256_GCM",
  ],
});
