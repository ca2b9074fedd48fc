// What receivers and processing of media count, in words: the names are those of W3C webrtc-stats.

/** How well a sound that comes in is heard. */
export function heard(entry) {
  const words = [];
  const made = entry.concealedSamples - (entry.silentConcealedSamples ?? 0);
  const share = made / entry.totalSamplesReceived;
  if (Number.isFinite(share)) words.push(`${(share * 100).toFixed(1)} % made up`);
  if (entry.interruptionCount > 0) words.push(`${entry.interruptionCount} interruptions`);
  return words.concat(buffered(entry));
}

/** How well pictures that come in are seen. */
export function seen(entry) {
  const words = [];
  if (entry.freezeCount !== undefined) {
    const lasted = entry.totalFreezesDuration ?? 0;
    const freezes = entry.freezeCount === 1 ? "1 freeze" : `${entry.freezeCount} freezes`;
    words.push(lasted > 0 ? `${freezes} (${lasted.toFixed(1)} s)` : freezes);
  }
  if (entry.framesDropped > 0) words.push(`${entry.framesDropped} dropped`);
  return words.concat(buffered(entry));
}

/** What the processing of a microphone comes to: of a report of type media-source. */
export function processed(entry) {
  const words = [];
  if (Number.isFinite(entry.echoReturnLossEnhancement)) {
    words.push(`echo down by ${entry.echoReturnLossEnhancement.toFixed(0)} dB`);
  }
  if (entry.audioLevel > 0) words.push(`${(20 * Math.log10(entry.audioLevel)).toFixed(0)} dBFS`);
  return words;
}

/** How long what comes in waits to be played, on average. */
function buffered(entry) {
  const mean = entry.jitterBufferDelay / entry.jitterBufferEmittedCount;
  return Number.isFinite(mean) ? [`${Math.round(mean * 1000)} ms buffered`] : [];
}
