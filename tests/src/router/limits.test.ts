import { ErrorUri, MessageType as M, OutboxOverflowError, type Id } from "@kreuz/codec";
import { DEFAULT_LIMITS, type MetricName, type RouterLimits } from "@kreuz/router";
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
} from "../support/index.js";

const TOPIC = "com.example.topic";
const PROCEDURE = "com.example.procedure";

const withLimits = (limits: Partial<RouterLimits>): Promise<TestRouter> => createTestRouter({ limits });

/** SUBSCRIBE or REGISTER that must fail with limit_exceeded. */
async function refused(client: WireSession, type: typeof M.SUBSCRIBE | typeof M.REGISTER, uri: string): Promise<void> {
  const request = client.nextRequest();
  sendText(client, `[${type},${request},{},"${uri}"]`);
  await expectError(client, type, request, ErrorUri.LIMIT_EXCEEDED);
}

describe("Limits: settings", () => {
  it("all are on by default", () => {
    for (const value of Object.values(DEFAULT_LIMITS)) expect(value).toBeGreaterThan(0);
  });

  it.each(Object.keys(DEFAULT_LIMITS))("%s must be a positive integer", async (name) => {
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "10" as unknown as number])
      await expect(createTestRouter({ limits: { [name]: value } })).rejects.toThrow(`limits.${name}`);
    await createTestRouter({ limits: { [name]: 1 } });
  });

  it.each(["handshakeTimeout", "authenticationTimeout", "goodbyeTimeout"])(
    "%s must fit the platform's timers, which take a longer one for none at all",
    async (name) => {
      await createTestRouter({ limits: { [name]: 2 ** 31 - 1 } });
      await expect(createTestRouter({ limits: { [name]: 2 ** 31 } })).rejects.toThrow(`limits.${name}`);
    },
  );

  it("one that does not exist is an error, not a wish", async () => {
    const limits = { handshakeTimeuot: 1000 } as Partial<RouterLimits>;
    await expect(createTestRouter({ limits })).rejects.toThrow("limits.handshakeTimeuot");
  });
});

describe("Limits: timeouts", () => {
  it("handshakeTimeout: a client that says nothing gets ABORT, then its transport closes", async () => {
    const router = await withLimits({ handshakeTimeout: 1000 });
    const client = router.connectClient();
    router.clock.advance(999);
    await client.expectNothing();
    router.clock.advance(1);
    expect(await expectAbort(client, ErrorUri.TIMEOUT)).toContain("1000 ms");
    expect(router.metrics.get("limit_handshake_timeout")).toBe(1);
    await expectNoTrace(router, []);
  });

  it("handshakeTimeout: HELLO ends it, and a session may be idle for as long as it likes", async () => {
    const router = await withLimits({ handshakeTimeout: 1000 });
    const client = await router.join();
    expect(router.clock.pending).toBe(0);
    router.clock.advance(1_000_000);
    await client.subscribe(TOPIC);
  });

  it("handshakeTimeout: runs again after GOODBYE, and is counted then too", async () => {
    const router = await withLimits({ handshakeTimeout: 1000 });
    const client = await router.join();
    await client.leave();
    router.clock.advance(1000);
    await client.expectClosed();
    expect(router.metrics.get("limit_handshake_timeout")).toBe(1);
    await expectNoTrace(router, []);
  });

  it("goodbyeTimeout: a client that does not answer GOODBYE is disconnected, and counted", async () => {
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
  it("sessionsPerRealm: one more gets ABORT limit_exceeded; who leaves makes room; in-process sessions do not count", async () => {
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

  it("uriLength: a longer topic or procedure gets ERROR invalid_uri, whatever is to be done with it", async () => {
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

  it("subscriptionsPerSession: one more gets ERROR limit_exceeded; those that exist do not count twice", async () => {
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

  it("registrationsPerSession: one more gets ERROR limit_exceeded; who unregisters makes room", async () => {
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
    caller.call(PROCEDURE);
    caller.call(PROCEDURE);
    await expectError(caller, M.CALL, caller.call(PROCEDURE), ErrorUri.LIMIT_EXCEEDED);
    other.call(PROCEDURE);
    await settle();
    expect(callee.unread).toHaveLength(3);
    callee.yield(1);
    await caller.expect(M.RESULT);
    caller.call(PROCEDURE);
    await expectError(caller, M.CALL, caller.call(PROCEDURE), ErrorUri.LIMIT_EXCEEDED);
    callee.fail(2, "com.example.error");
    await caller.expect(M.ERROR);
    caller.call(PROCEDURE);
    callee.disconnect();
    for (let index = 0; index < 2; index++) expect((await caller.expect(M.ERROR)).error).toBe(ErrorUri.CANCELED);
    await other.expect(M.ERROR);
    await other.register(PROCEDURE);
    caller.call(PROCEDURE);
    caller.call(PROCEDURE);
    await other.expect(M.INVOCATION);
    await other.expect(M.INVOCATION);
    expect(router.metrics.get("limit_pending_calls_per_session")).toBe(2);
  });

  it("pendingCallsPerSession: a call that fails at once does not count", async () => {
    const caller = await (await withLimits({ pendingCallsPerSession: 1 })).join();
    for (let index = 0; index < 3; index++)
      await expectError(caller, M.CALL, caller.call(PROCEDURE), ErrorUri.NO_SUCH_PROCEDURE);
  });

  it("queuedCallsPerRegistration: one more gets ERROR; who is served makes room", async () => {
    const router = await withLimits({ queuedCallsPerRegistration: 1 });
    const [caller, callee] = [await router.join(), await router.join()];
    await callee.register(PROCEDURE, { concurrency: 1 });
    caller.call(PROCEDURE);
    caller.call(PROCEDURE);
    await expectError(caller, M.CALL, caller.call(PROCEDURE), ErrorUri.MAX_CONCURRENCY_REACHED);
    callee.yield((await callee.expect(M.INVOCATION)).request);
    await caller.expect(M.RESULT);
    caller.call(PROCEDURE);
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

  it("retainedTopicsPerRealm: the one that changed least recently gives way", async () => {
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

describe("Limits: a client that reads too slowly", () => {
  const LIMITS = { outbox: { highWater: 1000, lowWater: 100, limit: 20_000 } };
  const payload = { args: ["x".repeat(100)] };

  /** A publisher, and a subscriber that has stopped reading. */
  async function congested(
    router: TestRouter,
  ): Promise<{ publisher: WireSession; slow: WireSession; subscription: Id }> {
    const [publisher, slow] = [await router.join(), router.connectClient(LIMITS)];
    await slow.join(REALM);
    const subscription = await slow.subscribe(TOPIC);
    await slow.register(PROCEDURE);
    slow.connection.pause();
    return { publisher, slow, subscription };
  }

  async function flood(publisher: WireSession, events: number): Promise<void> {
    for (let index = 0; index < events; index++) publisher.publish(TOPIC, payload);
    publisher.publish(TOPIC, payload, { acknowledge: true });
    await publisher.expect(M.PUBLISHED);
  }

  it("drop: misses events above the high-water mark, and each is counted", async () => {
    const router = await createTestRouter();
    const { publisher, slow } = await congested(router);
    await flood(publisher, 99);
    slow.connection.resume();
    await settle();
    const received = slow.unread.length;
    expect(received).toBeGreaterThan(5);
    expect(received).toBeLessThan(20);
    expect(router.metrics.get("events_dropped")).toBe(100 - received);
    expect(slow.closed).toBe(false);
  });

  it("drop: what arrives is the beginning, in order and without holes, and it goes on once the outbox has drained", async () => {
    const router = await createTestRouter();
    const { publisher, slow } = await congested(router);
    for (let index = 0; index < 50; index++) publisher.publish(TOPIC, { args: [index, ...payload.args] });
    await settle();
    slow.connection.resume();
    await settle();
    publisher.publish(TOPIC, { args: ["again"] });
    await settle();
    const values = slow.unread.map((message) => ("payload" in message ? message.payload.args?.[0] : undefined));
    expect(values.at(-1)).toBe("again");
    expect(values.slice(0, -1)).toEqual(Array.from({ length: values.length - 1 }, (_, index) => index));
  });

  it("drop: RESULT, ERROR, INVOCATION and acknowledgements are never dropped", async () => {
    const router = await createTestRouter();
    const { publisher: other, slow, subscription } = await congested(router);
    await other.register("com.example.other");
    await flood(other, 50);
    const calls = [slow.call("com.example.other"), slow.call("com.example.other"), slow.call("com.example.unknown")];
    const publishing = slow.publish("com.example.x", {}, { acknowledge: true });
    slow.send({ type: M.UNSUBSCRIBE, request: slow.nextRequest(), subscription });
    other.yield((await other.expect(M.INVOCATION)).request);
    other.fail((await other.expect(M.INVOCATION)).request, "com.example.error");
    other.call(PROCEDURE);
    await settle();
    expect(router.metrics.get("events_dropped")).toBeGreaterThan(0);
    slow.connection.resume();
    await settle();
    const rest = slow.unread.flatMap((message) => ("type" in message && message.type !== M.EVENT ? [message] : []));
    expect(rest).toMatchObject([
      { type: M.ERROR, request: calls[2] },
      { type: M.PUBLISHED, request: publishing },
      { type: M.UNSUBSCRIBED },
      { type: M.RESULT, request: calls[0] },
      { type: M.ERROR, request: calls[1] },
      { type: M.INVOCATION },
    ]);
  });

  it("drop: nobody else misses anything", async () => {
    const router = await createTestRouter();
    const { publisher } = await congested(router);
    const fast = await router.join();
    await fast.subscribe(TOPIC);
    await flood(publisher, 99);
    await settle();
    expect(fast.unread).toHaveLength(100);
  });

  it("disconnect: leaves with GOODBYE limit_exceeded, at once for the realm, and the event reaches all others", async () => {
    const probe = new Probe();
    const router = await createTestRouter({
      slowConsumer: "disconnect",
      limits: { goodbyeTimeout: 1000 },
      realm: { plugins: [probe] },
    });
    const { publisher, slow } = await congested(router);
    const fast = await router.join();
    await fast.subscribe(TOPIC);
    await flood(publisher, 99);
    await settle();
    expect(fast.unread).toHaveLength(100);
    expect(await probe.realm.sessions.count()).toBe(2);
    expect(await probe.realm.registrations.list()).toEqual([]);
    expect(router.metrics.get("events_dropped")).toBeGreaterThan(0);
    slow.connection.resume();
    await settle();
    const last = slow.unread.at(-1);
    expect(last).toMatchObject({ type: M.GOODBYE, reason: ErrorUri.LIMIT_EXCEEDED });
    sendText(slow, '[6,{},"wamp.close.goodbye_and_out"]');
    await slow.expectClosed();
    await expectNoTrace(router, [publisher, fast]);
  });

  it("disconnect: one that does not read its GOODBYE either is cut off", async () => {
    const router = await createTestRouter({ slowConsumer: "disconnect", limits: { goodbyeTimeout: 1000 } });
    const { publisher, slow } = await congested(router);
    await flood(publisher, 99);
    router.clock.advance(1000);
    await settle();
    router.clock.advance(10_000);
    await slow.expectClosed();
    await expectNoTrace(router, [publisher]);
  });

  it("an outbox at its hard limit ends the connection, whatever the messages are, and is counted", async () => {
    const probe = new Probe();
    const router = await createTestRouter({ realm: { plugins: [probe] } });
    const { publisher: caller, slow } = await congested(router);
    const requests = Array.from({ length: 200 }, () => caller.call(PROCEDURE, payload));
    await settle();
    await slow.expectClosed();
    expect(slow.closeError).not.toBeInstanceOf(OutboxOverflowError);
    const metric: MetricName = "limit_outbox_bytes";
    expect(router.metrics.get(metric)).toBe(1);
    const answered: Id[] = [];
    for (const _request of requests) {
      const { request, error } = await caller.expect(M.ERROR);
      answered.push(request);
      expect([ErrorUri.CANCELED, ErrorUri.NO_SUCH_PROCEDURE]).toContain(error);
    }
    expect(answered).toEqual(requests);
    expect(await probe.counts()).toEqual({ sessions: 1, subscriptions: 0, registrations: 0 });
    await expectNoTrace(router, [caller]);
  });
});
