// Codec preferences, and a fault of a browser made good.

/** Puts the codec of this name first on a transceiver; true when the browser has it. */
export function preferCodec(transceiver, kind, name) {
  const capabilities = RTCRtpReceiver.getCapabilities?.(kind);
  if (!name || !capabilities || !transceiver.setCodecPreferences) return false;
  const wanted = (codec) => codec.mimeType.toLowerCase() === `${kind}/${name.toLowerCase()}`;
  const first = capabilities.codecs.filter(wanted);
  if (first.length === 0) return false;
  const rest = capabilities.codecs.filter((codec) => !wanted(codec));
  transceiver.setCodecPreferences([...first, ...rest]);
  return true;
}

/**
 * The SDP without attributes of payload types that its m-lines do not name: after
 * setCodecPreferences Firefox leaves `a=rtcp-fb` lines of codecs it took out, and Chromium refuses
 * such a description.
 */
export function withoutOrphans(sdp) {
  let types = null;
  const keep = (line) => {
    if (line.startsWith("m=")) {
      const parts = line.slice(2).split(" ");
      types = parts[0] === "audio" || parts[0] === "video" ? new Set(parts.slice(3)) : null;
      return true;
    }
    const attribute = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /.exec(line);
    return !attribute || !types || types.has(attribute[1]);
  };
  return sdp.split("\r\n").filter(keep).join("\r\n");
}
