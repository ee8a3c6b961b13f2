import fc from "fast-check";

/** One change to a frame. Positions are fractions of its length. */
export type Mutation =
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "insert"; readonly at: number; readonly byte: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "remove"; readonly at: number; readonly length: number }
  | { readonly kind: "repeat"; readonly at: number; readonly length: number }
  | { readonly kind: "splice"; readonly at: number; readonly from: number };

const at = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const length = fc.integer({ min: 1, max: 12 });

export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("flip" as const), at, bit: fc.nat({ max: 7 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("insert" as const), at, byte: fc.nat({ max: 255 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), at }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), at, length }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("repeat" as const), at, length }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("splice" as const), at, from: at }) },
  ),
  { minLength: 1, maxLength: 3 },
);

/** Applies mutations to a frame. A splice appends the end of `other`. */
export function mutate(frame: Uint8Array, other: Uint8Array, list: readonly Mutation[]): Uint8Array {
  let bytes = Array.from(frame);
  for (const mutation of list) {
    const offset = Math.floor(mutation.at * bytes.length);
    switch (mutation.kind) {
      case "flip":
        bytes[offset] = (bytes[offset] ?? 0) ^ (1 << mutation.bit);
        break;
      case "insert":
        bytes.splice(offset, 0, mutation.byte);
        break;
      case "cut":
        bytes.length = offset;
        break;
      case "remove":
        bytes.splice(offset, mutation.length);
        break;
      case "repeat":
        bytes.splice(offset, 0, ...bytes.slice(offset, offset + mutation.length));
        break;
      case "splice":
        bytes = [...bytes.slice(0, offset), ...other.subarray(Math.floor(mutation.from * other.length))];
        break;
    }
  }
  return Uint8Array.from(bytes);
}
