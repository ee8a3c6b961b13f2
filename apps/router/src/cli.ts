import process from "node:process";
import { runCli } from "./cli/run-cli.js";

const { env, stdout, stderr } = process;

process.exitCode = await runCli(process.argv.slice(2), {
  cwd: process.cwd(),
  env,
  // Only where it is asked for: it may be closed.
  get stdin() {
    return process.stdin;
  },
  stdout,
  stderr,
});

// Whatever a plugin left behind must not keep the process alive.
setTimeout(() => process.exit(), 1000).unref();
