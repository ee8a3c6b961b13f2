import type { ConfigPath } from "./config-problem.js";

/** Reports a config error at a path. */
export type Report = (path: ConfigPath, message: string) => void;

/** Returns a `Report` for paths relative to `base`. */
export function within(report: Report, ...base: ConfigPath): Report {
  return (path, message) => report([...base, ...path], message);
}

/** Calls `onDuplicate` for each item whose key an earlier item has. */
export function findDuplicates<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  onDuplicate: (index: number, key: string) => void,
): void {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    if (seen.has(key)) onDuplicate(index, key);
    seen.add(key);
  }
}
