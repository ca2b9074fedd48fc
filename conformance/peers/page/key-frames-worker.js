// The part of key-frames.js that has to run in a worker. It says "ready" when it begins, and answers each message with what went wrong, or
// null.

/** Firefox may keep its promise until a key frame comes, or for ever: what goes wrong does so at once. */
const REFUSED_WITHIN_MS = 500;

const transformer = new Promise((resolve) => {
  self.onrtctransform = ({ transformer }) => {
    transformer.readable.pipeTo(transformer.writable);
    resolve(transformer);
  };
});

self.onmessage = async () => {
  try {
    const asked = (await transformer).sendKeyFrameRequest();
    await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, REFUSED_WITHIN_MS))]);
    self.postMessage(null);
  } catch (error) {
    self.postMessage(String(error));
  }
};

self.postMessage("ready");
