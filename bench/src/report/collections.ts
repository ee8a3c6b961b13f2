/** Items by what `key` says of them, in the order of their first occurrence. */
export function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** A median of no rounds is NaN, and null once it was written as JSON: neither is a figure. */
export function isFigure(value: number | null | undefined): value is number {
  return Number.isFinite(value);
}
