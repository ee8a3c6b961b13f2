import { setTimeout as wait } from "node:timers/promises";
import { MessageType as M } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { LoadSocket } from "../generator/load-socket.js";
import type { IdleResult, JoinResult } from "../results.js";
import type { ServerProcess } from "../servers/server-process.js";

const CONCURRENT_HANDSHAKES = 32;
/**
 * The first storm lets the server compile its code, and is not measured. It ends after so many joins, or after the longest time: code
 * is compiled once it has run often enough, however slow the machine is.
 */
const WARM_UP_JOINS = 5000;
const MAX_WARM_UP_MS = 10_000;
const MEASURED_MS = 2000;
/** The server has cleaned up after a storm when it uses less than this share of a core for so long. */
const COOL_DOWN_MS = 300;
const IDLE_SHARE = 0.05;
const MAX_COOL_DOWN_MS = 10_000;
/** Time limit for the last `on_join`. */
const ON_JOIN_TIMEOUT_MS = 10_000;
/** With those that came first, as many connections as a listener of Kreuz accepts by default. */
const IDLE_SESSIONS = 9900;
const FIRST_SESSIONS = 100;
/** More are not joined in a storm. */
const MAX_SESSIONS = 9900;
/** Time for the server to release what the handshakes needed. */
const SETTLE_MS = 1000;

/** Joins one session, over WebSocket with JSON. */
export function joinSession(server: ServerProcess): Promise<LoadSocket> {
  return LoadSocket.join(server, { transport: "websocket", codec: json }, "observer/0");
}

/** Joins a session that subscribes to `wamp.session.on_join`. */
export async function observeJoins(server: ServerProcess, onJoins: (count: number) => void): Promise<LoadSocket> {
  const observer = await joinSession(server);
  await observer.request({ type: M.SUBSCRIBE, request: 1, options: {}, topic: "wamp.session.on_join" }, M.SUBSCRIBED);
  observer.listen(M.EVENT, onJoins);
  return observer;
}

/** Measures sessions that join as fast as possible, each `on_join` delivered to one subscriber. */
export async function joinStorm(server: ServerProcess): Promise<JoinResult> {
  await storm(server, WARM_UP_JOINS, MAX_WARM_UP_MS);
  await coolDown(server);
  return storm(server, MAX_SESSIONS, MEASURED_MS);
}

/** Ends after so many joins, or after so many milliseconds. */
async function storm(server: ServerProcess, maxJoins: number, milliseconds: number): Promise<JoinResult> {
  const { sessionMeta, name } = server.spec;
  let observed = 0;
  const observer = await (sessionMeta ? observeJoins(server, (count) => (observed += count)) : joinSession(server));
  const [before, began] = [server.usage(), performance.now()];
  let begun = 0;
  const sessions = await joinWhile(server, () => begun++ < maxJoins && performance.now() - began < milliseconds);
  if (sessionMeta) await allObserved(name, () => observed, sessions.length);
  const [after, elapsed] = [server.usage(), performance.now() - began];
  for (const socket of [observer, ...sessions]) socket.close();
  return {
    server: name,
    joinsPerSecond: (sessions.length * 1000) / elapsed,
    microsecondsPerJoin: (after.cpu - before.cpu) / sessions.length,
  };
}

async function coolDown(server: ServerProcess): Promise<void> {
  for (let waited = 0; waited < MAX_COOL_DOWN_MS; waited += COOL_DOWN_MS) {
    const before = server.usage().cpu;
    await wait(COOL_DOWN_MS);
    if (server.usage().cpu - before < COOL_DOWN_MS * 1000 * IDLE_SHARE) return;
  }
}

async function allObserved(name: string, observed: () => number, joined: number): Promise<void> {
  const began = performance.now();
  while (observed() < joined) {
    if (performance.now() - began > ON_JOIN_TIMEOUT_MS)
      throw new Error(`${name}: ${observed()} of ${joined} on_join events within ${ON_JOIN_TIMEOUT_MS} ms`);
    await wait(1);
  }
}

/** Measures the memory of 9,900 idle sessions. Needs a fresh server. */
export async function idleSessions(server: ServerProcess): Promise<IdleResult> {
  const { name } = server.spec;
  // The first sessions make the server allocate memory that is not theirs.
  const first = await joinMany(server, FIRST_SESSIONS);
  const heapBefore = await heapOf(server);
  const before = server.usage().memory;
  const sessions = [...first, ...(await joinMany(server, IDLE_SESSIONS))];
  await wait(SETTLE_MS);
  const memory = server.usage().memory - before;
  const heap = (await heapOf(server)) - heapBefore;
  const lost = sessions.find((socket) => socket.failure !== undefined);
  if (lost !== undefined) throw new Error(`${name}: ${lost.failure?.message}`);
  for (const socket of sessions) socket.close();
  return {
    server: name,
    sessions: IDLE_SESSIONS,
    bytesPerSession: memory / IDLE_SESSIONS,
    ...(Number.isNaN(heap) ? {} : { heapPerSession: heap / IDLE_SESSIONS }),
  };
}

function joinMany(server: ServerProcess, count: number): Promise<LoadSocket[]> {
  let left = count;
  return joinWhile(server, () => left-- > 0);
}

/** Joins sessions, several at a time, as long as `more` returns true. */
async function joinWhile(server: ServerProcess, more: () => boolean): Promise<LoadSocket[]> {
  const sessions: LoadSocket[] = [];
  const join = async (): Promise<void> => {
    while (more()) sessions.push(await joinSession(server));
  };
  await Promise.all(Array.from({ length: CONCURRENT_HANDSHAKES }, join));
  return sessions;
}

async function heapOf(server: ServerProcess): Promise<number> {
  return server.spec.reportsHeap === true ? server.heap() : Number.NaN;
}
