import { setTimeout as wait } from "node:timers/promises";
import { MessageType as M, type Message } from "@kreuz/codec";
import type { LoadSocket } from "../generator/load-socket.js";
import type { ChurnResult } from "../results.js";
import type { ServerProcess } from "../servers/server-process.js";
import { percentiles } from "../statistics.js";
import { atRate } from "./load.js";
import { joinSession, observeJoins } from "./sessions.js";

const SUBSCRIBERS = 100;
const JOINS_PER_SECOND = 1000;
/** Sessions that stay joined; each further one replaces the oldest. */
const JOINED_SESSIONS = 100;
/** Keeps a server that is slower than the rate from being overloaded. */
const MAX_CONCURRENT_HANDSHAKES = 64;
const MEASURED_MS = 4000;
const PROCEDURES = ["count", "list", "get"] as const;

type Procedure = (typeof PROCEDURES)[number];

/** Measures calls of the session meta API, one after another, while 1,000 sessions per second join and leave. */
export async function churn(server: ServerProcess): Promise<ChurnResult> {
  const observers = await observe(server);
  const caller = await joinSession(server);
  const stop = new AbortController();
  const calling = callProcedures(caller, stop.signal);
  const [before, began] = [server.usage(), performance.now()];
  const joins = await joinAndLeave(server);
  const elapsed = (performance.now() - began) / 1000;
  const cpu = (server.usage().cpu - before.cpu) / (elapsed * 1e6);
  stop.abort();
  const latencies = await calling;
  await wait(100);
  for (const socket of [caller, ...observers.sockets]) socket.close();
  return {
    server: server.spec.name,
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

async function callProcedures(caller: LoadSocket, signal: AbortSignal): Promise<Record<Procedure, number[]>> {
  const latencies: Record<Procedure, number[]> = { count: [], list: [], get: [] };
  for (let request = 1; !signal.aborted; request++) {
    const procedure = PROCEDURES[request % PROCEDURES.length]!;
    const began = performance.now();
    await caller.request(callOf(procedure, request, caller.session), M.RESULT);
    latencies[procedure].push(performance.now() - began);
    await wait(1);
  }
  return latencies;
}

function callOf(procedure: Procedure, request: number, session: number): Message {
  const payload = procedure === "get" ? { args: [session] } : {};
  return { type: M.CALL, request, options: {}, procedure: `wamp.session.${procedure}`, payload };
}

async function observe(server: ServerProcess): Promise<{ sockets: LoadSocket[]; events: () => number }> {
  const sockets: LoadSocket[] = [];
  let events = 0;
  for (let index = 0; index < SUBSCRIBERS; index++)
    sockets.push(await observeJoins(server, (count) => (events += count)));
  // Observers receive the joins of later observers, which do not count.
  await wait(100);
  events = 0;
  return { sockets, events: () => events };
}

/** @returns the number of sessions that joined. */
async function joinAndLeave(server: ServerProcess): Promise<number> {
  const joined: LoadSocket[] = [];
  const joining = new Set<Promise<void>>();
  let joins = 0;
  let due = 0;
  const join = async (): Promise<void> => {
    joined.push(await joinSession(server));
    joins++;
    if (joined.length > JOINED_SESSIONS) joined.shift()?.close();
  };
  await atRate(JOINS_PER_SECOND, MEASURED_MS, (first, end) => {
    due += end - first;
    for (; due > 0 && joining.size < MAX_CONCURRENT_HANDSHAKES; due--) {
      const handshake = join().finally(() => joining.delete(handshake));
      joining.add(handshake);
    }
  });
  await Promise.all(joining);
  for (const socket of joined) socket.close();
  return joins;
}
