import { setTimeout as wait } from "node:timers/promises";
import type { Load } from "./loads/load.js";
import type { Server } from "./servers/server-spec.js";
import { median } from "./statistics.js";

/** A server that compiles its code while it runs needs this many messages, or this much time. */
const WARM_UP_MESSAGES = 20_000;
const MAX_WARM_UP_MS = 2000;
/** Time under load before a measurement begins. */
const RAMP_UP_MS = 150;
const MEASURED_MS = 300;
/** A slow server is measured longer, until it has processed enough messages. */
const MAX_MEASURED_MS = 3000;
const LATENCY_MS = 250;

/** The cost of a message, and the throughput, under full load. */
export interface Saturation {
  /** CPU time of the server, user and system, in microseconds. */
  readonly microsecondsPerMessage: number;
  readonly messagesPerSecond: number;
  /** Resident memory under load, in bytes. */
  readonly memory: number;
}

/** Runs a load until the server has compiled its code. On a busy machine that takes longer than by default. */
export async function warmUp(
  load: Load,
  bytes: number,
  maxMilliseconds: number = MAX_WARM_UP_MS,
  messages: number = WARM_UP_MESSAGES,
): Promise<void> {
  const [done, began] = [load.done, performance.now()];
  load.start(bytes);
  while (load.done - done < messages && performance.now() - began < maxMilliseconds) await wait(50);
  await load.stop();
}

/** Measures a server under full load. */
export async function saturate(server: Server, load: Load, bytes: number): Promise<Saturation> {
  load.start(bytes);
  await wait(RAMP_UP_MS);
  const [before, done, began] = [server.usage(), load.done, performance.now()];
  do await wait(MEASURED_MS);
  while (load.done - done < load.minMessages && performance.now() - began < MAX_MEASURED_MS);
  const [after, messages, elapsed] = [server.usage(), load.done - done, performance.now() - began];
  await load.stop();
  if (messages === 0) throw new Error(`${server.spec.name} delivered no message within ${Math.round(elapsed)} ms`);
  return {
    microsecondsPerMessage: (after.cpu - before.cpu) / messages,
    messagesPerSecond: (messages * 1000) / elapsed,
    memory: after.memory,
  };
}

/** Measures latencies at half of the given throughput, in milliseconds. */
export async function latencyAtHalf(load: Load, bytes: number, messagesPerSecond: number): Promise<number[]> {
  return load.pace(bytes, messagesPerSecond / 2, LATENCY_MS);
}

/** Returns the median of each figure. */
export function medians(rounds: readonly Saturation[]): Saturation {
  return {
    microsecondsPerMessage: median(rounds.map((round) => round.microsecondsPerMessage)),
    messagesPerSecond: median(rounds.map((round) => round.messagesPerSecond)),
    memory: median(rounds.map((round) => round.memory)),
  };
}
