// Requests for key frames. Only a transform of what is received can ask for one; this one leaves the frames as they are.

import { Unsupported } from "../w3c/fault.js";

export class KeyFrames {
  #worker;
  #begun;

  constructor(receiver) {
    if (!globalThis.RTCRtpScriptTransform) throw new Unsupported("this browser lets no page ask for a key frame");
    this.#worker = new Worker("/key-frames-worker.js");
    // A transform that is made before the worker listens is lost in Firefox.
    this.#begun = this.#heard().then(() => {
      receiver.transform = new RTCRtpScriptTransform(this.#worker);
    });
  }

  async ask() {
    await this.#begun;
    this.#worker.postMessage("ask");
    const fault = await this.#heard();
    if (fault) throw new Error(fault);
  }

  end() {
    this.#worker.terminate();
  }

  #heard() {
    return new Promise((resolve) => {
      this.#worker.onmessage = ({ data }) => resolve(data);
    });
  }
}
