// `window.lapwing`: the page for programs. docs/signalling.md names what is promised.

/** Collects what `session()` has; it has no room before the join. */
export function makeApi(session) {
  const { log, link, media, stats, stage } = session;
  const room = () => session.room;
  return {
    log: log.lines,
    messages: [],
    get room() {
      return room();
    },
    get received() {
      return room()?.files.received ?? [];
    },
    get samples() {
      return stats.samples;
    },
    state: () => ({ view: document.body.dataset.view, ...(room()?.state() ?? {}) }),
    join: async (name, password) => {
      await media.open(link);
      session.join(name, password);
    },
    leave: () => room()?.leave(),
    chat: (text) => Boolean(text && room()?.chat(text) === null),
    sendFile: (blob, name, to) => room().sendFile(blob, name, to),
    sendFiles: (items, to) => room().sendFiles(items, to),
    acceptAllFiles: (on = true) => {
      room().files.acceptAll = on;
    },
    setMicrophone: (on) => session.setMicrophone(on),
    setCamera: (on) => session.setCamera(on),
    shareScreen: (stream) => media.shareScreen(stream),
    stopScreen: () => media.turnOff("screen"),
    lock: (on) => room().door.lock(on),
    admit: (id, on) => room().door.admit(id, on),
    preferVideo: (codec) => room().preferVideo(codec),
    stats: () => stats.reports(),
    sample: () => stats.sample(),
    echo: async () => {
      const [peer] = room()?.peers.values() ?? [];
      return peer ? peer.channels.measure(peer.opener) : null;
    },
    connections: () => [...(room()?.peers.values() ?? [])].map((peer) => peer.pc),
    video: (id, screen) => stage.video(id, screen),
    media,
  };
}

/** Resolves as soon as `check()` is truthy, with its value; for tests. */
export function until(check, ms = 20_000, everyMs = 50) {
  const end = performance.now() + ms;
  return new Promise((resolve, reject) => {
    const look = async () => {
      const value = await check();
      if (value) return resolve(value);
      if (performance.now() > end) return reject(new Error(`not within ${ms} ms: ${check}`));
      return setTimeout(look, everyMs);
    };
    look();
  });
}
