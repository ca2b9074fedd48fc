// What the statistics of a browser say in the words of the protocol.

// werift writes the version out; libdatachannel has `ip` instead of `address`.
const VERSIONS = { FEFD: "1.2", FEFC: "1.3", "DTLS 1.2": "1.2" };
const PROFILES = {
  AES_CM_128_HMAC_SHA1_80: "SRTP_AES128_CM_HMAC_SHA1_80",
  AEAD_AES_128_GCM: "SRTP_AEAD_AES_128_GCM",
  AEAD_AES_256_GCM: "SRTP_AEAD_AES_256_GCM",
};

/** The facts; what this browser does not tell is absent. */
export function facts(report) {
  const all = [...report.values()];
  const transport = all.find(({ type }) => type === "transport");
  const pairs = all.filter(({ type }) => type === "candidate-pair");
  const pair = report.get(transport?.selectedCandidatePairId) ?? pairs.find((pair) => pair.selected)
    ?? pairs.find((pair) => pair.nominated && pair.state === "succeeded");
  const [local, remote] = [report.get(pair?.localCandidateId), report.get(pair?.remoteCandidateId)];
  const sum = (type, name) => {
    const values = all.filter((one) => one.type === type && one[name] !== undefined).map((one) => one[name]);
    return values.length ? values.reduce((sum, value) => sum + value, 0) : undefined;
  };
  const names = (type) => all.filter((one) => one.type === type)
    .map(({ codecId }) => report.get(codecId)?.mimeType?.split("/")[1]).filter((name) => name);
  return {
    dtls: VERSIONS[transport?.tlsVersion?.toUpperCase()],
    dtls_role: ["client", "server"].find((role) => role === transport?.dtlsRole),
    srtp: PROFILES[transport?.srtpCipher],
    cipher: transport?.dtlsCipher,
    local: address(local), remote: address(remote),
    local_type: local?.candidateType, remote_type: remote?.candidateType,
    nacks_sent: sum("inbound-rtp", "nackCount"), nacks_received: sum("outbound-rtp", "nackCount"),
    plis_sent: sum("inbound-rtp", "pliCount"), plis_received: sum("outbound-rtp", "pliCount"),
    retransmitted: sum("outbound-rtp", "retransmittedPacketsSent"),
    sound_packets_sent: all.find(({ type, kind }) => type === "outbound-rtp" && kind === "audio")?.packetsSent,
    lost: sum("inbound-rtp", "packetsLost"),
    fec_received: sum("inbound-rtp", "fecPacketsReceived"), fec_discarded: sum("inbound-rtp", "fecPacketsDiscarded"),
    ect1_received: sum("inbound-rtp", "packetsReceivedWithEct1"), ce_received: sum("inbound-rtp", "packetsReceivedWithCe"),
    ect1_told: sum("remote-inbound-rtp", "packetsReceivedWithEct1"), ce_told: sum("remote-inbound-rtp", "packetsReceivedWithCe"),
    codecs_received: names("inbound-rtp"), codecs_sent: names("outbound-rtp"),
    ccfb_sent: transport?.ccfbMessagesSent, ccfb_received: transport?.ccfbMessagesReceived,
  };
}

function address(candidate) {
  const host = candidate?.address ?? candidate?.ip;
  if (!host) return undefined;
  return host.includes(":") ? `[${host}]:${candidate.port}` : `${host}:${candidate.port}`;
}
