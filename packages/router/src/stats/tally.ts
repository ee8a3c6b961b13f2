/** Counts by the values of a closed set, each of which exists from the start with 0. */
export class Tally<K extends string> {
  readonly keys: readonly K[];
  readonly #counts: Float64Array;
  readonly #index: ReadonlyMap<string, number>;

  constructor(keys: readonly K[]) {
    this.keys = keys;
    this.#counts = new Float64Array(keys.length);
    this.#index = new Map(keys.map((key, index) => [key, index]));
  }

  /** Adds to one count. A key outside the set is ignored: what clients send never makes a new one. */
  add(key: K, amount = 1): void {
    const index = this.#index.get(key);
    if (index !== undefined) this.#counts[index]! += amount;
  }

  get(key: K): number {
    const index = this.#index.get(key);
    return index === undefined ? 0 : this.#counts[index]!;
  }

  /** The sum of all counts. */
  get total(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }
}
