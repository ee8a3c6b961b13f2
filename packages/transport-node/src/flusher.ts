/** Something that gathers output and is flushed at the end of the turn. */
export interface Flushable {
  flush(): void;
}

/**
 * Flushes everything that gathered output during one turn of the event loop, at its end.
 *
 * By `setImmediate`, since `process.nextTick` runs after each socket's data: what many sockets cause on one socket would
 * then leave in as many writes.
 */
export class Flusher {
  #waiting: Flushable[] = [];
  #spare: Flushable[] = [];

  /** Flushes `item` at the end of this turn. Items take care not to add themselves twice. */
  add(item: Flushable): void {
    if (this.#waiting.push(item) === 1) setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    const items = this.#waiting;
    this.#waiting = this.#spare;
    this.#spare = items;
    for (const item of items) item.flush();
    items.length = 0;
  };
}
