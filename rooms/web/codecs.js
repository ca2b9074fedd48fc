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

/** The codec that this browser puts first by itself, as "vp8"; undefined when it does not tell. */
export function firstCodec(kind) {
  const [first] = RTCRtpSender.getCapabilities?.(kind)?.codecs ?? [];
  return first?.mimeType.split("/")[1].toLowerCase();
}

/**
 * The SDP with one codec's payload types at the front of each m-line that `codecs` names (mid -> name). M-lines
 * without that codec stay as they are.
 */
export function withCodecFirst(sdp, codecs) {
  const sections = sdp.split(/(?=^m=)/m);
  return sections.map((section) => codecFirst(section, codecs)).join("");
}

function codecFirst(section, codecs) {
  const mid = /^a=mid:(\S+)/m.exec(section)?.[1];
  const name = section.startsWith("m=") ? codecs.get(mid)?.toLowerCase() : null;
  if (!name) return section;
  const wanted = new Set();
  for (const [, type, codec] of section.matchAll(/^a=rtpmap:(\d+) ([^/\s]+)\//gm)) {
    if (codec.toLowerCase() === name) wanted.add(type);
  }
  const [line, ...rest] = section.split("\r\n");
  const [media, port, protocol, ...types] = line.split(" ");
  const first = types.filter((type) => wanted.has(type));
  const others = types.filter((type) => !wanted.has(type));
  return [[media, port, protocol, ...first, ...others].join(" "), ...rest].join("\r\n");
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
