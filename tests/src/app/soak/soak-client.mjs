// Clients one after the other that do random things, until the process is told to stop, or is stopped or killed.
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";

const [url, seed] = process.argv.slice(2);
const ROLES = { caller: {}, callee: {}, publisher: {}, subscriber: {} };
const TOPICS = ["soak.a", "soak.b", "soak.a.b", "soak.a.c", "soak.b.c.d"];
const PATTERNS = [
  ["soak.", "prefix"],
  ["soak.a", "prefix"],
  ["soak..b", "wildcard"],
  ["soak...d", "wildcard"],
];
const PROCEDURES = ["soak.add", "soak.slow", "soak.fail", "soak.never"];

let state = Number(seed);
/** A random integer below `end`; the same seed gives the same ones. */
function randomBelow(end) {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
}
const oneOf = (values) => values[randomBelow(values.length)];

const stop = new AbortController();
process.on("message", () => stop.abort());
process.on("disconnect", () => process.exit());

/** A random message that gives the router no reason for ABORT. */
function act(session) {
  const request = ++session.requests;
  switch (randomBelow(9)) {
    case 0:
      return [32, request, {}, oneOf(TOPICS)];
    case 1: {
      const [topic, match] = oneOf(PATTERNS);
      return [32, request, { match, get_retained: randomBelow(2) === 0 }, topic];
    }
    case 2:
      return [64, request, { invoke: "roundrobin", concurrency: 1 + randomBelow(3) }, oneOf(PROCEDURES)];
    case 3:
      return [34, request, session.subscriptions.pop() ?? 1];
    case 4:
      return [66, request, session.registrations.pop() ?? 1];
    case 5:
      return [
        48,
        request,
        { timeout: 200 + randomBelow(500), receive_progress: randomBelow(2) === 0 },
        oneOf(PROCEDURES),
        [randomBelow(100)],
      ];
    case 6:
      return request > 1
        ? [49, 1 + randomBelow(request - 1), { mode: oneOf(["skip", "kill", "killnowait"]) }]
        : undefined;
    default: {
      const options = {
        acknowledge: randomBelow(4) === 0,
        retain: randomBelow(8) === 0,
        exclude_me: randomBelow(2) === 0,
      };
      return [16, request, options, oneOf(TOPICS), ["x".repeat(randomBelow(10) === 0 ? 20_000 : randomBelow(200))]];
    }
  }
}

function answer([type, request, , details, args = []], session, send) {
  if (type === 33) session.subscriptions.push(details);
  if (type === 65) session.registrations.push(details);
  if (type !== 68) return;
  const reply = randomBelow(10);
  if (reply === 0) send([8, 68, request, {}, "soak.error"]);
  else if (reply < 8) setTimeout(() => send([70, request, {}, args]), randomBelow(20));
}

async function runSession() {
  const socket = new WebSocket(url, "wamp.2.json");
  const session = { left: false, requests: 0, subscriptions: [], registrations: [] };
  const gone = new Promise((resolve) => {
    socket.on("close", resolve);
  });
  socket.on("error", () => {});
  const send = (message) => {
    if (socket.readyState === WebSocket.OPEN && !session.left) socket.send(JSON.stringify(message));
  };
  socket.on("open", () => send([1, "realm1", { roles: ROLES }]));
  const joined = new Promise((resolve) => {
    socket.on("message", (data) => {
      const message = JSON.parse(data.toString());
      if (message[0] === 3 && message[2] === "wamp.error.protocol_violation") report(data.toString());
      if (message[0] === 2) resolve();
      else if (message[0] !== 8 && message[0] !== 36)
        answer([message[0], message[1], undefined, message[2], message[4]], session, send);
      if (message[0] === 6) socket.close();
    });
  });
  await Promise.race([joined, gone]);
  for (let actions = 10 + randomBelow(200); actions > 0 && socket.readyState === WebSocket.OPEN; actions--) {
    if (stop.signal.aborted) break;
    const message = act(session);
    if (message !== undefined) send(message);
    if (randomBelow(5) === 0) await delay(randomBelow(10));
  }
  leave(socket, send);
  session.left = true;
  await Promise.race([gone, delay(1000)]);
  socket.terminate();
}

function leave(socket, send) {
  switch (randomBelow(4)) {
    case 0:
      return send([6, {}, "wamp.close.close_realm"]);
    case 1:
      return socket.close();
    case 2:
      // In the middle of a frame.
      socket._socket?.write(Buffer.from([0x81, 0xfe, 0x10, 0, 0, 0, 0, 0, 0x5b]));
      return socket._socket?.resetAndDestroy();
    default:
      return socket.terminate();
  }
}

function report(text) {
  process.send?.({ violation: text });
}

const CLIENTS = 6;
await Promise.all(
  Array.from({ length: CLIENTS }, async () => {
    while (!stop.signal.aborted) await runSession();
  }),
);
process.exit();
