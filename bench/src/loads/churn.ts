import { setTimeout as wait } from "node:timers/promises";
import { MessageType as M, type Message } from "@kreuz/codec";
import type { LoadSocket } from "../generator/load-socket.js";
import type { ChurnResult } from "../results.js";
import type { ServerProcess } from "../servers/server-process.js";
import { percentiles } from "../statistics.js";
import { atPace } from "./load.js";
import { joinSession, observeJoins } from "./sessions.js";

const SUBSCRIBERS = 100;
const JOINS_PER_SECOND = 1000;
/** Sessions that stay a while before they go. */
const STAY = 100;
/** Handshakes under way at one time; a server that is slower than the pace is not buried. */
const AT_ONCE = 64;
const MEASURED = 4000;
const PROCEDURES = ["count", "list", "get"] as const;

/** Calls the session meta API, one call after the other, while 1,000 sessions a second come and go. */
export async function churn(server: ServerProcess): Promise<ChurnResult> {
  const observers = await observe(server);
  const caller = await joinSession(server);
  const latencies = { count: [] as number[], list: [] as number[], get: [] as number[] };
  const measured = new AbortController();
  const calling = (async () => {
    for (let request = 1; !measured.signal.aborted; request++) {
      const procedure = PROCEDURES[request % PROCEDURES.length]!;
      const began = performance.now();
      await caller.request(callOf(procedure, request, caller.session), M.RESULT);
      latencies[procedure].push(performance.now() - began);
      await wait(1);
    }
  })();
  const [before, began] = [server.usage(), performance.now()];
  const joins = await comeAndGo(server);
  const elapsed = (performance.now() - began) / 1000;
  const cpu = (server.usage().cpu - before.cpu) / (elapsed * 1e6);
  measured.abort();
  await calling;
  await wait(100);
  for (const socket of [caller, ...observers.sockets]) socket.close();
  return {
    server: server.contestant.name,
    joinsPerSecond: joins / elapsed,
    eventsPerSecond: observers.events() / elapsed,
    latency: {
      count: percentiles(latencies.count),
      list: percentiles(latencies.list),
      get: percentiles(latencies.get),
    },
    cpu,
  };
}

async function observe(server: ServerProcess): Promise<{ sockets: LoadSocket[]; events: () => number }> {
  const sockets: LoadSocket[] = [];
  let events = 0;
  for (let index = 0; index < SUBSCRIBERS; index++)
    sockets.push(await observeJoins(server, (count) => (events += count)));
  // Each has heard of the observers after it; what comes from now on is counted.
  await wait(100);
  events = 0;
  return { sockets, events: () => events };
}

/** Resolves with how many sessions have joined. */
async function comeAndGo(server: ServerProcess): Promise<number> {
  const present: LoadSocket[] = [];
  const joining = new Set<Promise<void>>();
  let joins = 0;
  let owed = 0;
  const join = async (): Promise<void> => {
    present.push(await joinSession(server));
    joins++;
    if (present.length > STAY) present.shift()?.close();
  };
  await atPace(JOINS_PER_SECOND, MEASURED, (first, end) => {
    owed += end - first;
    for (; owed > 0 && joining.size < AT_ONCE; owed--) {
      const one = join().finally(() => joining.delete(one));
      joining.add(one);
    }
  });
  await Promise.all(joining);
  for (const socket of present) socket.close();
  return joins;
}

function callOf(procedure: (typeof PROCEDURES)[number], request: number, session: number): Message {
  const payload = procedure === "get" ? { args: [session] } : {};
  return { type: M.CALL, request, options: {}, procedure: `wamp.session.${procedure}`, payload };
}
