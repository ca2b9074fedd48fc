// Packages of a peer, installed elsewhere: the folder is the program's first argument.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const home = process.argv[2];
export const require = createRequire(`${home}/`);

/** The version of an installed package. */
export const version = (name) => JSON.parse(readFileSync(`${home}/node_modules/${name}/package.json`, "utf8")).version;
