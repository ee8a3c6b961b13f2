import { Histogram } from "@kreuz/router";

/** Adds histograms with the same bounds. */
export function sumOf(histograms: readonly Histogram[]): Histogram {
  const [first] = histograms;
  if (first === undefined || histograms.length === 1) return first ?? new Histogram([1]);
  const sum = new Histogram(first.bounds);
  for (const histogram of histograms) sum.add(histogram);
  return sum;
}
