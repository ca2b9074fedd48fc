// The part of key-frames.js that has to run in a worker. It says "ready" when it begins, and answers each message with what went wrong, or
// null.

/** Firefox may keep its promise until a key frame comes, or for ever: what goes wrong does so at once. */
const REFUSED_WITHIN_MS = 500;

/** Firefox may tell of a transform before it belongs to a receiver. */
const BELONGS_WITHIN_MS = 2000;
const ASKED_AGAIN_MS = 20;

const transformer = new Promise((resolve) => {
  self.onrtctransform = ({ transformer }) => {
    transformer.readable.pipeTo(transformer.writable);
    resolve(transformer);
  };
});

self.onmessage = async () => {
  const deadline = performance.now() + BELONGS_WITHIN_MS;
  for (;;) {
    try {
      const asked = (await transformer).sendKeyFrameRequest();
      await Promise.race([asked, after(REFUSED_WITHIN_MS)]);
      return self.postMessage(null);
    } catch (error) {
      const early = error.name === "InvalidStateError" && performance.now() < deadline;
      if (!early) return self.postMessage(String(error));
    }
    await after(ASKED_AGAIN_MS);
  }
};

function after(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

self.postMessage("ready");
