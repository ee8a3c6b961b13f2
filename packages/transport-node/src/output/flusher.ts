/** Something that gathers output and is flushed at the end of the turn. */
export interface Flushable {
  flush(): void;
}

/** A write to a socket takes some microseconds: this many are about a millisecond. */
const FLUSHES_PER_TURN = 256;

/**
 * Flushes everything that gathered output during one turn of the event loop, at its end; of very many sockets some at the
 * end of each of the next turns, so that the others are read in between.
 *
 * By `setImmediate`, since `process.nextTick` runs after each socket's data: what many sockets cause on one socket would
 * then leave in as many writes.
 */
export class Flusher {
  readonly #waiting: Flushable[] = [];
  /** How many of those are done. */
  #flushed = 0;
  #turn = 0;
  #ends = false;

  /** The turn that is under way: another number in each. */
  get turn(): number {
    this.#awaitEnd();
    return this.#turn;
  }

  /** Flushes `item` at the end of this turn. Items take care not to add themselves twice. */
  add(item: Flushable): void {
    this.#waiting.push(item);
    this.#awaitEnd();
  }

  #awaitEnd(): void {
    if (this.#ends) return;
    this.#ends = true;
    setImmediate(this.#end);
  }

  readonly #end = (): void => {
    this.#ends = false;
    this.#turn++;
    const end = Math.min(this.#waiting.length, this.#flushed + FLUSHES_PER_TURN);
    try {
      while (this.#flushed < end) this.#waiting[this.#flushed++]!.flush();
    } finally {
      if (this.#flushed < this.#waiting.length) this.#awaitEnd();
      else this.#waiting.length = this.#flushed = 0;
    }
  };
}
