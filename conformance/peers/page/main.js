// A browser as a peer of the wall. The harness asks over the control channel: `peer.request({"do": ..})` gives a reply, `peer.events()` what
// was said since. The protocol stands in conformance/peers/README.md.

import { Connection } from "./connection.js";
import { Refused, Unsupported } from "./fault.js";
import { ready } from "./ready.js";

const events = [];
let heard = () => {};
const emit = (event) => {
  events.push(event);
  heard();
};
let connection = null;

const REQUESTS = [
  "media", "channel", "offer", "answer", "accept", "rollback", "candidate", "send", "received", "seen", "stats", "direction", "stop",
  "close_channel",
];

async function carryOut(request) {
  if (request.do === "open") {
    connection?.close();
    connection = await Connection.open(request, emit);
    return {};
  }
  if (request.do === "close") {
    connection?.close();
    return {};
  }
  if (!REQUESTS.includes(request.do)) throw new Unsupported(`browsers have no ${request.do}`);
  if (!connection) throw new Error("nothing is open");
  return (await connection[request.do](request)) ?? {};
}

globalThis.peer = {
  async request(request) {
    try {
      return { ok: await carryOut(request) };
    } catch (error) {
      const kind = error instanceof Unsupported ? "unsupported"
        : error instanceof Refused || error instanceof DOMException ? "refused" : "failed";
      return { error: { kind, text: String(error) } };
    }
  },
  /** What was said since the last call; waits so many milliseconds if that is nothing. */
  async events(ms) {
    if (!events.length && ms > 0) {
      await new Promise((resolve) => {
        heard = resolve;
        setTimeout(resolve, ms);
      });
    }
    return events.splice(0);
  },
  ready,
};

const control = new URLSearchParams(location.search).get("control");
const socket = new WebSocket(control);
socket.onmessage = async ({ data }) => {
  const { id, js } = JSON.parse(data);
  try {
    socket.send(JSON.stringify({ id, ok: true, value: await (0, eval)(js) }));
  } catch (error) {
    socket.send(JSON.stringify({ id, ok: false, error: String(error) }));
  }
};
