import fc from "fast-check";

/** A value in one of the many forms that CBOR has for it. */
export interface Written {
  readonly bytes: readonly number[];
  readonly value: unknown;
}

const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const LIST = 4;
const DICT = 5;
const TAG = 6;

/** A head with its argument in at least `size` bytes, which is 0, 1, 2, 4 or 8. */
function head(major: number, argument: bigint, size: number): number[] {
  const sizes = [0, 1, 2, 4, 8];
  const bounds = [24n, 0x100n, 0x1_0000n, 0x1_0000_0000n, 1n << 64n];
  const index = Math.max(
    sizes.indexOf(size),
    bounds.findIndex((bound) => argument < bound),
  );
  if (index === 0) return [(major << 5) | Number(argument)];
  const bytes = sizes[index] as number;
  const digits = argument
    .toString(16)
    .padStart(2 * bytes, "0")
    .match(/../g) as string[];
  return [(major << 5) | (23 + index), ...digits.map((pair) => Number.parseInt(pair, 16))];
}

const size = fc.constantFrom(0, 0, 0, 1, 2, 4, 8);
const open = (major: number) => (major << 5) | 31;
const BREAK = 0xff;

const normalized = (integer: bigint): number | bigint =>
  integer >= -(2n ** 53n) && integer <= 2n ** 53n ? Number(integer) : integer;

const argument = fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 53n + 3n), fc.bigInt(0n, 2n ** 64n - 1n));

const integer: fc.Arbitrary<Written> = fc
  .tuple(fc.constantFrom(UNSIGNED, NEGATIVE), argument, size)
  .map(([major, value, least]) => ({
    bytes: head(major, value, least),
    value: normalized(major === UNSIGNED ? value : -1n - value),
  }));

const leaf: fc.Arbitrary<Written> = fc.constantFrom<Written>(
  { bytes: [0xf4], value: false },
  { bytes: [0xf5], value: true },
  { bytes: [0xf6], value: null },
  { bytes: [0xf7], value: undefined },
  { bytes: [0xf9, 0x3e, 0x00], value: 1.5 },
  { bytes: [0xfa, 0x7f, 0x80, 0, 0], value: Infinity },
  { bytes: [0xfb, 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a], value: 0.1 },
);

/** In one piece, or in chunks. */
function string<T>(
  major: number,
  piece: fc.Arbitrary<{ content: readonly number[]; value: T }>,
  join: (all: T[]) => T,
) {
  const written = fc.tuple(piece, size).map(([{ content, value }, least]) => ({
    bytes: [...head(major, BigInt(content.length), least), ...content],
    value,
  }));
  const chunks = fc.array(written, { maxLength: 3 }).map((all) => ({
    bytes: [open(major), ...all.flatMap((one) => one.bytes), BREAK],
    value: join(all.map((one) => one.value)),
  }));
  return fc.oneof({ weight: 3, arbitrary: written }, { weight: 1, arbitrary: chunks });
}

const text = string(
  TEXT,
  fc
    .oneof(fc.string({ unit: "binary", maxLength: 6 }), fc.constantFrom("__proto__", "__pro", "to__"))
    .map((value) => ({ content: Array.from(new TextEncoder().encode(value)), value })),
  (all) => all.join(""),
);

const bytes = string(
  BYTES,
  fc.uint8Array({ maxLength: 5 }).map((value) => ({ content: Array.from(value), value })),
  (all) => Uint8Array.from(all.flatMap((value) => Array.from(value))),
);

function tagged(item: fc.Arbitrary<Written>): fc.Arbitrary<Written> {
  const tags = fc.array(fc.tuple(fc.oneof(fc.bigInt(0n, 300n), fc.constantFrom(55799n, 57343n)), size), {
    maxLength: 2,
  });
  const some = fc.tuple(tags, item).map(([list, { bytes: content, value }]) => ({
    bytes: [...list.flatMap(([tag, least]) => head(TAG, tag, least)), ...content],
    value: taggedValue(list.at(-1)?.[0], value),
  }));
  return fc.oneof({ weight: 4, arbitrary: item }, { weight: 1, arbitrary: some });
}

/** A tag makes no difference, unless it makes bytes a big integer. */
function taggedValue(tag: bigint | undefined, value: unknown): unknown {
  if (!(value instanceof Uint8Array) || (tag !== 2n && tag !== 3n)) return value;
  const magnitude = value.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return normalized(tag === 2n ? magnitude : -1n - magnitude);
}

/** A list or dict of definite or indefinite length. */
function container(
  major: number,
  count: number,
  content: readonly number[],
  least: number,
  isIndefinite: boolean,
): number[] {
  return isIndefinite ? [open(major), ...content, BREAK] : [...head(major, BigInt(count), least), ...content];
}

function listOf(item: fc.Arbitrary<Written>): fc.Arbitrary<Written> {
  return fc.tuple(fc.array(item, { maxLength: 4 }), size, fc.boolean()).map(([items, least, isIndefinite]) => {
    const content = items.flatMap((one) => one.bytes);
    return {
      bytes: container(LIST, items.length, content, least, isIndefinite),
      value: items.map((one) => one.value ?? null),
    };
  });
}

function dictOf(item: fc.Arbitrary<Written>): fc.Arbitrary<Written> {
  const members = fc.uniqueArray(fc.tuple(text, item), { maxLength: 4, selector: ([name]) => String(name.value) });
  return fc.tuple(members, size, fc.boolean()).map(([all, least, isIndefinite]) => {
    const content = all.flatMap(([name, value]) => [...name.bytes, ...value.bytes]);
    return {
      bytes: container(DICT, all.length, content, least, isIndefinite),
      value: Object.fromEntries(
        all.filter(([, value]) => value.value !== undefined).map(([name, value]) => [String(name.value), value.value]),
      ),
    };
  });
}

/** An arbitrary list in an arbitrary form. */
export const looseList: fc.Arbitrary<Written> = fc.letrec<{ item: Written; list: Written }>((tie) => ({
  item: tagged(fc.oneof({ depthSize: "small" }, integer, leaf, text, bytes, tie("list"), dictOf(tie("item")))),
  list: listOf(tie("item")),
})).list;
