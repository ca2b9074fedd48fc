(async () => {
  const dbfs = (level) => (level > 0 ? 20 * Math.log10(level) : null);
  const ms = (seconds) => (seconds === undefined ? null : seconds * 1000);
  const entries = Object.values(await lapwing.stats()).flat();
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const codec = (entry) => byId.get(entry.codecId)?.mimeType?.split("/")[1] ?? "?";
  const seconds = (entry) => (entry.timestamp - lapwing.joinedAt) / 1000;
  const incoming = entries
    .filter((entry) => entry.type === "inbound-rtp")
    .map((entry) => ({
      outgoing: false,
      kind: entry.kind,
      codec: codec(entry),
      size: entry.frameWidth ? [entry.frameWidth, entry.frameHeight] : null,
      frames: entry.framesReceived ?? entry.packetsReceived ?? 0,
      decoded: entry.kind === "video" ? entry.framesDecoded ?? 0
        : Math.round((entry.totalSamplesReceived ?? 0) / 960),
      freezes: entry.freezeCount ?? null,
      bitrate: (entry.bytesReceived * 8) / seconds(entry),
      levelDbfs: dbfs(entry.audioLevel ?? 0),
      rttMs: null,
    }));
  const outgoing = entries
    .filter((entry) => entry.type === "outbound-rtp")
    .map((entry) => ({
      outgoing: true,
      kind: entry.kind,
      codec: codec(entry),
      size: entry.frameWidth ? [entry.frameWidth, entry.frameHeight] : null,
      frames: entry.framesSent ?? entry.packetsSent ?? 0,
      decoded: null,
      freezes: null,
      bitrate: (entry.bytesSent * 8) / seconds(entry),
      levelDbfs: dbfs(byId.get(entry.mediaSourceId)?.audioLevel ?? 0),
      rttMs: ms(byId.get(entry.remoteId)?.roundTripTime),
    }));
  const transport = entries.find((entry) => entry.type === "transport") ?? {};
  // Where there is no such statistic, the pair itself says that it is in use.
  const inUse = (entry) => entry.type === "candidate-pair" && (entry.selected ?? entry.nominated);
  const pair = byId.get(transport.selectedCandidatePairId) ?? entries.find(inUse) ?? {};
  const end = (id) => {
    const candidate = byId.get(id);
    return candidate ? `${candidate.candidateType} ${candidate.address}:${candidate.port}` : "?";
  };
  const start = lapwing.samples[0]?.at ?? 0;
  return {
    name: "chromium",
    setupMs: null,
    pair: `${end(pair.localCandidateId)} - ${end(pair.remoteCandidateId)}`,
    tlsVersion: transport.tlsVersion ?? null,
    srtpCipher: transport.srtpCipher ?? null,
    echoMs: await lapwing.echo(),
    tracks: [...outgoing, ...incoming],
    samples: lapwing.samples.map((sample) => ({
      at: (sample.at - start) / 1000,
      inBps: sample.audioInBps + sample.videoInBps,
      outBps: sample.audioOutBps + sample.videoOutBps,
      rttMs: sample.rttMs,
      loss: sample.lossIn,
    })),
  };
})()
