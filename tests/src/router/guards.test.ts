import { ErrorUri, MessageType as M, WampError, type Payload } from "@kreuz/codec";
import type { GuardKind, Plugin, RealmContext } from "@kreuz/router";
import { settle } from "@kreuz/testkit";
import { testament } from "@kreuz/testament";
import { describe, expect, it } from "vitest";
import { createTestRouter, Deferred, type TestRouter } from "../support/index.js";

const guarding = (setup: (realm: RealmContext) => void): Plugin => ({ name: "guarding", setup });

/** Refuses payloads whose first argument is `evil`. */
const noEvil = (...kinds: GuardKind[]): Plugin =>
  guarding((realm) => {
    for (const kind of kinds)
      realm.guard(kind, { uri: "com.", match: "prefix" }, ({ payload }) =>
        payload.args?.[0] === "evil" ? new WampError("com.example.evil", "no evil") : undefined,
      );
  });

async function routerWith(...plugins: Plugin[]): Promise<TestRouter> {
  return createTestRouter({ realm: { plugins } });
}

async function pair(router: TestRouter) {
  const [caller, callee] = [await router.join(), await router.join()];
  await callee.register("com.example.add");
  return { caller, callee };
}

describe("Guards: calls", () => {
  it("a refused call gets the guard's error, and the callee nothing", async () => {
    const { caller, callee } = await pair(await routerWith(noEvil("call")));
    await expect(caller.call("com.example.add", { args: ["evil"] })).rejects.toMatchObject({ uri: "com.example.evil" });
    await callee.expectNothing();
  });

  it("a part of a progressive call is guarded like its beginning: it ends the call, and interrupts the callee", async () => {
    const { caller, callee } = await pair(await routerWith(noEvil("call")));
    const request = caller.sendCall("com.example.add", { args: ["good"] }, { progress: true });
    await callee.expect(M.INVOCATION);
    const part = {
      type: M.CALL,
      request,
      options: {},
      procedure: "com.example.add",
      payload: { args: ["evil"] },
    } as const;
    caller.send(part);
    expect(await caller.expect(M.ERROR)).toMatchObject({ request, error: "com.example.evil" });
    await callee.expect(M.INTERRUPT);
    await callee.expectNothing();
  });

  it("a guard that transforms replaces the payload, for every callee that is asked", async () => {
    const doubling = guarding((realm) => {
      realm.guard("call", { uri: "com.example.add" }, ({ payload }) => ({ args: [Number(payload.args?.[0]) * 2] }), {
        transforms: true,
      });
    });
    const router = await routerWith(doubling);
    const [caller, first, second] = [await router.join(), await router.join(), await router.join()];
    for (const callee of [first, second]) await callee.register("com.example.add", { invoke: "first" });
    caller.sendCall("com.example.add", { args: [21] });
    const invocation = await first.expect(M.INVOCATION);
    expect(invocation.payload.args).toEqual([42]);
    first.fail(invocation.request, ErrorUri.UNAVAILABLE);
    expect((await second.expect(M.INVOCATION)).payload.args).toEqual([42]);
  });

  it("only the URIs and roles that it names are guarded", async () => {
    const asked: string[] = [];
    const router = await routerWith(
      guarding((realm) => {
        realm.guard(
          "call",
          [
            { uri: "com.a", authroles: ["user"] },
            { uri: "com..c", match: "wildcard" },
          ],
          ({ uri }) => {
            asked.push(uri);
          },
        );
      }),
    );
    const [user, admin] = [await router.join({ authrole: "user" }), await router.join({ authrole: "admin" })];
    for (const client of [user, admin])
      for (const uri of ["com.a", "com.b", "com.b.c"]) await client.call(uri).catch(() => {});
    expect(asked).toEqual(["com.a", "com.b.c", "com.b.c"]);
  });

  it("a guard may take its time, and holds its session alone; the next message waits", async () => {
    const gate = new Deferred<void>();
    const router = await routerWith(
      guarding((realm) => void realm.guard("call", { uri: "com.slow" }, () => gate.promise)),
    );
    const [held, other] = [await router.join(), await router.join()];
    await other.register("com.slow");
    await other.register("com.fast");
    held.sendCall("com.slow");
    held.sendCall("com.fast");
    await other.expectNothing();
    await other.subscribe("com.alive");
    gate.resolve();
    await other.expect(M.INVOCATION);
    await other.expect(M.INVOCATION);
  });
});

describe("Guards: fail closed", () => {
  const failing: ReadonlyArray<[string, (realm: RealmContext) => void, string]> = [
    [
      "throws",
      (realm) => void realm.guard("call", { uri: "com.example.add" }, () => JSON.parse("no")),
      "failed in a guard",
    ],
    [
      "rejects",
      (realm) => void realm.guard("call", { uri: "com.example.add" }, () => Promise.reject(new Error("no"))),
      "failed in a guard",
    ],
    [
      "replaces without transforms",
      (realm) => void realm.guard("call", { uri: "com.example.add" }, () => ({ args: [1] })),
      "failed in a guard",
    ],
    [
      "returns nonsense",
      (realm) =>
        void realm.guard("call", { uri: "com.example.add" }, () => 5 as unknown as Payload, { transforms: true }),
      "failed in a guard",
    ],
  ];

  it.each(failing)("a guard that %s refuses, and the log names the plugin", async (_, setup, message) => {
    const router = await routerWith(guarding(setup));
    const { caller, callee } = await pair(router);
    await expect(caller.call("com.example.add")).rejects.toMatchObject({ uri: ErrorUri.RUNTIME_ERROR });
    await callee.expectNothing();
    expect(router.errors()).toMatchObject([
      { fields: { plugin: "guarding" }, message: expect.stringContaining(message) },
    ]);
  });

  it("a guard that does not answer in time refuses", async () => {
    const never = guarding(
      (realm) => void realm.guard("call", { uri: "com.example.add" }, () => new Promise<void>(() => {})),
    );
    const router = await routerWith(never);
    const { caller } = await pair(router);
    const request = caller.sendCall("com.example.add");
    await settle();
    router.clock.advance(5000);
    expect(await caller.expect(M.ERROR)).toMatchObject({ request, error: ErrorUri.RUNTIME_ERROR });
    expect(router.metrics.get("limit_guard_timeout")).toBe(1);
    expect(router.clock.pending).toBe(0);
  });

  it("a payload that is passed through cannot be replaced, and its guard knows", async () => {
    const sealed: boolean[] = [];
    const router = await routerWith(
      guarding((realm) => {
        realm.guard("publish", { uri: "com.secret" }, (message) => void sealed.push(message.sealed));
      }),
    );
    const client = await router.join();
    client.publish("com.secret", { args: [new Uint8Array([1])] }, { ppt_scheme: "x_test" });
    client.publish("com.secret");
    await settle();
    expect(sealed).toEqual([true, false]);
  });
});

describe("Guards: publications", () => {
  it("a refused publication reaches nobody, is not retained, and its publisher is told if it asked", async () => {
    const router = await routerWith(noEvil("publish"));
    const [publisher, subscriber, late] = [await router.join(), await router.join(), await router.join()];
    await subscriber.subscribe("com.news");
    publisher.publish("com.news", { args: ["evil"] }, { retain: true });
    publisher.publish("com.news", { args: ["evil"] }, { acknowledge: true });
    expect((await publisher.expect(M.ERROR)).error).toBe("com.example.evil");
    await late.subscribe("com.news", { get_retained: true });
    await subscriber.expectNothing();
    await late.expectNothing();
  });

  it("testaments are guarded like what their session publishes", async () => {
    const router = await routerWith(noEvil("publish"), testament());
    const [dying, subscriber] = [await router.join(), await router.join()];
    await subscriber.subscribe("com.news");
    for (const word of ["evil", "good"])
      await dying.call("wamp.session.add_testament", { args: ["com.news", [word], {}] });
    dying.disconnect();
    expect((await subscriber.expect(M.EVENT)).payload.args).toEqual(["good"]);
    await subscriber.expectNothing();
  });

  it("sessions inside the process are guarded where they are authorized, and not where they are trusted", async () => {
    const router = await routerWith(noEvil("publish"));
    const trusted = router.connect("com.example.realm", { authid: "a" });
    await expect(trusted.publish("com.news", ["evil"], { acknowledge: true })).resolves.toBeTypeOf("number");
  });
});

describe("Guards: results", () => {
  it("a refused result or error becomes the guard's error", async () => {
    const { caller, callee } = await pair(await routerWith(noEvil("result")));
    const one = caller.sendCall("com.example.add");
    callee.yield((await callee.expect(M.INVOCATION)).request, { args: ["evil"] });
    expect(await caller.expect(M.ERROR)).toMatchObject({ request: one, error: "com.example.evil" });
    caller.sendCall("com.example.add");
    callee.fail((await callee.expect(M.INVOCATION)).request, "com.example.failed", { args: ["evil"] });
    expect((await caller.expect(M.ERROR)).error).toBe("com.example.evil");
    caller.sendCall("com.example.add");
    callee.yield((await callee.expect(M.INVOCATION)).request, { args: ["good"] });
    expect((await caller.expect(M.RESULT)).payload.args).toEqual(["good"]);
    await callee.expectNothing();
  });

  it("a refused progressive result ends its call and interrupts the callee", async () => {
    const { caller, callee } = await pair(await routerWith(noEvil("result")));
    caller.sendCall("com.example.add", {}, { receive_progress: true });
    const { request } = await callee.expect(M.INVOCATION);
    callee.yield(request, { args: ["good"] }, { progress: true });
    callee.yield(request, { args: ["evil"] }, { progress: true });
    expect((await caller.expect(M.RESULT)).payload.args).toEqual(["good"]);
    expect((await caller.expect(M.ERROR)).error).toBe("com.example.evil");
    await callee.expect(M.INTERRUPT);
  });

  it("guards of two plugins nest: the second sees the call last and the result first", async () => {
    const order: string[] = [];
    const noting = (name: string): Plugin => ({
      name,
      setup(realm) {
        realm.guard("call", { uri: "com.example.add" }, () => void order.push(`call ${name}`));
        realm.guard("result", { uri: "com.example.add" }, () => void order.push(`result ${name}`));
      },
    });
    const { caller, callee } = await pair(await routerWith(noting("outer"), noting("inner")));
    const done = caller.call("com.example.add");
    callee.yield((await callee.expect(M.INVOCATION)).request);
    await done;
    expect(order).toEqual(["call outer", "call inner", "result inner", "result outer"]);
  });
});

describe("Events of calls, refusals and logins", () => {
  it("tell how a call ended, who refused an action, and who could not join", async () => {
    const told: unknown[] = [];
    const listener = guarding((realm) => {
      realm.guard("call", { uri: "com.guarded" }, () => new WampError("com.example.evil"));
      realm.on("callStarted", ({ procedure }) => told.push(["started", procedure]));
      realm.on("callEnded", ({ procedure, callee }, { outcome, error }) =>
        told.push(["ended", procedure, callee?.authid, outcome, error]),
      );
      realm.on("actionRefused", (_session, { type, uri }, by, error) => told.push([type, uri, by, error.uri]));
      realm.on("joinRefused", ({ authmethod, reason }) => told.push(["join", authmethod, reason]));
    });
    const router = await createTestRouter({
      realm: { plugins: [listener], authorizer: { authorize: (_session, { uri }) => uri !== "com.forbidden" } },
    });
    const [caller, callee] = [await router.join(), await router.join({ authid: "ann" })];
    await callee.register("com.example.add");
    const done = caller.call("com.example.add");
    callee.fail((await callee.expect(M.INVOCATION)).request, "com.example.failed");
    await done.catch(() => {});
    for (const uri of ["com.forbidden", "com.guarded", "com.nobody", "a..b"]) await caller.call(uri).catch(() => {});
    const stranger = router.connectClient();
    await stranger.join("com.example.realm", { authmethods: ["ticket"] }).catch(() => {});
    expect(told).toEqual([
      ["started", "com.example.add"],
      ["ended", "com.example.add", "ann", "error", "com.example.failed"],
      ["call", "com.forbidden", "authorizer", ErrorUri.NOT_AUTHORIZED],
      ["call", "com.guarded", "guard", "com.example.evil"],
      ["call", "com.nobody", "router", ErrorUri.NO_SUCH_PROCEDURE],
      ["call", "a..b", "uri", ErrorUri.INVALID_URI],
      ["join", undefined, ErrorUri.NO_MATCHING_AUTH_METHOD],
    ]);
  });

  it("attributes of a login are seen by plugins, and by no client", async () => {
    let attributes: unknown;
    const reader = guarding(
      (realm) => realm.on("sessionJoined", (session) => (attributes = realm.attributes(session))) as never,
    );
    const router = await createTestRouter({
      realm: {
        plugins: [reader],
        authenticators: [
          {
            method: "claims",
            begin: () => ({
              type: "accept",
              authid: "joe",
              authrole: "user",
              authprovider: "test",
              attributes: { team: 7 },
            }),
          },
        ],
      },
    });
    const client = router.connectClient();
    const welcome = await client.join("com.example.realm", { authmethods: ["claims"] });
    expect(attributes).toEqual({ team: 7 });
    expect(JSON.stringify(welcome)).not.toContain("team");
  });
});
