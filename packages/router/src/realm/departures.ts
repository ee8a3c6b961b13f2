import type { Clock } from "@kreuz/codec";
import { nextTurn } from "../pacing.js";

/** Giving up one subscription, registration or call takes a few microseconds, so this many take about a millisecond. */
const STEPS_PER_TURN = 128;

/** What the end of a session costs besides: log lines and events. */
const STEPS_PER_SESSION = 8;

/** After so many steps it is the turn of the next session, so that one that holds little never waits for one that holds much. */
const STEPS_IN_A_ROW = 32;

/**
 * Takes what leaving sessions hold out of a realm, the sessions by turns and a bounded number of steps per turn of the event
 * loop, however many leave at once and however much they hold. A session that holds little is gone at once.
 */
export class Departures {
  readonly #clock: Clock;
  /** In the order in which it is their turn. */
  readonly #waiting = new Set<Iterator<unknown>>();
  /** Told when a session has left: many leave at once, and none of them looks again at every turn. */
  readonly #awaited = new Map<Iterator<unknown>, () => void>();
  #left = STEPS_PER_TURN;
  #scheduled = false;
  #working = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Takes the steps of one session, by turns with the others that are leaving.
   * @returns a promise when they are not all taken at once.
   */
  add(steps: Iterator<unknown>): Promise<void> | undefined {
    this.#waiting.add(steps);
    this.#work();
    if (!this.#waiting.has(steps)) return undefined;
    return new Promise((resolve) => void this.#awaited.set(steps, resolve));
  }

  /** Resolves when no session is leaving any more. */
  async finished(): Promise<void> {
    while (this.#waiting.size > 0) await nextTurn(this.#clock);
  }

  #work(): void {
    // A step can make another session leave: that one comes behind.
    if (this.#working) return;
    this.#working = true;
    try {
      for (const steps of this.#waiting) {
        if (this.#left <= 0) break;
        this.#take(steps);
      }
    } finally {
      this.#working = false;
      this.#schedule();
    }
  }

  /** Takes some steps of a session, and puts it behind the others if any are left. */
  #take(steps: Iterator<unknown>): void {
    // Deleted first: a step that fails must not hold up the others.
    this.#waiting.delete(steps);
    try {
      for (let taken = 0; taken < STEPS_IN_A_ROW && this.#left > 0; taken++) {
        this.#left -= 1;
        if (steps.next().done === true) {
          this.#left -= STEPS_PER_SESSION - 1;
          return;
        }
      }
      this.#waiting.add(steps);
    } finally {
      if (!this.#waiting.has(steps)) this.#tell(steps);
    }
  }

  #tell(steps: Iterator<unknown>): void {
    this.#awaited.get(steps)?.();
    this.#awaited.delete(steps);
  }

  /** Begins to count anew in the next turn. Sessions that leave one at a time and hold little need no timer. */
  #schedule(): void {
    if (this.#scheduled || this.#left > STEPS_PER_TURN / 2) return;
    this.#scheduled = true;
    this.#clock.schedule(0, () => {
      this.#scheduled = false;
      this.#left = STEPS_PER_TURN;
      this.#work();
    });
  }
}
