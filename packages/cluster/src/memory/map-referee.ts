import type { Clock } from "@kreuz/codec";
import type { Referee, Revision, Versioned } from "../referee.js";
import { wait } from "../wait.js";

/** What may happen to requests. Durations in milliseconds; chances from 0 to 1. */
export interface RefereeFaults {
  /** Each request takes between `least` and `most`. */
  readonly delay?: { readonly least: number; readonly most: number };
  /** The chance that a request fails. Half of the writes that fail have happened nevertheless. */
  readonly failure?: number;
}

export interface MapRefereeOptions {
  readonly clock: Clock;
  /** Numbers from 0 to below 1, for delays and failures. Default: `Math.random`. */
  readonly random?: () => number;
}

/** A referee inside one process: for the workers of one machine, and for tests, which can make it slow, away or forgetful. */
export class MapReferee implements Referee {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #values = new Map<string, Versioned>();
  #writes = 0;
  #faults: RefereeFaults = {};

  constructor({ clock, random = Math.random }: MapRefereeOptions) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Sets what happens to requests from now on. */
  disturb(faults: RefereeFaults): void {
    this.#faults = faults;
  }

  /** Loses all that was written. */
  forget(): void {
    this.#values.clear();
  }

  async read(key: string): Promise<Versioned | undefined> {
    await this.#travel();
    const found = this.#values.get(key);
    await this.#travel();
    return found;
  }

  async write(
    key: string,
    value: Uint8Array | undefined,
    expected: Revision | "absent",
  ): Promise<Revision | "conflict"> {
    await this.#travel();
    const known = this.#values.get(key)?.revision ?? "absent";
    if (known !== expected) {
      await this.#travel();
      return "conflict";
    }
    const revision = String(++this.#writes);
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, { value: new Uint8Array(value), revision });
    await this.#travel();
    return revision;
  }

  async *keys(prefix: string): AsyncIterable<string> {
    await this.#travel();
    for (const key of [...this.#values.keys()]) if (key.startsWith(`${prefix}.`)) yield key;
  }

  async close(): Promise<void> {}

  /** One way of a request: to the referee, or back. */
  async #travel(): Promise<void> {
    const { delay, failure = 0 } = this.#faults;
    if (delay !== undefined) {
      const ms = delay.least + Math.floor(this.#random() * (delay.most - delay.least + 1));
      await wait(this.#clock, ms / 2);
    }
    if (failure > 0 && this.#random() < failure / 2) throw new Error("the referee cannot be reached");
  }
}
