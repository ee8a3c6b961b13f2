import { setTimeout as wait } from "node:timers/promises";
import type { JoinResult } from "../results.js";
import type { ServerProcess } from "../servers/server-process.js";
import { joinSession, joinSessions, observeJoins } from "./sessions.js";

/** Milliseconds; the first storm compiles and warms up, and is not counted. */
const WARM_UP = 2000;
const MEASURED = 2000;
/** Milliseconds that a server has after a storm, for what it does when sessions end. */
const CALM = 300;
/** Milliseconds in which the last `on_join` must have arrived. */
const PATIENCE = 10_000;

/** Sessions that join as fast as they can; one subscriber hears of each. The relay's just open and are answered once. */
export async function joinStorm(server: ServerProcess): Promise<JoinResult> {
  await storm(server, WARM_UP);
  await wait(CALM);
  return storm(server, MEASURED);
}

async function storm(server: ServerProcess, milliseconds: number): Promise<JoinResult> {
  const { sessionMeta, name } = server.contestant;
  let heard = 0;
  const observer = await (sessionMeta ? observeJoins(server, (count) => (heard += count)) : joinSession(server));
  const [before, began] = [server.usage(), performance.now()];
  const sessions = await joinSessions(server, () => performance.now() - began < milliseconds);
  if (sessionMeta) await allHeard(name, () => heard, sessions.length);
  const [after, elapsed] = [server.usage(), performance.now() - began];
  for (const socket of [observer, ...sessions]) socket.close();
  return {
    server: name,
    joinsPerSecond: (sessions.length * 1000) / elapsed,
    microsecondsPerJoin: (after.cpu - before.cpu) / sessions.length,
  };
}

async function allHeard(name: string, heard: () => number, joined: number): Promise<void> {
  const began = performance.now();
  while (heard() < joined) {
    if (performance.now() - began > PATIENCE) throw new Error(`${name}: ${joined} joined, ${heard()} were heard of`);
    await wait(1);
  }
}
