import { setTimeout as wait } from "node:timers/promises";
import { json } from "@kreuz/codec/json";
import { LoadSocket, type Medium } from "../generator/load-socket.js";
import type { IdleResult } from "../results.js";
import type { ServerProcess } from "../servers/server-process.js";

const MEDIUM: Medium = { transport: "websocket", codec: json };
const SESSIONS = 10_000;
const AT_ONCE = 32;
/** Milliseconds in which a server may tidy up after the handshakes. */
const REST = 1000;

/** Ten thousand sessions that have joined and do nothing, on a server that has had no other. */
export async function idleSessions(server: ServerProcess): Promise<IdleResult> {
  const sessions: LoadSocket[] = [];
  // What the first ones bring into memory is the server's own, and not theirs.
  await join(server, sessions, 100);
  const heapBefore = await heapOf(server);
  const before = server.usage().memory;
  await join(server, sessions, SESSIONS);
  await wait(REST);
  const memory = server.usage().memory - before;
  const heap = (await heapOf(server)) - heapBefore;
  const lost = sessions.find((socket) => socket.failure !== undefined);
  if (lost !== undefined) throw new Error(`${server.contestant.name}: ${lost.failure?.message}`);
  for (const socket of sessions) socket.close();
  return {
    server: server.contestant.name,
    sessions: SESSIONS,
    bytesPerSession: memory / SESSIONS,
    ...(Number.isNaN(heap) ? {} : { heapPerSession: heap / SESSIONS }),
  };
}

async function join(server: ServerProcess, sessions: LoadSocket[], count: number): Promise<void> {
  let left = count;
  const joiner = async (): Promise<void> => {
    while (left-- > 0) sessions.push(await LoadSocket.join(server, MEDIUM, "observer/0"));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, joiner));
}

async function heapOf(server: ServerProcess): Promise<number> {
  return server.contestant.name === "kreuz" ? server.heap() : Number.NaN;
}
