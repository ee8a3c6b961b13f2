import { describe, expect, it } from "vitest";
import { cbor, createCborCodec } from "./cbor-codec.js";
import {
  EMPTY_PAYLOAD,
  type EncodedPayload,
  MessageType,
  type Payload,
  ProtocolError,
  type Publish,
} from "../index.js";
import { fromHex } from "../vectors/message-vectors.js";

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const decode = (hex: string) => cbor.decode(fromHex(hex.replaceAll(" ", "")));
const publish = { type: MessageType.PUBLISH, request: 1, options: {}, topic: "a" } as const;

/** PUBLISH 1 to "a" with these payload bytes. */
const withPayload = (hex: string, elements = 5): Publish => decode(`8${elements} 10 01 a0 6161 ${hex}`) as Publish;
const args = (hex: string): readonly unknown[] | undefined => withPayload(hex).payload.args;
const encoded = (payload: Payload): string => toHex(cbor.encode({ ...publish, payload })).slice("851001a06161".length);

describe("CBOR: ids and strings in the header", () => {
  it.each([
    ["83 11 1801 190102", 1, 0x0102],
    ["83 1811 01 1a01020304", 1, 0x01020304],
    ["83 11 01 1b 0020000000000000", 1, 2 ** 53],
    ["83 1b0000000000000011 190001 1a00000002", 1, 2],
    ["83 fb4031000000000000 f93c00 fa4f000000", 1, 2 ** 31],
    ["9803 11 01 02", 1, 2],
    ["9b0000000000000003 11 01 02", 1, 2],
    ["9f 11 01 02 ff", 1, 2],
    ["d9d9f7 83 11 01 02", 1, 2],
    ["83 c111 d8ff01 c0c0c002", 1, 2],
    ["83 11 c24101 c2420002", 1, 2],
  ])("decodes %s", (hex, request, publication) => {
    expect(decode(hex)).toEqual({ type: MessageType.PUBLISHED, request, publication });
  });

  it.each([
    ["83 11 01 00", "PUBLISHED.Publication: expected an id (integer from 1 to 2^53), got number 0"],
    ["83 11 01 20", "got number -1"],
    ["83 11 01 3b 7fffffffffffffff", "got integer -9223372036854775808"],
    ["83 11 01 1b 0020000000000001", "got integer 9007199254740993"],
    ["83 11 01 1b ffffffffffffffff", "got integer 18446744073709551615"],
    ["83 11 01 f97e00", "got number NaN"],
    ["83 11 01 fb7ff0000000000000", "got number Infinity"],
    ["83 11 01 f93e00", "got number 1.5"],
    ["83 11 01 4101", "got binary data (length 1)"],
    ["83 11 01 c34101", "got number -2"],
    ["83 11 01 c247 20000000000001", "got integer 9007199254740993"],
    ["83 11 01 6131", 'got the string "1"'],
    ["83 11 01 f6", "got null"],
    ["83 11 01 f7", "got null"],
    ["83 11 01 8101", "got a list"],
    ["83 11 01 a1616101", "got a dict"],
    ["83 11 01 ff", "unexpected byte 0xff in CBOR"],
    ["83 11 01 1c", "byte 0x1c"],
    ["83 11 01 1f", "byte 0x1f"],
    ["83 11 01 fc", "byte 0xfc"],
    ["83 11 01 f818", "byte 0xf8"],
    ["82 11 01", "PUBLISHED: expected 3 elements, got 2"],
    ["9f 11 01 ff", "PUBLISHED: expected 3 elements, got 2"],
    ["84 11 01 01 01", "PUBLISHED: expected 3 elements, got 4"],
    ["83 18ff 01 01", "message type: expected a WAMP message code, got number 255"],
    ["80", "message is an empty list"],
    ["9fff", "message is an empty list"],
    ["a0", "message: expected a list, got a dict"],
    ["c001", "message: expected a list, got number 1"],
    ["", "ends in the middle"],
    ["83 11 01", "ends in the middle"],
    ["83 11 01 19", "ends in the middle"],
    ["9f 11 01 01", "ends in the middle"],
    ["83 11 01 c1", "ends in the middle"],
    ["83 11 01 01 f6", "extra bytes: 1"],
    ["9f 11 01 01 ff ff", "extra bytes: 1"],
    ["9bffffffffffffffff 11", "PUBLISHED: expected 3 elements, got 18446744073709552000"],
    ["84 1820 01 a0 7bffffffffffffffff 61", "ends in the middle"],
    ["84 1820 01 a0 4161", "SUBSCRIBE.Topic: expected a string, got binary data (length 1)"],
    ["84 1820 01 a0 61ff", "not valid UTF-8"],
    ["84 1820 01 80 6161", "SUBSCRIBE.Options: expected a dict, got an empty list"],
    ["84 1820 01 a101f5 6161", "a key that is not a string"],
    ["84 1820 01 a26161f5 6161f5 6161", "twice"],
    ["84 1820 01 a1656d6174636801 6161", "SUBSCRIBE.Options.match"],
  ])("rejects %s", (hex, expected) => {
    expect(() => decode(hex)).toThrow(ProtocolError);
    expect(() => decode(hex)).toThrow(expected);
  });

  it("decodes strings in chunks and dicts of indefinite length", () => {
    expect(decode("84 1820 01 bf 7f656d61746368ff 66707265666978 ff 7f 63636f6d 612e 6161 ff")).toEqual({
      type: MessageType.SUBSCRIBE,
      request: 1,
      options: { match: "prefix" },
      topic: "com.a",
    });
  });

  it("encodes ids in the fewest bytes, and non-ASCII strings", () => {
    const published = (publication: number) =>
      toHex(cbor.encode({ type: MessageType.PUBLISHED, request: 1, publication }));
    expect(published(23)).toBe("83110117");
    expect(published(24)).toBe("8311011818");
    expect(published(0x100)).toBe("831101190100");
    expect(published(0x1_0000)).toBe("8311011a00010000");
    expect(published(0x1_0000_0000)).toBe("8311011b0000000100000000");
    expect(published(2 ** 53)).toBe("8311011b0020000000000000");
    const subscribe = (topic: string) => cbor.encode({ type: MessageType.SUBSCRIBE, request: 1, options: {}, topic });
    expect(toHex(subscribe("abcü"))).toBe("84182001a065616263c3bc");
    for (const length of [23, 24, 255, 256, 65_535, 65_536])
      expect(cbor.decode(subscribe("ü".repeat(length)))).toMatchObject({ topic: "ü".repeat(length) });
  });
});

describe("CBOR: payload", () => {
  const event = { type: MessageType.EVENT, subscription: 1, publication: 2, details: {} } as const;

  it("is spliced in its original bytes, also from a frame of indefinite length", () => {
    const payload = "81190001a1616b78026f6b";
    for (const message of [withPayload(payload, 6), decode(`9f 10 01 a0 6161 ${payload} ff`) as Publish]) {
      expect(toHex((message.payload as EncodedPayload).bytes)).toBe(payload);
      expect(message.payload).toMatchObject({ args: [1], kwargs: { k: "ok" } });
      expect(toHex(cbor.encode({ ...event, payload: message.payload }))).toBe(`8618240102a0${payload}`);
    }
  });

  it.each([
    ["lengths that are not known in advance", "9f190001ff bf7f616bff 7f 616f 616b ff ff", "8101a1616b626f6b"],
    ["binary data in chunks", "81 5f 4101 40 4102 ff a1 6161 80", "81420102a1616180"],
    ["tags", "c1 82 c0 6161 d9d9f7 81 c101 a1 6161 d840 4101", "82616181 01 a161614101"],
    ["undefined", "82 f7 a2 6162 f7 6163 01 a2 6161 f7 6162 f6", "82f6a1616301a16162f6"],
    [
      "integers of up to 64 bits with a tag",
      "84 c24105 c34105 c240 c24a 0000ffffffffffffffff a16161 c248ffffffffffffffff",
      "840525001bffffffffffffffffa161611bffffffffffffffff",
    ],
    [
      "longer integers with leading zeros",
      "82 c24a00010000000000000000 c349010000000000000000 a1616101",
      "82c249010000000000000000c349010000000000000000a1616101",
    ],
  ])("with %s leaves in the usual form", (_name, payload, expected) => {
    const message = withPayload(payload, 6);
    expect(toHex(cbor.encode({ ...event, payload: message.payload }))).toBe(
      `8618240102a0${expected.replaceAll(" ", "")}`,
    );
  });

  it("writes the head of a list or dict of unknown length in the fewest bytes, up to some depth", () => {
    for (const count of [0, 23, 24, 255, 256, 65_535, 65_536]) {
      const value = Array.from({ length: count }, (_, index) => index % 20);
      const frame = `81 9f ${value.map((item) => item.toString(16).padStart(2, "0")).join("")} ff`;
      const again = cbor.encode({ ...publish, payload: { args: [value] } });
      expect(toHex(cbor.encode(withPayload(frame)))).toBe(toHex(again));
    }
    const deep = `${"9f".repeat(30)}${"ff".repeat(30)}`;
    expect(cbor.decode(cbor.encode(withPayload(deep)))).toMatchObject({ payload: { args: args(deep) } });
  });

  it("is dropped when empty (spec: Empty Arguments and Keyword Arguments)", () => {
    for (const empty of ["80", "9fff", "9800", "c180"]) expect(withPayload(empty).payload).toBe(EMPTY_PAYLOAD);
    for (const empty of ["80a0", "9fffbfff", "80b800", "80c1a0"])
      expect(withPayload(empty, 6).payload).toBe(EMPTY_PAYLOAD);
    expect(toHex(cbor.encode(withPayload("8101a0", 6)))).toBe("851001a061618101");
    expect(toHex(cbor.encode(withPayload("80a1616101", 6)))).toBe("861001a0616180a1616101");
  });

  it.each([
    ["82 1b001fffffffffffff 1b0000000000000005", [2 ** 53 - 1, 5]],
    ["83 1b0020000000000000 3b001fffffffffffff 3b0000000000000004", [2 ** 53, -(2 ** 53), -5]],
    ["82 1b0020000000000001 3b0020000000000000", [2n ** 53n + 1n, -(2n ** 53n) - 1n]],
    ["83 1b0000000100000000 1b0020000000000001 1b0000000100000001", [2 ** 32, 2n ** 53n + 1n, 2 ** 32 + 1]],
    ["82 1bffffffffffffffff 3bffffffffffffffff", [2n ** 64n - 1n, -(2n ** 64n)]],
    ["84 1affffffff 3affffffff 38ff 20", [2 ** 32 - 1, -(2 ** 32), -256, -1]],
    ["84 f97e00 f97c00 f93c00 f90001", [NaN, Infinity, 1, 2 ** -24]],
    ["83 fa7f800000 fbfff0000000000000 fb3ff8000000000000", [Infinity, -Infinity, 1.5]],
    ["84 f4 f5 f6 f7", [false, true, null, null]],
    ["81 43010203", [Uint8Array.of(1, 2, 3)]],
    ["81 5f 4101 40 420203 ff", [Uint8Array.of(1, 2, 3)]],
    ["82 7f 6161 60 62c3bc ff 5fff", ["aü", new Uint8Array()]],
    // Typed arrays with a tag, as Wampy sends them.
    ["81 d84043010203", [Uint8Array.of(1, 2, 3)]],
    ["81 d84544 01000200", [Uint8Array.of(1, 0, 2, 0)]],
    // Tags that cbor-x would turn into dates, bigints, errors, references, packed values, sets and records.
    ["82 c074323031332d30332d32315432303a30343a30305a c11a514b67b0", ["2013-03-21T20:04:00Z", 1363896240]],
    ["82 c249010000000000000000 c341ff", [2n ** 64n, -256]],
    ["82 c349010000000000000000 c2c24105", [-(2n ** 64n) - 1n, 5]],
    [`81 c2 5f ${`5840${"ff".repeat(64)}`.repeat(2)} ff`, [2n ** 1024n - 1n]],
    ["81 d81b 82 66526567457870 6161", [["RegExp", "a"]]],
    ["82 d81c 8101 d81d 00", [[1], 0]],
    ["82 c600 f6", [0, null]],
    ["83 d90102 8101 d90103 a16131 02 d9dfff 820102", [[1], { "1": 2 }, [1, 2]]],
    ["81 d9d9f7 d9d9f7 c1 c1 c2 01", [1]],
    ["81 a2 6161 01 7f6162 6163ff 02", [{ a: 1, bc: 2 }]],
    ["82 63e282ac 64f09f9880", ["€", "😀"]],
  ])("decodes %s on first access", (hex, expected) => {
    expect(args(hex)).toEqual(expected);
  });

  it("decodes binary data to plain byte arrays, not to Buffers", () => {
    const frame = Buffer.from("851001a06161834101d84041015f4101ff", "hex");
    const values = (cbor.decode(frame) as Publish).payload.args as Uint8Array[];
    for (const value of values) expect(value.constructor).toBe(Uint8Array);
    expect(values).toHaveLength(3);
  });

  it.each([
    ["81", "ends in the middle"],
    ["9f01", "ends in the middle"],
    ["9bffffffffffffffff", "ends in the middle"],
    ["81 bbffffffffffffffff", "ends in the middle"],
    ["81 5bffffffffffffffff00", "ends in the middle"],
    ["81 5f4101", "ends in the middle"],
    ["81 5f6161ff", "unexpected byte 0x61 in CBOR"],
    ["81 5f5f4101ffff", "byte 0x5f"],
    ["81 7f61c361bcff", "not valid UTF-8"],
    ["81 62c328", "not valid UTF-8"],
    [`81 7822 ${"61".repeat(32)} c328`, "not valid UTF-8"],
    ["81 a2 6161 01 6161 02", "twice"],
    ["81 a2 6161 01 7f6161ff 02", "twice"],
    ["81 bf 6161 ff", "byte 0xff"],
    ["81 a1 f6 01", "not a string"],
    ["81 a1 f93c00 01", "not a string"],
    ["81 a1 4161 01", "not a string"],
    ["81 a1 01 01", "not a string"],
    ["81 a1 c16161 01", "not a string"],
    ["81 bf 1b0020000000000001 f6 ff", "not a string"],
    ["81 e0", "CBOR simple value 0"],
    ["81 a1 6161 f8ff", "CBOR simple value 255"],
    [`81 c2 5881${"ff".repeat(129)}`, "more than 1024 bits"],
    [`81 ${"c1".repeat(63)} 01`, "deeper than 64"],
    [`81 ${"c1".repeat(40)} ${"81".repeat(30)} 01`, "deeper than 64"],
    ["81 9f c1 ff", "byte 0xff"],
    ["81 3f", "byte 0x3f"],
    ["81 df 01", "byte 0xdf"],
    ["81 5e", "byte 0x5e"],
    ["a0", "PUBLISH.Arguments: expected a list, got a dict"],
    ["6161", 'PUBLISH.Arguments: expected a list, got the string "a"'],
    ["81" + "81".repeat(63) + "01", "deeper than 64"],
    ["9f".repeat(64), "deeper than 64"],
    ["8101 01", "extra bytes: 1"],
  ])("rejects %s", (hex, expected) => {
    expect(() => withPayload(hex)).toThrow(ProtocolError);
    expect(() => withPayload(hex)).toThrow(expected);
  });

  it.each([
    ["80 820102", "PUBLISH.ArgumentsKw: expected a dict, got a list"],
    ["80 a1 01 01", "not a string"],
    ["80 a1 c101 01", "not a string"],
    ["01 a0", "PUBLISH.Arguments: expected a list, got number 1"],
  ])("rejects %s as arguments and keyword arguments", (hex, expected) => {
    expect(() => withPayload(hex, 6)).toThrow(expected);
  });

  it("counts each tag as a level of nesting", () => {
    expect(args(`81 ${"c1".repeat(61)} 01`)).toEqual([1]);
    for (const tags of [62, 100_000]) expect(() => args(`81 ${"c1".repeat(tags)} 01`)).toThrow("deeper than 64");
  });

  it("joins very many chunks without keeping them", () => {
    expect(args(`81 5f ${"40".repeat(90_000)} 4107 ff`)).toEqual([Uint8Array.of(7)]);
  });

  it("decodes frames after one with very many keys", () => {
    const many = Array.from(
      { length: 5000 },
      (_, index) => `64${toHex(new TextEncoder().encode(String(index + 1000)))}f5`,
    );
    const frame = `81 bf ${many.join("")} ff`;
    for (let time = 0; time < 2; time++) {
      expect(Object.keys(args(frame)?.[0] as object)).toHaveLength(5000);
      expect(args("81 a2 6161 01 6162 02")).toEqual([{ a: 1, b: 2 }]);
      expect(() => args("81 a2 6161 01 6161 02")).toThrow("twice");
    }
  });

  it("allows nesting up to the limit", () => {
    const nested = (levels: number) => `851001a06161${"81".repeat(levels - 1)}80`;
    expect(() => decode(nested(63))).not.toThrow();
    expect(() => decode(nested(64))).toThrow(new ProtocolError("message nests lists and dicts deeper than 64 levels"));
    expect(() => createCborCodec({ maxDepth: 2 }).decode(fromHex("851001a061618180"))).toThrow("deeper than 2");
  });

  it("keeps __proto__ an ordinary key", () => {
    const expected = [
      ["__proto__", { x: 1 }],
      ["y", { z: 2 }],
    ];
    for (const key of ["69 5f5f70726f746f5f5f", "7f 65 5f5f70726f 64 746f5f5f ff"]) {
      const [dict] = args(`81 a2 ${key} a1617801 6179 a1617a02`) as [object];
      expect(Object.entries(dict)).toEqual(expected);
      expect(Object.getPrototypeOf(dict)).toBe(Object.prototype);
      expect(encoded({ args: [dict] })).toBe("81a2695f5f70726f746f5f5fa16178016179a1617a02");
    }
  });

  it.each<[Payload, string]>([
    [
      { args: [0xffff_ffff, 2 ** 32, -(2 ** 32), -(2 ** 32) - 1] },
      "841affffffff1b00000001000000003affffffff3b0000000100000000",
    ],
    [
      { args: [2 ** 53, 5n, 2n ** 64n - 1n, -(2n ** 63n)] },
      "841b0020000000000000051bffffffffffffffff3b7fffffffffffffff",
    ],
    [{ args: [2n ** 64n, 1.5, NaN] }, "83c249010000000000000000fb3ff8000000000000fb7ff8000000000000"],
    [{ args: [undefined, null, -0, () => 1] }, "84f6f600f6"],
    [{ args: [Uint8Array.of(1), Buffer.from([2]), "\ud800"] }, "834101410263efbfbd"],
    [
      { args: [new Date(0), { a: undefined, b: 1, "\udfff": 2 }] },
      "827818313937302d30312d30315430303a30303a30302e3030305aa261620163efbfbd02",
    ],
    [{ kwargs: { a: [{}] } }, "80a1616181a0"],
  ])("encodes %o in the fewest bytes", (payload, hex) => {
    expect(encoded(payload)).toBe(hex);
  });

  it("carries an opaque payload as bytes or as a string (option enc_algo)", () => {
    const options = "a168656e635f616c676f64785f6161";
    const bytes = decode(`85 10 01 ${options} 6161 4201ff`) as Publish;
    expect(bytes.payload.opaque).toEqual(Uint8Array.of(1, 255));
    expect(toHex(cbor.encode(bytes))).toBe(`851001${options}61614201ff`);
    expect((decode(`85 10 01 ${options} 6161 626f6b`) as Publish).payload.opaque).toBe("ok");
    expect((decode(`85 10 01 ${options} 6161 5f41014102ff`) as Publish).payload.opaque).toEqual(Uint8Array.of(1, 2));
    expect(() => decode(`85 10 01 ${options} 6161 01`)).toThrow("PUBLISH.Arguments: expected a list");
  });
});
