import { type Sample, SAMPLE_KEYS, type SampleKey } from "./sample.js";

/** Samples that are kept: ten minutes, one a second. */
export const KEPT_SAMPLES = 600;

const SAMPLE_MS = 1000;

type Values = (number | null)[];

/**
 * The last ten minutes of one realm, a value a second. Full from the start, of `null`s, so that charts never change their width; and
 * seconds without a sample, such as those of a lost connection, are `null`, too.
 */
export class History {
  readonly #series: ReadonlyMap<SampleKey, Values> = new Map(SAMPLE_KEYS.map((key) => [key, nothing()]));
  #last: number | undefined;

  /** When the last sample was, in milliseconds since the Unix epoch by the router's clock. */
  get last(): number | undefined {
    return this.#last;
  }

  /** @param at - milliseconds since the Unix epoch. */
  add(at: number, sample: Sample): void {
    const missed = this.#last === undefined ? 0 : Math.round((at - this.#last) / SAMPLE_MS) - 1;
    for (let gap = 0; gap < Math.min(missed, KEPT_SAMPLES); gap++) this.#push(undefined);
    this.#push(sample);
    this.#last = at;
  }

  series(key: SampleKey): readonly (number | null)[] {
    return this.#series.get(key)!;
  }

  latest(key: SampleKey): number | null {
    return this.series(key).at(-1) ?? null;
  }

  /** When the value of an index was, in milliseconds since the Unix epoch. */
  timeOf(index: number): number {
    return (this.#last ?? 0) - (KEPT_SAMPLES - 1 - index) * SAMPLE_MS;
  }

  #push(sample: Sample | undefined): void {
    for (const [key, values] of this.#series) {
      values.shift();
      values.push(sample?.[key] ?? null);
    }
  }
}

function nothing(): Values {
  return Array.from({ length: KEPT_SAMPLES }, () => null);
}
