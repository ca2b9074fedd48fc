// A browser as a peer of the wall. The harness asks over the control channel: `peer.request({"do": ..})` gives a reply, `peer.events(ms)` what
// was said since. The protocol stands in conformance/peers/README.md.

import { Peer } from "../w3c/peer.js";
import { HOLDS_DTLS, TRIALS, ready } from "./ready.js";
import { Receiver } from "./receiver.js";
import { Track } from "./track.js";

const RSA = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };

const events = [];
let heard = () => {};
function emit(event) {
  events.push(event);
  heard();
}

/** What the connection was asked to have of redundancy. */
let asked = {};

const browser = new Peer({
  // Most are chosen when the browser is started (conformance/src/peer/browser/options.rs).
  options: ["certificate", "setup", "polite", "mdns", "ice_tcp", "red", "fec", "ice_servers", "relay_only", "trust", ...(HOLDS_DTLS ? ["dtls"] : []), ...TRIALS.map(({ feature }) => feature)],
  async open({ certificate, red, fec, ice_servers: iceServers = [], relay_only: relayOnly = false }) {
    asked = { red, fec };
    const certificates = certificate === "rsa" ? [await RTCPeerConnection.generateCertificate(RSA)] : undefined;
    return new RTCPeerConnection({ certificates, iceServers, iceTransportPolicy: relayOnly ? "relay" : "all" });
  },
  rollsBack: true,
  Track: class extends Track {
    constructor(request) {
      super({ ...request, ...asked });
    }
  },
  Receiver,
}, emit);

globalThis.peer = {
  request: (request) => browser.request(request),
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
