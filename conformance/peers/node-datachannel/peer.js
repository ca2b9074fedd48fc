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

class Connection extends RTCPeerConnection {
  constructor() {
    super({ iceServers: [] });
    // The package says that gathering is over, but sends no empty candidate.
    this.addEventListener("icegatheringstatechange", () => {
      if (this.iceGatheringState === "complete") this.onicecandidate?.({ candidate: null });
    });
  }

  createOffer(options) {
    // The package would give the offer of before.
    if (options?.iceRestart) throw new Unsupported("libdatachannel restarts no ICE");
    return super.createOffer();
  }
}

run({
  open: () => new Connection(),
  Track,
}, {
  peer: "libdatachannel", version: version("node-datachannel"), content: "none",
  features: [
    "offer", "answer", "data", "unordered", "max-retransmits", "max-lifetime", "negotiated", "close-channel", "empty-message", "text",
    "trickle", "dtls-1.2", "ipv6",
  ],
});
