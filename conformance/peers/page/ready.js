// Who this browser is and what it can do.

const FIREFOX = navigator.userAgent.includes("Firefox/");

const FEATURES = [
  "offer", "answer", "data", "unordered", "max-retransmits", "max-lifetime", "negotiated", "close-channel", "empty-message", "text",
  "trickle", "restart", "renegotiate", "direction", "stop", "rollback", "several", "simulcast", "dtls-1.2", "dtls-1.3", "rsa",
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
  const features = FIREFOX ? FEATURES : [...FEATURES, "setup"];
  return {
    event: "ready", peer: FIREFOX ? "Firefox" : "Chromium", version: navigator.userAgent, content: "codecs",
    audio: codecs("audio"), video: codecs("video"), features,
  };
}
