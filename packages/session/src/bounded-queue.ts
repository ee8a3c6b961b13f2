interface Taker<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/** Values that wait for a `for await` loop, at most `limit` of them. Nothing is left pending once it has ended. */
export class BoundedQueue<T> implements AsyncIterableIterator<T, undefined> {
  readonly limit: number;
  readonly #onReturn: () => unknown;
  readonly #values: T[] = [];
  readonly #takers: Taker<T>[] = [];
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
    if (taker !== undefined) taker.resolve({ done: false, value });
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
    for (const taker of this.#takers.splice(0)) this.#tellEnd(taker);
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#values.length > 0) return { done: false, value: this.#values.shift() as T };
    return new Promise((resolve, reject) => {
      if (this.#ended) this.#tellEnd({ resolve, reject });
      else this.#takers.push({ resolve, reject });
    });
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#values.length = 0;
    if (!this.#ended) {
      this.end();
      await this.#onReturn();
    }
    this.#error = undefined;
    return { done: true, value: undefined };
  }

  /** The error is told once; afterwards there is only the end. */
  #tellEnd({ resolve, reject }: Taker<T>): void {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) resolve({ done: true, value: undefined });
    else reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
