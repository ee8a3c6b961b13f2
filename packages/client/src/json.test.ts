import { ProtocolError, type Message } from "@kreuz/codec";
import { json as codec } from "@kreuz/codec/json";
import { SAMPLE_MESSAGES } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { json } from "./json.js";

const decode = json.decode as (text: string) => Message;
const utf8 = { encode: new TextEncoder(), decode: new TextDecoder() };

describe("the JSON of the client", () => {
  it.each(
    SAMPLE_MESSAGES.map((message) => [message.type, message] as const).filter(
      ([type]) => ![35, 67, 337].includes(type),
    ),
  )("exchanges messages of type %i with the codec of the router", (_type, message) => {
    const fromClient = codec.decode(utf8.encode.encode(json.encode(message) as string));
    const fromRouter = decode(utf8.decode.decode(codec.encode(message)));
    for (const received of [fromClient, fromRouter]) {
      const { payload, ...fields } = received as Message & { payload?: { args?: unknown; kwargs?: unknown } };
      const { payload: sent, ...expected } = message as typeof received & { payload?: typeof payload };
      expect(fields).toEqual(expected);
      expect(payload?.args ?? []).toEqual(sent?.args ?? []);
      expect(payload?.kwargs ?? {}).toEqual(sent?.kwargs ?? {});
    }
  });

  it("carries binary values, Buffers as well", () => {
    const message = { type: 16, request: 1, options: {}, topic: "a.b" } as const;
    for (const bytes of [Uint8Array.of(0, 1, 255), Buffer.from([0, 1, 255])]) {
      const text = json.encode({ ...message, payload: { args: [bytes], kwargs: { bytes } } }) as string;
      const { payload } = decode(text) as Message & { payload: { args: unknown[]; kwargs: Record<string, unknown> } };
      expect([payload.args[0], payload.kwargs["bytes"]]).toEqual([Uint8Array.of(0, 1, 255), Uint8Array.of(0, 1, 255)]);
    }
    expect(decode('[36,1,2,{},["\\u0000!"]]')).toMatchObject({ payload: { args: ["\0!"] } });
  });

  it.each([
    "",
    "{}",
    "[]",
    "null",
    "[1]",
    '["1",1,{}]',
    '[50,"1",{}]',
    "[50,1,[]]",
    "[36,1,2,{},1]",
    "[36,1,2,{},[],[]]",
    "[3,{},1]",
  ])("refuses %s", (text) => {
    expect(() => decode(text)).toThrow(ProtocolError);
  });
});
