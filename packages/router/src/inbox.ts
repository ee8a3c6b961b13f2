import type { Connection } from "@kreuz/codec";

/** The frames of one connection in order, held back while something about an earlier one is undecided. */
export class Inbox {
  readonly #connection: Connection;
  readonly #accept: (frame: Uint8Array) => void;
  readonly #frames: Uint8Array[] = [];
  #held = false;

  constructor(connection: Connection, accept: (frame: Uint8Array) => void) {
    this.#connection = connection;
    this.#accept = accept;
  }

  put(frame: Uint8Array): void {
    if (this.#held) this.#frames.push(frame);
    else this.#accept(frame);
  }

  /**
   * Accepts nothing until the promise settles and `settled` was told; it gets a function that returns the value or
   * throws the error. The transport stops reading meanwhile, so that little piles up.
   */
  hold<T>(promise: Promise<T>, settled: (outcome: () => T) => void): void {
    this.#held = true;
    this.#connection.pause();
    const release = (outcome: () => T): void => {
      this.#held = false;
      settled(outcome);
      this.#drain();
    };
    promise.then(
      (value) => release(() => value),
      (error: unknown) =>
        release(() => {
          throw error;
        }),
    );
  }

  clear(): void {
    this.#frames.length = 0;
  }

  #drain(): void {
    while (!this.#held) {
      const frame = this.#frames.shift();
      if (frame === undefined) return this.#connection.resume();
      this.#accept(frame);
    }
  }
}
