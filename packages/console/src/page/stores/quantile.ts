import type { HistogramNumbers } from "@kreuz/admin/contract";

/** What was observed between two readings of a histogram. */
export function observedSince(now: HistogramNumbers, before: HistogramNumbers | undefined): HistogramNumbers {
  if (before === undefined) return now;
  return {
    bounds: now.bounds,
    counts: now.counts.map((count, index) => Math.max(0, count - (before.counts[index] ?? 0))),
    sum: now.sum - before.sum,
  };
}

/**
 * A quantile, in the unit of the bounds: exact to the bucket, and interpolated inside it. Undefined when nothing was observed;
 * above the last bound, that bound.
 */
export function quantile({ bounds, counts }: HistogramNumbers, share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = share * total;
  let below = 0;
  for (const [index, count] of counts.entries()) {
    if (below + count >= rank && count > 0) {
      const low = index === 0 ? 0 : bounds[index - 1]!;
      const high = bounds[index] ?? low;
      return low + (high - low) * ((rank - below) / count);
    }
    below += count;
  }
  return bounds.at(-1);
}
