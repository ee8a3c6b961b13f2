import { type Sample, SAMPLE_KEYS, type SampleKey } from "./sample.js";

/** Samples that are kept: ten minutes, one a second. */
export const KEPT_SAMPLES = 600;

/** The last ten minutes of one realm. Full from the start, of `null`s, so that charts never change their width. */
export class History {
  /** Seconds since the Unix epoch. */
  readonly times: number[];
  readonly #series: Record<SampleKey, (number | null)[]>;

  /** @param now - milliseconds since the Unix epoch. */
  constructor(now: number) {
    this.times = Array.from({ length: KEPT_SAMPLES }, (_, index) => now / 1000 - (KEPT_SAMPLES - index));
    const empty = SAMPLE_KEYS.map((key) => [key, Array.from({ length: KEPT_SAMPLES }, () => null)] as const);
    this.#series = Object.fromEntries(empty) as Record<SampleKey, (number | null)[]>;
  }

  /** @param at - milliseconds since the Unix epoch. */
  add(at: number, sample: Sample): void {
    push(this.times, at / 1000);
    for (const key of SAMPLE_KEYS) push(this.#series[key], sample[key]);
  }

  series(key: SampleKey): readonly (number | null)[] {
    return this.#series[key];
  }

  latest(key: SampleKey): number | null {
    return this.#series[key].at(-1) ?? null;
  }
}

function push<T>(values: T[], value: T): void {
  values.shift();
  values.push(value);
}
