// What a tone is: its frequency and its level.

/** Below this all is silence. */
const SILENCE = 1e-4;

/** Frequency of a sine in hertz, by the times at which it rises through zero, and its level in dBFS. Nothing for silence. */
export function analyse(samples, rate) {
  const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  if (level < SILENCE) return {};
  const rises = [];
  let low = false;
  for (let at = 1; at < samples.length; at += 1) {
    // Noise around zero is no rise.
    if (samples[at] < -level / 2) low = true;
    if (low && samples[at - 1] < 0 && samples[at] >= 0) {
      rises.push(at - samples[at] / (samples[at] - samples[at - 1]));
      low = false;
    }
  }
  const level_db = 20 * Math.log10(level);
  if (rises.length < 3) return { level_db };
  return { hz: ((rises.length - 1) * rate) / (rises.at(-1) - rises[0]), level_db };
}
