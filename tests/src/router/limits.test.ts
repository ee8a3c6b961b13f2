import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { DEFAULT_LIMITS, type RouterLimits } from "@kreuz/router";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  createTestRouter,
  expectAbort,
  expectError,
  expectNoTrace,
  Probe,
  PROCEDURE,
  REALM,
  sendText,
  type TestRouter,
  TOPIC,
} from "../support/index.js";

const withLimits = (limits: Partial<RouterLimits>): Promise<TestRouter> => createTestRouter({ limits });

/** Sends SUBSCRIBE or REGISTER and expects limit_exceeded. */
async function refused(client: WireSession, type: typeof M.SUBSCRIBE | typeof M.REGISTER, uri: string): Promise<void> {
  const request = client.nextRequest();
  sendText(client, `[${type},${request},{},"${uri}"]`);
  await expectError(client, type, request, ErrorUri.LIMIT_EXCEEDED);
}

describe("Limits: settings", () => {
  it("all have a default", () => {
    for (const value of Object.values(DEFAULT_LIMITS)) expect(value).toBeGreaterThan(0);
  });

  it.each(Object.keys(DEFAULT_LIMITS))("%s must be a positive integer", async (name) => {
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "10" as unknown as number])
      await expect(createTestRouter({ limits: { [name]: value } })).rejects.toThrow(`limits.${name}`);
    await createTestRouter({ limits: { [name]: 1 } });
  });

  it.each(["handshakeTimeout", "authenticationTimeout", "goodbyeTimeout"])(
    "%s must fit the platform's timers",
    async (name) => {
      await createTestRouter({ limits: { [name]: 2 ** 31 - 1 } });
      await expect(createTestRouter({ limits: { [name]: 2 ** 31 } })).rejects.toThrow(`limits.${name}`);
    },
  );

  it("an unknown limit is an error", async () => {
    const limits = { handshakeTimeuot: 1000 } as Partial<RouterLimits>;
    await expect(createTestRouter({ limits })).rejects.toThrow(
      "limits.handshakeTimeuot: unknown limit; did you mean handshakeTimeout?",
    );
  });

  it.each([
    [
      { slowConsumer: "disconect" },
      'slowConsumer: expected drop or disconnect, got "disconect"; did you mean disconnect?',
    ],
    [{ uriRule: "any" }, 'uriRule: expected loose or strict, got "any"'],
  ])("%j is an error", async (options, message) => {
    await expect(createTestRouter(options as object)).rejects.toThrow(message);
  });
});

describe("Limits: timeouts", () => {
  it("handshakeTimeout: a silent client gets ABORT, and its transport closes", async () => {
    const router = await withLimits({ handshakeTimeout: 1000 });
    const client = router.connectClient();
    router.clock.advance(999);
    await client.expectNothing();
    router.clock.advance(1);
    expect(await expectAbort(client, ErrorUri.TIMEOUT)).toContain("1000 ms");
    expect(router.metrics.get("limit_handshake_timeout")).toBe(1);
    await expectNoTrace(router, []);
  });

  it("handshakeTimeout: HELLO ends it, and a session may be idle", async () => {
    const router = await withLimits({ handshakeTimeout: 1000 });
    const client = await router.join();
    expect(router.clock.pending).toBe(0);
    router.clock.advance(1_000_000);
    await client.subscribe(TOPIC);
  });

  it("handshakeTimeout: runs again after GOODBYE", async () => {
    const router = await withLimits({ handshakeTimeout: 1000 });
    const client = await router.join();
    await client.leave();
    router.clock.advance(1000);
    await client.expectClosed();
    expect(router.metrics.get("limit_handshake_timeout")).toBe(1);
    await expectNoTrace(router, []);
  });

  it("goodbyeTimeout: a client that does not answer GOODBYE is disconnected", async () => {
    const probe = new Probe();
    const router = await createTestRouter({ limits: { goodbyeTimeout: 1000 }, realm: { plugins: [probe] } });
    const [client, polite] = [await router.join(), await router.join()];
    for (const { id } of [client, polite]) await probe.realm.sessions.kill(id, { reason: "com.example.out" });
    await polite.expect(M.GOODBYE);
    sendText(polite, '[6,{},"wamp.close.goodbye_and_out"]');
    await polite.expectClosed();
    router.clock.advance(1000);
    await client.expectClosed();
    expect(router.metrics.get("limit_goodbye_timeout")).toBe(1);
    await expectNoTrace(router, []);
  });
});

describe("Limits: counts", () => {
  it("sessionsPerRealm: one more gets ABORT limit_exceeded; leaving makes room; local sessions do not count", async () => {
    const router = await withLimits({ sessionsPerRealm: 2 });
    router.connect(REALM);
    const [one, other] = [await router.join(), await router.join()];
    const late = router.connectClient();
    sendText(late, `[1,"${REALM}",{"roles":{"caller":{}}}]`);
    await expectAbort(late, ErrorUri.LIMIT_EXCEEDED);
    expect(router.metrics.get("limit_sessions_per_realm")).toBe(1);
    one.disconnect();
    await settle();
    const next = await router.join();
    await expectNoTrace(router, [other, next]);
  });

  it("uriLength: a longer topic or procedure gets ERROR invalid_uri in every request", async () => {
    const router = await withLimits({ uriLength: 20 });
    const client = await router.join();
    const [fits, long] = ["x".repeat(20), "x".repeat(21)];
    for (const [type, options] of [
      [M.SUBSCRIBE, "{}"],
      [M.SUBSCRIBE, '{"match":"prefix"}'],
      [M.REGISTER, '{"match":"wildcard"}'],
      [M.CALL, "{}"],
      [M.PUBLISH, '{"acknowledge":true}'],
    ] as const) {
      const request = client.nextRequest();
      sendText(client, `[${type},${request},${options},"${long}"]`);
      await expectError(client, type, request, ErrorUri.INVALID_URI);
    }
    expect(router.metrics.get("limit_uri_length")).toBe(5);
    await client.register(fits);
    await client.subscribe(fits);
  });

  it("subscriptionsPerSession: one more gets ERROR limit_exceeded; subscribing again does not count", async () => {
    const router = await withLimits({ subscriptionsPerSession: 2 });
    const [client, other] = [await router.join(), await router.join()];
    const first = await client.subscribe("a.one");
    await client.subscribe("a.two");
    await refused(client, M.SUBSCRIBE, "a.three");
    expect(await client.subscribe("a.one")).toBe(first);
    await other.subscribe("a.three");
    await refused(client, M.SUBSCRIBE, "a.three");
    await client.unsubscribe(first);
    await client.subscribe("a.three");
    expect(router.metrics.get("limit_subscriptions_per_session")).toBe(2);
  });

  it("registrationsPerSession: one more gets ERROR limit_exceeded; unregistering makes room", async () => {
    const router = await withLimits({ registrationsPerSession: 2 });
    const [client, other] = [await router.join(), await router.join()];
    const first = await client.register("a.one");
    await client.register("a.two");
    await refused(client, M.REGISTER, "a.three");
    await other.register("a.three");
    await client.unregister(first);
    await client.register("a.four");
    expect(router.metrics.get("limit_registrations_per_session")).toBe(1);
  });

  it("pendingCallsPerSession: one more gets ERROR limit_exceeded; every answer makes room", async () => {
    const router = await withLimits({ pendingCallsPerSession: 2 });
    const [caller, callee, other] = [await router.join(), await router.join(), await router.join()];
    await callee.register(PROCEDURE);
    caller.sendCall(PROCEDURE);
    caller.sendCall(PROCEDURE);
    await expectError(caller, M.CALL, caller.sendCall(PROCEDURE), ErrorUri.LIMIT_EXCEEDED);
    other.sendCall(PROCEDURE);
    await settle();
    expect(callee.unread).toHaveLength(3);
    callee.yield(1);
    await caller.expect(M.RESULT);
    caller.sendCall(PROCEDURE);
    await expectError(caller, M.CALL, caller.sendCall(PROCEDURE), ErrorUri.LIMIT_EXCEEDED);
    callee.fail(2, "com.example.error");
    await caller.expect(M.ERROR);
    caller.sendCall(PROCEDURE);
    callee.disconnect();
    for (let index = 0; index < 2; index++) expect((await caller.expect(M.ERROR)).error).toBe(ErrorUri.CANCELED);
    await other.expect(M.ERROR);
    await other.register(PROCEDURE);
    caller.sendCall(PROCEDURE);
    caller.sendCall(PROCEDURE);
    await other.expect(M.INVOCATION);
    await other.expect(M.INVOCATION);
    expect(router.metrics.get("limit_pending_calls_per_session")).toBe(2);
  });

  it("pendingCallsPerSession: a call that fails at once does not count", async () => {
    const caller = await (await withLimits({ pendingCallsPerSession: 1 })).join();
    for (let index = 0; index < 3; index++)
      await expectError(caller, M.CALL, caller.sendCall(PROCEDURE), ErrorUri.NO_SUCH_PROCEDURE);
  });

  it("queuedCallsPerRegistration: one more gets ERROR; a served call makes room", async () => {
    const router = await withLimits({ queuedCallsPerRegistration: 1 });
    const [caller, callee] = [await router.join(), await router.join()];
    await callee.register(PROCEDURE, { concurrency: 1 });
    caller.sendCall(PROCEDURE);
    caller.sendCall(PROCEDURE);
    await expectError(caller, M.CALL, caller.sendCall(PROCEDURE), ErrorUri.MAX_CONCURRENCY_REACHED);
    callee.yield((await callee.expect(M.INVOCATION)).request);
    await caller.expect(M.RESULT);
    caller.sendCall(PROCEDURE);
    callee.yield((await callee.expect(M.INVOCATION)).request);
    await caller.expect(M.RESULT);
    await callee.expect(M.INVOCATION);
    expect(router.metrics.get("limit_queued_calls_per_registration")).toBe(1);
  });

  const retained = async (client: WireSession, topic: string): Promise<unknown> => {
    await client.subscribe(topic, { get_retained: true });
    await settle(1);
    return client.unread.length === 0 ? undefined : (await client.expect(M.EVENT)).payload.args?.[0];
  };

  it("retainedTopicsPerRealm: the topic that changed least recently is dropped", async () => {
    const router = await withLimits({ retainedTopicsPerRealm: 2 });
    const [publisher, client] = [await router.join(), await router.join()];
    for (const topic of ["a.one", "a.two", "a.one", "a.three"])
      publisher.publish(topic, { args: [topic] }, { retain: true, acknowledge: true });
    for (let index = 0; index < 4; index++) await publisher.expect(M.PUBLISHED);
    expect(await retained(client, "a.two")).toBeUndefined();
    expect(await retained(client, "a.one")).toBe("a.one");
    expect(await retained(client, "a.three")).toBe("a.three");
    expect(router.metrics.get("limit_retained_events")).toBe(1);
  });

  it("retainedBytesPerRealm: payloads beyond it are not kept", async () => {
    const router = await withLimits({ retainedBytesPerRealm: 100 });
    const [publisher, client] = [await router.join(), await router.join()];
    publisher.publish("a.small", { args: ["x".repeat(60)] }, { retain: true });
    publisher.publish("a.large", { args: ["x".repeat(200)] }, { retain: true });
    publisher.publish("a.last", { args: ["y".repeat(60)] }, { retain: true, acknowledge: true });
    await publisher.expect(M.PUBLISHED);
    expect(await retained(client, "a.small")).toBeUndefined();
    expect(await retained(client, "a.large")).toBeUndefined();
    expect(await retained(client, "a.last")).toBe("y".repeat(60));
    expect(router.metrics.get("limit_retained_events")).toBe(2);
  });
});

describe("Limits: changed at run time", () => {
  it("apply from then on; what already exceeds them stays", async () => {
    const router = await createTestRouter();
    const client = await router.join();
    await client.subscribe("a.one");
    await client.subscribe("a.two");
    router.setLimits({ subscriptionsPerSession: 1 });
    const request = client.nextRequest();
    client.send({ type: M.SUBSCRIBE, request, options: {}, topic: "a.three" });
    await expectError(client, M.SUBSCRIBE, request, ErrorUri.LIMIT_EXCEEDED);
    client.publish("a.two", {}, { exclude_me: false });
    await client.expect(M.EVENT);
    router.setLimits({ subscriptionsPerSession: 3 });
    await client.subscribe("a.three");
  });

  it("an invalid limit changes nothing", async () => {
    const router = await createTestRouter();
    const client = await router.join();
    expect(() => router.setLimits({ subscriptionsPerSession: 1, pendingCallsPerSession: 0 })).toThrow(
      "limits.pendingCallsPerSession",
    );
    await client.subscribe("a.one");
    await client.subscribe("a.two");
  });
});
