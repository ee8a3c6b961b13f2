// kreuz.do.…: what operators can do, that it is noted, and that viewers cannot.
import { ADMIN, ADMIN_TOPICS, type KillResult, type Tail, type TailEvent } from "@kreuz/admin";
import { CloseUri, ErrorUri, MessageType as M } from "@kreuz/codec";
import { settle } from "@kreuz/testkit";
import { argsOf, readAll } from "../support/index.js";
import { describe, expect, it } from "vitest";
import { ask, createAdminRouter, joinMany, MANAGEMENT, OTHER_REALM, REALM } from "./admin-router.js";

describe("roles", () => {
  it.each(Object.values(ADMIN).filter((uri) => uri.startsWith("kreuz.do.")))(
    "a viewer may not call %s",
    async (uri) => {
      const router = await createAdminRouter();
      const viewer = await router.enter("viewer");
      await expect(viewer.call(uri)).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
    },
  );

  it("nobody registers or publishes there, and only operators see tails", async () => {
    const router = await createAdminRouter();
    for (const role of ["viewer", "operator"] as const) {
      const client = await router.enter(role);
      await expect(client.register("kreuz.get.mine")).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
      client.publish(ADMIN_TOPICS.log, {}, { acknowledge: true });
      expect(await client.expect(M.ERROR)).toMatchObject({ error: ErrorUri.NOT_AUTHORIZED });
    }
    const viewer = await router.enter("viewer");
    await expect(viewer.subscribe("kreuz.tail.1")).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
  });
});

describe("the audit", () => {
  it("one line for each action, done or refused, without payloads", async () => {
    const router = await createAdminRouter();
    const [callee] = await joinMany(router, ["ann"]);
    await callee!.register("com.open.echo");
    const operator = await router.enter();
    const before = router.log.length;
    operator.sendCall(ADMIN.call, { args: [REALM, "com.open.echo"], kwargs: { args: ["s3cret"] } });
    const { request } = await callee!.expect(M.INVOCATION);
    callee!.yield(request);
    await operator.expect(M.RESULT);
    await expect(ask(router, operator, ADMIN.kill, [REALM])).rejects.toMatchObject({ uri: ErrorUri.INVALID_ARGUMENT });
    const lines = router.log.slice(before).filter(({ message }) => message.includes("kreuz.do."));
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ["info", "operator olga: kreuz.do.call done"],
      ["info", "operator olga: kreuz.do.kill refused or failed"],
    ]);
    expect(lines[0]?.fields).toMatchObject({ operator: "olga", session: operator.id, procedure: "com.open.echo" });
    expect(lines[1]?.fields).toMatchObject({ error: ErrorUri.INVALID_ARGUMENT });
    expect(JSON.stringify([router.log, router.operatorLog.entries])).not.toContain("s3cret");
    expect(router.operatorLog.entries).toHaveLength(2);
  });
});

describe("kreuz.do.kill", () => {
  it("ends the sessions of a filter with reason and message, and tells how many", async () => {
    const router = await createAdminRouter();
    const [ann, bob] = await joinMany(router, ["ann", "bob", "ann"]);
    const operator = await router.enter();
    const kwargs = { authid: "ann", reason: "com.example.enough", message: "go home" };
    const dry = await ask<KillResult>(router, operator, ADMIN.kill, [REALM], { ...kwargs, dryRun: true });
    expect(dry.count).toBe(2);
    await ann!.expectNothing();
    const result = await ask<KillResult>(router, operator, ADMIN.kill, [REALM], kwargs);
    expect(result).toEqual({ count: 2, sessions: dry.sessions });
    expect(await ann!.expect(M.GOODBYE)).toMatchObject({
      reason: "com.example.enough",
      details: { message: "go home" },
    });
    await bob!.expectNothing();
  });

  it("a list of ids, of which some are gone; with a filter, both must hold", async () => {
    const router = await createAdminRouter();
    const [ann, bob] = await joinMany(router, ["ann", "bob"]);
    const operator = await router.enter();
    const sessions = [ann!.id, bob!.id, 12345];
    const both = await ask<KillResult>(router, operator, ADMIN.kill, [REALM], { sessions, text: "bo" });
    expect(both).toEqual({ count: 1, sessions: [bob!.id] });
    const rest = await ask<KillResult>(router, operator, ADMIN.kill, [REALM], { sessions });
    expect(rest).toEqual({ count: 1, sessions: [ann!.id] });
    expect(await ann!.expect(M.GOODBYE)).toMatchObject({ reason: CloseUri.KILLED });
  });

  it("many, in turns, also when the operator leaves meanwhile; never the one that asks", async () => {
    const router = await createAdminRouter();
    const clients = await joinMany(
      router,
      Array.from({ length: 200 }, () => "ann"),
    );
    const operator = await router.enter();
    expect(await ask(router, operator, ADMIN.kill, [MANAGEMENT], { all: true })).toMatchObject({ count: 0 });
    operator.sendCall(ADMIN.kill, { args: [REALM], kwargs: { all: true } });
    await settle();
    const after = router.counts(REALM)!.sessions;
    expect(after).toBeLessThan(200);
    expect(after).toBeGreaterThan(100);
    operator.disconnect();
    for (let turn = 0; turn < 10; turn++) {
      await settle();
      router.clock.advance(0);
    }
    expect(router.counts(REALM)!.sessions).toBe(0);
    expect(await clients[199]!.expect(M.GOODBYE)).toMatchObject({ reason: CloseUri.KILLED });
  });

  it.each([
    [{}, ErrorUri.INVALID_ARGUMENT],
    [{ all: false }, ErrorUri.INVALID_ARGUMENT],
    [{ autid: "ann" }, ErrorUri.INVALID_ARGUMENT],
    [{ sessions: ["ann"] }, ErrorUri.INVALID_ARGUMENT],
    [{ all: true, reason: "no uri" }, ErrorUri.INVALID_URI],
  ])("refuses %j, and ends nobody", async (kwargs, uri) => {
    const router = await createAdminRouter();
    await joinMany(router, ["ann"]);
    const operator = await router.enter();
    await expect(ask(router, operator, ADMIN.kill, [REALM], kwargs)).rejects.toMatchObject({ uri });
    expect(router.counts(REALM)!.sessions).toBe(1);
  });
});

describe("kreuz.do.remove", () => {
  it("takes a subscription or a registration from a session", async () => {
    const router = await createAdminRouter();
    const [ann] = await joinMany(router, ["ann"]);
    const subscription = await ann!.subscribe("com.topic");
    const registration = await ann!.register("com.procedure");
    const operator = await router.enter();
    await ask(router, operator, ADMIN.remove, [REALM, subscription, ann!.id], { reason: "too much" });
    expect(await ann!.expect(M.UNSUBSCRIBED)).toMatchObject({ details: { subscription, reason: "too much" } });
    await ask(router, operator, ADMIN.remove, [REALM, registration, ann!.id], { kind: "registration" });
    expect(await ann!.expect(M.UNREGISTERED)).toMatchObject({ details: { registration } });
    const again = ask(router, operator, ADMIN.remove, [REALM, subscription, ann!.id]);
    await expect(again).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SUBSCRIPTION });
    const gone = ask(router, operator, ADMIN.remove, [REALM, registration, 1], { kind: "registration" });
    await expect(gone).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SESSION });
  });
});

describe("kreuz.do.call and kreuz.do.publish", () => {
  it("act with the operator's authid and role, through the authorizer of that realm", async () => {
    const router = await createAdminRouter();
    const [ann] = await joinMany(router, ["ann"]);
    await ann!.register("com.open.who");
    await ann!.register("com.closed.who");
    const operator = await router.enter();
    const kwargs = { args: [1], kwargs: { two: 2 }, options: { disclose_me: true } };
    const request = operator.sendCall(ADMIN.call, { args: [REALM, "com.open.who"], kwargs });
    const invocation = await ann!.expect(M.INVOCATION);
    expect(invocation.details).toMatchObject({ caller_authid: "olga", caller_authrole: "operator" });
    expect([invocation.payload.args, invocation.payload.kwargs]).toEqual([[1], { two: 2 }]);
    ann!.yield(invocation.request, { args: ["a", "b"], kwargs: { c: 1 } });
    const result = await operator.expect(M.RESULT);
    expect(result.request).toBe(request);
    expect([result.payload.args, result.payload.kwargs]).toEqual([["a", "b"], { c: 1 }]);
    for (const [uri, error] of [
      ["com.closed.who", ErrorUri.NOT_AUTHORIZED],
      ["com.open.nothing", ErrorUri.NO_SUCH_PROCEDURE],
    ] as const)
      await expect(ask(router, operator, ADMIN.call, [REALM, uri])).rejects.toMatchObject({ uri: error });
    const elsewhere = ask(router, operator, ADMIN.call, [OTHER_REALM, "com.open.who"]);
    await expect(elsewhere).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
  });

  it("pass on the callee's error as it is", async () => {
    const router = await createAdminRouter();
    const [ann] = await joinMany(router, ["ann"]);
    await ann!.register("com.open.fail");
    const operator = await router.enter();
    operator.sendCall(ADMIN.call, { args: [REALM, "com.open.fail"] });
    const { request } = await ann!.expect(M.INVOCATION);
    ann!.fail(request, "com.example.error", { args: ["why"], kwargs: { code: 7 } });
    const error = await operator.expect(M.ERROR);
    expect(error.error).toBe("com.example.error");
    expect([error.payload.args, error.payload.kwargs]).toEqual([["why"], { code: 7 }]);
  });

  it("pass on progressive results, and cancel where the call runs", async () => {
    const router = await createAdminRouter();
    const [ann] = await joinMany(router, ["ann"]);
    await ann!.register("com.open.count");
    const operator = await router.enter();
    const options = { receive_progress: true };
    const request = operator.sendCall(ADMIN.call, { args: [REALM, "com.open.count"] }, options);
    const invocation = await ann!.expect(M.INVOCATION);
    ann!.yield(invocation.request, { args: [1] }, { progress: true });
    const part = await operator.expect(M.RESULT);
    expect([part.details.progress, part.payload.args]).toEqual([true, [1]]);
    operator.send({ type: M.CANCEL, request, options: { mode: "killnowait" } });
    await ann!.expect(M.INTERRUPT);
    expect(await operator.expect(M.ERROR)).toMatchObject({ request, error: ErrorUri.CANCELED });
  });

  it("publish, acknowledged", async () => {
    const router = await createAdminRouter();
    const [ann] = await joinMany(router, ["ann"]);
    await ann!.subscribe("com.open.topic");
    const operator = await router.enter();
    const kwargs = { args: ["hello"], options: { disclose_me: true } };
    const published = await ask(router, operator, ADMIN.publish, [REALM, "com.open.topic"], kwargs);
    const event = await ann!.expect(M.EVENT);
    expect(published).toEqual({ publication: event.publication });
    expect([argsOf(event), event.details["publisher_authid"]]).toEqual([["hello"], "olga"]);
    const closed = ask(router, operator, ADMIN.publish, [REALM, "com.closed.topic"]);
    await expect(closed).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
  });

  it.each([
    [ADMIN.call, { options: { signal: {} } }],
    [ADMIN.call, { options: { input: [1] } }],
    [ADMIN.call, { options: { timeout: "long" } }],
    [ADMIN.publish, { options: { eligible: [{}] } }],
    [ADMIN.publish, { args: {} }],
    [ADMIN.publish, { kwargs: [] }],
  ])("%s refuses %j", async (uri, kwargs) => {
    const router = await createAdminRouter();
    const operator = await router.enter();
    const answer = ask(router, operator, uri, [REALM, "com.open.x"], kwargs);
    await expect(answer).rejects.toMatchObject({ uri: ErrorUri.INVALID_ARGUMENT });
  });

  it("the session of an operator in a realm ends with its own", async () => {
    const router = await createAdminRouter();
    const operator = await router.enter();
    await ask(router, operator, ADMIN.publish, [REALM, "com.open.topic"]);
    await ask(router, operator, ADMIN.publish, [REALM, "com.open.topic"]);
    expect(router.counts(REALM)!.localSessions).toBe(1);
    operator.disconnect();
    await settle();
    expect(router.counts(REALM)!.localSessions).toBe(0);
  });
});

describe("kreuz.do.tail", () => {
  async function tailing(kwargs: object = {}) {
    const router = await createAdminRouter();
    const [ann] = await joinMany(router, ["ann"]);
    const operator = await router.enter();
    const { tail, topic } = await ask<Tail>(router, operator, ADMIN.tail, [REALM, "com.open."], {
      match: "prefix",
      ...kwargs,
    });
    await operator.subscribe(topic);
    const publish = (uri: string, ...args: unknown[]) => ann!.publish(uri, { args });
    const events = async () =>
      (await readAll(operator)).flatMap((message) =>
        message.type === M.EVENT ? [argsOf(message)?.[0] as TailEvent] : [],
      );
    return { router, ann: ann!, operator, tail, topic, publish, events };
  }

  it("shows events as they come, to the session that asked and to no other", async () => {
    const { router, publish, events, topic } = await tailing();
    const other = await router.enter();
    await other.subscribe(topic);
    router.clock.advance(1000);
    publish("com.open.one", 1);
    publish("com.closed", 2);
    expect(await events()).toMatchObject([{ at: 1000, topic: "com.open.one", args: [1], kwargs: {}, skipped: 0 }]);
    await other.expectNothing();
  });

  it("at most so many a second; the others are counted", async () => {
    const { router, publish, events } = await tailing({ perSecond: 2 });
    for (let count = 1; count <= 5; count++) publish("com.open.x", count);
    expect((await events()).map(({ args }) => args)).toEqual([[1], [2]]);
    router.clock.advance(1000);
    publish("com.open.x", 6);
    expect(await events()).toMatchObject([{ args: [6], skipped: 3 }]);
  });

  it("a share of them", async () => {
    const { publish, events } = await tailing({ sample: 0.25, perSecond: 100 });
    for (let count = 1; count <= 8; count++) publish("com.open.x", count);
    expect((await events()).map(({ args, skipped }) => [args, skipped])).toEqual([
      [[1], 0],
      [[5], 3],
    ]);
  });

  it("leaves long payloads out", async () => {
    const { publish, events } = await tailing();
    publish("com.open.x", "x".repeat(70_000));
    publish(
      "com.open.x",
      Array.from({ length: 70_000 }, () => 1),
    );
    expect(await events()).toMatchObject([{ tooLong: true }, { tooLong: true }]);
  });

  it("ends by kreuz.do.untail, which no other session can call for it", async () => {
    const { router, operator, tail, publish, events } = await tailing();
    const other = await router.enter();
    await expect(ask(router, other, ADMIN.untail, [tail])).rejects.toMatchObject({ uri: ErrorUri.INVALID_ARGUMENT });
    await ask(router, operator, ADMIN.untail, [tail]);
    publish("com.open.x", 1);
    expect(await events()).toEqual([]);
    expect(router.counts(REALM)!.subscriptions).toBe(0);
  });

  it("ends with its session, and a session has eight", async () => {
    const { router, operator } = await tailing();
    for (let count = 1; count < 8; count++) await ask(router, operator, ADMIN.tail, [REALM, "com.open.x"]);
    const ninth = ask(router, operator, ADMIN.tail, [REALM, "com.open.x"]);
    await expect(ninth).rejects.toMatchObject({ uri: ErrorUri.LIMIT_EXCEEDED });
    operator.disconnect();
    await settle();
    expect(router.counts(REALM)).toMatchObject({ subscriptions: 0, localSessions: 0 });
  });

  it("of a topic that the operator may not subscribe to is refused", async () => {
    const router = await createAdminRouter();
    const operator = await router.enter();
    const refused = ask(router, operator, ADMIN.tail, [REALM, "com.closed"]);
    await expect(refused).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
    const pattern = ask(router, operator, ADMIN.tail, [REALM, "no uri!"]);
    await expect(pattern).rejects.toMatchObject({ uri: ErrorUri.INVALID_URI });
  });
});

describe("kreuz.do.drain and kreuz.do.reload", () => {
  it("begin what the signals do", async () => {
    const router = await createAdminRouter();
    const operator = await router.enter();
    expect(await ask(router, operator, ADMIN.drain)).toBeNull();
    router.clock.advance(0);
    expect(router.drains).toBe(1);
    expect(await ask(router, operator, ADMIN.reload)).toEqual({ revoked: 1, needsRestart: ["transports"] });
    router.onReload = () => {
      throw new Error("kreuz.yaml:3: no such role");
    };
    const refused = ask(router, operator, ADMIN.reload);
    await expect(refused).rejects.toMatchObject({ uri: ErrorUri.INVALID_ARGUMENT });
    await expect(refused).rejects.toThrow("kreuz.yaml:3: no such role");
  });
});
