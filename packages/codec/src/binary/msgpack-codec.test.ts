import { describe, expect, it } from "vitest";
import {
  EMPTY_PAYLOAD,
  type EncodedPayload,
  MessageType,
  ProtocolError,
  type Payload,
  type Publish,
} from "../index.js";
import { createMsgpackCodec, msgpack } from "./msgpack-codec.js";
import { fromHex } from "../vectors/message-vectors.js";

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const decode = (hex: string) => msgpack.decode(fromHex(hex.replaceAll(" ", "")));
const publish = { type: MessageType.PUBLISH, request: 1, options: {}, topic: "a" } as const;

/** PUBLISH 1 to "a" with these payload bytes. */
const withPayload = (hex: string, elements = 5): Publish => decode(`9${elements} 10 01 80 a161 ${hex}`) as Publish;
const args = (hex: string): readonly unknown[] | undefined => withPayload(hex).payload.args;
const encoded = (payload: Payload): string =>
  toHex(msgpack.encode({ ...publish, payload })).slice("95100180a161".length);

describe("MessagePack: ids and strings in the header", () => {
  it.each([
    ["93 11 cc01 cd0102", 1, 0x0102],
    ["93 cc11 01 ce01020304", 1, 0x01020304],
    ["93 11 01 cf 0020000000000000", 1, 2 ** 53],
    ["93 11 01 d3 001fffffffffffff", 1, 2 ** 53 - 1],
    ["93 d011 d10001 d200000002", 1, 2],
    ["93 cb4031000000000000 ca3f800000 cb4340000000000000", 1, 2 ** 53],
  ])("decodes %s", (hex, request, publication) => {
    expect(decode(hex)).toEqual({ type: MessageType.PUBLISHED, request, publication });
  });

  it.each([
    ["93 11 01 00", "PUBLISHED.Publication: expected an id (integer from 1 to 2^53), got number 0"],
    ["93 11 01 ff", "got number -1"],
    ["93 11 01 d0ff", "got number -1"],
    ["93 11 01 d3 ffffffffffffffff", "got number -1"],
    ["93 11 01 cf 0020000000000001", "got integer 9007199254740993"],
    ["93 11 01 cf ffffffffffffffff", "got integer 18446744073709551615"],
    ["93 11 01 cb 7ff8000000000000", "got number NaN"],
    ["93 11 01 cb 7ff0000000000000", "got number Infinity"],
    ["93 11 01 cb 3ff8000000000000", "got number 1.5"],
    ["93 11 01 a131", 'got the string "1"'],
    ["93 11 01 c40131", "got binary data (length 1)"],
    ["93 11 01 d60a01020304", "MessagePack extension of type 10"],
    ["93 11 01 c0", "got null"],
    ["93 11 01 91 01", "got a list"],
    ["93 11 01 81 a161 01", "got a dict"],
    ["93 11 01 c1", "unexpected byte 0xc1 in MessagePack"],
    ["92 11 01", "PUBLISHED: expected 3 elements, got 2"],
    ["94 11 01 01 01", "PUBLISHED: expected 3 elements, got 4"],
    ["93 ccff 01 01", "message type: expected a WAMP message code, got number 255"],
    ["93 a13401 01", "message type"],
    ["90", "message is an empty list"],
    ["80", "message: expected a list, got a dict"],
    ["01", "message: expected a list, got number 1"],
    ["", "ends in the middle"],
    ["93 11 01", "ends in the middle"],
    ["93 11 01 cd01", "ends in the middle"],
    ["93 11 01 01 c0", "extra bytes: 1"],
    ["ddffffffff 11", "PUBLISHED: expected 3 elements, got 4294967295"],
    ["94 20 01 80 dbffffffff 61", "ends in the middle"],
    ["94 20 01 80 c40161", "SUBSCRIBE.Topic: expected a string, got binary data (length 1)"],
    ["94 20 01 80 a1ff", "not valid UTF-8"],
    ["94 20 01 80 a3eda080", "not valid UTF-8"],
    ["94 20 01 90 a161", "SUBSCRIBE.Options: expected a dict, got an empty list"],
    ["94 20 01 8101c3 a161", "a key that is not a string"],
    ["94 20 01 82 a161 c3 a161 c3 a161", "twice"],
    ["94 20 01 81 a56d61746368 01 a161", "SUBSCRIBE.Options.match"],
  ])("rejects %s", (hex, expected) => {
    expect(() => decode(hex)).toThrow(ProtocolError);
    expect(() => decode(hex)).toThrow(expected);
  });

  it("decodes non-ASCII strings", () => {
    expect(decode("94 20 01 80 a6 c3bc62c3bc65")).toMatchObject({ topic: "übüe" });
  });

  it("encodes ids in the fewest bytes, and non-ASCII strings", () => {
    const published = (publication: number) =>
      toHex(msgpack.encode({ type: MessageType.PUBLISHED, request: 1, publication }));
    expect(published(127)).toBe("9311017f");
    expect(published(128)).toBe("931101cc80");
    expect(published(0x100)).toBe("931101cd0100");
    expect(published(0x1_0000)).toBe("931101ce00010000");
    expect(published(0x1_0000_0000)).toBe("931101cf0000000100000000");
    expect(published(2 ** 53)).toBe("931101cf0020000000000000");
    const subscribe = (topic: string) =>
      msgpack.encode({ type: MessageType.SUBSCRIBE, request: 1, options: {}, topic });
    expect(toHex(subscribe("abcü"))).toBe("94200180a5616263c3bc");
    for (const length of [31, 32, 255, 256, 65_535, 65_536])
      expect(msgpack.decode(subscribe("ü".repeat(length)))).toMatchObject({ topic: "ü".repeat(length) });
  });
});

describe("MessagePack: payload", () => {
  it("is spliced in its original bytes", () => {
    const message = withPayload("dc0001 cd0001 de0001 a16b d9026f6b".replaceAll(" ", ""), 6);
    expect(toHex((message.payload as EncodedPayload).bytes)).toBe("dc0001cd0001de0001a16bd9026f6b");
    expect(message.payload).toMatchObject({ args: [1], kwargs: { k: "ok" } });
    expect(
      toHex(
        msgpack.encode({
          type: MessageType.EVENT,
          subscription: 1,
          publication: 2,
          details: {},
          payload: message.payload,
        }),
      ),
    ).toBe("9624010280dc0001cd0001de0001a16bd9026f6b");
  });

  it("is dropped when empty (spec: Empty Arguments and Keyword Arguments)", () => {
    expect(withPayload("90").payload).toBe(EMPTY_PAYLOAD);
    expect(withPayload("dc0000 df00000000", 6).payload).toBe(EMPTY_PAYLOAD);
    expect(toHex(msgpack.encode(withPayload("9101 80", 6)))).toBe("95100180a1619101");
    expect(toHex(msgpack.encode(withPayload("90 81a16101", 6)))).toBe("96100180a1619081a16101");
  });

  it.each([
    ["91 cf 001fffffffffffff", [2 ** 53 - 1]],
    ["91 d3 ffe0000000000000", [-(2 ** 53)]],
    ["92 cf 0020000000000001 d3 8000000000000000", [2n ** 53n + 1n, -(2n ** 63n)]],
    ["92 cb 7ff8000000000000 ca ff800000", [NaN, -Infinity]],
    ["91 c403010203", [Uint8Array.of(1, 2, 3)]],
    ["91 c0", [null]],
    ["92 a3e282ac a4f09f9880", ["€", "😀"]],
  ])("decodes %s on first access", (hex, expected) => {
    expect(args(hex)).toEqual(expected);
  });

  it("decodes binary data to plain byte arrays, not to Buffers", () => {
    const frame = Buffer.from("95100180a16192c40161c4025a4a", "hex");
    const values = (msgpack.decode(frame) as Publish).payload.args as Uint8Array[];
    for (const value of values) expect(value.constructor).toBe(Uint8Array);
  });

  it.each([
    ["91", "ends in the middle"],
    ["ddffffffff", "ends in the middle"],
    ["91 dfffffffff", "ends in the middle"],
    ["91 c6ffffffff00", "ends in the middle"],
    ["91 c1", "byte 0xc1"],
    ["91 a2c328", "not valid UTF-8"],
    [`91 d922 ${"61".repeat(32)} c328`, "not valid UTF-8"],
    ["91 82 a161 01 a161 02", "twice"],
    ["91 82 a161 01 d90161 02", "twice"],
    ["91 81 01 a161", "not a string"],
    ["91 81 ff a161", "not a string"],
    ["91 81 cf 0020000000000001 c0", "not a string"],
    ["91 d6ff 5a4af6a5", "MessagePack extension of type -1"],
    ["91 81 a161 d40100", "MessagePack extension of type 1"],
    ["91 c70572 0102030405", "MessagePack extension of type 114"],
    ["91 c70000", "MessagePack extension of type 0"],
    ["91 81 c0 01", "not a string"],
    ["91 81 cb3ff0000000000000 01", "not a string"],
    ["80", "PUBLISH.Arguments: expected a list, got a dict"],
    ["a161", 'PUBLISH.Arguments: expected a list, got the string "a"'],
    ["91" + "91".repeat(63) + "01", "deeper than 64"],
    ["9101 01", "extra bytes: 1"],
  ])("rejects %s", (hex, expected) => {
    expect(() => withPayload(hex)).toThrow(ProtocolError);
    expect(() => withPayload(hex)).toThrow(expected);
  });

  it.each([
    ["90 920102", "PUBLISH.ArgumentsKw: expected a dict, got a list"],
    ["90 81 01 01", "not a string"],
    ["01 80", "PUBLISH.Arguments: expected a list, got number 1"],
  ])("rejects %s as arguments and keyword arguments", (hex, expected) => {
    expect(() => withPayload(hex, 6)).toThrow(expected);
  });

  it("allows nesting up to the limit", () => {
    const nested = (levels: number) => `95100180a161${"91".repeat(levels - 1)}90`;
    expect(() => decode(nested(63))).not.toThrow();
    expect(() => decode(nested(64))).toThrow(new ProtocolError("message nests lists and dicts deeper than 64 levels"));
    const shallow = createMsgpackCodec({ maxDepth: 2 });
    expect(() => shallow.decode(fromHex("95100180a1619101"))).not.toThrow();
    expect(() => shallow.decode(fromHex("95100180a1619190"))).toThrow("deeper than 2");
  });

  it("keeps __proto__ an ordinary key", () => {
    const [dict] = args("91 82 a95f5f70726f746f5f5f 81a17801 a179 81a17a02") as [object];
    expect(Object.entries(dict)).toEqual([
      ["__proto__", { x: 1 }],
      ["y", { z: 2 }],
    ]);
    expect(Object.getPrototypeOf(dict)).toBe(Object.prototype);
    expect(encoded({ args: [dict] })).toBe("9182a95f5f70726f746f5f5f81a17801a17981a17a02");
  });

  it("finds a duplicate key among many", () => {
    const keys = Array.from(
      { length: 100 },
      (_, index) => `a3${toHex(new TextEncoder().encode(String(index + 100)))}01`,
    );
    expect(args(`91 de0064 ${keys.join("")}`)).toHaveLength(1);
    expect(() => args(`91 de0065 ${keys.join("")} a331393901`)).toThrow("twice");
  });

  it.each<[Payload, string]>([
    [
      { args: [0xffff_ffff, 2 ** 32, -(2 ** 31), -(2 ** 31) - 1] },
      "94ceffffffffcf0000000100000000d280000000d3ffffffff7fffffff",
    ],
    [
      { args: [2 ** 53, 5n, 2n ** 64n - 1n, -(2n ** 63n)] },
      "94cf002000000000000005cfffffffffffffffffd38000000000000000",
    ],
    [{ args: [2n ** 64n, 1.5, NaN] }, "93cb43f0000000000000cb3ff8000000000000cb7ff8000000000000"],
    [{ args: [undefined, null, -0, () => 1] }, "94c0c000c0"],
    [{ args: [Uint8Array.of(1), Buffer.from([2]), "\ud800"] }, "93c40101c40102a3efbfbd"],
    [
      { args: [new Date(0), { a: undefined, b: 1, "\udfff": 2 }] },
      "92b8313937302d30312d30315430303a30303a30302e3030305a82a16201a3efbfbd02",
    ],
    [{ kwargs: { a: [{}] } }, "9081a1619180"],
  ])("encodes %o in the fewest bytes", (payload, hex) => {
    expect(encoded(payload)).toBe(hex);
  });

  it("rejects a value that contains itself", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => encoded({ args: cycle })).toThrow(TypeError);
  });

  it("carries an opaque payload as bytes or as a string (option enc_algo)", () => {
    const options = "81 a8656e635f616c676f a4785f6161".replaceAll(" ", "");
    const bytes = decode(`95 10 01 ${options} a161 c40201ff`) as Publish;
    expect(bytes.payload.opaque).toEqual(Uint8Array.of(1, 255));
    expect(toHex(msgpack.encode(bytes))).toBe(`951001${options}a161c40201ff`);
    expect((decode(`95 10 01 ${options} a161 a26f6b`) as Publish).payload.opaque).toBe("ok");
    expect(() => decode(`95 10 01 ${options} a161 01`)).toThrow("PUBLISH.Arguments: expected a list");
    expect(() => decode(`96 10 01 ${options} a161 c40101 80`)).toThrow("PUBLISH.Arguments: expected a list");
    expect(encoded({ opaque: Uint8Array.of(7) })).toBe("c40107");
  });
});

describe("MessagePack: limits", () => {
  it("rejects frames longer than maxBytes", () => {
    expect(() => createMsgpackCodec({ maxBytes: 3 }).decode(fromHex("93110101"))).toThrow(
      "frame has 4 bytes, the limit is 3",
    );
  });

  it("allocates no memory that a frame merely announces", () => {
    for (const head of ["dd7fffffff", "91df7fffffff", "91db7fffffff", "91c67fffffff", "91c97fffffff"])
      expect(() => withPayload(head)).toThrow("ends in the middle");
  });

  it("encodes frames that do not fit into the shared slab", () => {
    const text = "x".repeat(20_000);
    const frame = msgpack.encode({ ...publish, payload: { args: [text] } });
    expect((msgpack.decode(frame) as Publish).payload.args).toEqual([text]);
    expect(toHex(msgpack.encode(msgpack.decode(frame)))).toBe(toHex(frame));
  });
});
