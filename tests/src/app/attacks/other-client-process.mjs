// A client that does not attack. It makes one call after the other, publishes numbered events, and reports the results. It
// has its own process, so that only the router can slow it down.
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";

const [url, realm, newcomers] = process.argv.slice(2);
const PAUSE_MS = 2;
/** The minimum number of calls, for attacks that take hardly any time. */
const MIN_CALLS = 20;
/** Calls before the attack, to compare with. */
const IDLE_CALLS = 100;

/** How often, and in which intervals, it is looked whether the descriptors of the attackers are closed. */
const LOOKS = 40;
const LOOK_MS = 50;

/** Calls between two newcomers, if there are to be any. */
const CALLS_PER_NEWCOMER = 10;

/** A session that speaks WAMP in JSON: `ask` resolves with the answer to a request, `on` gets everything else. */
async function join(on) {
  const socket = new WebSocket(url, "wamp.2.json");
  const waiting = new Map();
  let lastRequest = 0;
  const send = (message) => socket.send(JSON.stringify(message));
  const joined = new Promise((resolve, reject) => {
    socket.on("open", () => send([1, realm, { roles: { caller: {}, callee: {}, publisher: {}, subscriber: {} } }]));
    socket.on("close", (code) => {
      const error = new Error(`the other client was disconnected: ${code}`);
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
      if (waits === undefined) return on(message, send);
      waiting.delete(request);
      if (type === 8) waits.reject(new Error(`the other client got ${JSON.stringify(message)}`));
      else waits.resolve(message);
    });
  });
  await joined;
  const ask = (type, ...rest) =>
    new Promise((resolve, reject) => {
      waiting.set(++lastRequest, { resolve, reject });
      send([type, lastRequest, ...rest]);
    });
  return { ask, leave: () => socket.terminate() };
}

const received = [];
const callee = await join((message, send) => {
  if (message[0] === 68) send([70, message[1], {}, message[4]]);
  if (message[0] === 36) received.push(message[4][0]);
});
await callee.ask(64, {}, "com.other.echo");
await callee.ask(32, {}, "com.other.news");
const caller = await join(() => {});
const usage = async () => (await caller.ask(48, {}, "com.other.usage"))[3][0];

let sent = 0;

/** Calls, and notes how long it took. */
async function call(times) {
  const start = performance.now();
  const [, , , [echo]] = await caller.ask(48, {}, "com.other.echo", [sent]);
  times.push(performance.now() - start);
  if (echo !== sent) throw new Error(`called with ${sent}, answered ${echo}`);
}

const median = (times) => times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)];

const stop = new AbortController();
process.on("message", () => stop.abort());
const idle = [];
for (let count = 0; count < IDLE_CALLS; count++) await call(idle);
const before = await usage();
process.send("ready");

const times = [];
let joined = 0;
while (!stop.signal.aborted || sent < MIN_CALLS) {
  await call(times);
  await caller.ask(16, { acknowledge: true }, "com.other.news", [sent++]);
  // Others get in, too.
  if (newcomers === "newcomers" && sent % CALLS_PER_NEWCOMER === 0) {
    (await join(() => {})).leave();
    joined++;
  }
  await delay(PAUSE_MS);
}
const after = await usage();
// The router may not have come to the end of the attackers' connections. What it leaks stays.
let { descriptors } = after;
for (let look = 0; look < LOOKS && descriptors > before.descriptors; look++) {
  await delay(LOOK_MS);
  descriptors = (await usage()).descriptors;
}
// The last events may still be on their way: the answer to a request of the subscriber comes after them.
await callee.ask(48, {}, "com.other.usage");
process.send({
  calls: sent,
  lostEvents: sent - received.length,
  inOrder: received.every((number, index) => number === index),
  longestMs: Math.max(...times),
  medianMs: median(times),
  idleMs: median(idle),
  joined,
  descriptors: descriptors - before.descriptors,
  cpuMs: after.cpuMs - before.cpuMs,
  memory: after.maxMemory - before.maxMemory,
});
process.disconnect();
process.exit();
