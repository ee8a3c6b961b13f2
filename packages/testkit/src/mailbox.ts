import { DEFAULT_TURNS, nextTurn, type WaitOptions } from "./wait.js";

interface Waiter<T> {
  readonly isWanted: (item: T) => boolean;
  readonly resolve: (item: T) => void;
  readonly reject: (error: Error) => void;
}

/** A queue whose reader waits: for an item, for the end, or until its wait options run out. */
export class Mailbox<T> {
  readonly #items: T[] = [];
  readonly #waiters: Waiter<T>[] = [];
  readonly #waitOptions: WaitOptions;
  #ended: Error | undefined;

  constructor(waitOptions: WaitOptions = {}) {
    this.#waitOptions = waitOptions;
  }

  /** What has arrived and was not taken yet. */
  get items(): readonly T[] {
    return this.#items;
  }

  push(item: T): void {
    const index = this.#waiters.findIndex(({ isWanted }) => isWanted(item));
    if (index < 0) this.#items.push(item);
    else this.#waiters.splice(index, 1)[0]?.resolve(item);
  }

  /** Nothing more will come: readers fail with `error` once the queue has nothing for them. */
  end(error: Error): void {
    this.#ended = error;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  /**
   * Takes the next item that is wanted; the others stay, in their order.
   *
   * @param wanted - completes the sentence "waited for …" when none comes.
   */
  take(wanted: string, isWanted: (item: T) => boolean = () => true): Promise<T> {
    const index = this.#items.findIndex(isWanted);
    if (index >= 0) return Promise.resolve(this.#items.splice(index, 1)[0] as T);
    if (this.#ended !== undefined) return Promise.reject(new Error(`waited for ${wanted}: ${this.#ended.message}`));
    return new Promise((resolve, reject) => {
      const failed = (error: Error) => reject(new Error(`waited for ${wanted}: ${error.message}`));
      const waiter = { isWanted, resolve, reject: failed };
      this.#waiters.push(waiter);
      void this.#watch(waiter);
    });
  }

  async #watch(waiter: Waiter<T>): Promise<void> {
    const { turns = DEFAULT_TURNS, turn = nextTurn } = this.#waitOptions;
    for (let left = turns; left > 0; left--) {
      await turn();
      if (!this.#waiters.includes(waiter)) return;
    }
    this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
    waiter.reject(new Error(`nothing arrived within ${turns} turns of the event loop`));
  }
}
