import type { Clock, Connection } from "@kreuz/codec";
import { Rates } from "./rates.js";
import type { RouterServices } from "./router-services.js";

/**
 * The frames of one connection in order, held back while something about an earlier one is undecided, or while its client
 * has said more than it may in the time. The transport stops reading meanwhile, so that little piles up.
 */
export class Inbox {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #rates: Rates;
  readonly #accept: (frame: Uint8Array) => void;
  readonly #frames: Uint8Array[] = [];
  /** Reasons to wait. */
  #holds = 0;
  /** Milliseconds to wait after the frame that is being accepted. */
  #owed = 0;
  #closed = false;
  #cancelRest: (() => void) | undefined;

  constructor(connection: Connection, router: RouterServices, accept: (frame: Uint8Array) => void) {
    this.#connection = connection;
    this.#clock = router.clock;
    this.#rates = new Rates(router);
    this.#accept = accept;
  }

  put(frame: Uint8Array): void {
    if (this.#holds > 0) this.#frames.push(frame);
    else this.#take(frame);
  }

  /**
   * Accepts nothing until the promise settles and `settled` was told; it gets a function that returns the value or
   * throws the error.
   */
  hold<T>(promise: Promise<T>, settled: (outcome: () => T) => void): void {
    this.#wait();
    const release = (outcome: () => T): void => {
      this.#holds--;
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

  /** Notes that the frame that is being accepted asks for a session. */
  countJoin(): void {
    this.#owed = this.#rates.join();
  }

  /** The connection is over. */
  close(): void {
    this.#closed = true;
    this.#frames.length = 0;
    this.#cancelRest?.();
    this.#cancelRest = undefined;
  }

  #take(frame: Uint8Array): void {
    const { length } = frame;
    this.#accept(frame);
    const ms = Math.max(this.#owed, this.#rates.message(length));
    this.#owed = 0;
    if (ms > 0 && !this.#closed) this.#rest(ms);
  }

  #rest(ms: number): void {
    this.#wait();
    this.#cancelRest = this.#clock.schedule(ms, () => {
      this.#cancelRest = undefined;
      this.#holds--;
      this.#drain();
    });
  }

  #wait(): void {
    if (this.#holds++ === 0) this.#connection.pause();
  }

  #drain(): void {
    while (this.#holds === 0) {
      const frame = this.#frames.shift();
      if (frame === undefined) return this.#connection.resume();
      this.#take(frame);
    }
  }
}
