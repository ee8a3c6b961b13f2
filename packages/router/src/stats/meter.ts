import { ConfigError } from "@kreuz/codec";
import { Histogram } from "./histogram.js";

/** The labels of a counter, each with all the values that it can take, so that clients can never add a series. */
export type Labels = Readonly<Record<string, readonly string[]>>;

/** A number that only grows. */
export interface MeterCounter {
  /**
   * Adds `amount` (default 1).
   * @param values - a value for each label.
   * @throws TypeError for a missing label, or a value that was not listed.
   */
  add(amount?: number, values?: Readonly<Record<string, string>>): void;
}

/** A distribution of numbers. */
export interface MeterHistogram {
  observe(value: number): void;
}

/**
 * The metrics of one plugin in one realm. They are exported as `kreuz_plugin_<plugin>_<name>` with the label `realm`; names
 * follow Prometheus: base units, counters end in `_total`. Create them in `setup`: all series exist from the start.
 */
export interface Meter {
  /** @throws ConfigError when the name is not valid or taken, or the labels make more than {@link MAX_SERIES} series. */
  counter(name: string, help: string, labels?: Labels): MeterCounter;
  /** @param read - called when the metrics are read, and to be cheap. @throws ConfigError as `counter` does. */
  gauge(name: string, help: string, read: () => number): void;
  /** @param buckets - upper bounds in ascending order. @throws ConfigError as `counter` does. */
  histogram(name: string, help: string, buckets: readonly number[]): MeterHistogram;
}

/** A metric of a plugin, as exporters read it. */
export interface PluginMetric {
  /** With the prefix `kreuz_plugin_<plugin>_`. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  /** The values of counters and gauges, one for each combination of labels. */
  values(): Iterable<{ readonly labels: Readonly<Record<string, string>>; readonly value: number }>;
  /** The numbers of a histogram. */
  readonly histogram?: Histogram;
}

/** The number of series that the labels of one counter may make. */
export const MAX_SERIES = 1000;

const NAME = /^[a-z][a-z0-9_]*$/;
const NO_LABELS: Labels = Object.freeze({});

/** Keeps the metrics of one plugin. */
export class PluginMeter implements Meter {
  readonly #plugin: string;
  readonly #metrics = new Map<string, PluginMetric>();

  constructor(plugin: string) {
    this.#plugin = plugin;
  }

  /** What the plugin has created. */
  get metrics(): Iterable<PluginMetric> {
    return this.#metrics.values();
  }

  counter(name: string, help: string, labels: Labels = NO_LABELS): MeterCounter {
    const series = new Series(name, labels);
    const values = (): ReturnType<PluginMetric["values"]> => series;
    this.#add(name, { help, type: "counter", labels: Object.keys(labels), values });
    return series;
  }

  gauge(name: string, help: string, read: () => number): void {
    this.#add(name, { help, type: "gauge", labels: [], values: () => [{ labels: {}, value: read() }] });
  }

  histogram(name: string, help: string, buckets: readonly number[]): MeterHistogram {
    if (buckets.length === 0 || buckets.some((bound, index) => !(bound > (buckets[index - 1] ?? -Infinity))))
      throw new ConfigError(`metric ${name}`, "expected buckets in ascending order, at least one");
    const histogram = new Histogram([...buckets]);
    this.#add(name, { help, type: "histogram", labels: [], values: () => [], histogram });
    return histogram;
  }

  #add(name: string, metric: Omit<PluginMetric, "name">): void {
    if (!NAME.test(name))
      throw new ConfigError(`metric ${name}`, "expected a name of lower-case letters, digits and underscores");
    if (this.#metrics.has(name)) throw new ConfigError(`metric ${name}`, `plugin "${this.#plugin}" has it already`);
    const prefix =
      this.#plugin
        .toLowerCase()
        .match(/[a-z0-9]+/g)
        ?.join("_") ?? "unnamed";
    this.#metrics.set(name, { name: `kreuz_plugin_${prefix}_${name}`, ...metric });
  }
}

/** A counter: one number for each combination of its labels' values. */
class Series implements MeterCounter {
  readonly #name: string;
  readonly #labels: ReadonlyArray<readonly [name: string, values: readonly string[]]>;
  readonly #counts: Float64Array;

  constructor(name: string, labels: Labels) {
    this.#name = name;
    this.#labels = Object.entries(labels);
    const size = this.#labels.reduce((product, [, values]) => product * values.length, 1);
    if (size < 1 || size > MAX_SERIES)
      throw new ConfigError(`metric ${name}`, `the labels make ${size} series; expected 1 to ${MAX_SERIES}`);
    this.#counts = new Float64Array(size);
  }

  add(amount = 1, values?: Readonly<Record<string, string>>): void {
    let index = 0;
    for (const [label, known] of this.#labels) {
      const value = values?.[label];
      const place = value === undefined ? -1 : known.indexOf(value);
      if (place < 0) throw new TypeError(`metric ${this.#name}: label ${label} is one of ${known.join(", ")}`);
      index = index * known.length + place;
    }
    this.#counts[index]! += amount;
  }

  *[Symbol.iterator](): Generator<{ labels: Record<string, string>; value: number }, void> {
    for (const [index, value] of this.#counts.entries()) yield { labels: this.#labelsOf(index), value };
  }

  #labelsOf(index: number): Record<string, string> {
    const labels: Record<string, string> = {};
    let rest = index;
    for (const [label, known] of this.#labels.toReversed()) {
      labels[label] = known[rest % known.length]!;
      rest = Math.floor(rest / known.length);
    }
    return labels;
  }
}
