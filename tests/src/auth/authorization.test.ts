import { ErrorUri, MessageType as M, type MatchPolicy } from "@kreuz/codec";
import {
  allowAll,
  authorizeByRole,
  denyAll,
  type Action,
  type Authorizer,
  type Decision,
  type SessionInfo,
} from "@kreuz/router";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  createTestRouter,
  Deferred,
  expectError,
  expectNoTrace,
  Probe,
  PROCEDURE,
  REALM,
  sendText,
  type TestRouter,
  TOPIC,
} from "../support/index.js";

type Rule = (action: Action, session: SessionInfo) => Decision | Promise<Decision>;

/** The four requests that need permission, with request id 1. */
const REQUESTS = {
  call: { type: M.CALL, text: `[48,1,{},"${PROCEDURE}"]` },
  register: { type: M.REGISTER, text: `[64,1,{},"${PROCEDURE}"]` },
  subscribe: { type: M.SUBSCRIBE, text: `[32,1,{},"${TOPIC}"]` },
  publish: { type: M.PUBLISH, text: `[16,1,{"acknowledge":true},"${TOPIC}"]` },
} as const;
const each = Object.entries(REQUESTS);

const open = (authorize: Rule): Promise<TestRouter> =>
  createTestRouter({ realm: { authorizer: { authorize: (session, action) => authorize(action, session) } } });

/** A router that allows everything, and the actions that its authorizer was asked about. */
async function asking(): Promise<{ router: TestRouter; asked: Action[] }> {
  const asked: Action[] = [];
  return { router: await open((action) => asked.push(action) > 0), asked };
}

describe("Authorization: synchronous decisions", () => {
  it.each(each)("denied %s: ERROR not_authorized, and the session goes on", async (name, { type, text }) => {
    const router = await open((action) => action.type !== name);
    const client = await router.join();
    sendText(client, text);
    expect(await expectError(client, type, 1, ErrorUri.NOT_AUTHORIZED)).toContain(`may not ${name}`);
    expect(router.stats(REALM)!.refusedFor("denied")).toBe(1);
    await client.expectNothing();
    expect(client.closed).toBe(false);
  });

  it.each(each)("denied %s: no effect", async (name) => {
    const probe = new Probe();
    const authorizer: Authorizer = { authorize: ({ authid }, { type }) => authid === "router" || type !== name };
    const router = await createTestRouter({ realm: { authorizer, plugins: [probe] } });
    const client = await router.join();
    let events = 0;
    probe.realm.on("publicationAccepted", () => events++);
    sendText(client, REQUESTS[name as keyof typeof REQUESTS].text);
    await client.expect(M.ERROR);
    expect(await probe.counts()).toEqual({ sessions: 1, subscriptions: 0, registrations: 0 });
    expect(events).toBe(0);
  });

  it("denied publish without acknowledge: no answer (spec: PUBLISH)", async () => {
    const router = await open(({ type }) => type !== "publish");
    const [publisher, subscriber] = [await router.join(), await router.join()];
    await subscriber.subscribe(TOPIC);
    publisher.publish(TOPIC);
    publisher.publish(TOPIC, {}, { acknowledge: false });
    await publisher.expectNothing();
    await subscriber.expectNothing();
    expect(router.stats(REALM)!.refusedFor("denied")).toBe(2);
  });

  it("a Permit allows on its terms", async () => {
    const router = await open(({ type }) => (type === "publish" ? { allow: true, trustlevel: 3 } : true));
    const [publisher, subscriber] = [await router.join(), await router.join()];
    await subscriber.subscribe(TOPIC);
    publisher.publish(TOPIC);
    expect((await subscriber.expect(M.EVENT)).details).toEqual({ trustlevel: 3 });
  });

  it("allowAll, denyAll and authorizeByRole decide by their names", async () => {
    const outcomes = async (authorizer: Authorizer): Promise<unknown[]> => {
      const client = await (await createTestRouter({ realm: { authorizer } })).join();
      sendText(client, REQUESTS.subscribe.text);
      sendText(client, REQUESTS.publish.text);
      return [(await client.next()).type, (await client.next()).type];
    };
    expect(await outcomes(allowAll)).toEqual([M.SUBSCRIBED, M.PUBLISHED]);
    expect(await outcomes(denyAll)).toEqual([M.ERROR, M.ERROR]);
    expect(await outcomes(authorizeByRole({ anonymous: "allow" }))).toEqual([M.SUBSCRIBED, M.PUBLISHED]);
    expect(await outcomes(authorizeByRole({ anonymous: "deny" }))).toEqual([M.ERROR, M.ERROR]);
    expect(await outcomes(authorizeByRole({}))).toEqual([M.ERROR, M.ERROR]);
  });
});

describe("Authorization: what the authorizer is asked", () => {
  it.each(each)("%s: session, action, URI, match policy and options", async (name, { text }) => {
    const asked: unknown[] = [];
    const router = await open((action, session) => asked.push([action, session]) > 0);
    const client = await router.join();
    sendText(client, text);
    await client.next();
    const uri = name === "call" || name === "register" ? PROCEDURE : TOPIC;
    const options = name === "publish" ? { acknowledge: true } : {};
    const action = { type: name, uri, match: "exact", options };
    expect(asked).toEqual([[action, expect.objectContaining({ session: client.id })]]);
  });

  it.each<readonly [MatchPolicy, string]>([
    ["exact", TOPIC],
    ["prefix", ""],
    ["prefix", "com."],
    ["wildcard", ""],
    ["wildcard", "com..topic"],
  ])("the match policy of patterns: %s %j", async (match, uri) => {
    const { router, asked } = await asking();
    const client = await router.join();
    await client.subscribe(uri, { match });
    await client.register(uri, { match });
    expect(asked).toEqual([
      { type: "subscribe", uri, match, options: { match } },
      { type: "register", uri, match, options: { match } },
    ]);
  });

  it("a rule for one topic does not allow a prefix subscription to everything", async () => {
    const router = await open(({ type, uri, match }) => type === "publish" || (uri === TOPIC && match === "exact"));
    const [spy, publisher] = [await router.join(), await router.join()];
    for (const [match, topic] of [
      ["prefix", ""],
      ["prefix", TOPIC],
      ["wildcard", ".."],
      ["wildcard", TOPIC],
    ] as const) {
      const request = spy.nextRequest();
      spy.send({ type: M.SUBSCRIBE, request, options: { match }, topic });
      await expectError(spy, M.SUBSCRIBE, request, ErrorUri.NOT_AUTHORIZED);
    }
    publisher.publish(TOPIC);
    await spy.expectNothing();
  });

  it("nothing for an invalid or reserved URI, which is refused first", async () => {
    const { router, asked } = await asking();
    const client = await router.join();
    for (const text of ['[48,1,{},"a..b"]', '[64,1,{},""]', '[32,1,{},"a b"]', '[16,1,{"acknowledge":true},"."]'])
      sendText(client, text);
    for (const text of ['[64,1,{},"wamp.x"]', '[16,1,{"acknowledge":true},"wamp.x"]']) sendText(client, text);
    for (let index = 0; index < 6; index++) expect((await client.expect(M.ERROR)).error).toBe(ErrorUri.INVALID_URI);
    expect(asked).toEqual([]);
  });

  it("before a client calls or subscribes under wamp.", async () => {
    const router = await open(({ uri }) => !uri.startsWith("wamp."));
    const client = await router.join();
    sendText(client, '[48,1,{},"wamp.session.kill_all"]');
    await expectError(client, M.CALL, 1, ErrorUri.NOT_AUTHORIZED);
    sendText(client, '[32,2,{},"wamp.session.on_join"]');
    await expectError(client, M.SUBSCRIBE, 2, ErrorUri.NOT_AUTHORIZED);
  });

  it("nothing for UNSUBSCRIBE, UNREGISTER, YIELD, ERROR and GOODBYE", async () => {
    const { router, asked } = await asking();
    const client = await router.join();
    await client.unsubscribe(await client.subscribe(TOPIC));
    const registration = await client.register(PROCEDURE);
    client.sendCall(PROCEDURE);
    client.sendCall(PROCEDURE);
    client.yield((await client.expect(M.INVOCATION)).request);
    client.fail((await client.expect(M.INVOCATION)).request, "com.example.error");
    await client.expect(M.RESULT);
    await client.expect(M.ERROR);
    await client.unregister(registration);
    await client.leave();
    expect(asked.map(({ type }) => type)).toEqual(["subscribe", "register", "call", "call"]);
  });

  it("a denial does not reveal whether a procedure exists", async () => {
    const router = await open((_action, { authrole }) => authrole === "trusted");
    const client = await router.join();
    router.connect(REALM).register(PROCEDURE, () => 1);
    for (const [type, uri] of [
      [M.CALL, PROCEDURE],
      [M.CALL, "com.example.other"],
      [M.REGISTER, PROCEDURE],
      [M.REGISTER, "com.example.other"],
    ] as const) {
      const request = client.nextRequest();
      sendText(client, `[${type},${request},{},"${uri}"]`);
      await expectError(client, type, request, ErrorUri.NOT_AUTHORIZED);
    }
  });
});

describe("Authorization: asynchronous decisions", () => {
  it.each(each)("denied %s: ERROR not_authorized", async (name, { type, text }) => {
    const client = await (await open(async (action) => action.type !== name)).join();
    sendText(client, text);
    await expectError(client, type, 1, ErrorUri.NOT_AUTHORIZED);
  });

  it("denied publish without acknowledge: no answer", async () => {
    const router = await open(async ({ type }) => type !== "publish");
    const [publisher, subscriber] = [await router.join(), await router.join()];
    await subscriber.subscribe(TOPIC);
    publisher.publish(TOPIC);
    await publisher.expectNothing();
    await subscriber.expectNothing();
  });

  it("keep the order of the session: everything that it sends later waits", async () => {
    const later = new Deferred<Decision>();
    const router = await open(({ uri }) => (uri === "com.example.slow" ? later.promise : true));
    const [client, other] = [await router.join(), await router.join()];
    await other.subscribe("com.example", { match: "prefix" });
    await client.register(PROCEDURE);
    other.sendCall(PROCEDURE);
    const { request } = await client.expect(M.INVOCATION);
    client.publish("com.example.slow");
    client.publish("com.example.fast");
    client.yield(request, { args: ["yielded"] });
    const subscribing = client.subscribe(TOPIC);
    await other.expectNothing();
    later.resolve(true);
    expect((await other.expect(M.EVENT)).details.topic).toBe("com.example.slow");
    expect((await other.expect(M.EVENT)).details.topic).toBe("com.example.fast");
    await other.expect(M.RESULT);
    await subscribing;
  });

  it("do not delay other sessions, nor messages to the waiting session", async () => {
    const later = new Deferred<Decision>();
    const router = await open(({ uri }) => (uri === "com.example.slow" ? later.promise : true));
    const [client, one, other] = [await router.join(), await router.join(), await router.join()];
    await client.subscribe(TOPIC);
    client.sendCall("com.example.slow");
    await settle();
    await other.register(PROCEDURE);
    one.sendCall(PROCEDURE);
    other.yield((await other.expect(M.INVOCATION)).request);
    await one.expect(M.RESULT);
    one.publish(TOPIC);
    await client.expect(M.EVENT);
    later.resolve(false);
    expect((await client.expect(M.ERROR)).error).toBe(ErrorUri.NOT_AUTHORIZED);
  });

  it("answer queued requests in order, each with its own decision", async () => {
    const asked: string[] = [];
    const router = await open(async ({ uri }) => {
      asked.push(uri);
      await settle(uri.endsWith("0") ? 3 : 1);
      return !uri.endsWith("7");
    });
    const client = await router.join();
    const topics = Array.from({ length: 20 }, (_, index) => `${TOPIC}.n${index}`);
    for (const topic of topics) client.publish(topic, {}, { acknowledge: true });
    for (const [index, topic] of topics.entries())
      expect(await client.next()).toMatchObject({
        type: topic.endsWith("7") ? M.ERROR : M.PUBLISHED,
        request: index + 1,
      });
    expect(asked).toEqual(topics);
  });

  it("apply to the state at that time: a callee that has left is not called", async () => {
    const later = new Deferred<Decision>();
    const router = await open(({ type }) => (type === "call" ? later.promise : true));
    const [caller, callee] = [await router.join(), await router.join()];
    await callee.register(PROCEDURE);
    const request = caller.sendCall(PROCEDURE);
    await settle();
    await callee.leave();
    later.resolve(true);
    await expectError(caller, M.CALL, request, ErrorUri.NO_SUCH_PROCEDURE);
  });
});

describe("Authorization: sessions that leave while a decision is pending", () => {
  const endings: ReadonlyArray<
    readonly [how: string, end: (client: WireSession, router: TestRouter, probe: Probe) => unknown]
  > = [
    ["is killed", (client, _stage, probe) => probe.realm.sessions.kill(client.id, { reason: "com.example.out" })],
    [
      "loses its transport",
      async (client, router) => {
        client.disconnect();
        await settle();
        router.clock.advance(1000);
      },
    ],
    ["loses its realm", (_client, router) => router.removeRealm(REALM)],
    ["meets the router's shutdown", (_client, router) => router.close()],
  ];

  it.each(endings)("%s: the request is dropped, even if it is then allowed", async (_how, end) => {
    for (const text of [REQUESTS.subscribe.text, REQUESTS.register.text, REQUESTS.publish.text]) {
      const probe = new Probe();
      const later = new Deferred<Decision>();
      let publications = 0;
      const router = await createTestRouter({
        realm: { authorizer: { authorize: () => later.promise }, plugins: [probe] },
      });
      probe.realm.on("publicationAccepted", () => publications++);
      const client = router.connectClient({ closeTimeout: 1000 });
      await client.join(REALM);
      sendText(client, text);
      sendText(client, '[16,2,{},"com.example.after"]');
      await settle();
      await end(client, router, probe);
      later.resolve(true);
      await settle();
      expect(await probe.counts()).toEqual({ sessions: 0, subscriptions: 0, registrations: 0 });
      expect(publications).toBe(0);
      expect(client.unread.map((message) => ("type" in message ? message.type : message))).toEqual(
        client.closeError === undefined && !client.closed ? [M.GOODBYE] : expect.anything(),
      );
      await expectNoTrace(router, [client]);
    }
  });

  it("GOODBYE is answered after the request before it", async () => {
    const later = new Deferred<Decision>();
    const router = await open(() => later.promise);
    const client = await router.join();
    sendText(client, REQUESTS.publish.text);
    sendText(client, '[6,{},"wamp.close.close_realm"]');
    await client.expectNothing();
    later.resolve(true);
    await client.expect(M.PUBLISHED);
    await client.expect(M.GOODBYE);
  });
});

describe("Authorization: authorizers that fail (spec: authorization_failed, fail secure)", () => {
  const fail = (): never => {
    throw new Error("policy server at 10.0.0.8 is down");
  };

  it.each<readonly [string, Rule]>([
    ["throws", fail],
    ["rejects", async () => fail()],
    ["rejects without an Error", () => Promise.reject("down")],
  ])("%s: ERROR authorization_failed, with the cause only in the log, and the session goes on", async (_how, rule) => {
    const router = await open(rule);
    const client = await router.join();
    for (const [, { type, text }] of each) {
      sendText(client, text);
      expect(await expectError(client, type, 1, ErrorUri.AUTHORIZATION_FAILED)).not.toContain("10.0.0.8");
    }
    expect(router.errors()).toHaveLength(4);
    sendText(client, `[16,1,{},"${TOPIC}"]`);
    await client.expectNothing();
    expect(client.closed).toBe(false);
  });

  it.each([
    ["undefined", undefined],
    ["null", null],
    ["a number", 1],
    ["a string", "yes"],
    ["a list", [true]],
    ["no Permit", { allow: false }],
    ["half a Permit", { disclose: "always" }],
  ])("an invalid decision (%s): ERROR authorization_failed", async (_what, decision) => {
    for (const rule of [() => decision as never, async () => decision as never]) {
      const client = await (await open(rule)).join();
      sendText(client, REQUESTS.subscribe.text);
      await expectError(client, M.SUBSCRIBE, 1, ErrorUri.AUTHORIZATION_FAILED);
    }
  });
});
