// What the link, the last visit and the person ask for.

const STORED = "lapwing-settings";

/** Sizes the camera is asked for; it may give others. */
export const RESOLUTIONS = {
  "320x180": { width: 320, height: 180 },
  "640x360": { width: 640, height: 360 },
  "1280x720": { width: 1280, height: 720 },
  "1920x1080": { width: 1920, height: 1080 },
};

const DEFAULTS = {
  name: "",
  microphone: "",
  camera: "",
  resolution: "640x360",
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/** The last visit's choices over the defaults. A browser that keeps nothing is no fault. */
export function loadSettings() {
  let stored = {};
  try {
    stored = JSON.parse(localStorage.getItem(STORED)) ?? {};
  } catch {
    // Storage is switched off, or holds what another program left.
  }
  const settings = { ...DEFAULTS };
  for (const [key, value] of Object.entries(DEFAULTS)) {
    if (typeof stored[key] === typeof value) settings[key] = stored[key];
  }
  if (!(settings.resolution in RESOLUTIONS)) settings.resolution = DEFAULTS.resolution;
  return settings;
}

export function saveSettings(settings) {
  try {
    localStorage.setItem(STORED, JSON.stringify(settings));
  } catch {
    // The next visit begins with the defaults.
  }
}

/** What the address says: the room by its path, the rest by its query. */
export function readLink(location) {
  const query = new URLSearchParams(location.search);
  const media = query.get("media") ?? "camera";
  return {
    room: /^\/r\/([^/]+)$/.exec(location.pathname)?.[1] ?? null,
    mode: query.get("mode"),
    name: query.get("name"),
    // What a program's join brings along; a person switches devices on in the lobby.
    camera: media === "camera" || media === "video",
    microphone: media === "camera" || media === "audio",
    videoCodec: query.get("video"),
    audioCodec: query.get("audio"),
    layers: Math.min(Math.max(Math.trunc(Number(query.get("layers"))) || 1, 1), 3),
    scalability: /^L[1-3]T[1-3](_KEY)?$/.exec(query.get("scalability") ?? "")?.[0] ?? null,
    control: query.get("control"),
  };
}

/** A link that others can join by: the room and its mode, nothing of this person. */
export function shareLink(location, mode) {
  const link = new URL(location.pathname, location.href);
  if (mode) link.searchParams.set("mode", mode);
  return link.href;
}

/** A room's name that can be read aloud and not guessed in passing. */
export function randomRoom() {
  const consonants = "bdfghjklmnprstvz";
  const vowels = "aeiou";
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const letter = (byte, i) =>
    i % 2 === 0 ? consonants[byte % consonants.length] : vowels[byte % vowels.length];
  const letters = Array.from(bytes, letter).join("");
  return letters.replace(/(....)(?=.)/g, "$1-");
}
