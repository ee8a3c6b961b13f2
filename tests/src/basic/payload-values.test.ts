import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import type { WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  argsOf,
  callerAndCallee,
  CODECS,
  createTestRouter,
  expectAlive,
  expectAbort,
  expectError,
  PROCEDURE,
  sendText,
  textOf,
  TOPIC,
} from "../support/index.js";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
/** A string of less than 24 bytes, which both binary formats write alike but for the head. */
const text = (format: string, value: string): string =>
  ((format === "cbor" ? 0x60 : 0xa0) + value.length).toString(16) + Buffer.from(value).toString("hex");

/** Arguments with one value that WAMP does not have. */
const OUTSIDE: ReadonlyArray<readonly [what: string, format: "msgpack" | "cbor", args: string]> = [
  ["a MessagePack timestamp", "msgpack", "91 d6ff 5a4af6a5"],
  ["a MessagePack extension in a dict", "msgpack", "91 81 a161 c70572 0102030405"],
  ["a MessagePack key that is an integer", "msgpack", "91 81 01 a161"],
  ["a CBOR simple value", "cbor", "81 e0"],
  ["a CBOR key that is an integer", "cbor", "81 a1 01 6161"],
  ["a CBOR key with a tag", "cbor", "81 a1 c1 6161 01"],
  ["a CBOR key that is binary", "cbor", "81 a1 4161 01"],
  ["a CBOR integer of more than 1024 bits", "cbor", `81 c2 5881 ${"ff".repeat(129)}`],
];

/** Sends a message with these header elements, in hexadecimal digits, and arguments. */
function sendRaw(client: WireSession, format: "msgpack" | "cbor", header: readonly string[], args: string): void {
  const list = ((format === "cbor" ? 0x80 : 0x90) + header.length + 1).toString(16);
  client.sendFrame(hex(`${list} ${header.join("")} ${args}`));
}

const code = (format: string, type: number): string => (format === "cbor" && type > 23 ? "18" : "") + type.toString(16);
const none = (format: string): string => (format === "cbor" ? "a0" : "80");

describe("Payloads: values that WAMP does not have are refused to their sender", () => {
  it.each(OUTSIDE)("CALL with %s: ERROR invalid_payload, and the callee hears nothing", async (_what, format, args) => {
    const { caller, callee } = await callerAndCallee(format === "cbor" ? cbor : msgpack);
    sendRaw(caller, format, [code(format, M.CALL), "01", none(format), text(format, PROCEDURE)], args);
    await expectError(caller, M.CALL, 1, ErrorUri.INVALID_PAYLOAD);
    await callee.expectNothing();
    await expectAlive(caller);
  });

  it.each(OUTSIDE)("PUBLISH with %s: ERROR if it is acknowledged, else ABORT", async (_what, format, args) => {
    const router = await createTestRouter();
    const codec = format === "cbor" ? cbor : msgpack;
    const [publisher, subscriber] = [await router.join({ codec }), await router.join()];
    await subscriber.subscribe(TOPIC);
    const acknowledge = `${format === "cbor" ? "a1" : "81"} ${text(format, "acknowledge")} ${format === "cbor" ? "f5" : "c3"}`;
    sendRaw(publisher, format, [code(format, M.PUBLISH), "01", acknowledge, text(format, TOPIC)], args);
    await expectError(publisher, M.PUBLISH, 1, ErrorUri.INVALID_PAYLOAD);
    sendRaw(publisher, format, [code(format, M.PUBLISH), "02", none(format), text(format, TOPIC)], args);
    await expectAbort(publisher, ErrorUri.INVALID_PAYLOAD);
    await subscriber.expectNothing();
  });

  it.each(OUTSIDE)("YIELD with %s: ERROR to the callee and to the caller", async (_what, format, args) => {
    const { caller, callee } = await callerAndCallee(json, format === "cbor" ? cbor : msgpack);
    const request = caller.sendCall(PROCEDURE);
    await callee.expect(M.INVOCATION);
    sendRaw(callee, format, [code(format, M.YIELD), "01", none(format)], args);
    await expectError(callee, M.YIELD, 1, ErrorUri.INVALID_PAYLOAD);
    await expectError(caller, M.CALL, request, ErrorUri.INVALID_PAYLOAD);
    await expectAlive(callee);
  });

  it("ERROR with such a value: ABORT, and the caller learns that the callee left", async () => {
    const { caller, callee } = await callerAndCallee(json, msgpack);
    const request = caller.sendCall(PROCEDURE);
    await callee.expect(M.INVOCATION);
    sendRaw(callee, "msgpack", ["08", "44", "01", "80", text("msgpack", "a.b")], "91 d40100");
    await expectAbort(callee, ErrorUri.INVALID_PAYLOAD);
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
  });

  it("further arguments of a call: ERROR, and the callee is interrupted", async () => {
    const { caller, callee } = await callerAndCallee();
    sendText(caller, `[48,1,{"progress":true},"${PROCEDURE}",[1]]`);
    await callee.expect(M.INVOCATION);
    sendText(caller, `[48,1,{"progress":true},"${PROCEDURE}",[{"\\ud800":1}]]`);
    await expectError(caller, M.CALL, 1, ErrorUri.INVALID_PAYLOAD);
    await callee.expect(M.INTERRUPT);
    await expectAlive(caller);
  });

  it("JSON keys that are not Unicode: ERROR, and no subscriber gets one of two", async () => {
    const { caller } = await callerAndCallee(json, cbor);
    sendText(caller, `[48,1,{},"${PROCEDURE}",[{"\\ud800":1,"\\ud801":2}]]`);
    await expectError(caller, M.CALL, 1, ErrorUri.INVALID_PAYLOAD);
  });
});

/** Integers that a number cannot hold, in each format. */
const INTEGERS: ReadonlyArray<readonly [value: bigint, msgpack: string, cbor: string]> = [
  [1764078000123456789n, "cf 187b43983970ad15", "1b 187b43983970ad15"],
  [9223372036854775807n, "cf 7fffffffffffffff", "1b 7fffffffffffffff"],
  [18446744073709551615n, "cf ffffffffffffffff", "1b ffffffffffffffff"],
  [-9223372036854775808n, "d3 8000000000000000", "3b 7fffffffffffffff"],
  [-9007199254740993n, "d3 ffdfffffffffffff", "3b 0020000000000000"],
];

describe("Payloads: integers of 64 bits stay exact", () => {
  const written = (value: bigint, packed: string, concise: string): Record<string, Buffer> => ({
    json: Buffer.from(String(value)),
    msgpack: hex(packed),
    cbor: hex(concise),
  });

  describe.each(CODECS)("from %s", (from, sender) => {
    it.each(CODECS)("to %s, as an event and as a retained one", async (to, receiver) => {
      const router = await createTestRouter();
      const [publisher, subscriber] = [await router.join({ codec: sender }), await router.join({ codec: receiver })];
      await subscriber.subscribe(TOPIC);
      for (const integer of INTEGERS) {
        const forms = written(...integer);
        const value = from === "json" ? forms["json"] : forms[from];
        const list =
          from === "json" ? [Buffer.from("["), value, Buffer.from("]")] : [hex(from === "cbor" ? "81" : "91"), value];
        const payload = sender.encodePayload({ args: [0] });
        const bytes = Buffer.concat(list as Buffer[]);
        const publish = {
          type: M.PUBLISH,
          request: publisher.nextRequest(),
          options: { retain: true },
          topic: TOPIC,
        } as const;
        const whole = Buffer.from(sender.encode({ ...publish, payload: payload ?? {} }));
        const head = whole.subarray(0, whole.length - (payload?.bytes.length ?? 0) - (from === "json" ? 1 : 0));
        publisher.sendFrame(Buffer.concat([head, bytes, from === "json" ? Buffer.from("]") : Buffer.alloc(0)]));
        const event = await subscriber.expect(M.EVENT);
        expect(argsOf(event)).toEqual([integer[0]]);
        expect(Buffer.from(subscriber.frames.at(-1) ?? []).includes(forms[to] as Buffer)).toBe(true);
        const late = await router.join({ codec: receiver });
        await late.subscribe(TOPIC, { get_retained: true });
        expect(argsOf(await late.expect(M.EVENT))).toEqual([integer[0]]);
      }
    });
  });

  it("big integers of CBOR arrive as numbers where they fit into 64 bits, and with all digits in JSON", async () => {
    const { caller, callee } = await callerAndCallee(cbor, json);
    const send = (args: string) => sendRaw(caller, "cbor", ["1830", "01", "a0", text("cbor", PROCEDURE)], args);
    send("84 c24105 c34105 c248ffffffffffffffff c249010000000000000000");
    await callee.expect(M.INVOCATION);
    expect(textOf(callee.frames.at(-1))).toContain("[5,-6,18446744073709551615,18446744073709551616]");
  });

  it("every subscriber of one event gets the same value", async () => {
    const router = await createTestRouter();
    const publisher = await router.join();
    const subscribers = await Promise.all(CODECS.map(([, codec]) => router.join({ codec })));
    for (const subscriber of subscribers) await subscriber.subscribe(TOPIC);
    sendText(publisher, `[16,1,{},"${TOPIC}",[9007199254740993,-9007199254740993,1.5,"\\u0000AQ=="]]`);
    for (const subscriber of subscribers)
      expect(argsOf(await subscriber.expect(M.EVENT))).toEqual([
        9007199254740993n,
        -9007199254740993n,
        1.5,
        Uint8Array.of(1),
      ]);
  });
});
