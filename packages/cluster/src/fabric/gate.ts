/** Runs actions in order. While one of them takes several turns, those that come after it wait. */
export class Gate {
  readonly #waiting: Array<() => void> = [];
  #closed = false;

  /** Runs an action now, or when those before it are done. */
  run(action: () => Promise<void> | undefined): Promise<void> | undefined {
    if (!this.#closed) return action();
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

  /** Lets everything else wait until a promise settles. */
  close(until: Promise<unknown> | undefined): void {
    if (until === undefined) return;
    this.#closed = true;
    const open = (): void => {
      this.#closed = false;
      while (!this.#closed && this.#waiting.length > 0) this.#waiting.shift()!();
    };
    until.then(open, open);
  }
}
