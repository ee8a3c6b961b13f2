import { setTimeout as wait } from "node:timers/promises";
import { MessageType as M } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { LoadSocket, type Medium } from "../generator/load-socket.js";
import type { JoinResult } from "../results.js";
import type { ServerProcess } from "../servers/server-process.js";

const MEDIUM: Medium = { transport: "websocket", codec: json };
/** Handshakes under way at one time. */
const AT_ONCE = 32;
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
  const observer = await LoadSocket.join(server, MEDIUM, "observer/0");
  if (sessionMeta) {
    await observer.request({ type: M.SUBSCRIBE, request: 1, options: {}, topic: "wamp.session.on_join" }, M.SUBSCRIBED);
    observer.listen(M.EVENT, (count) => (heard += count));
  }
  const sessions: LoadSocket[] = [];
  const [before, began] = [server.usage(), performance.now()];
  const join = async (): Promise<void> => {
    while (performance.now() - began < milliseconds) sessions.push(await LoadSocket.join(server, MEDIUM, "observer/0"));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, join));
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
