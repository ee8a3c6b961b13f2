import process from "node:process";
import { runCli } from "./cli/run-cli.js";

const { env, stdout, stderr } = process;

// Whoever reads the output may go away or have no space: that must not end the process.
for (const output of [stdout, stderr]) output.on("error", () => {});

process.exitCode = await runCli(process.argv.slice(2), {
  cwd: process.cwd(),
  env,
  // Read on demand: standard input may be closed.
  get stdin() {
    return process.stdin;
  },
  stdout,
  stderr,
});

// Timers and sockets that a plugin left open must not keep the process alive.
setTimeout(() => process.exit(), 1000).unref();
