import { setTimeout as wait } from "node:timers/promises";
import type { Load } from "./loads/load.js";
import type { ServerProcess } from "./servers/server-process.js";
import { median } from "./statistics.js";

/** Milliseconds. */
const WARM_UP = 150;
/** What it takes until a server that compiles as it runs has compiled, or has had the time for it. */
const WARM_MESSAGES = 20_000;
const LONGEST_WARM_UP = 2000;
const MEASURED = 300;
/** A slow server is given more time, so that its figure is not one of a handful of messages. */
const LONGEST = 3000;
const PACED = 250;

/** What one message cost at saturation, and how many there were. */
export interface Saturation {
  /** CPU time of the server, user and system, in microseconds. */
  readonly microsecondsPerMessage: number;
  readonly messagesPerSecond: number;
  /** Bytes resident under the load. */
  readonly memory: number;
}

/** Lets a server warm up, before anything is measured. */
export async function warmUp(load: Load, bytes: number): Promise<void> {
  const [done, began] = [load.done, performance.now()];
  load.start(bytes);
  while (load.done - done < WARM_MESSAGES && performance.now() - began < LONGEST_WARM_UP) await wait(50);
  await load.stop();
}

/** Puts as much load on a server as it takes, for a moment. */
export async function saturate(server: ServerProcess, load: Load, bytes: number): Promise<Saturation> {
  load.start(bytes);
  await wait(WARM_UP);
  const [before, done, began] = [server.usage(), load.done, performance.now()];
  do await wait(MEASURED);
  while (load.done - done < load.least && performance.now() - began < LONGEST);
  const [after, messages, elapsed] = [server.usage(), load.done - done, performance.now() - began];
  await load.stop();
  if (messages === 0) throw new Error(`${server.contestant.name} delivered nothing within ${Math.round(elapsed)} ms`);
  return {
    microsecondsPerMessage: (after.cpu - before.cpu) / messages,
    messagesPerSecond: (messages * 1000) / elapsed,
    memory: after.memory,
  };
}

/** How long messages take while a server has half of what it can do, in milliseconds. */
export async function latencyAtHalf(load: Load, bytes: number, messagesPerSecond: number): Promise<number[]> {
  return load.pace(bytes, messagesPerSecond / 2, PACED);
}

/** Each figure's own median. */
export function medians(rounds: readonly Saturation[]): Saturation {
  return {
    microsecondsPerMessage: median(rounds.map((one) => one.microsecondsPerMessage)),
    messagesPerSecond: median(rounds.map((one) => one.messagesPerSecond)),
    memory: median(rounds.map((one) => one.memory)),
  };
}
