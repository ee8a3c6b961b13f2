import { setTimeout as wait } from "node:timers/promises";
import type { Load, Running } from "./load.js";
import type { ServerProcess } from "./server-process.js";

/** Milliseconds; together they keep the whole benchmark under two minutes. */
const WARM_UP = 350;
const MEASURED = 600;

/** What one message cost, and how many there were. */
export interface Cost {
  /** CPU time of the server, user and system, in microseconds per message. */
  readonly microseconds: number;
  readonly messagesPerSecond: number;
}

/** Puts a load on a server for about a second. */
export async function measure(
  server: ServerProcess,
  start: (server: ServerProcess, load: Load) => Promise<Running>,
  load: Load,
): Promise<Cost> {
  const running = await start(server, load);
  await wait(WARM_UP);
  const [cpu, done, began] = [await server.cpu(), running.done(), performance.now()];
  await wait(MEASURED);
  const [used, messages] = [(await server.cpu()) - cpu, running.done() - done];
  const seconds = (performance.now() - began) / 1000;
  running.stop();
  // The next load begins when this one's sockets are gone.
  await wait(50);
  return { microseconds: used / messages, messagesPerSecond: messages / seconds };
}

/** The middle one of an odd number of values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
