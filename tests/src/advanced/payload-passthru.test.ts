// Spec: advanced/payload_passthru_mode.md
import { ErrorUri, MessageType as M, type CallOptions, type Codec, type Payload } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  argsOf,
  createTestRouter,
  expectAbort,
  expectAlive,
  expectError,
  expectNoTrace,
  type JoinOptions,
  PROCEDURE,
  rolesWith,
  rolesWithout,
  TOPIC,
} from "../support/index.js";

const PPT = {
  ppt_scheme: "wamp",
  ppt_serializer: "cbor",
  ppt_cipher: "xsalsa20poly1305",
  ppt_keyid: "GTtQ37XGJO2O4R8D",
};
const SEALED: Payload = { args: [Uint8Array.of(0, 1, 2, 250, 255)] };

async function setUp(callerOptions: JoinOptions = {}, calleeOptions: JoinOptions = {}) {
  const router = await createTestRouter();
  const [caller, callee] = [await router.join(callerOptions), await router.join(calleeOptions)];
  await callee.register(PROCEDURE);
  return { router, caller, callee };
}

describe("Payload Passthru Mode: attributes are forwarded", () => {
  it("CALL to INVOCATION, YIELD to RESULT", async () => {
    const { caller, callee } = await setUp();
    caller.sendCall(PROCEDURE, SEALED, PPT);
    const { request, details, payload } = await callee.expect(M.INVOCATION);
    expect([details, payload.args]).toEqual([PPT, SEALED.args]);
    const answer = { ...PPT, ppt_keyid: "another" };
    callee.yield(request, SEALED, answer);
    const result = await caller.expect(M.RESULT);
    expect([result.details, result.payload.args]).toEqual([answer, SEALED.args]);
  });

  it("ERROR to ERROR", async () => {
    const { caller, callee } = await setUp();
    caller.sendCall(PROCEDURE, SEALED, PPT);
    callee.fail((await callee.expect(M.INVOCATION)).request, "com.myapp.invalid_revenue_year", SEALED, PPT);
    const { error, details, payload } = await caller.expect(M.ERROR);
    expect([error, details, payload.args]).toEqual(["com.myapp.invalid_revenue_year", PPT, SEALED.args]);
  });

  it("PUBLISH to EVENT, for exact and pattern subscriptions, now and when retained", async () => {
    const { caller: publisher, callee: subscriber } = await setUp();
    await subscriber.subscribe(TOPIC);
    await subscriber.subscribe("com", { match: "prefix" });
    publisher.publish(TOPIC, SEALED, { ...PPT, retain: true });
    const [exact, prefix] = [await subscriber.expect(M.EVENT), await subscriber.expect(M.EVENT)];
    expect([exact.details, argsOf(exact)]).toEqual([PPT, SEALED.args]);
    expect([prefix.details, argsOf(prefix)]).toEqual([{ ...PPT, topic: TOPIC }, SEALED.args]);
    await publisher.subscribe("com.example", { match: "prefix", get_retained: true });
    await publisher.expectNothing();
    const { details } = await retainedEvent(subscriber);
    expect(details).toEqual({ ...PPT, retained: true });
  });

  it("in every part of progressive calls and results", async () => {
    const { caller, callee } = await setUp();
    const request = caller.sendCall(PROCEDURE, SEALED, { ...PPT, progress: true, receive_progress: true });
    const first = await callee.expect(M.INVOCATION);
    expect(first.details).toEqual({ ...PPT, progress: true, receive_progress: true });
    caller.send({ type: M.CALL, request, options: {}, procedure: PROCEDURE, payload: SEALED });
    expect((await callee.expect(M.INVOCATION)).details).toEqual({ ...PPT, receive_progress: true });
    callee.yield(first.request, SEALED, { ...PPT, progress: true });
    expect((await caller.expect(M.RESULT)).details).toEqual({ ...PPT, progress: true });
    callee.yield(first.request, SEALED, PPT);
    expect((await caller.expect(M.RESULT)).details).toEqual(PPT);
  });

  it.each([
    ["mqtt without serializer", { ppt_scheme: "mqtt" }],
    ["mqtt, native", { ppt_scheme: "mqtt", ppt_serializer: "native" }],
    [
      "a custom scheme",
      { ppt_scheme: "x_my_ppt", ppt_serializer: "custom", ppt_cipher: "custom", ppt_keyid: "custom" },
    ],
    ["values that nobody knows: the router does not inspect them", { ppt_scheme: "no such", ppt_cipher: "rot13" }],
  ] satisfies Array<[string, CallOptions]>)("%s", async (_what, options) => {
    const { caller, callee } = await setUp();
    caller.sendCall(PROCEDURE, SEALED, options);
    expect((await callee.expect(M.INVOCATION)).details).toEqual(options);
  });

  it("between any two serializers, including binary strings in JSON", async () => {
    const codecs: readonly Codec[] = [json, msgpack, cbor];
    for (const one of codecs)
      for (const other of codecs) {
        const { caller, callee } = await setUp({ codec: one }, { codec: other });
        caller.sendCall(PROCEDURE, SEALED, PPT);
        const { request, payload } = await callee.expect(M.INVOCATION);
        expect([one.id, other.id, payload.args]).toEqual([one.id, other.id, SEALED.args]);
        callee.yield(request, payload, PPT);
        expect(argsOf(await caller.expect(M.RESULT))).toEqual(SEALED.args);
      }
  });

  it("an attribute of the wrong type is a protocol violation", async () => {
    const { caller } = await setUp();
    caller.sendCall(PROCEDURE, SEALED, { ppt_scheme: 1 } as unknown as CallOptions);
    await expectAbort(caller, ErrorUri.PROTOCOL_VIOLATION);
  });
});

describe("Transparent payloads, as Autobahn and Crossbar.io send them", () => {
  const ENC = { enc_algo: "cryptobox", enc_serializer: "json", enc_key: "0123" };
  const OPAQUE: Payload = { opaque: Uint8Array.of(7, 0, 255) };

  it("are passed on with their attributes in calls, between any two serializers", async () => {
    const codecs: readonly Codec[] = [json, msgpack, cbor];
    for (const one of codecs)
      for (const other of codecs) {
        const { caller, callee } = await setUp(
          { codec: one, roles: rolesWith() },
          { codec: other, roles: rolesWith() },
        );
        for (const _ of [1, 2]) caller.sendCall(PROCEDURE, OPAQUE, ENC);
        const [first, second] = [await callee.expect(M.INVOCATION), await callee.expect(M.INVOCATION)];
        expect([first.details, first.payload.opaque]).toEqual([ENC, OPAQUE.opaque]);
        callee.yield(first.request, OPAQUE, ENC);
        const result = await caller.expect(M.RESULT);
        expect([result.details, result.payload.opaque]).toEqual([ENC, OPAQUE.opaque]);
        callee.fail(second.request, "com.example.error", OPAQUE, ENC);
        const error = await caller.expect(M.ERROR);
        expect([error.details, error.payload.opaque]).toEqual([ENC, OPAQUE.opaque]);
      }
  });

  it("are passed on with their attributes in events, also in retained ones", async () => {
    const { caller: publisher, callee: subscriber } = await setUp();
    await subscriber.subscribe(TOPIC);
    publisher.publish(TOPIC, OPAQUE, { ...ENC, retain: true });
    const event = await subscriber.expect(M.EVENT);
    expect([event.details, event.payload.opaque]).toEqual([ENC, OPAQUE.opaque]);
    const late = await retainedEvent(subscriber);
    expect([late.details, late.payload.opaque]).toEqual([{ ...ENC, retained: true }, OPAQUE.opaque]);
  });
});

describe("Payload Passthru Mode: peers that did not announce it", () => {
  it("a caller that sends CALL is aborted, whether or not the procedure exists", async () => {
    for (const procedure of [PROCEDURE, "com.example.none"]) {
      const { caller, callee } = await setUp({ roles: rolesWithout("caller.payload_passthru_mode") });
      caller.sendCall(procedure, SEALED, PPT);
      expect(await expectAbort(caller, ErrorUri.PROTOCOL_VIOLATION)).toContain("payload_passthru_mode");
      await callee.expectNothing();
    }
  });

  it("a publisher that sends PUBLISH is aborted, with and without acknowledge", async () => {
    for (const acknowledge of [true, false]) {
      const { caller, callee } = await setUp({ roles: rolesWithout("publisher.payload_passthru_mode") });
      await callee.subscribe(TOPIC);
      caller.publish(TOPIC, SEALED, { ...PPT, acknowledge });
      await expectAbort(caller, ErrorUri.PROTOCOL_VIOLATION);
      await callee.expectNothing();
    }
  });

  it("a callee that sends YIELD is aborted, and its caller gets wamp.error.canceled", async () => {
    const { router, caller, callee } = await setUp({}, { roles: rolesWithout("callee.payload_passthru_mode") });
    const request = caller.sendCall(PROCEDURE);
    callee.yield((await callee.expect(M.INVOCATION)).request, SEALED, PPT);
    await expectAbort(callee, ErrorUri.PROTOCOL_VIOLATION);
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
    await expectNoTrace(router, [caller]);
  });

  it("announcing it as a caller does not announce it as a callee", async () => {
    const { caller, callee } = await setUp({}, { roles: rolesWith("caller.payload_passthru_mode") });
    const request = caller.sendCall(PROCEDURE, SEALED, PPT);
    await expectError(caller, M.CALL, request, ErrorUri.FEATURE_NOT_SUPPORTED);
    callee.sendCall("com.example.none", SEALED, PPT);
    expect((await callee.expect(M.ERROR)).error).toBe(ErrorUri.NO_SUCH_PROCEDURE);
  });

  it("a callee gets no INVOCATION, and the caller wamp.error.feature_not_supported", async () => {
    const { router, caller, callee } = await setUp({}, { roles: rolesWithout("callee.payload_passthru_mode") });
    const request = caller.sendCall(PROCEDURE, SEALED, PPT);
    await expectError(caller, M.CALL, request, ErrorUri.FEATURE_NOT_SUPPORTED);
    await callee.expectNothing();
    caller.sendCall(PROCEDURE, { args: ["plain"] });
    expect(argsOf(await callee.expect(M.INVOCATION))).toEqual(["plain"]);
    await expectNoTrace(router, [caller, callee]);
  });

  it.each([true, false])(
    "a caller that did not announce it: callee and caller get wamp.error.feature_not_supported for the YIELD (progress: %s)",
    async (progress) => {
      const { router, caller, callee } = await setUp({ roles: rolesWithout("caller.payload_passthru_mode") });
      const request = caller.sendCall(PROCEDURE, {}, { receive_progress: true });
      const { request: invocation } = await callee.expect(M.INVOCATION);
      callee.yield(invocation, SEALED, { ...PPT, progress });
      await expectError(callee, M.YIELD, invocation, ErrorUri.FEATURE_NOT_SUPPORTED);
      await expectError(caller, M.CALL, request, ErrorUri.FEATURE_NOT_SUPPORTED);
      callee.yield(invocation, { args: ["plain"] });
      await expectAlive(callee);
      await caller.expectNothing();
      await expectNoTrace(router, [caller, callee]);
    },
  );

  it("a subscriber still gets the EVENT, as the specification says", async () => {
    const { caller: publisher, callee } = await setUp({}, { roles: rolesWithout("subscriber.payload_passthru_mode") });
    await callee.subscribe(TOPIC);
    publisher.publish(TOPIC, SEALED, PPT);
    expect((await callee.expect(M.EVENT)).details).toEqual(PPT);
  });

  it("an absent or empty ppt_scheme does not use Payload Passthru Mode", async () => {
    const { caller, callee } = await setUp({ roles: rolesWith() }, { roles: rolesWith() });
    caller.sendCall(PROCEDURE, { args: [1] }, { ppt_scheme: "" });
    caller.sendCall(PROCEDURE, { args: [2] }, { ppt_serializer: "cbor" });
    callee.yield((await callee.expect(M.INVOCATION)).request, { args: [1] }, { ppt_scheme: "" });
    callee.yield((await callee.expect(M.INVOCATION)).request, { args: [2] }, { ppt_keyid: "k" });
    for (const value of [1, 2]) expect(argsOf(await caller.expect(M.RESULT))).toEqual([value]);
    caller.publish(TOPIC, {}, { ppt_scheme: "" });
    await settle();
    expect(caller.closed).toBe(false);
  });
});

/** Subscribes again. @returns the retained event. */
async function retainedEvent(client: WireSession) {
  await client.subscribe(TOPIC, { get_retained: true });
  return client.expect(M.EVENT);
}
