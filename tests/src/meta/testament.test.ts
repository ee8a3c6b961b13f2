// Spec: advanced/pubsub_testament.md
import { Budget, CloseUri, ConfigError, ErrorUri, MessageType as M, type Dict, type Event } from "@kreuz/codec";
import { authorizeByRole, type Authorizer, type Permit, type RouterLimits } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { testament, type TestamentOptions } from "@kreuz/testament";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  call,
  CODECS,
  createTestRouter,
  Deferred,
  REALM,
  type TestRouter,
  type TestRouterOptions,
} from "../support/index.js";

const ADD = "wamp.session.add_testament";
const FLUSH = "wamp.session.flush_testaments";
const TOPIC = "com.example.testament";

interface Options extends TestRouterOptions {
  readonly testament?: TestamentOptions;
  readonly authorizer?: Authorizer;
  readonly limits?: Partial<RouterLimits>;
}

function open({ testament: options, authorizer, ...router }: Options = {}): Promise<TestRouter> {
  const plugins = [sessionMeta(), testament(options)];
  return createTestRouter({
    ...router,
    realm: { plugins, ...(authorizer && { authorizer }) },
  });
}

/** A router, a watcher that gets every testament, and a session that adds them. */
async function setUp(options: Options = {}) {
  const router = await open(options);
  const watcher = await router.join({ authid: "watcher", authrole: "watcher" });
  await watcher.subscribe("com.example.", { match: "prefix" });
  return { router, watcher, author: await router.join({ authid: "alice", authrole: "author" }) };
}

/** Adds a testament with a name as its argument. */
const add = (client: WireSession, name: string, kwargs: Dict = {}): Promise<unknown> =>
  call(client, ADD, [TOPIC, [name], {}], kwargs);

/** The first arguments of the next EVENTs, which must be all. */
async function names(client: WireSession, count: number): Promise<unknown[]> {
  const received: Event[] = [];
  while (received.length < count) received.push(await client.expect(M.EVENT));
  await client.expectNothing();
  return received.map(({ payload }) => payload.args?.[0]);
}

describe("Session Testament: feature announcement", () => {
  it("is announced by both broker and dealer", async () => {
    const { details } = await (await open()).connectClient().join(REALM);
    for (const role of ["broker", "dealer"] as const)
      expect(details.roles[role]?.features?.["testament_meta_api"]).toBe(true);
  });
});

describe("Session Testament: publishing", () => {
  it.each(CODECS)("publishes topic, args and kwargs as they were given (%s)", async (_id, codec) => {
    const { router, watcher } = await setUp();
    const author = await router.join({ authid: "alice", authrole: "author", codec });
    const args = ["Seeya!", 1.5, null, [{ deep: [true] }], "ü"];
    await call(author, ADD, [TOPIC, args, { my_name: "app1" }]);
    await watcher.expectNothing();
    author.disconnect();
    const event = await watcher.expect(M.EVENT);
    expect(event.details).toEqual({ topic: TOPIC });
    expect(event.payload.args).toEqual(args);
    expect(event.payload.kwargs).toEqual({ my_name: "app1" });
  });

  const leavings: ReadonlyArray<readonly [how: string, leave: (author: WireSession, router: TestRouter) => unknown]> = [
    ["GOODBYE", (author) => author.leave()],
    ["a lost transport", (author) => author.disconnect()],
    ["ABORT", (author) => author.send({ type: M.ABORT, details: {}, reason: "com.example.bye", payload: {} })],
    ["a protocol violation", (author) => author.sendFrame(Uint8Array.of(1, 2, 3))],
    ["wamp.session.kill", async (author, router) => call(await router.join(), "wamp.session.kill", [author.id])],
    [
      "wamp.session.kill_by_authid",
      async (_author, router) => call(await router.join(), "wamp.session.kill_by_authid", ["alice"]),
    ],
  ];
  it.each(leavings)("happens once after %s", async (_how, leave) => {
    const { router, watcher, author } = await setUp();
    await add(author, "bye");
    await leave(author, router);
    expect(await names(watcher, 1)).toEqual(["bye"]);
    author.disconnect();
    await watcher.expectNothing();
  });

  it("detached testaments before destroyed ones, each in the order of adding", async () => {
    const { watcher, author } = await setUp();
    await add(author, "destroyed 1");
    await add(author, "detached 1", { scope: "detached" });
    await add(author, "destroyed 2", { scope: "destroyed" });
    await add(author, "detached 2", { scope: "detached" });
    author.disconnect();
    expect(await names(watcher, 4)).toEqual(["detached 1", "detached 2", "destroyed 1", "destroyed 2"]);
  });

  it("happens after the session's registrations and subscriptions are removed, and before on_leave", async () => {
    const { watcher, author } = await setUp();
    const left = await watcher.subscribe("wamp.session.on_leave");
    await author.subscribe(TOPIC);
    await add(author, "a");
    await add(author, "b");
    author.disconnect();
    const received = [await watcher.expect(M.EVENT), await watcher.expect(M.EVENT), await watcher.expect(M.EVENT)];
    expect(received.map(({ payload }) => payload.args?.[0])).toEqual(["a", "b", author.id]);
    expect(received[2]?.subscription).toBe(left);
  });

  it("does not happen after kill_all or when the router stops", async () => {
    const { router, watcher, author } = await setUp();
    await add(author, "unheard");
    await call(watcher, "wamp.session.kill_all");
    await watcher.expectNothing();
    const other = await router.join();
    await add(other, "unheard");
    const closing = router.close({ farewell: "goodbye" });
    expect((await watcher.expect(M.GOODBYE)).reason).toBe(CloseUri.SYSTEM_SHUTDOWN);
    for (const client of [watcher, other]) client.disconnect();
    await closing;
  });

  it("a new session on the same transport has no testaments", async () => {
    const { watcher, author } = await setUp();
    await add(author, "once");
    await author.leave();
    expect(await names(watcher, 1)).toEqual(["once"]);
    await author.join(REALM);
    await author.leave();
    await watcher.expectNothing();
  });
});

describe("Session Testament: publish_options", () => {
  it("work as for PUBLISH: black- and whitelisting, disclosure, retention", async () => {
    const { router, watcher, author } = await setUp();
    const staff = await router.join({ authid: "bob", authrole: "staff" });
    await staff.subscribe(TOPIC);
    await add(author, "for staff", { publish_options: { eligible_authrole: ["staff"], disclose_me: true } });
    await add(author, "not for bob", { publish_options: { exclude_authid: ["bob"], retain: true, acknowledge: true } });
    author.disconnect();
    const event = await staff.expect(M.EVENT);
    expect(event.payload.args).toEqual(["for staff"]);
    expect(event.details).toEqual({ publisher: author.id, publisher_authid: "alice", publisher_authrole: "author" });
    await staff.expectNothing();
    expect(await names(watcher, 1)).toEqual(["not for bob"]);
    const late = await router.join({ authid: "late" });
    await late.subscribe(TOPIC, { get_retained: true });
    expect((await late.expect(M.EVENT)).details["retained"]).toBe(true);
  });

  it("Payload Passthru Mode is passed on", async () => {
    const { watcher, author } = await setUp();
    const options = { ppt_scheme: "x_own", ppt_serializer: "cbor" };
    await add(author, "secret", { publish_options: options });
    author.disconnect();
    expect((await watcher.expect(M.EVENT)).details).toMatchObject(options);
  });
});

describe("Session Testament: wamp.session.flush_testaments", () => {
  it("removes one scope, by default destroyed, and returns nothing", async () => {
    const { watcher, author } = await setUp();
    for (const scope of ["detached", "destroyed"]) await add(author, scope, { scope });
    expect(await author.call(FLUSH)).toEqual({});
    author.disconnect();
    expect(await names(watcher, 1)).toEqual(["detached"]);
  });

  it.each(["detached", "destroyed"])("removes scope %s, and not the other", async (scope) => {
    const { watcher, author } = await setUp();
    for (const each of ["detached", "destroyed"]) await add(author, each, { scope: each });
    await call(author, FLUSH, [], { scope });
    author.disconnect();
    expect(await names(watcher, 1)).toEqual([scope === "detached" ? "destroyed" : "detached"]);
  });

  it("removes no testaments of others, and none that are added later", async () => {
    const { router, watcher, author } = await setUp();
    const other = await router.join();
    await add(author, "hers");
    await call(other, FLUSH);
    await add(author, "old", { scope: "detached" });
    await call(author, FLUSH, [], { scope: "detached" });
    await add(author, "new", { scope: "detached" });
    author.disconnect();
    expect(await names(watcher, 2)).toEqual(["new", "hers"]);
  });
});

describe("Session Testament: arguments", () => {
  it("add_testament returns nothing; args, kwargs, publish_options and scope may be absent or null", async () => {
    const { watcher, author } = await setUp();
    expect(await author.call(ADD, { args: [TOPIC, ["x"], { a: 1 }] })).toEqual({});
    await call(author, ADD, [TOPIC]);
    await call(author, ADD, [TOPIC, null, null], { publish_options: null, scope: null });
    author.disconnect();
    expect(await names(watcher, 3)).toEqual(["x", undefined, undefined]);
  });

  const wrong: ReadonlyArray<readonly [procedure: string, args: unknown[], kwargs: Dict, message: string]> = [
    [ADD, [], {}, "topic: expected a string, got nothing"],
    [ADD, [7], {}, "topic: expected a string, got the number 7"],
    [ADD, [TOPIC, "x"], {}, "args: expected a list, got a string"],
    [ADD, [TOPIC, {}], {}, "args: expected a list, got a dict"],
    [ADD, [TOPIC, [], []], {}, "kwargs: expected a dict, got a list"],
    [ADD, [TOPIC, [], {}, {}], {}, "takes at most 3 positional arguments, got 4"],
    [ADD, [TOPIC], { publish_options: [] }, "publish_options: expected a dict"],
    [ADD, [TOPIC], { publish_options: { exclude: "all" } }, "publish_options.exclude: expected a list of ids"],
    [ADD, [TOPIC], { scope: "later" }, 'scope: expected one of "detached", "destroyed", got a string'],
    [FLUSH, [], { scope: 1 }, 'scope: expected one of "detached", "destroyed", got the number 1'],
    [FLUSH, ["detached"], {}, "takes no positional arguments, got 1"],
  ];
  it.each(wrong)("%s(%j, %j) → invalid_argument that names the argument", async (procedure, args, kwargs, message) => {
    const { watcher, author } = await setUp();
    await expect(call(author, procedure, args, kwargs)).rejects.toMatchObject({
      uri: ErrorUri.INVALID_ARGUMENT,
      message: expect.stringContaining(message),
    });
    author.disconnect();
    await watcher.expectNothing();
  });

  it.each(["wamp.session.on_leave", "wamp.x", "not a uri", "com..x", ""])("topic %j: invalid_uri", async (topic) => {
    const { author } = await setUp();
    await expect(call(author, ADD, [topic])).rejects.toMatchObject({ uri: ErrorUri.INVALID_URI });
  });
});

describe("Session Testament: authorization", () => {
  const permits = (permit: { now: boolean | Permit }): Authorizer => ({
    authorize: (_session, { type }) => (type === "publish" ? permit.now : true),
  });

  it("the session needs permission to publish when it adds a testament", async () => {
    const { watcher, author } = await setUp({ authorizer: permits({ now: false }) });
    await expect(add(author, "x")).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
    author.disconnect();
    await watcher.expectNothing();
  });

  it("permission is checked again when the testament is published, and a denial is logged", async () => {
    const permit = { now: true };
    const { router, watcher, author } = await setUp({ authorizer: permits(permit) });
    await add(author, "a");
    await add(author, "b");
    permit.now = false;
    author.disconnect();
    await watcher.expectNothing();
    expect(router.log.filter(({ level }) => level === "warn").map(({ fields }) => fields["topic"])).toEqual([
      TOPIC,
      TOPIC,
    ]);
  });

  it("disclose_me is refused when it is added, if it is forbidden", async () => {
    const { author } = await setUp({ authorizer: permits({ now: { allow: true, disclose: "never" } }) });
    const adding = add(author, "x", { publish_options: { disclose_me: true } });
    await expect(adding).rejects.toMatchObject({ uri: ErrorUri.DISCLOSE_ME_DISALLOWED });
    await add(author, "y");
  });

  it("calling the procedures needs permission", async () => {
    const { author } = await setUp({ authorizer: authorizeByRole({ watcher: "allow" }) });
    await expect(add(author, "x")).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
  });

  it("asynchronous decisions keep the order, and undecided testaments are not published", async () => {
    const verdicts: Deferred<boolean>[] = [];
    const authorizer: Authorizer = {
      authorize(_session, { type }) {
        if (type !== "publish") return true;
        const verdict = new Deferred<boolean>();
        verdicts.push(verdict);
        return verdict.promise;
      },
    };
    const { watcher, author } = await setUp({ authorizer });
    for (const name of ["a", "denied", "b", "pending"]) author.sendCall(ADD, { args: [TOPIC, [name]] });
    await settle();
    // Answered out of order.
    for (const [index, allowed] of [
      [2, true],
      [1, false],
      [0, true],
    ] as const)
      verdicts[index]?.resolve(allowed);
    await settle();
    author.disconnect();
    await settle();
    verdicts[3]?.resolve(true);
    await settle();
    await watcher.expectNothing();
    verdicts[4]?.resolve(true);
    expect(await names(watcher, 1)).toEqual(["a"]);
    verdicts[5]?.resolve(true);
    expect(await names(watcher, 1)).toEqual(["b"]);
    expect(verdicts).toHaveLength(6);
  });
});

describe("Session Testament: limits", () => {
  it("testamentsPerSession and bytesPerSession: limit_exceeded and a metric; a flush makes room", async () => {
    const { router, watcher, author } = await setUp({ testament: { testamentsPerSession: 2, bytesPerSession: 2_000 } });
    await add(author, "a");
    await add(author, "b", { scope: "detached" });
    await expect(add(author, "c")).rejects.toMatchObject({
      uri: ErrorUri.LIMIT_EXCEEDED,
      message: expect.stringContaining("at most 2 testaments"),
    });
    await call(author, FLUSH);
    await expect(add(author, "x".repeat(2_000))).rejects.toMatchObject({
      uri: ErrorUri.LIMIT_EXCEEDED,
      message: expect.stringContaining("at most 2000 bytes"),
    });
    const many = { publish_options: { eligible: Array.from({ length: 1_000 }, (_, index) => index + 1) } };
    await expect(add(author, "x", many)).rejects.toMatchObject({ uri: ErrorUri.LIMIT_EXCEEDED });
    expect(router.metrics.get("limit_testaments_per_session")).toBe(3);
    await add(author, "d");
    author.disconnect();
    expect(await names(watcher, 2)).toEqual(["b", "d"]);
  });

  it("are charged to the session's account until they are flushed, denied or published", async () => {
    const budget = new Budget();
    const authorizer: Authorizer = { authorize: (_session, { uri }) => uri !== "com.example.denied" };
    const { watcher, author } = await setUp({ budget, authorizer });
    const idle = budget.bytes;
    const sizes: number[] = [];
    for (const name of ["a", "b"]) {
      await add(author, name.repeat(1_000));
      await settle();
      sizes.push(budget.bytes - idle);
    }
    expect(sizes[0]).toBeGreaterThan(1_000);
    expect(sizes[1]).toBe((sizes[0] ?? 0) * 2);
    await expect(call(author, ADD, ["com.example.denied"])).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
    await settle();
    expect(budget.bytes - idle).toBe(sizes[1]);
    await call(author, FLUSH);
    await call(author, FLUSH, [], { scope: "detached" });
    await settle();
    expect(budget.bytes).toBe(idle);
    await add(author, "c");
    await author.leave();
    expect(await names(watcher, 1)).toEqual(["c"]);
    await settle();
    // The connection is still there, and the testament is not.
    expect(budget.bytes).toBeLessThanOrEqual(idle);
  });

  it("are refused when there is no memory for them", async () => {
    const budget = new Budget({ maxClientBytes: 30_000 });
    const { author } = await setUp({ budget, testament: { bytesPerSession: 1_000_000 } });
    await add(author, "x".repeat(5_000));
    await expect(add(author, "x".repeat(28_000))).rejects.toMatchObject({
      uri: ErrorUri.LIMIT_EXCEEDED,
      message: expect.stringContaining("no memory"),
    });
    await add(author, "y".repeat(5_000));
  });

  it("a denied testament does not count", async () => {
    const authorizer: Authorizer = { authorize: (_session, { uri }) => uri !== "com.example.denied" };
    const { author } = await setUp({ authorizer, testament: { testamentsPerSession: 1 } });
    await expect(call(author, ADD, ["com.example.denied"])).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
    await add(author, "x");
  });

  it.each([{ testamentsPerSession: 0 }, { bytesPerSession: 1.5 }])("%j is refused at start-up", (options) => {
    expect(() => testament(options)).toThrow(ConfigError);
  });

  it("local sessions have no testaments", async () => {
    const { router } = await setUp();
    const local = router.connect(REALM);
    await expect(local.call(ADD, { args: [TOPIC] })).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SESSION });
  });
});
