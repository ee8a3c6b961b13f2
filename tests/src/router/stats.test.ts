// What a realm counts: each number is moved by what it stands for, and nothing else.
import { CloseUri, ErrorUri, MessageType as M } from "@kreuz/codec";
import type { AuthenticationResult, CallOutcome, Plugin, RealmStats } from "@kreuz/router";
import { settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  callerAndCallee,
  cancel,
  createTestRouter,
  DENY,
  authenticatingRouter,
  authenticator,
  type Begin,
  challenge,
  hello,
  PROCEDURE,
  publisherAndSubscriber,
  REALM,
  sendText,
  type TestRouter,
  TOPIC,
} from "../support/index.js";

const statsOf = (router: TestRouter): RealmStats => router.stats(REALM)!;

/** The outcomes that were counted, with their numbers. */
function outcomes(router: TestRouter): Partial<Record<CallOutcome, number>> {
  const { calls } = statsOf(router);
  return Object.fromEntries(calls.keys.flatMap((key) => (calls.get(key) === 0 ? [] : [[key, calls.get(key)]])));
}

describe("Every call is counted once, by how it ended", () => {
  it("ok, with its duration from CALL to RESULT", async () => {
    const { router, caller, callee } = await callerAndCallee();
    caller.sendCall(PROCEDURE);
    const { request } = await callee.expect(M.INVOCATION);
    expect([statsOf(router).callsPending, outcomes(router)]).toEqual([1, {}]);
    router.clock.advance(2000);
    callee.send({ type: M.YIELD, request, options: {}, payload: {} });
    await caller.expect(M.RESULT);
    expect([statsOf(router).callsPending, outcomes(router)]).toEqual([0, { ok: 1 }]);
    expect([statsOf(router).callSeconds.count, statsOf(router).callSeconds.sum]).toEqual([1, 2]);
  });

  it("error: the callee's ERROR, whatever its URI", async () => {
    const { router, caller, callee } = await callerAndCallee();
    for (const error of ["com.example.error", ErrorUri.NO_SUCH_PROCEDURE, ErrorUri.TIMEOUT]) {
      caller.sendCall(PROCEDURE);
      const { request } = await callee.expect(M.INVOCATION);
      callee.send({ type: M.ERROR, requestType: M.INVOCATION, request, details: {}, error, payload: {} });
      await caller.expect(M.ERROR);
    }
    expect(outcomes(router)).toEqual({ error: 3 });
  });

  it("no_procedure, without a duration", async () => {
    const { router, caller } = await callerAndCallee();
    caller.sendCall("com.example.nobody");
    await caller.expect(M.ERROR);
    expect(outcomes(router)).toEqual({ no_procedure: 1 });
    expect(statsOf(router).callSeconds.count).toBe(0);
  });

  it("no_procedure, of a session inside the process", async () => {
    const router = await createTestRouter();
    await expect(router.connect(REALM).call("com.example.nobody")).rejects.toThrow("no callee is registered");
    expect(outcomes(router)).toEqual({ no_procedure: 1 });
  });

  it("denied, also when the authorizer fails", async () => {
    const router = await createTestRouter({
      realm: { authorizer: { authorize: (_, { uri }) => (uri === "com.example.fails" ? null! : false) } },
    });
    const caller = await router.join();
    for (const uri of [PROCEDURE, "com.example.fails"]) {
      caller.sendCall(uri);
      await caller.expect(M.ERROR);
    }
    expect(outcomes(router)).toEqual({ denied: 2 });
    const { refused } = statsOf(router);
    expect([refused.get("call:denied"), refused.get("call:failed"), refused.total]).toEqual([1, 1, 2]);
  });

  it("canceled: by every mode", async () => {
    const { router, caller, callee } = await callerAndCallee();
    for (const mode of ["skip", "killnowait", "kill"] as const) {
      const called = caller.sendCall(PROCEDURE);
      const { request } = await callee.expect(M.INVOCATION);
      cancel(caller, called, mode);
      if (mode !== "skip") await callee.expect(M.INTERRUPT);
      const error = ErrorUri.CANCELED;
      callee.send({ type: M.ERROR, requestType: M.INVOCATION, request, details: {}, error, payload: {} });
      await caller.expect(M.ERROR);
    }
    await settle();
    expect(outcomes(router)).toEqual({ canceled: 3 });
  });

  it("timeout", async () => {
    const { router, caller, callee } = await callerAndCallee();
    caller.sendCall(PROCEDURE, {}, { timeout: 100 });
    await callee.expect(M.INVOCATION);
    router.clock.advance(100);
    await caller.expect(M.ERROR);
    expect(outcomes(router)).toEqual({ timeout: 1 });
  });

  it("callee_lost and caller_lost", async () => {
    const { router, caller, callee } = await callerAndCallee();
    caller.sendCall(PROCEDURE);
    await callee.expect(M.INVOCATION);
    callee.disconnect();
    await caller.expect(M.ERROR);
    expect(outcomes(router)).toEqual({ callee_lost: 1 });

    const other = await router.join();
    await other.register(PROCEDURE);
    caller.sendCall(PROCEDURE);
    await other.expect(M.INVOCATION);
    caller.disconnect();
    await settle();
    expect(outcomes(router)).toEqual({ callee_lost: 1, caller_lost: 1 });
  });

  it("caller_lost: while the authorizer decides", async () => {
    let decide: (allowed: boolean) => void = () => {};
    const authorizer = { authorize: () => new Promise<boolean>((resolve) => (decide = resolve)) };
    const router = await createTestRouter({ realm: { authorizer } });
    const caller = await router.join();
    caller.sendCall(PROCEDURE);
    await settle();
    void router.close();
    await settle();
    decide(true);
    await settle();
    expect(outcomes(router)).toEqual({ caller_lost: 1 });
  });

  it("no_callee: it unregisters while the call waits", async () => {
    const router = await createTestRouter();
    const [caller, callee] = [await router.join(), await router.join()];
    await callee.register(PROCEDURE, { concurrency: 1 });
    caller.sendCall(PROCEDURE);
    await callee.expect(M.INVOCATION);
    caller.sendCall(PROCEDURE);
    await settle();
    callee.disconnect();
    await settle();
    expect(outcomes(router)).toEqual({ callee_lost: 1, no_callee: 1 });
  });
});

describe("Sessions and messages", () => {
  it("joined by method, left by cause, and how long they stayed", async () => {
    const router = await createTestRouter();
    const named = await router.join({ authid: "ann" });
    const anonymous = await router.join();
    router.clock.advance(5000);
    named.send({ type: M.GOODBYE, details: {}, reason: CloseUri.CLOSE_REALM });
    anonymous.disconnect();
    await settle();
    const { joined, left, sessionSeconds } = statsOf(router);
    expect([joined.get("trust"), joined.get("anonymous")]).toEqual([1, 1]);
    expect([left.get("goodbye"), left.get("lost"), left.total]).toEqual([1, 1, 2]);
    expect(sessionSeconds.cumulative.slice(0, 2)).toEqual([0, 2]);
  });

  it("messages by type and direction, events as often as they are sent", async () => {
    const { router, publisher, subscriber } = await publisherAndSubscriber();
    const second = await router.join();
    await second.subscribe(TOPIC);
    publisher.publish(TOPIC);
    await subscriber.expect(M.EVENT);
    await second.expect(M.EVENT);
    const { received, sent, publications, fanOut } = statsOf(router);
    expect([received[M.HELLO], received[M.SUBSCRIBE], received[M.PUBLISH]]).toEqual([3, 2, 1]);
    expect([sent[M.WELCOME], sent[M.SUBSCRIBED], sent[M.EVENT]]).toEqual([3, 2, 2]);
    expect([publications, fanOut.count, fanOut.sum]).toEqual([1, 1, 2]);
  });

  it("what belongs to no realm is counted apart", async () => {
    const router = await createTestRouter();
    const client = router.connectClient();
    sendText(client, '[1,"com.example.elsewhere",{"roles":{"caller":{}}}]');
    await client.expect(M.ABORT);
    const other = router.connectClient();
    sendText(other, '[48,1,{},"com.example.p"]');
    await other.expect(M.ABORT);
    const stats = router.stats()!;
    expect([stats.received[M.HELLO], stats.sent[M.ABORT], stats.protocolViolations]).toEqual([1, 2, 1]);
    expect(statsOf(router).protocolViolations).toBe(0);
  });

  it("subscriptions, registrations and retained events that exist now", async () => {
    const router = await createTestRouter();
    const client = await router.join();
    await client.register(PROCEDURE, { match: "prefix" });
    await client.subscribe(TOPIC);
    client.publish(TOPIC, { args: ["x"] }, { retain: true });
    await settle();
    const stats = statsOf(router);
    expect([stats.registrations.get("prefix"), stats.subscriptions.get("exact")]).toEqual([1, 1]);
    expect(stats.retainedEvents).toBe(1);
    expect(stats.retainedBytes).toBeGreaterThan(0);
    client.disconnect();
    await settle();
    expect([stats.registrations.total, stats.subscriptions.total]).toEqual([0, 0]);
  });
});

it("numbers of one session, for operators", async () => {
  const { router, caller, callee } = await callerAndCallee();
  router.clock.advance(1000);
  caller.sendCall(PROCEDURE);
  await callee.expect(M.INVOCATION);
  router.clock.advance(500);
  expect(router.inspect(REALM)?.numbers(caller.id)).toMatchObject({
    joined: 0,
    lastActivity: 1000,
    messagesIn: 1,
    messagesOut: 0,
    eventsDropped: 0,
    bufferedBytes: 0,
    pendingCalls: 1,
  });
  // REGISTERED and INVOCATION.
  expect(router.inspect(REALM)?.numbers(callee.id)).toMatchObject({ messagesOut: 2, pendingCalls: 0 });
  expect(router.inspect(REALM)?.numbers(1)).toBeUndefined();
});

describe("Authentications, by method", () => {
  it.each([
    ["denied", () => DENY],
    ["throttled", () => ({ ...DENY, throttled: true })],
    ["failed", () => Promise.reject(new Error("broken"))],
  ] satisfies [AuthenticationResult, Begin][])("%s", async (result, begin) => {
    const router = await authenticatingRouter(authenticator(begin));
    const client = router.connectClient();
    hello(client);
    await client.expect(M.ABORT);
    const [stats] = statsOf(router).authentications.values();
    expect([stats?.results.get(result), stats?.results.total, stats?.seconds.count]).toEqual([1, 1, 1]);
  });

  it("timeout, and nothing after it", async () => {
    const router = await authenticatingRouter(authenticator(() => challenge(() => DENY)));
    const client = router.connectClient();
    hello(client);
    await client.expect(M.CHALLENGE);
    router.clock.advance(30_000);
    await client.expect(M.ABORT);
    const [stats] = statsOf(router).authentications.values();
    expect([stats?.results.get("timeout"), stats?.results.total, stats?.seconds.sum]).toEqual([1, 1, 30]);
  });
});

it("plugins have a meter of their own in each realm", async () => {
  const plugin: Plugin = {
    name: "@acme/audit",
    setup(realm) {
      const joined = realm.meter.counter("joined_total", "Sessions.", { kind: ["local", "client"] });
      realm.on("sessionJoined", () => joined.add(1, { kind: "client" }));
    },
  };
  const router = await createTestRouter({ realm: { plugins: [plugin] } });
  await router.join();
  const [metric] = router.pluginMetrics(REALM);
  expect(metric).toMatchObject({ name: "kreuz_plugin_acme_audit_joined_total", type: "counter", labels: ["kind"] });
  expect([...metric!.values()].map(({ value }) => value)).toEqual([0, 1]);
});
