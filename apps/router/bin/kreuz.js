#!/usr/bin/env node
// Runs in any version of Node.js, to name the one that is needed.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`kreuz: needs Node.js 20.19 or newer, this is ${process.versions.node}`);
  process.exit(1);
}
await import("../dist/kreuz.js");
