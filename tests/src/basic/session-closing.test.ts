import { CloseUri, ErrorUri, MessageType as M } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  createTestRouter,
  expectAbort,
  expectError,
  expectNoTrace,
  Probe,
  REALM,
  sendText,
  type TestRouter,
  textOf,
} from "../support/index.js";

const ABORT = '[3,{"message":"enough"},"com.example.enough"]';
const ECHO = '[6,{},"wamp.close.goodbye_and_out"]';

async function open(): Promise<{ router: TestRouter; probe: Probe }> {
  const probe = new Probe();
  return { router: await createTestRouter({ realm: { plugins: [probe] } }), probe };
}

describe("Session Closing: GOODBYE from the client", () => {
  it("is answered with GOODBYE wamp.close.goodbye_and_out", async () => {
    const client = await (await createTestRouter()).join();
    sendText(client, '[6,{"message":"I am off"},"wamp.close.close_realm"]');
    await client.expect(M.GOODBYE);
    expect(textOf(client.frames.at(-1))).toBe('[6,{},"wamp.close.goodbye_and_out"]');
  });

  it.each(["wamp.close.system_shutdown", "wamp.close.normal", "com.example.reason", "wamp.error.goodbye_and_out", ""])(
    "is answered whatever its reason: %j",
    async (reason) => {
      const client = await (await createTestRouter()).join();
      sendText(client, `[6,{},"${reason}"]`);
      expect((await client.expect(M.GOODBYE)).reason).toBe(CloseUri.GOODBYE_AND_OUT);
    },
  );

  it("reaches plugins with its reason, if that is a valid URI", async () => {
    const { router, probe } = await open();
    const reasons: string[] = [];
    probe.realm.on("sessionLeft", (_session, departure) => reasons.push(departure.reason));
    const long = "x".repeat(5000);
    for (const reason of ["com.example.lunch", "not a uri\\nbut a line of a log", long, ""]) {
      sendText(await router.join(), `[6,{},"${reason}"]`);
      sendText(await router.join(), `[3,{},"${reason}"]`);
      await settle();
    }
    expect(reasons.slice(0, 2)).toEqual(["com.example.lunch", "com.example.lunch"]);
    expect(new Set(reasons.slice(2))).toEqual(new Set([CloseUri.NORMAL]));
  });

  it("ends the session at once: subscriptions, registrations and calls are gone", async () => {
    const { router, probe } = await open();
    const [client, other] = [await router.join(), await router.join()];
    await client.subscribe("com.example.topic");
    await client.register("com.example.procedure");
    const pending = other.sendCall("com.example.procedure");
    await client.expect(M.INVOCATION);
    sendText(client, ECHO);
    await expectError(other, M.CALL, pending, ErrorUri.CANCELED);
    expect(await probe.counts()).toEqual({ sessions: 1, subscriptions: 0, registrations: 0 });
    other.publish("com.example.topic");
    const request = other.sendCall("com.example.procedure");
    await expectError(other, M.CALL, request, ErrorUri.NO_SUCH_PROCEDURE);
    await client.expect(M.GOODBYE);
    await client.expectNothing();
  });

  it("after requests in the same burst, these are answered first", async () => {
    const { router } = await open();
    const [client, other] = [await router.join(), await router.join()];
    await other.subscribe("com.example.topic");
    sendText(client, '[32,1,{},"com.example.topic"]');
    sendText(client, '[16,2,{"acknowledge":true},"com.example.topic"]');
    sendText(client, ECHO);
    await client.expect(M.SUBSCRIBED);
    await client.expect(M.PUBLISHED);
    await client.expect(M.GOODBYE);
    await other.expect(M.EVENT);
  });
});

describe("Transport and Session Lifetime: a new HELLO on the same transport", () => {
  it("opens a new session with a new id and nothing of the old one", async () => {
    const { router, probe } = await open();
    const client = await router.join();
    const first = client.id;
    await client.subscribe("com.example.topic");
    await client.register("com.example.procedure");
    await client.leave();
    expect(await probe.counts()).toEqual({ sessions: 0, subscriptions: 0, registrations: 0 });
    await client.join(REALM);
    expect(client.id).not.toBe(first);
    const other = await router.join();
    other.publish("com.example.topic");
    await client.expectNothing();
    await client.subscribe("com.example.topic");
    await expectNoTrace(router, [client, other]);
  });

  it("can follow in the same burst as the GOODBYE, any number of times", async () => {
    const { router, probe } = await open();
    const client = await router.join();
    for (let turn = 0; turn < 5; turn++) {
      sendText(client, ECHO);
      sendText(client, `[1,"${REALM}",{"roles":{"caller":{}}}]`);
      await client.expect(M.GOODBYE);
      await client.expect(M.WELCOME);
    }
    expect(await probe.realm.sessions.count()).toBe(1);
    expect(router.stats(REALM)!.joined.total).toBe(6);
    expect(router.stats(REALM)!.left.total).toBe(5);
  });

  it("must come within the handshake timeout, or the transport is closed", async () => {
    const router = await createTestRouter({ limits: { handshakeTimeout: 1000 } });
    const client = await router.join();
    router.clock.advance(100_000);
    await client.leave();
    router.clock.advance(999);
    await settle();
    expect(client.closed).toBe(false);
    router.clock.advance(1);
    await client.expectClosed();
    await expectNoTrace(router, []);
  });

  it("is the only message allowed: any other is a protocol violation, also a second GOODBYE", async () => {
    const router = await createTestRouter();
    for (const text of ['[16,1,{},"com.example.topic"]', ECHO, "[70,1,{}]", "[]"]) {
      const client = await router.join();
      await client.leave();
      sendText(client, text);
      await expectAbort(client, ErrorUri.PROTOCOL_VIOLATION);
    }
  });

  it("can be refused: ABORT ends the connection", async () => {
    const client = await (await createTestRouter()).join();
    await client.leave();
    sendText(client, '[1,"com.example.other",{"roles":{"caller":{}}}]');
    await expectAbort(client, ErrorUri.NO_SUCH_REALM);
  });
});

describe("Session Closing: GOODBYE from the router", () => {
  async function told(): Promise<{ router: TestRouter; probe: Probe; client: WireSession; other: WireSession }> {
    const { router, probe } = await open();
    const [client, other] = [await router.join(), await router.join()];
    await client.subscribe("com.example.topic");
    await probe.realm.sessions.kill(client.id, { reason: "com.example.out", message: "go" });
    return { router, probe, client, other };
  }

  it("has reason and message, and the session leaves the realm before the client answers", async () => {
    const { probe, client } = await told();
    expect(await probe.counts()).toEqual({ sessions: 1, subscriptions: 0, registrations: 0 });
    await client.expect(M.GOODBYE);
    expect(textOf(client.frames.at(-1))).toBe('[6,{"message":"go"},"com.example.out"]');
    expect(client.closed).toBe(false);
  });

  it("is the last message, and what the client still sends is ignored (spec: SHUTTING DOWN, other: ignore)", async () => {
    const { client, other } = await told();
    await client.expect(M.GOODBYE);
    await other.subscribe("com.example.topic");
    client.publish("com.example.topic");
    sendText(client, '[48,1,{},"com.example.procedure"]');
    sendText(client, `[1,"${REALM}",{"roles":{"caller":{}}}]`);
    sendText(client, "[70,77,{}]");
    sendText(client, '[2,1,{"roles":{"broker":{}}}]');
    await other.expectNothing();
    await client.expectNothing();
    expect(client.closed).toBe(false);
  });

  it.each(["wamp.close.goodbye_and_out", "wamp.error.goodbye_and_out", "anything"])(
    "is answered by the client's GOODBYE with any reason (%s): the transport closes without a second GOODBYE",
    async (reason) => {
      const { client, other, router } = await told();
      await client.expect(M.GOODBYE);
      sendText(client, `[6,{},"${reason}"]`);
      expect(await client.expectClosed()).toBeUndefined();
      expect(client.unread).toEqual([]);
      await expectNoTrace(router, [other]);
    },
  );

  it("is flushed before the transport closes, with everything sent before it", async () => {
    const { router, probe } = await open();
    const [client, other] = [await router.join(), await router.join()];
    await client.subscribe("com.example.topic");
    client.connection.pause();
    other.publish("com.example.topic");
    await settle();
    await probe.realm.sessions.kill(client.id, { reason: "com.example.out" });
    sendText(client, ECHO);
    await settle();
    expect(client.closed).toBe(false);
    client.connection.resume();
    await client.expect(M.EVENT);
    await client.expect(M.GOODBYE);
    expect(await client.expectClosed()).toBeUndefined();
  });

  it("crossing the client's: each is the answer to the other, and the transport closes", async () => {
    const { client, other, router } = await told();
    // Sent before the router's GOODBYE has arrived.
    sendText(client, '[6,{},"wamp.close.close_realm"]');
    expect((await client.expect(M.GOODBYE)).reason).toBe("com.example.out");
    await client.expectClosed();
    expect(client.unread).toEqual([]);
    await expectNoTrace(router, [other]);
  });

  it("to a client that has left does nothing", async () => {
    const { router, probe } = await open();
    const client = await router.join();
    const { id } = client;
    await client.leave();
    expect(await probe.realm.sessions.kill(id, { reason: "com.example.out" })).toBe(false);
    await client.expectNothing();
    await client.join(REALM);
  });

  it("is sent only once", async () => {
    const { probe, client } = await told();
    expect(await probe.realm.sessions.kill(client.id, { reason: "com.example.again" })).toBe(false);
    await client.expect(M.GOODBYE);
    await client.expectNothing();
  });
});

describe("Session Closing: ABORT from the client", () => {
  it("before HELLO ends the connection without an answer", async () => {
    const router = await createTestRouter();
    const client = router.connectClient();
    sendText(client, ABORT);
    expect(await client.expectClosed()).toBeUndefined();
    expect(client.frames).toEqual([]);
    await expectNoTrace(router, []);
  });

  it("in an established session ends it like a lost transport, without an answer", async () => {
    const { router, probe } = await open();
    const [client, other] = [await router.join(), await router.join()];
    await client.register("com.example.procedure");
    const request = other.sendCall("com.example.procedure");
    await client.expect(M.INVOCATION);
    sendText(client, ABORT);
    await client.expectClosed();
    expect(client.unread).toEqual([]);
    await expectError(other, M.CALL, request, ErrorUri.CANCELED);
    expect(await probe.counts()).toEqual({ sessions: 1, subscriptions: 0, registrations: 0 });
    expect(router.stats(REALM)!.protocolViolations).toBe(0);
  });

  it("after the router's GOODBYE ends the connection", async () => {
    const { router, probe } = await open();
    const client = await router.join();
    await probe.realm.sessions.kill(client.id, { reason: "com.example.out" });
    sendText(client, ABORT);
    await client.expect(M.GOODBYE);
    await client.expectClosed();
    await expectNoTrace(router, []);
  });

  it("after its own GOODBYE ends the connection", async () => {
    const router = await createTestRouter();
    const client = await router.join();
    await client.leave();
    sendText(client, ABORT);
    await client.expectClosed();
    expect(client.unread).toEqual([]);
    await expectNoTrace(router, []);
  });

  it("may carry arguments (spec: ABORT)", async () => {
    const client = await (await createTestRouter()).join();
    sendText(client, '[3,{},"com.example.enough",["really"],{"why":"so"}]');
    await client.expectClosed();
    expect(client.unread).toEqual([]);
  });

  it("ends the connection: frames after it are ignored", async () => {
    const { router, probe } = await open();
    const [client, other] = [await router.join(), await router.join()];
    await other.subscribe("com.example.topic");
    sendText(client, ABORT);
    client.publish("com.example.topic");
    sendText(client, `[1,"${REALM}",{"roles":{"caller":{}}}]`);
    await other.expectNothing();
    expect(await probe.realm.sessions.count()).toBe(1);
  });
});

describe("Session Closing: a lost transport", () => {
  it("ends the session like GOODBYE and leaves nothing behind, in any phase", async () => {
    const { router, probe } = await open();
    const silent = router.connectClient();
    const established = await router.join();
    const left = await router.join();
    await left.leave();
    const killed = await router.join();
    await probe.realm.sessions.kill(killed.id, { reason: "com.example.out" });
    await expectNoTrace(router, [silent, established, left, killed]);
    expect(await probe.counts()).toEqual({ sessions: 0, subscriptions: 0, registrations: 0 });
    expect(router.stats(REALM)!.left.total).toBe(router.stats(REALM)!.joined.total);
  });
});
