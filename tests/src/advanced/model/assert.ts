import { isDeepStrictEqual } from "node:util";

export function assert(condition: boolean, failure: string): asserts condition {
  if (!condition) throw new Error(failure);
}

export function same(actual: unknown, wanted: unknown, what: string): void {
  assert(
    isDeepStrictEqual(actual, wanted),
    `${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(actual)}`,
  );
}
