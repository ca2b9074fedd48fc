// The protocol of the wall on standard input and output.

import { createInterface } from "node:readline";

import { Peer } from "../w3c/peer.js";

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

// Standard output is the protocol's; a library that prints is sent to the log.
for (const name of ["log", "info", "debug", "warn"]) console[name] = (...words) => console.error(...words);

/** Runs a peer until the end of its input. `platform` is that of `Peer`, `ready` the first line. */
export function run(platform, ready) {
  const peer = new Peer(platform, say);
  say({ event: "ready", ...ready });
  const lines = createInterface({ input: process.stdin });
  lines.on("line", async (line) => {
    const request = JSON.parse(line);
    if (request.do === "exit") {
      await peer.request({ do: "close" });
      say({ id: request.id, ok: {} });
      process.exit(0);
    }
    say({ id: request.id, ...(await peer.request(request)) });
  });
  lines.on("close", () => process.exit(0));
}
