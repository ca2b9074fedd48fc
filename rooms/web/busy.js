// When a machine is too busy for its codec, and what to send instead.

/** Samples, one a second, that must all be busy: a short burst of work is no reason to change. */
const BUSY_SAMPLES = 6;

/** The part of a frame's time that its encoding may take before nothing is left for the rest. */
const ENCODE_SHARE_MAX = 0.8;

/** The slowest camera whose frames count: below, encoding that takes long is not the limit. */
const FRAME_MS_MAX = 1000 / 15;

/** Costs least of what every browser has. */
const CHEAPEST = "vp8";

/** Costs several times as much to encode. */
const COSTLY = new Set(["av1", "vp9", "h265"]);

/**
 * The codec to change to, or null. `samples`, oldest first, hold `sending`: of each video that goes
 * out { codec, limitedBy, encodeMs, frameMs }; what a browser does not measure is undefined.
 */
export function cheaperCodec(samples) {
  const recent = samples.slice(-BUSY_SAMPLES);
  if (recent.length < BUSY_SAMPLES) return null;
  return recent.every(({ sending }) => sending.some(isTooCostly)) ? CHEAPEST : null;
}

function isTooCostly({ codec, limitedBy, encodeMs, frameMs }) {
  if (!COSTLY.has(codec)) return false;
  const frame = Math.min(frameMs ?? FRAME_MS_MAX, FRAME_MS_MAX);
  return limitedBy === "cpu" || encodeMs > frame * ENCODE_SHARE_MAX;
}
