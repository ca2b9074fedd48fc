// Opens cameras and microphones as the settings ask.

import { RESOLUTIONS } from "./settings.js";

/** Frames per second the camera is asked for. */
const FRAME_RATE = 30;

/** What a browser says when the chosen device is not there, or not for this page any more. */
const DEVICE_GONE = new Set(["OverconstrainedError", "NotFoundError"]);

/**
 * Opens the devices for these sources ("microphone", "camera") with one question to the person:
 * { tracks: source -> track, missing: [sources whose chosen device is not there, where another serves] }.
 */
export async function capture(sources, settings) {
  const chosen = sources.filter((source) => settings[source]);
  try {
    return { tracks: await open(sources, settings, chosen), missing: [] };
  } catch (error) {
    if (chosen.length === 0 || !DEVICE_GONE.has(error.name)) throw error;
    return { tracks: await open(sources, settings, []), missing: chosen };
  }
}

async function open(sources, settings, exact) {
  const constraints = {};
  if (sources.includes("microphone")) constraints.audio = audio(settings);
  if (sources.includes("camera")) constraints.video = video(settings);
  // A device that is merely preferred is passed over by some browsers.
  for (const source of exact) {
    constraints[source === "camera" ? "video" : "audio"].deviceId = { exact: settings[source] };
  }
  const stream = await navigator.mediaDevices.getUserMedia(constraints);
  const tracks = new Map();
  for (const track of stream.getTracks()) {
    tracks.set(track.kind === "audio" ? "microphone" : "camera", track);
  }
  return tracks;
}

function audio({ echoCancellation, noiseSuppression, autoGainControl }) {
  return { echoCancellation, noiseSuppression, autoGainControl };
}

function video({ resolution }) {
  const { width, height } = RESOLUTIONS[resolution];
  return { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: FRAME_RATE } };
}
