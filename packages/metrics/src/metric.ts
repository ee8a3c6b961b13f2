import type { Histogram } from "@kreuz/router";
import type { MetricsSource } from "./metrics-source.js";

/** Values of a metric's labels. */
export type LabelValues = Readonly<Record<string, string>>;

/** One series and its value; for a histogram, its numbers. */
export interface Sample {
  readonly labels: LabelValues;
  readonly value: number | Histogram;
}

/** One metric: what it is called, and how it is read when somebody scrapes. */
export interface Metric {
  /** Without the prefix `kreuz_`. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** The labels, each with what it can be. */
  readonly labels: LabelValues;
  readonly help: string;
  /**
   * What several processes that serve the same realms have together. `max`: each has it all. `each`: neither a sum nor one of them says
   * anything, so each has series of its own. Default `sum`.
   */
  readonly together?: "sum" | "max" | "min" | "each";
  read(source: MetricsSource): Iterable<Sample>;
}

/** The label of everything that is counted by realm. */
export const REALM: LabelValues = { realm: "name of a realm" };

/** One sample for each key. */
export function* byKey<K extends string>(
  label: string,
  keys: readonly K[],
  value: (key: K) => number,
  labels: LabelValues = {},
): Iterable<Sample> {
  for (const key of keys) yield { labels: { ...labels, [label]: key }, value: value(key) };
}

/** The sample of a metric without labels. */
export function single(value: number): readonly Sample[] {
  return [{ labels: {}, value }];
}

/** What a label can be, for people. */
export function oneOf(keys: readonly string[]): string {
  return keys.join(", ");
}
