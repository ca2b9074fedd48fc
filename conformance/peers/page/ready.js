// Who this browser is and what it can do.

const FIREFOX = navigator.userAgent.includes("Firefox/");

/** 133 speaks DTLS 1.2 only; all that are tried from 140 on speak 1.3, too. */
const DTLS_1_3_SINCE = 140;

const FEATURES = [
  "offer", "answer", "data", "unordered", "max-retransmits", "max-lifetime", "negotiated", "close-channel", "empty-message", "text",
  "trickle", "restart", "renegotiate", "direction", "stop", "rollback", "several", "simulcast", "dtls-1.2", "rsa",
  "srtp:SRTP_AES128_CM_HMAC_SHA1_80", "srtp:SRTP_AEAD_AES_128_GCM", "srtp:SRTP_AEAD_AES_256_GCM", "ipv6", "nack", "pli", "mdns",
];

/** Names of the codecs that can be both sent and received. */
function codecs(kind) {
  const names = (side) => side.getCapabilities(kind).codecs.map(({ mimeType }) => mimeType.split("/")[1]);
  const received = names(RTCRtpReceiver);
  const helpers = ["rtx", "red", "ulpfec", "flexfec-03", "CN", "telephone-event"];
  return [...new Set(names(RTCRtpSender))].filter((name) => received.includes(name) && !helpers.includes(name));
}

/** The event `ready`. */
export function ready() {
  // Chromium takes another `a=setup` than its own into an answer; Firefox refuses to.
  const features = FIREFOX ? [...FEATURES] : [...FEATURES, "setup"];
  if (Number(navigator.userAgent.match(/(?:Chrome|Firefox)\/(\d+)/)?.[1]) >= DTLS_1_3_SINCE) features.push("dtls-1.3");
  return {
    event: "ready", peer: FIREFOX ? "Firefox" : "Chromium", version: navigator.userAgent, content: "codecs",
    audio: codecs("audio"), video: codecs("video"), features,
  };
}
