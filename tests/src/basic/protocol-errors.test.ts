import { ErrorUri, MessageType as M, PeerClosedError, type Id } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import type { WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  createTestRouter,
  expectAbort,
  expectError,
  expectNoTrace,
  jsonVariant,
  Probe,
  REALM,
  sendText,
} from "../support/index.js";

/** One well-formed frame of every type but HELLO, GOODBYE and ABORT. */
const FRAMES = {
  WELCOME: '[2,1,{"roles":{"broker":{}}}]',
  CHALLENGE: '[4,"ticket",{}]',
  AUTHENTICATE: '[5,"secret",{}]',
  ERROR: '[8,68,1,{},"com.example.error"]',
  PUBLISH: '[16,1,{},"com.example.topic"]',
  PUBLISHED: "[17,1,1]",
  SUBSCRIBE: '[32,1,{},"com.example.topic"]',
  SUBSCRIBED: "[33,1,1]",
  UNSUBSCRIBE: "[34,1,1]",
  UNSUBSCRIBED: "[35,1]",
  EVENT: "[36,1,1,{}]",
  CALL: '[48,1,{},"com.example.procedure"]',
  CANCEL: "[49,1,{}]",
  RESULT: "[50,1,{}]",
  REGISTER: '[64,1,{},"com.example.procedure"]',
  REGISTERED: "[65,1,1]",
  UNREGISTER: "[66,1,1]",
  UNREGISTERED: "[67,1]",
  INVOCATION: "[68,1,1,{}]",
  INTERRUPT: "[69,1,{}]",
  YIELD: "[70,1,{}]",
  EVENT_RECEIVED: "[337,1]",
} as const;

const HELLO = `[1,"${REALM}",{"roles":{"caller":{}}}]`;
const GOODBYE = '[6,{},"wamp.close.normal"]';

const violation = (client: WireSession): Promise<string> => expectAbort(client, ErrorUri.PROTOCOL_VIOLATION);

describe("Protocol Errors: before the session is established", () => {
  it.each([...Object.entries(FRAMES), ["GOODBYE", GOODBYE] as const])(
    "%s instead of HELLO: ABORT protocol_violation names it, and the transport closes",
    async (name, text) => {
      const router = await createTestRouter();
      const client = router.connectClient();
      sendText(client, text);
      expect(await violation(client)).toContain(name);
      expect(router.stats()!.protocolViolations).toBe(1);
      await expectNoTrace(router, []);
    },
  );

  it("a later HELLO is ignored (spec: HELLO MUST be the very first message)", async () => {
    const router = await createTestRouter();
    const client = router.connectClient();
    sendText(client, FRAMES.SUBSCRIBE);
    sendText(client, HELLO);
    await violation(client);
    expect(router.stats(REALM)!.joined.total).toBe(0);
  });
});

describe("Protocol Errors: after the session was established", () => {
  it.each([
    ["HELLO", HELLO] as const,
    ["WELCOME", FRAMES.WELCOME],
    ["CHALLENGE", FRAMES.CHALLENGE],
    ["AUTHENTICATE", FRAMES.AUTHENTICATE],
  ])("%s: ABORT protocol_violation", async (name, text) => {
    const client = await (await createTestRouter()).join();
    sendText(client, text);
    expect(await violation(client)).toBe(`${name} after the session was established`);
  });

  it("HELLO for another realm: ABORT protocol_violation", async () => {
    const client = await (await createTestRouter()).join();
    sendText(client, '[1,"com.example.other",{"roles":{"caller":{}}}]');
    expect(await violation(client)).toBe("HELLO after the session was established");
  });

  const ROUTER_ONLY = [
    "PUBLISHED",
    "SUBSCRIBED",
    "UNSUBSCRIBED",
    "EVENT",
    "RESULT",
    "REGISTERED",
    "UNREGISTERED",
    "INVOCATION",
    "INTERRUPT",
  ] as const;
  it.each(ROUTER_ONLY)(
    "%s, which only routers send: ABORT protocol_violation (spec: Message Codes and Direction)",
    async (name) => {
      const client = await (await createTestRouter()).join();
      sendText(client, FRAMES[name]);
      expect(await violation(client)).toContain(name);
    },
  );

  it.each([16, 32, 34, 48, 49, 64, 66, 69, 70, 1, 8, 36, 999, 0, -1])(
    "ERROR with the invalid REQUEST.Type %i: ABORT protocol_violation",
    async (type) => {
      const client = await (await createTestRouter()).join();
      sendText(client, `[8,${type},1,{},"com.example.error"]`);
      expect(await violation(client)).toContain("ERROR.REQUEST.Type");
    },
  );
});

const MALFORMED: ReadonlyArray<readonly [why: string, frame: string | Uint8Array]> = [
  ["empty frame", ""],
  ["empty list", "[]"],
  ["no list but a dict", "{}"],
  ["no list but null", "null"],
  ["no list but a number", "48"],
  ["unknown message type", "[15,1,{}]"],
  ["unassigned extension message type", "[256,1]"],
  ["negative message type", "[-16,1,{}]"],
  ["message type that is a string", '["16",1,{},"com.example.topic"]'],
  ["message type that is a boolean", '[true,"com.example.realm",{}]'],
  ["message type that is a fraction", '[16.5,1,{},"com.example.topic"]'],
  ["too few elements", "[16,1,{}]"],
  ["too many elements", '[16,1,{},"com.example.topic",[],{},1]'],
  ["two messages in one frame", `${FRAMES.PUBLISH}${FRAMES.PUBLISH}`],
  ["truncated message", '[16,1,{},"com.example'],
  ["bytes that are no UTF-8", Uint8Array.of(0x5b, 0xff, 0x5d)],
  ["nesting too deep", `[16,1,{},"a.b",[${"[".repeat(1000)}${"]".repeat(1000)}]]`],
  ["key that occurs twice", '[16,1,{"acknowledge":true,"acknowledge":false},"a.b"]'],
  ["arguments that are a dict", '[16,1,{},"a.b",{}]'],
  ["keyword arguments that are a list", '[16,1,{},"a.b",[],[]]'],
  ["request id 0", '[16,0,{},"a.b"]'],
  ["request id beyond 2^53", '[16,9007199254740994,{},"a.b"]'],
  ["request id that is a string", '[16,"1",{},"a.b"]'],
  ["options that are a list", '[16,1,[],"a.b"]'],
  ["URI that is a number", "[16,1,{},7]"],
];

describe("Protocol Errors: invalid messages (spec: empty array, invalid message type, decoding)", () => {
  const send = (client: WireSession, frame: string | Uint8Array) =>
    typeof frame === "string" ? sendText(client, frame) : client.sendFrame(frame);

  it.each(MALFORMED)(
    "%s: ABORT protocol_violation, before and after the session is established",
    async (_why, frame) => {
      const router = await createTestRouter();
      for (const client of [router.connectClient(), await router.join()]) {
        send(client, frame);
        expect(await violation(client)).not.toBe("");
      }
      expect(router.errors()).toEqual([]);
      await expectNoTrace(router, []);
    },
  );
});

describe("Protocol Errors: consequences", () => {
  it("closes the transport with the reason", async () => {
    const client = await (await createTestRouter()).join();
    sendText(client, FRAMES.RESULT);
    const error = await client.expectClosed();
    expect(error).toBeInstanceOf(PeerClosedError);
    expect(error).toMatchObject({ status: "protocol-error", reason: expect.stringContaining("RESULT") });
  });

  it("removes subscriptions, registrations and calls at once", async () => {
    const probe = new Probe();
    const router = await createTestRouter({ realm: { plugins: [probe] } });
    const [bad, caller] = [await router.join(), await router.join()];
    await bad.subscribe("com.example.topic");
    await bad.register("com.example.procedure");
    const request = caller.sendCall("com.example.procedure");
    await bad.expect(M.INVOCATION);
    sendText(bad, FRAMES.RESULT);
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
    expect(await probe.counts()).toEqual({ sessions: 1, subscriptions: 0, registrations: 0 });
    await caller.register("com.example.procedure");
  });

  it("ignores everything after the violation, also within the same burst", async () => {
    const router = await createTestRouter();
    const [bad, watcher] = [await router.join(), await router.join()];
    await watcher.subscribe("com.example.topic");
    bad.publish("com.example.topic", { args: ["before"] });
    sendText(bad, FRAMES.RESULT);
    bad.publish("com.example.topic", { args: ["after"] });
    sendText(bad, GOODBYE);
    sendText(bad, HELLO);
    expect((await watcher.expect(M.EVENT)).payload.args).toEqual(["before"]);
    await watcher.expectNothing();
    await violation(bad);
  });

  it("an internal error ends one connection with ABORT and is logged; others go on", async () => {
    const broken = jsonVariant({
      decode(bytes) {
        const message = json.decode(bytes);
        if (message.type === M.PUBLISH) throw new TypeError("undefined is not a function");
        return message;
      },
    });
    const router = await createTestRouter();
    const [client, other] = [await router.join({ codec: broken }), await router.join()];
    sendText(client, FRAMES.PUBLISH);
    expect(await expectAbort(client, ErrorUri.RUNTIME_ERROR)).not.toContain("function");
    expect(String(router.errors()[0]?.fields["error"])).toContain("undefined is not a function");
    await other.subscribe("com.example.topic");
    await expectNoTrace(router, [other]);
  });

  it("other sessions are not affected", async () => {
    const router = await createTestRouter();
    const [caller, callee] = [await router.join(), await router.join()];
    await callee.register("com.example.procedure");
    for (const [, text] of MALFORMED) if (typeof text === "string") sendText(await router.join(), text);
    caller.sendCall("com.example.procedure");
    callee.yield((await callee.expect(M.INVOCATION)).request);
    await caller.expect(M.RESULT);
  });
});

describe("Protocol Errors: YIELD and ERROR with an invalid INVOCATION.Request", () => {
  const answers = {
    YIELD: (client: WireSession, request: Id) => client.yield(request),
    ERROR: (client: WireSession, request: Id) => client.fail(request, "com.example.error"),
  };

  it.each(Object.entries(answers))(
    "%s for an id that was never issued: ABORT protocol_violation",
    async (name, answer) => {
      const client = await (await createTestRouter()).join();
      answer(client, 1);
      expect(await violation(client)).toContain(`${name}.Request`);
    },
  );

  it.each(Object.entries(answers))(
    "%s for the id after the last one issued: ABORT protocol_violation",
    async (_name, answer) => {
      const router = await createTestRouter();
      const [callee, caller] = [await router.join(), await router.join()];
      await callee.register("com.example.procedure");
      const request = caller.sendCall("com.example.procedure");
      expect((await callee.expect(M.INVOCATION)).request).toBe(1);
      answer(callee, 2);
      await violation(callee);
      await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
    },
  );

  it.each(Object.entries(answers))(
    "%s for an id of another callee: ABORT, and the call goes on",
    async (_name, answer) => {
      const router = await createTestRouter();
      const [callee, thief, caller] = [await router.join(), await router.join(), await router.join()];
      await callee.register("com.example.procedure");
      const request = caller.sendCall("com.example.procedure");
      const invocation = await callee.expect(M.INVOCATION);
      answer(thief, invocation.request);
      await violation(thief);
      await caller.expectNothing();
      callee.yield(invocation.request, { args: ["genuine"] });
      expect(await caller.expect(M.RESULT)).toMatchObject({ request, payload: { args: ["genuine"] } });
    },
  );

  it.each(Object.entries(answers))(
    "%s for a call that was already answered is ignored: it may be a race",
    async (_name, answer) => {
      const router = await createTestRouter();
      const [callee, caller] = [await router.join(), await router.join()];
      await callee.register("com.example.procedure");
      caller.sendCall("com.example.procedure");
      const { request } = await callee.expect(M.INVOCATION);
      callee.yield(request);
      await caller.expect(M.RESULT);
      answer(callee, request);
      await caller.expectNothing();
      await callee.expectNothing();
      expect(callee.closed).toBe(false);
    },
  );
});

describe("Protocol Errors: options of the wrong type", () => {
  it.each([
    ["PUBLISH.Options.acknowledge", '[16,1,{"acknowledge":1},"a.b"]'],
    ["PUBLISH.Options.exclude_me", '[16,1,{"exclude_me":"false"},"a.b"]'],
    ["SUBSCRIBE.Options.match", '[32,1,{"match":"regex"},"a.b"]'],
    ["SUBSCRIBE.Options.match", '[32,1,{"match":null},"a.b"]'],
    ["REGISTER.Options.match", '[64,1,{"match":["exact"]},"a.b"]'],
    ["CALL.Options.timeout", '[48,1,{"timeout":-1},"a.b"]'],
    ["YIELD.Options.progress", '[70,1,{"progress":1}]'],
  ])("%s: ABORT protocol_violation tells what was expected", async (field, text) => {
    const client = await (await createTestRouter()).join();
    sendText(client, text);
    expect(await violation(client)).toMatch(new RegExp(`^${field.replaceAll(".", "\\.")}: expected .*, got `));
  });

  it("Extensibility: attributes that are unknown MUST be ignored", async () => {
    const client = await (await createTestRouter()).join();
    sendText(client, '[32,1,{"_custom":1,"made_up":[{}]},"a.b"]');
    await client.expect(M.SUBSCRIBED);
    sendText(client, '[16,2,{"acknowledge":true,"Acknowledge":7,"":null},"a.b"]');
    await client.expect(M.PUBLISHED);
  });
});
