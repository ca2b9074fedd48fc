// Faults in words: what happened and what to do about it.

import { inSentence } from "./names.js";

const MEDIA_FAULTS = {
  NotAllowedError: [
    "The browser may not use it.",
    "Allow camera and microphone for this page (the icon beside the address), then try again.",
  ],
  NotFoundError: ["None was found.", "Plug one in, or join without it."],
  NotReadableError: ["Another program is using it.", "Close that program, then try again."],
  OverconstrainedError: ["It cannot do what the settings ask.", "Choose another size or device."],
  SecurityError: ["The browser forbids it on this page.", "Open the page by https."],
  AbortError: ["It stopped at once.", "Unplug it and plug it in again."],
};

/** Why a camera, microphone or screen cannot be had. */
export function mediaFault(what, error) {
  if (!navigator.mediaDevices) {
    return {
      what: `No ${what}: the browser gives devices only to secure pages.`,
      todo: "Open the page by https, or on the machine itself by http://localhost.",
    };
  }
  const [reason, todo] = MEDIA_FAULTS[error.name] ?? [error.message || error.name, "Try again."];
  return { what: `No ${what}: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`, todo };
}

/** The device that was chosen is not there; the browser gave another. */
export function deviceMissing(source, label) {
  return {
    what: `The chosen ${source} is not there.`,
    todo: label ? `Used instead: ${label}.` : "Another one is used instead.",
  };
}

export const SERVER_GONE = {
  what: "The server is gone.",
  todo: "The page tries again by itself; a call between two goes on meanwhile.",
};

export const CONNECTION_LOST = "Connection lost";

/** Nothing gets through to a peer: `name` is a participant's, or "server". */
export function iceFault(name) {
  const whom = name === "server" ? "the server" : inSentence(name);
  return {
    what: `No way to ${whom} was found.`,
    todo:
      "A firewall may block UDP: try another network, switch a VPN off, or ask whoever runs this " +
      "server for a TURN server.",
  };
}

export const NOBODY_HERE = {
  what: "Nobody else is here to read it.",
  todo: "Share the link first; what you wrote stays in the field.",
};

export const NOBODY_REACHED = {
  what: "It could not be said: there is no connection yet.",
  todo: "Send it again when the others are connected.",
};

export const CHAT_TOO_LONG = {
  what: "It is too long for one message.",
  todo: "Send it in parts, or as a file.",
};

export const MACHINE_BUSY = {
  what: "This machine is busy.",
  todo: "Your pictures are now sent by VP8, which costs it less.",
};

/** The room's state in two words, and whether that is good. */
export function roomStatus(room) {
  const peers = [...room.peers.values()];
  if (room.signalling.state === "waiting") return ["server gone", "bad"];
  if (room.signalling.state !== "open") return ["connecting", ""];
  if (peers.some((peer) => peer.isLost)) return ["no connection", "bad"];
  if (room.participants.size === 0) return ["nobody else yet", ""];
  if (peers.some(({ pc }) => pc.connectionState !== "connected")) return ["connecting", ""];
  return [room.mode === "direct" ? "connected directly" : "connected", "good"];
}

/** Bytes for people. */
export function bytes(n) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) {
    n /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? n : n.toFixed(1)} ${units[unit]}`;
}

/** Bits per second for people. */
export function bitrate(n) {
  if (!Number.isFinite(n)) return "–";
  return n >= 1e6 ? `${(n / 1e6).toFixed(2)} Mbit/s` : `${Math.round(n / 1e3)} kbit/s`;
}
