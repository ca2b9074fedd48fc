// Who this browser is and what it can do.

const FIREFOX = navigator.userAgent.includes("Firefox/");

const VERSION = Number(navigator.userAgent.match(/(?:Chrome|Firefox)\/(\d+)/)?.[1]);

/** 133 speaks DTLS 1.2 only unless told otherwise; all that are tried from 140 on speak 1.3, too. */
const DTLS_1_3_SINCE = 140;

/** The newest Chromium that was found to be told by a field trial which DTLS to speak; 156 is told no more. */
const TRIAL_OF_DTLS_UNTIL = 148;

/** Whether it can be held to a version of DTLS. No browser can be held to a profile of SRTP. */
export const HOLDS_DTLS = FIREFOX || VERSION <= TRIAL_OF_DTLS_UNTIL;

/** What Chromium does under field trials, and since when. */
export const TRIALS = FIREFOX ? [] : [
  { feature: "flexfec-03", since: 133 },
  { feature: "ccfb", since: 133 },
  { feature: "ecn", since: 133 },
  { feature: "snap", since: 148 },
  { feature: "sped", since: 149 },
].filter(({ since }) => VERSION >= since);

const FEATURES = [
  "offer", "answer", "data", "unordered", "max-retransmits", "max-lifetime", "negotiated", "close-channel", "empty-message", "text",
  "trickle", "restart", "renegotiate", "direction", "stop", "rollback", "several", "simulcast", "dtls-1.2", "rsa",
  "srtp:SRTP_AES128_CM_HMAC_SHA1_80", "srtp:SRTP_AEAD_AES_128_GCM", "srtp:SRTP_AEAD_AES_256_GCM", "ipv6", "nack", "pli", "mdns", "setup", "h264-mode",
];

/** What else an offer names beside codecs that carry content. */
const HELPERS = ["rtx", "red", "ulpfec", "flexfec-03", "CN", "telephone-event"];

/** Names of the codecs that an offer has. Firefox counts H264 among its capabilities even where it is not there. */
async function codecs(kind) {
  const pc = new RTCPeerConnection();
  pc.addTransceiver(kind);
  const { sdp } = await pc.createOffer();
  pc.close();
  const names = [...sdp.matchAll(/^a=rtpmap:\d+ ([^/]+)/gm)].map(([, name]) => name);
  return [...new Set(names)].filter((name) => !HELPERS.includes(name));
}

/** The event `ready`. */
export async function ready() {
  const features = [...FEATURES];
  if (HOLDS_DTLS) features.push("dtls-choice");
  if (VERSION >= DTLS_1_3_SINCE) features.push("dtls-1.3");
  features.push(...TRIALS.map(({ feature }) => feature));
  const has = (kind, name) => RTCRtpSender.getCapabilities(kind).codecs.some(({ mimeType }) => mimeType === name);
  if (has("audio", "audio/red")) features.push("red");
  if (has("video", "video/ulpfec")) features.push("ulpfec");
  return {
    event: "ready", peer: FIREFOX ? "Firefox" : "Chromium", version: navigator.userAgent, content: "codecs",
    audio: await codecs("audio"), video: await codecs("video"), features,
  };
}
