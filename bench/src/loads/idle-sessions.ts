import { setTimeout as wait } from "node:timers/promises";
import type { LoadSocket } from "../generator/load-socket.js";
import type { IdleResult } from "../results.js";
import type { ServerProcess } from "../servers/server-process.js";
import { joinSessions } from "./sessions.js";

const SESSIONS = 10_000;
/** Milliseconds in which a server may tidy up after the handshakes. */
const REST = 1000;

/** Ten thousand sessions that have joined and do nothing, on a server that has had no other. */
export async function idleSessions(server: ServerProcess): Promise<IdleResult> {
  // What the first ones bring into memory is the server's own, and not theirs.
  const first = await joinMany(server, 100);
  const heapBefore = await heapOf(server);
  const before = server.usage().memory;
  const sessions = [...first, ...(await joinMany(server, SESSIONS))];
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

function joinMany(server: ServerProcess, count: number): Promise<LoadSocket[]> {
  let left = count;
  return joinSessions(server, () => left-- > 0);
}

async function heapOf(server: ServerProcess): Promise<number> {
  return server.contestant.reportsHeap === true ? server.heap() : Number.NaN;
}
