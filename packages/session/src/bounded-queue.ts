/** Values that wait for a `for await` loop, at most `limit` of them. Nothing is left pending once it has ended. */
export class BoundedQueue<T> implements AsyncIterableIterator<T, undefined> {
  readonly limit: number;
  readonly #onReturn: () => unknown;
  readonly #values: T[] = [];
  readonly #takers: Array<(result: IteratorResult<T, undefined> | Promise<never>) => void> = [];
  #ended = false;
  #error: unknown;

  /** @param onReturn - called when the loop is left early. */
  constructor(limit: number, onReturn: () => unknown = () => {}) {
    this.limit = limit;
    this.#onReturn = onReturn;
  }

  /** @returns false if the queue is full: the value was not taken. */
  push(value: T): boolean {
    if (this.#ended) return true;
    const taker = this.#takers.shift();
    if (taker !== undefined) taker({ done: false, value });
    else if (this.#values.length < this.limit) this.#values.push(value);
    else return false;
    return true;
  }

  /** Drops the oldest value. */
  dropOldest(): void {
    this.#values.shift();
  }

  /** No more values come: the loop ends after those that wait, with the error if there is one. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const taker of this.#takers.splice(0)) taker(this.#takeEnd());
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve) => {
      if (this.#values.length > 0) resolve({ done: false, value: this.#values.shift() as T });
      else if (this.#ended) resolve(this.#takeEnd());
      else this.#takers.push(resolve);
    });
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#values.length = 0;
    if (!this.#ended) {
      this.end();
      await this.#onReturn();
    }
    this.#error = undefined;
    return this.#takeEnd();
  }

  /** The error is told once; afterwards there is only the end. */
  #takeEnd(): IteratorResult<T, undefined> | Promise<never> {
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? { done: true, value: undefined } : Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
