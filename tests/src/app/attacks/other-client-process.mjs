// A client that minds its own business, in a process of its own so that nothing but the router can slow it down. It calls
// a procedure again and again, one call after the other, publishes numbered events, and notes what came of it.
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";

const [url, realm] = process.argv.slice(2);
const PAUSE_MS = 2;

/** A session that speaks WAMP in JSON: `ask` resolves with the answer to a request, `on` gets everything else. */
async function join(on) {
  const socket = new WebSocket(url, "wamp.2.json");
  const waiting = new Map();
  let lastRequest = 0;
  const say = (message) => socket.send(JSON.stringify(message));
  const joined = new Promise((resolve, reject) => {
    socket.on("open", () => say([1, realm, { roles: { caller: {}, callee: {}, publisher: {}, subscriber: {} } }]));
    socket.on("close", (code) => {
      const error = new Error(`the bystander was disconnected: ${code}`);
      reject(error);
      for (const { reject: fail } of waiting.values()) fail(error);
    });
    socket.on("error", reject);
    socket.on("message", (data) => {
      const message = JSON.parse(data.toString());
      const [type, first, second] = message;
      if (type === 2) return resolve();
      const request = type === 8 ? second : first;
      const waits = type === 36 || type === 68 ? undefined : waiting.get(request);
      if (waits === undefined) return on(message, say);
      waiting.delete(request);
      if (type === 8) waits.reject(new Error(`the bystander got ${JSON.stringify(message)}`));
      else waits.resolve(message);
    });
  });
  await joined;
  const ask = (type, ...rest) =>
    new Promise((resolve, reject) => {
      waiting.set(++lastRequest, { resolve, reject });
      say([type, lastRequest, ...rest]);
    });
  return { ask };
}

const received = [];
const callee = await join((message, say) => {
  if (message[0] === 68) say([70, message[1], {}, message[4]]);
  if (message[0] === 36) received.push(message[4][0]);
});
await callee.ask(64, {}, "com.bystander.echo");
await callee.ask(32, {}, "com.bystander.news");
const caller = await join(() => {});

const stop = new AbortController();
process.on("message", () => stop.abort());
process.send("ready");

const milliseconds = [];
let sent = 0;
while (!stop.signal.aborted) {
  const start = performance.now();
  const [, , , [echo]] = await caller.ask(48, {}, "com.bystander.echo", [sent]);
  milliseconds.push(performance.now() - start);
  if (echo !== sent) throw new Error(`called with ${sent}, answered ${echo}`);
  await caller.ask(16, { acknowledge: true }, "com.bystander.news", [sent++]);
  await delay(PAUSE_MS);
}
// The last event may be on its way.
for (let waited = 0; received.length < sent && waited < 1000; waited++) await delay(5);
milliseconds.sort((a, b) => a - b);
const at = (share) => milliseconds[Math.min(milliseconds.length - 1, Math.floor(milliseconds.length * share))] ?? 0;
process.send({
  calls: milliseconds.length,
  lostEvents: sent - received.length,
  inOrder: received.every((number, index) => number === index),
  median: at(0.5),
  p99: at(0.99),
  longest: at(1),
});
process.disconnect();
process.exit();
