import type { ConfigPath } from "./config-path.js";

/** Tells of something that is wrong at a place of the config. */
export type Report = (path: ConfigPath, message: string) => void;

/** A report about places inside `base`. */
export function within(report: Report, ...base: ConfigPath): Report {
  return (path, message) => report([...base, ...path], message);
}

/** Calls `repeated` for each item whose key an earlier item has. */
export function eachRepeat<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  repeated: (index: number, key: string) => void,
): void {
  const earlier = new Set<string>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    if (earlier.has(key)) repeated(index, key);
    earlier.add(key);
  }
}
