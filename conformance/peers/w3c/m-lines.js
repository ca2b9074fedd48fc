// M-lines of descriptions, and what the other side changed of them.

const TURNED = { sendrecv: "sendrecv", sendonly: "recvonly", recvonly: "sendonly", inactive: "inactive" };

/** Media m-lines by their mids: kind, direction (`stopped` for a rejected one). Those without a mid are left out. */
function read(sdp) {
  const [session, ...sections] = sdp.split(/^m=/m);
  const direction = (text) => text.match(/^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m)?.[1];
  const lines = new Map();
  for (const section of sections) {
    const [kind, port] = section.split(" ");
    const mid = section.match(/^a=mid:(\S+)/m)?.[1];
    if (mid === undefined || kind === "application") continue;
    // A port of 0 is no rejection where the line depends on a bundle.
    const stopped = port === "0" && !/^a=bundle-only/m.test(section);
    lines.set(mid, { kind, direction: stopped ? "stopped" : direction(section) ?? direction(session) ?? "sendrecv" });
  }
  return lines;
}

/** Remembers the m-lines of a connection. */
export class Lines {
  #known = new Map();

  /**
   * The events `media` for a description of the other side, directions as seen from here. `ours` is the offer that it answers, or absent: an
   * answer that agrees to it changes nothing.
   */
  changes(theirs, ours) {
    const offered = ours ? read(ours) : new Map();
    const events = [];
    for (const [mid, { kind, direction: told }] of read(theirs)) {
      const direction = TURNED[told] ?? told;
      const before = this.#known.get(mid);
      this.#known.set(mid, direction);
      if (direction === before || direction === offered.get(mid)?.direction) continue;
      events.push({ event: "media", mid, kind, ...(direction === "stopped" ? { stopped: true } : { direction }) });
    }
    return events;
  }
}
