import { setTimeout as wait } from "node:timers/promises";
import { MessageType as M } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { LoadSocket, type Medium } from "../generator/load-socket.js";
import type { JoinResult } from "../results.js";
import type { ServerProcess } from "../servers/server-process.js";

const MEDIUM: Medium = { transport: "websocket", codec: json };
/** Handshakes under way at one time. */
const AT_ONCE = 32;
const WARM_UP = 500;
const MEASURED = 2000;
/** Milliseconds in which the last `on_join` must have arrived. */
const PATIENCE = 10_000;

/** Sessions that join as fast as they can; one subscriber hears of each. The relay's just open and are answered once. */
export async function joinStorm(server: ServerProcess): Promise<JoinResult> {
  const { sessionMeta, name } = server.contestant;
  let heard = 0;
  const observer = await LoadSocket.join(server, MEDIUM, "observer/0");
  if (sessionMeta) {
    await observer.request({ type: M.SUBSCRIBE, request: 1, options: {}, topic: "wamp.session.on_join" }, M.SUBSCRIBED);
    observer.listen(M.EVENT, (count) => (heard += count));
  }
  const sessions: LoadSocket[] = [];
  const measured = new AbortController();
  const joining = Array.from({ length: AT_ONCE }, async () => {
    while (!measured.signal.aborted) sessions.push(await LoadSocket.join(server, MEDIUM, "observer/0"));
  });
  const count = (): number => (sessionMeta ? heard : sessions.length);
  await wait(WARM_UP);
  const [before, done, began] = [server.usage(), count(), performance.now()];
  await wait(MEASURED);
  const [after, joins, elapsed] = [server.usage(), count() - done, performance.now() - began];
  measured.abort();
  await Promise.all(joining);
  if (sessionMeta) await allHeard(name, () => heard, sessions.length);
  for (const socket of [observer, ...sessions]) socket.close();
  return {
    server: name,
    joinsPerSecond: (joins * 1000) / elapsed,
    microsecondsPerJoin: (after.cpu - before.cpu) / joins,
  };
}

async function allHeard(name: string, heard: () => number, joined: number): Promise<void> {
  for (let waited = 0; heard() < joined; waited += 10) {
    if (waited > PATIENCE) throw new Error(`${name}: ${joined} sessions joined, ${heard()} were heard of`);
    await wait(10);
  }
}
