import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import type { Protocol } from "../generator/load-socket.js";
import type { Server } from "../servers/server-spec.js";

/** Sessions on one server that send messages, as fast as they are answered or at a fixed rate. */
export interface Load {
  /** Number of calls answered or events received so far. */
  readonly done: number;
  /** Number of messages that a measurement needs. */
  readonly minMessages: number;
  /** Keeps messages with a payload of `bytes` in flight from now on. */
  start(bytes: number): void;
  /** Stops sending and waits for what is in flight. @throws Error if messages were lost. */
  stop(): Promise<void>;
  /**
   * Sends at a fixed rate for a while, regardless of answers.
   *
   * @returns the latency of each message, in milliseconds since it was due.
   */
  pace(bytes: number, messagesPerSecond: number, milliseconds: number): Promise<number[]>;
  close(): void;
}

/** A kind of load for any server. */
export interface Scenario {
  readonly name: string;
  readonly unit: "call" | "event";
  open(server: Server, protocol: Protocol): Promise<Load>;
}

const DRAIN_TIMEOUT_MS = 20_000;

/** Waits until nothing is in flight. */
export async function drain(inFlight: () => number, failure: () => Error | undefined): Promise<void> {
  const began = performance.now();
  while (inFlight() > 0) {
    const failed = failure();
    if (failed !== undefined) throw failed;
    if (performance.now() - began > DRAIN_TIMEOUT_MS)
      throw new Error(`${inFlight()} messages did not arrive within ${DRAIN_TIMEOUT_MS} ms`);
    await wait(2);
  }
}

/**
 * Calls `send` once per turn of the event loop with the messages that have become due at a fixed rate. A slow server does
 * not lower the rate.
 *
 * @param send - receives the numbers of the due messages, from `first` to before `end`, and when a message was due.
 */
export async function atRate(
  perSecond: number,
  milliseconds: number,
  send: (first: number, end: number, dueAt: (index: number) => number) => void,
): Promise<void> {
  const began = performance.now();
  const dueAt = (index: number): number => began + (index * 1000) / perSecond;
  let sent = 0;
  for (let elapsed = 0; elapsed < milliseconds; elapsed = performance.now() - began) {
    const due = Math.floor((elapsed * perSecond) / 1000);
    if (due > sent) send(sent, due, dueAt);
    sent = due;
    // Timers are too coarse. Busy waiting is fine, since the generator has a core of its own.
    await nextTurn();
  }
}
