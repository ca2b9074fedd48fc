// libdatachannel in Node.js: data channels.

import { require, version } from "../node/home.js";
import { run } from "../node/lines.js";
import { Unsupported } from "../w3c/fault.js";

const { RTCPeerConnection } = require("node-datachannel/polyfill");

class Track {
  constructor() {
    throw new Unsupported("no media");
  }
}

run({
  open: () => new RTCPeerConnection({ iceServers: [] }),
  Track,
}, {
  peer: "libdatachannel", version: version("node-datachannel"), content: "none",
  features: [
    "offer", "answer", "data", "unordered", "max-retransmits", "max-lifetime", "negotiated", "close-channel", "text", "trickle",
    "dtls-1.2", "ipv6",
  ],
});
