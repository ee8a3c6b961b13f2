// What leaves a codec, read by libraries that clients use: every kind of value, from every format to every other.
import { spawnSync } from "node:child_process";
import { decode as decodeMsgpack } from "@msgpack/msgpack";
import { type Codec, type Message, MessageType as M, type Publish } from "@kreuz/codec";
import { Decoder } from "cbor-x";
import fc from "fast-check";
import { Unpackr } from "msgpackr";
import { describe, expect, it } from "vitest";
import { CODECS } from "../support/index.js";

const SEED = Number(process.env["SEED"] ?? 20_140_329);
const RUNS = 150;

const INT64 = { min: -(2n ** 63n), max: 2n ** 64n - 1n };
/** A JSON client that is a WAMP client of today writes bytes as strings that begin with \0. */
const text = fc.string({ unit: "grapheme", maxLength: 40 }).filter((value) => !value.startsWith("\0"));
const float = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const integer = fc.oneof(fc.integer().map(BigInt), fc.bigInt(INT64)).map((value) => plain(value));
const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, true, false, 2 ** 53, 2 ** 63, 1e21, -1e300),
    integer,
    float,
    text,
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie("value"), { maxLength: 30 }),
    fc.dictionary(text, tie("value"), { maxKeys: 30 }),
  ),
})).value;

/** A bigint only where a number is not exact; floats that are integers beyond 2^53 as integers. */
function plain(value: bigint): number | bigint {
  return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value;
}

/** Makes values comparable whatever classes a library uses: bytes as hexadecimal digits, integers of any size as text. */
function comparable(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isInteger(value) ? String(BigInt(value)) : value;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  const entries = value instanceof Map ? [...value.entries()] : Object.entries(value);
  return entries
    .map(([key, member]): [string, unknown] => [String(key), comparable(member)])
    .toSorted(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

const maps = new Unpackr({ useRecords: false, mapsAsObjects: false, int64AsType: "auto" as "number" });
const cborMaps = new Decoder({ useRecords: false, mapsAsObjects: false });
const LIBRARIES: Readonly<
  Record<string, ReadonlyArray<readonly [name: string, read: (frame: Uint8Array) => unknown]>>
> = {
  json: [],
  msgpack: [
    ["msgpackr", (frame) => maps.unpack(frame) as unknown],
    ["@msgpack/msgpack", (frame) => decodeMsgpack(frame, { useBigInt64: true, rawStrings: false })],
  ],
  cbor: [["cbor-x", (frame) => cborMaps.decode(frame) as unknown]],
};

const publish = (args: readonly unknown[]): Publish => ({
  type: M.PUBLISH,
  request: 1,
  options: {},
  topic: "a.b",
  payload: { args },
});
const argsOf = (message: Message): unknown => (message as Publish).payload.args;
const check = (property: fc.IProperty<[unknown[]]>): void => {
  fc.assert(property, { seed: SEED, numRuns: RUNS });
};

describe.each(CODECS)(`values from %s (seed ${SEED})`, (_from, sender: Codec) => {
  it.each(CODECS)("mean the same in %s", (_to, receiver) => {
    check(
      fc.property(fc.array(values, { maxLength: 5, minLength: 1 }), (args) => {
        const frame = receiver.encode(sender.decode(sender.encode(publish(args))));
        expect(comparable(argsOf(receiver.decode(frame)))).toEqual(comparable(args));
        for (const [name, read] of LIBRARIES[receiver.id] ?? [])
          expect([name, comparable((read(frame) as unknown[])[4])]).toEqual([name, comparable(args)]);
      }),
    );
  });
});

/** Reads frames in hexadecimal digits, one a line, and prints what a Python library makes of each. */
const PYTHON = `
import sys, json
def plain(value):
    if isinstance(value, bool) or value is None: return value
    if isinstance(value, int): return str(value)
    if isinstance(value, float): return str(int(value)) if value.is_integer() else value
    if isinstance(value, (bytes, bytearray)): return "bytes " + bytes(value).hex()
    if isinstance(value, (list, tuple)): return [plain(item) for item in value]
    if isinstance(value, dict): return sorted([key, plain(member)] for key, member in value.items())
    return value
if sys.argv[1] == "cbor":
    import cbor2
    read = cbor2.loads
else:
    import msgpack
    read = lambda frame: msgpack.unpackb(frame, raw=False)
for line in sys.stdin:
    print(json.dumps(plain(read(bytes.fromhex(line.strip())))))
`;

describe.each([
  ["cbor", "cbor2"],
  ["msgpack", "msgpack"],
])("values in %s", (format, library) => {
  const python = process.env["KREUZ_PYTHON"] ?? "python3";
  const isInstalled = spawnSync(python, ["-c", `import ${library}`]).status === 0;
  const reason = isInstalled ? "" : ` (skipped: not installed for ${python}; set KREUZ_PYTHON)`;

  it.skipIf(!isInstalled)(`are read alike by Python's ${library}${reason}`, () => {
    const [, codec] = CODECS.find(([id]) => id === format) as (typeof CODECS)[number];
    const samples = fc.sample(fc.array(values, { maxLength: 5, minLength: 1 }), { seed: SEED, numRuns: RUNS });
    const input = samples.map((args) => Buffer.from(codec.encode(publish(args))).toString("hex")).join("\n");
    const { stdout, stderr } = spawnSync(python, ["-c", PYTHON, format], { input, encoding: "utf8" });
    expect(stderr).toBe("");
    const read = stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as unknown[])[4]);
    expect(read).toEqual(samples.map((args) => JSON.parse(JSON.stringify(comparable(args))) as unknown));
  });
});
