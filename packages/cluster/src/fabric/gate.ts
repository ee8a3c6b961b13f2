import type { Clock } from "@kreuz/codec";
import { Fifo } from "../fifo.js";
import { wait } from "../wait.js";

/** Runs actions in order. While something takes several turns, what comes after it waits. */
export class Gate {
  readonly #clock: Clock;
  readonly #perTurn: number;
  readonly #waiting = new Fifo<() => void>();
  /** What everything else waits for. */
  #closures = 0;

  /** @param perTurn - so many actions that had to wait run in one turn of the event loop. */
  constructor(clock: Clock, perTurn: number) {
    this.#clock = clock;
    this.#perTurn = perTurn;
  }

  /** Runs an action now, or when those before it are done. */
  run(action: () => Promise<void> | undefined): Promise<void> | undefined {
    if (this.#closures === 0 && this.#waiting.length === 0) return action();
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          Promise.resolve(action()).then(resolve, reject);
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  /** Lets everything else wait until a promise settles, and those that it was closed for before. */
  close(until: Promise<unknown> | undefined): void {
    if (until === undefined) return;
    this.#closures++;
    const open = (): void => {
      this.#closures--;
      this.#open();
    };
    until.then(open, open);
  }

  #open(): void {
    for (let left = this.#perTurn; this.#closures === 0 && this.#waiting.length > 0; left--) {
      if (left === 0) return this.close(wait(this.#clock, 0));
      this.#waiting.shift()!();
    }
  }
}
