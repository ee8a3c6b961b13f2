/** How many observations fell below each of a few fixed bounds. Adding one allocates nothing. */
export class Histogram {
  /** Upper bounds, in ascending order; an observation equal to a bound belongs to it. */
  readonly bounds: readonly number[];
  /** Observations per bound, not cumulative; the last place is for those above all bounds. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds } = this;
    let index = 0;
    while (index < bounds.length && value > bounds[index]!) index++;
    this.#counts[index]!++;
    this.#sum += value;
  }

  /** Adds what another histogram with the same bounds has observed. */
  add(other: Histogram): void {
    for (const [index, count] of other.#counts.entries()) this.#counts[index]! += count;
    this.#sum += other.#sum;
  }

  /** The sum of all observations. */
  get sum(): number {
    return this.#sum;
  }

  /** The number of all observations. */
  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** The observations up to each bound, as Prometheus has them; the last one is the number of all. */
  get cumulative(): readonly number[] {
    let sum = 0;
    return Array.from(this.#counts, (count) => (sum += count));
  }
}

/** Bounds in seconds for what should be fast: calls, authentication. */
export const FAST: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
/** Bounds in seconds for the lives of sessions. */
export const SLOW: readonly number[] = [1, 10, 60, 300, 1800, 3600, 21_600, 86_400];
/** Bounds for numbers of receivers. */
export const RECEIVERS: readonly number[] = [0, 1, 2, 5, 10, 25, 100, 1000, 10_000, 100_000];
