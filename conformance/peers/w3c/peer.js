// A stack with the interface of the W3C as a peer of the wall: requests in, replies out.

import { Connection } from "./connection.js";
import { Refused, Unsupported } from "./fault.js";

const REQUESTS = [
  "media", "channel", "offer", "answer", "accept", "rollback", "candidate", "send", "received", "seen", "stats", "direction", "stop",
  "close_channel", "keyframe",
];

export class Peer {
  #platform;
  #emit;
  #connection = null;

  /** `emit` is told of events. */
  constructor(platform, emit) {
    this.#platform = platform;
    this.#emit = emit;
  }

  /** The reply to a request: `{ ok }` or `{ error }`. */
  async request(request) {
    try {
      return { ok: await this.#carryOut(request) };
    } catch (error) {
      const kind = error instanceof Unsupported ? "unsupported"
        : error instanceof Refused || error?.name !== "Error" || this.#isDescription(request) ? "refused" : "failed";
      return { error: { kind, text: String(error) } };
    }
  }

  /** What a stack says of a description or a candidate is its refusal, whatever it throws. */
  #isDescription({ do: verb }) {
    return ["answer", "accept", "candidate"].includes(verb);
  }

  async #carryOut(request) {
    if (request.do === "open") {
      await this.#connection?.close();
      this.#connection = await Connection.open(this.#platform, request, this.#emit);
      return {};
    }
    if (request.do === "close") {
      await this.#connection?.close();
      return {};
    }
    if (!REQUESTS.includes(request.do)) throw new Unsupported(`there is no ${request.do}`);
    if (!this.#connection) throw new Error("nothing is open");
    return (await this.#connection[request.do](request)) ?? {};
  }
}
