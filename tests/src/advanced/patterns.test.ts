import { ErrorUri, MessageType as M, type MatchPolicy, type Uri } from "@kreuz/codec";
import { sessionMeta } from "@kreuz/session-meta";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectError, Probe, type TestRouter } from "../support/index.js";

type Pattern = readonly [uri: Uri, match: MatchPolicy];

/** Registers the patterns with one callee and gives a function that says which one a call goes to. */
async function dealing(...patterns: readonly Pattern[]): Promise<{
  router: TestRouter;
  callee: WireSession;
  called: (procedure: Uri) => Promise<Uri | undefined>;
  unregister: (uri: Uri) => Promise<void>;
}> {
  const router = await createTestRouter();
  const [caller, callee] = [await router.join(), await router.join()];
  const ids = new Map<number, Uri>();
  for (const [uri, match] of patterns) ids.set(await callee.register(uri, { match }), uri);
  const called = async (procedure: Uri): Promise<Uri | undefined> => {
    const request = caller.call(procedure);
    await settle(1);
    if (callee.unread.length === 0) {
      await expectError(caller, M.CALL, request, ErrorUri.NO_SUCH_PROCEDURE);
      return undefined;
    }
    const invocation = await callee.expect(M.INVOCATION);
    callee.yield(invocation.request);
    await caller.expect(M.RESULT);
    return ids.get(invocation.registration);
  };
  const unregister = async (uri: Uri): Promise<void> => {
    for (const [id, registered] of ids) if (registered === uri) await callee.unregister(id);
  };
  return { router, callee, called, unregister };
}

/** All orders of a short list. */
function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

describe("Pattern-based Registrations: Prefix Matching", () => {
  it("the specification's example: whatever begins with the procedure, in the middle of a component too", async () => {
    const { called } = await dealing(["com.myapp.myobject1", "prefix"]);
    for (const procedure of [
      "com.myapp.myobject1.myprocedure1",
      "com.myapp.myobject1-mysubobject1",
      "com.myapp.myobject1.mysubobject1.myprocedure1",
      "com.myapp.myobject1",
    ])
      expect(await called(procedure)).toBe("com.myapp.myobject1");
    for (const procedure of ["com.myapp.myobject2", "com.myapp.myobject"])
      expect(await called(procedure)).toBeUndefined();
  });

  it("a prefix that ends in a dot wants a component after it; an empty one takes everything", async () => {
    const { called, unregister } = await dealing(["com.myapp.", "prefix"], ["", "prefix"]);
    expect(await called("com.myapp.x")).toBe("com.myapp.");
    expect(await called("com.myapp")).toBe("");
    expect(await called("x")).toBe("");
    await unregister("");
    expect(await called("com.myapp")).toBeUndefined();
  });
});

describe("Pattern-based Registrations: Wildcard Matching", () => {
  it("the specification's example: an empty component stands for one whole component", async () => {
    const { called } = await dealing(["com.myapp..myprocedure1", "wildcard"]);
    for (const procedure of ["com.myapp.myobject1.myprocedure1", "com.myapp.myobject2.myprocedure1"])
      expect(await called(procedure)).toBe("com.myapp..myprocedure1");
    for (const procedure of [
      "com.myapp.myobject1.myprocedure1.mysubprocedure1",
      "com.myapp.myobject1.myprocedure2",
      "com.myapp2.myobject1.myprocedure1",
      "com.myapp.myprocedure1",
    ])
      expect(await called(procedure)).toBeUndefined();
  });

  it.each([
    ["", ["a", "abc"], ["a.b", "a.b.c"]],
    [".", ["a.b"], ["a", "a.b.c"]],
    ["..", ["a.b.c"], ["a.b", "a.b.c.d"]],
    [".b", ["a.b", "b.b"], ["b", "a.b.c", "a.c"]],
    ["a.", ["a.a", "a.b"], ["a", "a.b.c", "b.a"]],
    ["a..", ["a.b.c"], ["a.b", "b.b.c"]],
    ["a.b", ["a.b"], ["a", "a.b.c", "a.c"]],
  ])("%j matches %j and not %j", async (pattern, matching, others) => {
    const { called } = await dealing([pattern, "wildcard"]);
    for (const procedure of matching) expect(await called(procedure)).toBe(pattern);
    for (const procedure of others) expect(await called(procedure)).toBeUndefined();
  });
});

describe("Pattern-based Registrations: Calls matching multiple registrations", () => {
  /** The registrations of the specification's example; those without a policy there are wildcards. */
  const RPCS: readonly Pattern[] = [
    ["a1.b2.c3.d4.e55", "exact"],
    ["a1.b2.c3", "prefix"],
    ["a1.b2.c3.d4", "prefix"],
    ["a1.b2..d4.e5", "wildcard"],
    ["a1.b2.c33..e5", "wildcard"],
    ["a1.b2..d4.e5..g7", "wildcard"],
    ["a1.b2..d4..f6.g7", "wildcard"],
  ];

  it.each([
    ["a1.b2.c3.d4.e55", 1, "exact match"],
    ["a1.b2.c3.d98.e74", 2, "single prefix match"],
    ["a1.b2.c3.d4.e325", 3, "2 prefix matches, the longest one"],
    ["a1.b2.c55.d4.e5", 4, "single wildcard match"],
    ["a1.b2.c88.d4.e5.f6.g7", 6, "2 wildcard matches with equal first portions, the longer second portion"],
    ["a2.b2.c2.d2.e2", 0, "no match: no_such_procedure"],
  ])("the specification's example: %s → RPC %i (%s)", async (procedure, rpc) => {
    for (const patterns of [RPCS, RPCS.toReversed()]) {
      const { called } = await dealing(...patterns);
      expect(await called(procedure)).toBe(rpc === 0 ? undefined : RPCS[rpc - 1]?.[0]);
    }
  });

  it("the specification's example: a1.b2.c33.d4.e5 → RPC 5, once there is no RPC 2 that is a prefix of it", async () => {
    // The example says that no prefix matches, but by the section "Prefix Matching" a1.b2.c3 does, as
    // com.myapp.myobject1 matches com.myapp.myobject1-mysubobject1 there. That section decides.
    const { called, unregister } = await dealing(...RPCS);
    expect(await called("a1.b2.c33.d4.e5")).toBe("a1.b2.c3");
    await unregister("a1.b2.c3");
    expect(await called("a1.b2.c33.d4.e5")).toBe("a1.b2.c33..e5");
    await unregister("a1.b2.c33..e5");
    expect(await called("a1.b2.c33.d4.e5")).toBe("a1.b2..d4.e5");
  });

  it.each<readonly [procedure: Uri, inOrder: readonly Pattern[]]>([
    [
      "a.b.c",
      [
        ["a.b.c", "exact"],
        ["a.b", "prefix"],
        ["a", "prefix"],
        ["", "prefix"],
        ["a.b.", "wildcard"],
      ],
    ],
    [
      "a.b.c",
      [
        ["a.b.c", "prefix"],
        ["a.b.", "prefix"],
        ["a.b", "prefix"],
        ["a.", "prefix"],
      ],
    ],
    [
      "a.b.c",
      [
        ["a.b.c", "wildcard"],
        ["a.b.", "wildcard"],
        ["a..c", "wildcard"],
        ["a..", "wildcard"],
        [".b.c", "wildcard"],
      ],
    ],
    [
      "a.b.c",
      [
        [".b.c", "wildcard"],
        [".b.", "wildcard"],
        ["..c", "wildcard"],
        ["..", "wildcard"],
      ],
    ],
    [
      "a1.b2.c3.d4",
      [
        ["a1.b2.c3", "prefix"],
        ["a1.b2", "prefix"],
        ["a1.b2..d4", "wildcard"],
        ["a1...d4", "wildcard"],
      ],
    ],
  ])(
    "%s: exact, then the longest prefix, then the wildcard with the longest portions, in whatever order they registered",
    async (procedure, inOrder) => {
      for (const patterns of permutations(inOrder)) {
        const { called, unregister } = await dealing(...patterns);
        for (const [uri] of inOrder) {
          expect(await called(procedure)).toBe(uri);
          await unregister(uri);
        }
        expect(await called(procedure)).toBeUndefined();
      }
    },
  );

  it("Concrete procedure called: INVOCATION.Details.procedure for patterns, and for patterns only", async () => {
    const { router, callee } = await dealing(
      ["com.exact", "exact"],
      ["com.prefix", "prefix"],
      ["com..wildcard", "wildcard"],
    );
    const caller = await router.join();
    for (const [procedure, details] of [
      ["com.exact", {}],
      ["com.prefix.x", { procedure: "com.prefix.x" }],
      ["com.prefix", { procedure: "com.prefix" }],
      ["com.x.wildcard", { procedure: "com.x.wildcard" }],
    ] as const) {
      caller.call(procedure);
      expect((await callee.expect(M.INVOCATION)).details).toEqual(details);
    }
  });
});

describe("Reserved URIs: a client's patterns never catch what belongs to the router", () => {
  const NETS: readonly Pattern[] = [
    ["", "prefix"],
    ["w", "prefix"],
    ["wam", "prefix"],
    ["", "wildcard"],
    ["..", "wildcard"],
    [".session.count", "wildcard"],
    ["..count", "wildcard"],
  ];

  it("calls under wamp. go to the router's procedures, or nowhere", async () => {
    const router = await createTestRouter({ realm: { plugins: [sessionMeta()] } });
    const [spy, caller] = [await router.join(), await router.join()];
    for (const [uri, match] of NETS) await spy.register(uri, { match });
    caller.call("wamp.session.count");
    expect((await caller.expect(M.RESULT)).payload.args).toEqual([2]);
    for (const procedure of ["wamp", "wamp.session.unknown", "wamp.x", "wamp.registration.list"])
      await expectError(caller, M.CALL, caller.call(procedure), ErrorUri.NO_SUCH_PROCEDURE);
    await spy.expectNothing();
    for (const procedure of ["wampum", "wam", "com.session.count"]) {
      caller.call(procedure);
      spy.yield((await spy.expect(M.INVOCATION)).request);
      await caller.expect(M.RESULT);
    }
  });

  it("but whoever is allowed to may subscribe to patterns that match meta events", async () => {
    const router = await createTestRouter({ realm: { plugins: [sessionMeta()] } });
    const watcher = await router.join();
    for (const [uri, match] of NETS.slice(0, 3)) await watcher.subscribe(uri, { match });
    await watcher.subscribe("..on_join", { match: "wildcard" });
    await router.join();
    for (let index = 0; index < 4; index++)
      expect((await watcher.expect(M.EVENT)).details.topic).toBe("wamp.session.on_join");
    await watcher.expectNothing();
  });
});

describe("Pattern-based Subscriptions", () => {
  /** Subscribes to the patterns and gives a function that says which of them an event matched. */
  async function brokering(...patterns: readonly Pattern[]): Promise<{
    matched: (topic: Uri) => Promise<readonly Uri[]>;
    subscriber: WireSession;
    publisher: WireSession;
    ids: ReadonlyMap<number, Uri>;
  }> {
    const router = await createTestRouter();
    const [publisher, subscriber] = [await router.join(), await router.join()];
    const ids = new Map<number, Uri>();
    for (const [uri, match] of patterns) ids.set(await subscriber.subscribe(uri, { match }), uri);
    const matched = async (topic: Uri): Promise<readonly Uri[]> => {
      publisher.publish(topic, {}, { acknowledge: true });
      const { publication } = await publisher.expect(M.PUBLISHED);
      const found: Uri[] = [];
      while (subscriber.unread.length > 0) {
        const event = await subscriber.expect(M.EVENT);
        expect(event.publication).toBe(publication);
        found.push(ids.get(event.subscription) ?? "unknown");
      }
      return found;
    };
    return { matched, subscriber, publisher, ids };
  }

  it("Prefix Matching: the specification's example", async () => {
    const { matched } = await brokering(["com.myapp.topic.emergency", "prefix"]);
    for (const topic of [
      "com.myapp.topic.emergency.11",
      "com.myapp.topic.emergency-low",
      "com.myapp.topic.emergency.category.severe",
      "com.myapp.topic.emergency",
    ])
      expect(await matched(topic)).toHaveLength(1);
    expect(await matched("com.myapp.topic.emerge")).toEqual([]);
  });

  it("Wildcard Matching: the specification's example", async () => {
    const { matched } = await brokering(["com.myapp..userevent", "wildcard"]);
    for (const topic of ["com.myapp.foo.userevent", "com.myapp.bar.userevent", "com.myapp.a12.userevent"])
      expect(await matched(topic)).toHaveLength(1);
    for (const topic of ["com.myapp.foo.userevent.bar", "com.myapp.foo.user", "com.myapp2.foo.userevent"])
      expect(await matched(topic)).toEqual([]);
  });

  it("Events matching multiple subscriptions: one EVENT for each, all with the same publication id", async () => {
    const patterns: readonly Pattern[] = [
      ["a.b.c", "exact"],
      ["", "prefix"],
      ["a", "prefix"],
      ["a.b.", "prefix"],
      ["a.b.c", "prefix"],
      ["a.b.c", "wildcard"],
      ["..", "wildcard"],
      [".b.", "wildcard"],
    ];
    const others: readonly Pattern[] = [
      ["a.b", "exact"],
      ["a.b.cc", "prefix"],
      ["a.b", "wildcard"],
      ["...", "wildcard"],
      ["b..", "wildcard"],
    ];
    const { matched } = await brokering(...patterns, ...others);
    expect((await matched("a.b.c")).toSorted()).toEqual(patterns.map(([uri]) => uri).toSorted());
  });

  it("an empty prefix receives every event of the realm, and of this realm only", async () => {
    const { matched } = await brokering(["", "prefix"]);
    for (const topic of ["a", "com.example.topic", "ü", "x".repeat(1024)]) expect(await matched(topic)).toEqual([""]);
  });

  it("Concrete topic published to: EVENT.Details.topic for patterns, and for patterns only", async () => {
    const { publisher, subscriber, ids } = await brokering(["a.b", "exact"], ["a", "prefix"], ["a.", "wildcard"]);
    publisher.publish("a.b");
    for (let index = 0; index < 3; index++) {
      const { subscription, details } = await subscriber.expect(M.EVENT);
      expect(details).toEqual(ids.get(subscription) === "a.b" ? {} : { topic: "a.b" });
    }
  });

  it("No set semantics: leaving a pattern inside another one does not narrow that", async () => {
    const { matched, subscriber, ids } = await brokering(["a", "prefix"], ["a.b", "prefix"], ["a.b.c", "exact"]);
    for (const [id, uri] of ids) if (uri !== "a") await subscriber.unsubscribe(id);
    expect(await matched("a.b.c")).toEqual(["a"]);
  });

  it("directories of plugins give the same answers", async () => {
    const probe = new Probe();
    const router = await createTestRouter({ realm: { plugins: [probe] } });
    const client = await router.join();
    for (const [uri, match] of [
      ["a.b", "exact"],
      ["a", "prefix"],
      ["a.", "wildcard"],
    ] as const) {
      await client.subscribe(uri, { match });
      await client.register(uri, { match });
    }
    const { subscriptions, registrations } = probe.realm;
    expect((await subscriptions.match("a.b")).map(({ match }) => match)).toEqual(["exact", "prefix", "wildcard"]);
    expect((await registrations.match("a.b")).map(({ match }) => match)).toEqual(["exact"]);
    expect((await registrations.match("a.c")).map(({ match }) => match)).toEqual(["prefix"]);
    expect(await registrations.match("wamp.x")).toEqual([]);
    expect(await subscriptions.lookup("a", "prefix")).toMatchObject({ uri: "a", match: "prefix" });
    expect(await registrations.lookup("a", "exact")).toBeUndefined();
  });
});
