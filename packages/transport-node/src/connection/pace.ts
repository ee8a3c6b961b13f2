import type { Clock } from "@kreuz/codec";
import { Flusher } from "../output/flusher.js";

/** What one connection may take of a turn while nobody else waits. */
const MAX_SLICE_MILLISECONDS = 2;
/** What all connections of a listener take of a turn, about. Those that are read later in a longer turn get the minimum. */
const TURN_MILLISECONDS = 8;
const MIN_SLICE_MILLISECONDS = 0.2;

/**
 * Divides the time of the event loop among the connections of a listener. Who is alone, or the only one with work left,
 * gets much; many that all have work left share. One frame is delivered in any case.
 */
export class Pace {
  /** Flushes output at the end of each turn, and numbers the turns. */
  readonly flusher: Flusher = new Flusher();
  readonly #stopwatch: Pick<Clock, "now">;
  #turn = -1;
  #began = 0;
  /** Connections that had work left when their time was over: in this turn, and in the one before. */
  #waiting = 0;
  #waitedBefore = 0;

  /** @param stopwatch - finer than a millisecond. A jump does no harm: it measures time within one turn only. */
  constructor(stopwatch: Pick<Clock, "now">) {
    this.#stopwatch = stopwatch;
  }

  /** The current turn of the event loop: a different number in each. */
  get turn(): number {
    return this.flusher.turn;
  }

  now(): number {
    return this.#stopwatch.now();
  }

  /** How long a connection that begins at `now` may go on in this turn, in milliseconds. */
  slice(now: number): number {
    const { turn } = this.flusher;
    if (turn !== this.#turn) this.#begin(turn, now);
    if (now - this.#began > TURN_MILLISECONDS) return MIN_SLICE_MILLISECONDS;
    return Math.max(MIN_SLICE_MILLISECONDS, Math.min(MAX_SLICE_MILLISECONDS, TURN_MILLISECONDS / this.#waitedBefore));
  }

  /** A connection has used up its time and may have work left. */
  onRest(): void {
    this.#waiting++;
  }

  #begin(turn: number, now: number): void {
    this.#turn = turn;
    this.#began = now;
    this.#waitedBefore = Math.max(1, this.#waiting);
    this.#waiting = 0;
  }
}
