/** Gathers output, and is flushed at the end of the turn. */
export interface Flushable {
  flush(): void;
}

/** One write to a socket takes a few microseconds, so this many take about a millisecond. */
const MAX_FLUSHES_PER_TURN = 256;

/**
 * Flushes, at the end of each turn of the event loop, everything that gathered output during it. If there are very many
 * sockets, each of the next turns flushes some of them, so that the others are read in between.
 *
 * `setImmediate` and not `process.nextTick`, which runs after the data of each socket: what many sockets cause on one
 * socket would leave in as many writes.
 */
export class Flusher {
  readonly #waiting: Flushable[] = [];
  /** How many of the waiting ones are done. */
  #flushed = 0;
  #turn = 0;
  #scheduled = false;

  /** The current turn: a different number in each. */
  get turn(): number {
    this.#schedule();
    return this.#turn;
  }

  /** Flushes `item` at the end of this turn. An item must not add itself twice. */
  add(item: Flushable): void {
    this.#waiting.push(item);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#scheduled = false;
    this.#turn++;
    const end = Math.min(this.#waiting.length, this.#flushed + MAX_FLUSHES_PER_TURN);
    try {
      while (this.#flushed < end) this.#waiting[this.#flushed++]!.flush();
    } finally {
      if (this.#flushed < this.#waiting.length) this.#schedule();
      else this.#waiting.length = this.#flushed = 0;
    }
  };
}
