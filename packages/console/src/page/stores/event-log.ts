import { signal, type ReadonlySignal, type Signal } from "@preact/signals";

/** The last entries of a stream, the newest first. Shown at most ten times a second, however fast they come. */
export class EventLog<Entry> {
  readonly #limit: number;
  readonly #later: (show: () => void) => void;
  readonly #shown: Signal<readonly Entry[]> = signal([]);
  readonly #total = signal(0);
  #entries: Entry[] = [];
  #count = 0;
  #isDue = false;
  readonly #paused = signal(false);

  /**
   * @param limit - entries that are kept.
   * @param later - calls back in about 100 ms.
   */
  constructor(limit: number, later: (show: () => void) => void) {
    this.#limit = limit;
    this.#later = later;
  }

  get entries(): ReadonlySignal<readonly Entry[]> {
    return this.#shown;
  }

  /** Entries since the start, also those that are no longer kept. */
  get total(): ReadonlySignal<number> {
    return this.#total;
  }

  get paused(): ReadonlySignal<boolean> {
    return this.#paused;
  }

  add(entry: Entry): void {
    this.#count++;
    this.#entries.push(entry);
    // Now and then, rather than each time: the front of a long list is expensive to remove.
    if (this.#entries.length > 2 * this.#limit) this.#entries = this.#entries.slice(-this.#limit);
    if (this.#isDue) return;
    this.#isDue = true;
    this.#later(() => {
      this.#isDue = false;
      this.#show();
    });
  }

  /** What comes while it is paused is kept, and shown afterwards. */
  pause(paused: boolean): void {
    this.#paused.value = paused;
    this.#show();
  }

  clear(): void {
    this.#entries = [];
    this.#count = 0;
    this.#shown.value = [];
    this.#total.value = 0;
  }

  #show(): void {
    this.#total.value = this.#count;
    if (!this.#paused.value) this.#shown.value = this.#entries.slice(-this.#limit).reverse();
  }
}
