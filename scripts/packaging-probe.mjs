// Runs in the test project of packaging.mjs: starts the script named on the command line on a free port, joins realm1 as
// a WAMP client, sends SIGTERM and checks that the script ends cleanly.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { WebSocket } from "ws";

const [script, ...args] = process.argv.slice(2);
const port = await freePort();
const child = spawn(process.execPath, [onPort(script), ...args], {
  env: { ...process.env, PORT: String(port) },
  stdio: ["ignore", "pipe", "pipe"],
});
let output = "";
for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve(signal ?? code)));
const deadline = setTimeout(() => fail("took longer than 30 s"), 30_000);

void ended.then((how) => fail(`ended too early: ${how}`));
while (!(await welcomed())) await new Promise((resolve) => setTimeout(resolve, 100));
child.kill("SIGTERM");
const how = await ended;
clearTimeout(deadline);
// Without a signal handler, SIGTERM ends the script, which is clean as well.
process.exit(how === 0 || how === "SIGTERM" ? 0 : fail(`SIGTERM ended it with ${how}`));

function welcomed() {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, "wamp.2.json");
    socket.on("open", () => socket.send(JSON.stringify([1, "realm1", { roles: { caller: {} } }])));
    socket.on("message", (data) => {
      const [type] = JSON.parse(String(data));
      if (type !== 2) fail(`answered HELLO with ${data}`);
      socket.close();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

/** Replaces the example's port 8080, which may be in use on this machine. */
function onPort(path) {
  const text = readFileSync(path, "utf8");
  if (!text.includes("8080")) return path;
  const moved = path.replace(/\.js$/, ".moved.js");
  writeFileSync(moved, text.replaceAll("8080", String(port)));
  return moved;
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function fail(why) {
  if (child.killed && why.startsWith("ended too early")) return;
  process.stderr.write(`${script} ${why}\n${output}`);
  child.kill("SIGKILL");
  process.exit(1);
}
