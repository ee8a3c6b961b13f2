import type { Clock } from "@kreuz/codec";
import { nextTurn } from "../pacing.js";

/** Giving up one subscription, registration or call takes a few microseconds, so this many take about a millisecond. */
const STEPS_PER_TURN = 128;

/** What the end of a session costs besides: log lines and events. */
const STEPS_PER_SESSION = 8;

/**
 * Takes what leaving sessions hold out of a realm, one session after the other and a bounded number of steps per turn of the
 * event loop, however many leave at once and however much they hold. A session that holds little is gone at once.
 */
export class Departures {
  readonly #clock: Clock;
  readonly #waiting: Iterator<unknown>[] = [];
  #left = STEPS_PER_TURN;
  #scheduled = false;
  #working = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the steps of one session as soon as those before it are gone. */
  add(steps: Iterator<unknown>): void {
    this.#waiting.push(steps);
    this.#work();
  }

  /** Resolves when no session is leaving any more. */
  async finished(): Promise<void> {
    while (this.#waiting.length > 0) await nextTurn(this.#clock);
  }

  #work(): void {
    // A step can make another session leave: that one comes behind.
    if (this.#working) return;
    this.#working = true;
    try {
      for (let [steps] = this.#waiting; steps !== undefined && this.#left > 0; [steps] = this.#waiting)
        this.#step(steps);
    } finally {
      this.#working = false;
      this.#schedule();
    }
  }

  #step(steps: Iterator<unknown>): void {
    let done: boolean | undefined = true;
    try {
      ({ done } = steps.next());
    } finally {
      // One that fails must not hold up the others.
      if (done === true) this.#waiting.shift();
      this.#left -= done === true ? STEPS_PER_SESSION : 1;
    }
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
