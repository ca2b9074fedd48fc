// Faults in words: what happened and what to do about it.

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

export const SERVER_GONE = {
  what: "The server is gone.",
  todo: "The page tries again by itself; a call between two goes on meanwhile.",
};

export function iceFault(name) {
  return {
    what: `No way to ${name} was found.`,
    todo: "A firewall may stand between: try another network, or ask for a TURN server.",
  };
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
