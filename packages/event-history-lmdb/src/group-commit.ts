import type { Clock } from "@kreuz/codec";

/** Bounds of one transaction, so that preparing it takes about a millisecond. */
const MAX_ITEMS_PER_COMMIT = 512;
const MAX_BYTES_PER_COMMIT = 1024 * 1024;

/** Milliseconds after a failed commit in which further items are refused without trying; doubled while it goes on. */
const MIN_PAUSE = 1_000;
const MAX_PAUSE = 8_000;

/** Items that are committed together, and share one outcome. */
interface Group<T> {
  readonly items: T[];
  bytes: number;
  readonly done: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Commits items in groups, in order, one transaction at a time: what arrives during a commit waits for the next one, so
 * that many items share the price of a write to disk. After a failed commit the next ones are refused for a moment: a
 * full disk must not be asked for each item.
 */
export class GroupCommit<T> {
  readonly #clock: Clock;
  readonly #commit: (items: readonly T[]) => Promise<boolean>;
  readonly #groups: Group<T>[] = [];
  #running: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown; readonly at: number; readonly pause: number } | undefined;

  /** @param commit - writes the items durably. Returns whether it wants to be called again, even without items. */
  constructor(clock: Clock, commit: (items: readonly T[]) => Promise<boolean>) {
    this.#clock = clock;
    this.#commit = commit;
  }

  /** Resolves when the item is committed. */
  add(item: T, bytes: number): Promise<void> {
    if (this.#pausing) return Promise.reject(this.#failure?.error);
    let group = this.#groups.at(-1);
    if (group === undefined || group.items.length === MAX_ITEMS_PER_COMMIT || group.bytes >= MAX_BYTES_PER_COMMIT)
      this.#groups.push((group = newGroup()));
    group.items.push(item);
    group.bytes += bytes;
    this.#last = group.done;
    this.#running ??= this.#run();
    return group.done;
  }

  /** Resolves when everything added so far is committed or has failed. */
  async settled(): Promise<void> {
    await this.#last.catch(() => {});
  }

  /** Calls the commit function without items, until it wants no more. Resolves when nothing is left to do. */
  async drain(): Promise<void> {
    await (this.#running ??= this.#run(true));
  }

  /** True for a moment after a failure. A clock that was set back ends it, too. */
  get #pausing(): boolean {
    if (this.#failure === undefined) return false;
    const { at, pause } = this.#failure;
    return Math.abs(this.#clock.now() - at) < pause;
  }

  async #run(atLeastOnce = false): Promise<void> {
    // What else is published in this turn of the event loop takes part.
    await new Promise((resolve) => setImmediate(resolve));
    for (let more = atLeastOnce; more || this.#groups.length > 0;) {
      const group = this.#groups.shift() ?? newGroup<T>();
      try {
        more = await this.#commit(group.items);
        this.#failure = undefined;
        group.resolve();
      } catch (error) {
        more = false;
        this.#fail(group, error);
      }
    }
    this.#running = undefined;
  }

  /** Refuses the group, and those that wait behind it. */
  #fail(group: Group<T>, error: unknown): void {
    const pause = Math.min(MAX_PAUSE, (this.#failure?.pause ?? MIN_PAUSE / 2) * 2);
    this.#failure = { error, at: this.#clock.now(), pause };
    for (const refused of [group, ...this.#groups.splice(0)]) refused.reject(error);
  }
}

function newGroup<T>(): Group<T> {
  let resolve = (): void => {};
  let reject = (_error: unknown): void => {};
  const done = new Promise<void>((settle, refuse) => {
    resolve = settle;
    reject = refuse;
  });
  // A commit without items has nobody to tell.
  done.catch(() => {});
  return { items: [], bytes: 0, done, resolve, reject };
}
