// Unpacks the browser that the package carries, compressed, to the place that is given.

import { createReadStream, createWriteStream, chmodSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { execFileSync } from "node:child_process";

const [home] = process.argv.slice(2);
const packed = `${home}/node_modules/@sparticuz/chromium/bin`;
const root = `${home}/root`;
await mkdir(root, { recursive: true });

/** Writes what a file is when it is no longer compressed. */
async function unpack(name, to) {
  await pipeline(createReadStream(`${packed}/${name}`), createBrotliDecompress(), createWriteStream(to));
}

await unpack("chromium.br", `${root}/chromium`);
chmodSync(`${root}/chromium`, 0o755);
// Software rendering, and libraries that a bare machine has not.
for (const name of ["swiftshader.tar.br", "al2023.tar.br"]) {
  const archive = `${root}/${name.replace(".br", "")}`;
  await unpack(name, archive);
  execFileSync("tar", ["-xf", archive, "-C", root]);
}
