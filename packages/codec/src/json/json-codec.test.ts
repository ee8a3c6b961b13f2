import { describe, expect, it } from "vitest";
import { createJsonCodec, json } from "./json-codec.js";
import {
  EMPTY_PAYLOAD,
  type EncodedPayload,
  MessageType,
  PayloadError,
  ProtocolError,
  type Publish,
} from "../index.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (frame: Uint8Array): string => new TextDecoder().decode(frame);
const MILLION = 1_000_000;
const decode = (message: string) => json.decode(bytes(message));

describe("JSON: decode", () => {
  it("returns a typed message and leaves the payload in its bytes (spec: Structure)", () => {
    const message = decode('[16, 1, {"acknowledge": true}, "com.a", [1, "ü"], {"k": {"x": [true]}}] ') as Publish;
    expect(message).toMatchObject({
      type: MessageType.PUBLISH,
      request: 1,
      options: { acknowledge: true },
      topic: "com.a",
    });
    expect(text((message.payload as EncodedPayload).bytes)).toBe('[1, "ü"], {"k": {"x": [true]}}');
    expect(message.payload.args).toEqual([1, "ü"]);
    expect(message.payload.kwargs).toEqual({ k: { x: [true] } });
  });

  it("finds the payload after a non-ASCII header", () => {
    const message = decode('[16,1,{"_büß":"é"},"com.ü",["x"]]') as Publish;
    expect(text((message.payload as EncodedPayload).bytes)).toBe('["x"]');
  });

  it("drops trailing empty arguments (spec: Empty Arguments and Keyword Arguments)", () => {
    expect((decode('[16,1,{},"com.a",[],{}]') as Publish).payload).toBe(EMPTY_PAYLOAD);
    expect((decode('[16,1,{},"com.a",[]]') as Publish).payload).toBe(EMPTY_PAYLOAD);
    const message = decode('[16,1,{"_ü":1},"com.a",["ü"] , {}]');
    expect(text(json.encode(message))).toBe('[16,1,{"_ü":1},"com.a",["ü"]]');
  });

  it("decodes binary strings on first access (spec: Binary support in JSON)", () => {
    const message = decode('[16,1,{},"com.a",["\\u0000EOP/kFMHXFJvX8BtT+N82w==", "\\u0000!"]]') as Publish;
    expect(message.payload.args?.[0]).toEqual(Uint8Array.from(Buffer.from("10e3ff9053075c526f5fc06d4fe37cdb", "hex")));
    expect(message.payload.args?.[1]).toBe("\0!");
  });

  it.each([
    ['{"a":1}', "message: expected a list"],
    ["[]", "empty list"],
    ["[999]", "message type"],
    ['["48"]', "message type"],
    ["[48,1,{}]", "CALL: expected 4 to 6 elements, got 3"],
    ['[48,"1",{},"a.b"]', 'CALL.Request: expected an id (integer from 1 to 2^53), got the string "1"'],
    ['[48,0,{},"a.b"]', "CALL.Request"],
    ['[48,1.5,{},"a.b"]', "CALL.Request"],
    ['[48,9007199254740994,{},"a.b"]', "CALL.Request"],
    ['[48,1,[],"a.b"]', "CALL.Options: expected a dict, got an empty list"],
    ["[48,1,{},7]", "CALL.Procedure: expected a string, got number 7"],
    ['[48,1,{},"a.b",{}]', "CALL.Arguments: expected a list, got a dict"],

    ['[48,1,{},"a.b",1,{}]', "CALL.Arguments: expected a list, got number 1"],
    ['[48,1,{},"a.b",[],[]]', "CALL.ArgumentsKw: expected a dict, got an empty list"],
    ['[48,1,{"a":1,"a":2},"a.b"]', "twice"],
    ['[48,1,{},"a.b",[{"x":{"y":1,"y":1}}]]', "twice"],
    ['[48,1,{},"a.b",[NaN]]', "not valid JSON"],
    ['[48,1,{},"a.b",[1]', "not valid JSON"],
    ['[48,1,{},"a.b",[1]]]', "not valid JSON"],
    ['[48,1,{},"a.b","text"]', "CALL.Arguments"],
    ['[1,"realm1",{}]', "HELLO.Details.roles"],
    ['[1,"realm1",{"roles":{}}]', "at least one role"],
    ['[1,"realm1",{"roles":{"caller":true}}]', "HELLO.Details.roles.caller"],
    ['[8,1,1,{},"a.b"]', "ERROR.REQUEST.Type"],
    [`[48,1,{},"a.b",[${"[".repeat(100)}${"]".repeat(100)}]]`, "deeper than 64"],
  ])("rejects %s", (frame, expected) => {
    expect(() => decode(frame)).toThrow(ProtocolError);
    expect(() => decode(frame)).toThrow(expected);
  });

  it.each([
    ['[48,1,{},"a.b",[{"a":1,"\\u0061":2}]]', "twice"],
    ['[48,1,{"":1,"":2},"a.b"]', "twice"],
    ['[48,1,{},"a.b",[],{"__proto__":1,"__proto__":2}]', "twice"],
    ['\ufeff[48,1,{},"a.b"]', "not valid JSON"],
    ['[48,1,{},"a.b",["\u0001"]]', "not valid JSON"],
    ['[48,1,{},"a.b",["\t"]]', "not valid JSON"],
    ['[48,1,{},"a.b",["\\x"]]', "not valid JSON"],
    ['[48,1,{},"a.b",[01]]', "not valid JSON"],
    ['[48,1,{},"a.b",[+1]]', "not valid JSON"],
    ['[48,1,{},"a.b",[1,]]', "not valid JSON"],
    ['[48,1,{},"a.b",[-]]', "not valid JSON"],
    ["[48,1,{},'a.b']", "not valid JSON"],
    ['[48,1,{},"a.b', "not valid JSON"],
    ['"', "not valid JSON"],
    ["", "not valid JSON"],
    ['[48,1,{},"a.b"]\u00a0', "not valid JSON"],
    ['[48,1,{},"a.b"][]', "not valid JSON"],
    ["]".repeat(10), "not valid JSON"],
    ['[48,-0,{},"a.b"]', "CALL.Request"],
    ['[48,1e400,{},"a.b"]', "got number Infinity"],
    ['[48,1,{"timeout":1e400},"a.b"]', "CALL.Options.timeout"],
    ['[48,1,{"timeout":-1},"a.b"]', "CALL.Options.timeout"],
    ["[" + "[".repeat(100_000), "deeper than 64"],
    ["null", "message: expected a list, got null"],
  ])("rejects %j", (frame, expected) => {
    expect(() => decode(frame)).toThrow(ProtocolError);
    expect(() => decode(frame)).toThrow(expected);
  });

  it.each([
    ["[17,1e0,20e-1]", 1, 2],
    ["[17.0,1,9007199254740992]", 1, 2 ** 53],
    ["[17,1,9007199254740992.0]", 1, 2 ** 53],
  ])("accepts an integer in any notation: %s", (frame, request, publication) => {
    expect(decode(frame)).toMatchObject({ request, publication });
  });

  it("forwards numbers that JavaScript cannot hold unchanged", () => {
    const message = decode('[16,1,{},"com.a",[1e400,-0,9007199254740993]]') as Publish;
    expect(text(json.encode(message))).toBe('[16,1,{},"com.a",[1e400,-0,9007199254740993]]');
    expect(message.payload.args).toEqual([Infinity, -0, 2n ** 53n + 1n]);
    expect(text(json.encode({ ...message, payload: { args: message.payload.args } }))).toBe(
      '[16,1,{},"com.a",[null,0,9007199254740993]]',
    );
  });

  it.each([
    [
      '[48,9007199254740993,{},"a.b"]',
      "CALL.Request: expected an id (integer from 1 to 2^53), got integer 9007199254740993",
    ],
    ['[48,9007199254740993,{"ü":1},"a.b"]', "got integer 9007199254740993"],
    ['[48,9007199254740992.4,{},"a.b"]', "number 9007199254740992.4 in the header cannot be read exactly"],
    ['[48,9007199254740993e0,{},"a.b"]', "cannot be read exactly"],
    ['[48,1.00000000000000000001,{},"a.b"]', "cannot be read exactly"],
    ['[48,18446744073709551616,{},"a.b"]', "got integer 18446744073709551616"],
    ['[16,1,{"exclude":[9007199254740993]},"a.b"]', "PUBLISH.Options.exclude"],
    ['[16,1,{"ü":0,"exclude":[9007199254740993]},"a.b"]', "PUBLISH.Options.exclude"],
  ])("does not round the id in %s", (frame, expected) => {
    expect(() => decode(frame)).toThrow(ProtocolError);
    expect(() => decode(frame)).toThrow(expected);
  });

  it("reads ids up to 2^53", () => {
    for (const id of [2 ** 53, 2 ** 53 - 1, 10 ** 15, 1_234_567_890_123_456])
      for (const options of ["{}", '{"ü":1}', `{"exclude":[${id}]}`])
        expect(decode(`[48,${id},${options},"a.b"]`)).toMatchObject({ request: id });
  });

  it.each([
    ['[16,1,{},"a.b",[{"\\ud800":1,"\\ud801":2}]]', true],
    ['[16,1,{},"a.b",[],{"\\uDFFFx":1}]', true],
    ['[16,1,{"\\ud800":1},"a.b"]', false],
  ])("refuses keys that are not Unicode: %s", (frame, isPayload) => {
    let error: unknown;
    try {
      decode(frame);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(PayloadError);
    expect(String(error)).toContain("not Unicode");
    expect((error as PayloadError).refused?.type).toBe(isPayload ? MessageType.PUBLISH : undefined);
    expect(() => decode('[16,1,{},"a.b",[{"\\ud83d\\ude00":1}]]')).not.toThrow();
  });

  it("keeps lone surrogates", () => {
    const message = decode('[16,1,{},"com.a",["\\ud800","\\udc00\\ud800"]]') as Publish;
    expect(message.payload.args).toEqual(["\ud800", "\udc00\ud800"]);
    expect(text(json.encode({ ...message, payload: { args: message.payload.args } }))).toBe(
      '[16,1,{},"com.a",["\\ud800","\\udc00\\ud800"]]',
    );
  });

  it("decodes very many lists and keys", () => {
    const codec = createJsonCodec({ maxValues: MILLION });
    const decodeMany = (message: string) => codec.decode(bytes(message));
    const lists = `[16,1,{},"com.a",[${"[],".repeat(MILLION - 10)}[]],{}]`;
    expect((decodeMany(lists) as Publish).payload.args).toHaveLength(MILLION - 9);
    const keys = Array.from({ length: 100_000 }, (_, index) => `"k${index}":${index}`).join();
    expect(Object.keys((decodeMany(`[16,1,{},"com.a",[],{${keys}}]`) as Publish).payload.kwargs ?? {})).toHaveLength(
      100_000,
    );
    expect(() => decodeMany(`[16,1,{},"com.a",[],{${keys},"k99":1}]`)).toThrow("twice");
  });

  it("rejects frames longer than maxBytes", () => {
    expect(() => createJsonCodec({ maxBytes: 9 }).decode(bytes("[17,1,1]  "))).toThrow(
      new ProtocolError("frame has 10 bytes, the limit is 9"),
    );
  });

  it("rejects invalid UTF-8", () => {
    expect(() => json.decode(Uint8Array.of(0x5b, 0xff, 0x5d))).toThrow(new ProtocolError("message is not valid UTF-8"));
  });

  it("keeps __proto__ an ordinary key", () => {
    const message = decode(
      '[16,1,{"__proto__":{"acknowledge":true}},"com.a",[],{"__proto__":{"x":"\\u0000AA=="}}]',
    ) as Publish;
    expect(message.options.acknowledge).toBeUndefined();
    expect(Object.keys(message.payload.kwargs ?? {})).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });
});

describe("JSON: encode", () => {
  it("splices the original bytes of a JSON payload", () => {
    const call = decode('[48,7,{},"com.a",[ 1,2 ], {"a": "ü"}]');
    expect(text(json.encode(call))).toBe('[48,7,{},"com.a",[ 1,2 ], {"a": "ü"}]');
  });

  const publish = { type: MessageType.PUBLISH, request: 1, options: {}, topic: "com.a" } as const;

  it("omits empty elements and writes bytes as binary strings", () => {
    expect(text(json.encode({ ...publish, payload: { args: [], kwargs: {} } }))).toBe('[16,1,{},"com.a"]');
    expect(text(json.encode({ ...publish, payload: { kwargs: { b: Uint8Array.of(1), n: 5n } } }))).toBe(
      '[16,1,{},"com.a",[],{"b":"\\u0000AQ==","n":5}]',
    );
  });

  it("writes a Buffer as bytes in spite of its toJSON", () => {
    const payload = { args: [Buffer.from([1]), new Date(0), { toJSON: () => Uint8Array.of(1) }] };
    expect(text(json.encode({ ...publish, payload }))).toBe(
      '[16,1,{},"com.a",["\\u0000AQ==","1970-01-01T00:00:00.000Z","\\u0000AQ=="]]',
    );
  });
});
