// One client after the other that does what clients do, in an order that nobody planned: until it is told to stop, or is
// stopped or killed without being told.
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
/** A number below `end`; the same ones for the same seed. */
function dice(end) {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
}
const oneOf = (values) => values[dice(values.length)];

const stop = new AbortController();
process.on("message", () => stop.abort());
process.on("disconnect", () => process.exit());

/** What a session can do once: a message of a random kind that the router has no reason to refuse with ABORT. */
function act(session) {
  const request = ++session.requests;
  switch (dice(9)) {
    case 0:
      return [32, request, {}, oneOf(TOPICS)];
    case 1: {
      const [topic, match] = oneOf(PATTERNS);
      return [32, request, { match, get_retained: dice(2) === 0 }, topic];
    }
    case 2:
      return [64, request, { invoke: "roundrobin", concurrency: 1 + dice(3) }, oneOf(PROCEDURES)];
    case 3:
      return [34, request, session.subscriptions.pop() ?? 1];
    case 4:
      return [66, request, session.registrations.pop() ?? 1];
    case 5:
      return [
        48,
        request,
        { timeout: 200 + dice(500), receive_progress: dice(2) === 0 },
        oneOf(PROCEDURES),
        [dice(100)],
      ];
    case 6:
      return request > 1 ? [49, 1 + dice(request - 1), { mode: oneOf(["skip", "kill", "killnowait"]) }] : undefined;
    default: {
      const options = { acknowledge: dice(4) === 0, retain: dice(8) === 0, exclude_me: dice(2) === 0 };
      return [16, request, options, oneOf(TOPICS), ["x".repeat(dice(10) === 0 ? 20_000 : dice(200))]];
    }
  }
}

function answer([type, request, , details, args = []], session, say) {
  if (type === 33) session.subscriptions.push(details);
  if (type === 65) session.registrations.push(details);
  if (type !== 68) return;
  const reply = dice(10);
  if (reply === 0) say([8, 68, request, {}, "soak.error"]);
  else if (reply < 8) setTimeout(() => say([70, request, {}, args]), dice(20));
}

async function visit() {
  const socket = new WebSocket(url, "wamp.2.json");
  const session = { left: false, requests: 0, subscriptions: [], registrations: [] };
  const gone = new Promise((resolve) => {
    socket.on("close", resolve);
  });
  socket.on("error", () => {});
  const say = (message) => {
    if (socket.readyState === WebSocket.OPEN && !session.left) socket.send(JSON.stringify(message));
  };
  socket.on("open", () => say([1, "realm1", { roles: ROLES }]));
  const joined = new Promise((resolve) => {
    socket.on("message", (data) => {
      const message = JSON.parse(data.toString());
      if (message[0] === 3 && message[2] === "wamp.error.protocol_violation") complain(data.toString());
      if (message[0] === 2) resolve();
      else if (message[0] !== 8 && message[0] !== 36)
        answer([message[0], message[1], undefined, message[2], message[4]], session, say);
      if (message[0] === 6) socket.close();
    });
  });
  await Promise.race([joined, gone]);
  for (let actions = 10 + dice(200); actions > 0 && socket.readyState === WebSocket.OPEN; actions--) {
    if (stop.signal.aborted) break;
    const message = act(session);
    if (message !== undefined) say(message);
    if (dice(5) === 0) await delay(dice(10));
  }
  leave(socket, say);
  session.left = true;
  await Promise.race([gone, delay(1000)]);
  socket.terminate();
}

function leave(socket, say) {
  switch (dice(4)) {
    case 0:
      return say([6, {}, "wamp.close.close_realm"]);
    case 1:
      return socket.close();
    case 2:
      // In the middle of a frame that says that it is longer.
      socket._socket?.write(Buffer.from([0x81, 0xfe, 0x10, 0, 0, 0, 0, 0, 0x5b]));
      return socket._socket?.resetAndDestroy();
    default:
      return socket.terminate();
  }
}

function complain(text) {
  process.send?.({ complaint: text });
}

const CLIENTS = 6;
await Promise.all(
  Array.from({ length: CLIENTS }, async () => {
    while (!stop.signal.aborted) await visit();
  }),
);
process.exit();
