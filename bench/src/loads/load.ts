import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import type { Medium } from "../generator/load-socket.js";
import type { ServerProcess } from "../servers/server-process.js";

/** Sessions on one server that send messages, as fast as they are answered or at a pace. */
export interface Load {
  /** Calls answered, or events that arrived, so far. */
  readonly done: number;
  /** Messages that it takes to measure anything. */
  readonly least: number;
  /** Keeps messages with `bytes` of payload in flight from now on. */
  start(bytes: number): void;
  /** Sends no more, and waits for what is in flight. @throws Error when the server lost something. */
  stop(): Promise<void>;
  /**
   * Sends so many messages a second, whatever comes back.
   *
   * @returns How many milliseconds each took, from when it was due.
   */
  pace(bytes: number, messagesPerSecond: number, milliseconds: number): Promise<number[]>;
  close(): void;
}

/** A kind of load that can be put on every server. */
export interface Scenario {
  readonly name: string;
  readonly unit: "call" | "event";
  open(server: ServerProcess, medium: Medium): Promise<Load>;
}

/** Milliseconds in which what is in flight must arrive when nothing more is sent. */
const DRAIN = 20_000;

/** Waits until nothing is in flight. */
export async function drain(inFlight: () => number, failure: () => Error | undefined): Promise<void> {
  const began = performance.now();
  while (inFlight() > 0) {
    const failed = failure();
    if (failed !== undefined) throw failed;
    if (performance.now() - began > DRAIN) throw new Error(`${inFlight()} messages did not arrive within ${DRAIN} ms`);
    await wait(2);
  }
}

/**
 * Calls `send` in every turn with the numbers of the messages that have become due, from `first` to before `end`, at an
 * even pace. Lateness of a server does not slow it down.
 *
 * @returns When the first was due, in milliseconds as `performance.now()` counts them.
 */
export async function atPace(
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
    // No timer is as fine as this, and the generator has a core of its own.
    await turn();
  }
}
