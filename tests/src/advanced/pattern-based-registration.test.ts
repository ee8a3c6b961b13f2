// Spec: advanced/rpc_pattern_based_registration.md
import { ErrorUri, MessageType as M, type MatchPolicy, type Uri } from "@kreuz/codec";
import { waitUntil, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectError, type TestRouter } from "../support/index.js";

type Pattern = readonly [uri: Uri, match: MatchPolicy];

interface Setup {
  readonly router: TestRouter;
  readonly caller: WireSession;
  readonly callee: WireSession;
  register(...patterns: readonly Pattern[]): Promise<void>;
  unregister(uri: Uri): Promise<void>;
  /** Calls. @returns the URI of the registration that was invoked, if any. */
  invoked(procedure: Uri): Promise<Uri | undefined>;
}

/** A caller, and a callee with these registrations. */
async function setUp(...patterns: readonly Pattern[]): Promise<Setup> {
  const router = await createTestRouter();
  const [caller, callee] = [await router.join(), await router.join()];
  const registered = new Map<number, Uri>();
  const setup: Setup = {
    router,
    caller,
    callee,
    async register(...more) {
      for (const [uri, match] of more) registered.set(await callee.register(uri, { match }), uri);
    },
    async unregister(unwanted) {
      for (const [id, uri] of registered) {
        if (uri !== unwanted) continue;
        await callee.unregister(id);
        registered.delete(id);
      }
    },
    async invoked(procedure) {
      const request = caller.sendCall(procedure);
      await waitUntil(() => callee.unread.length + caller.unread.length > 0);
      if (callee.unread.length === 0) {
        await expectError(caller, M.CALL, request, ErrorUri.NO_SUCH_PROCEDURE);
        return undefined;
      }
      const invocation = await callee.expect(M.INVOCATION);
      callee.yield(invocation.request);
      await caller.expect(M.RESULT);
      return registered.get(invocation.registration);
    },
  };
  await setup.register(...patterns);
  return setup;
}

/** All orders of a short list. */
function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

describe("Pattern-based Registration: prefix matching", () => {
  it("matches what begins with the URI, also within a component (the specification's examples)", async () => {
    const { invoked } = await setUp(["com.myapp.myobject1", "prefix"]);
    for (const procedure of [
      "com.myapp.myobject1.myprocedure1",
      "com.myapp.myobject1-mysubobject1",
      "com.myapp.myobject1.mysubobject1.myprocedure1",
      "com.myapp.myobject1",
    ])
      expect([procedure, await invoked(procedure)]).toEqual([procedure, "com.myapp.myobject1"]);
    for (const procedure of ["com.myapp.myobject2", "com.myapp.myobject"])
      expect([procedure, await invoked(procedure)]).toEqual([procedure, undefined]);
  });

  it("a prefix that ends in a dot needs a component after it; an empty prefix matches everything", async () => {
    const { invoked, unregister } = await setUp(["com.myapp.", "prefix"], ["", "prefix"]);
    expect(await invoked("com.myapp.x")).toBe("com.myapp.");
    expect(await invoked("com.myapp")).toBe("");
    expect(await invoked("x")).toBe("");
    await unregister("");
    expect(await invoked("com.myapp")).toBeUndefined();
  });

  it("exact is the default", async () => {
    const { caller, callee } = await setUp();
    await callee.register("com.myapp.a");
    await expectError(caller, M.CALL, caller.sendCall("com.myapp.a.b"), ErrorUri.NO_SUCH_PROCEDURE);
  });
});

describe("Pattern-based Registration: wildcard matching", () => {
  it("an empty component matches exactly one component (the specification's examples)", async () => {
    const { invoked } = await setUp(["com.myapp..myprocedure1", "wildcard"]);
    for (const procedure of ["com.myapp.myobject1.myprocedure1", "com.myapp.myobject2.myprocedure1"])
      expect([procedure, await invoked(procedure)]).toEqual([procedure, "com.myapp..myprocedure1"]);
    for (const procedure of [
      "com.myapp.myobject1.myprocedure1.mysubprocedure1",
      "com.myapp.myobject1.myprocedure2",
      "com.myapp2.myobject1.myprocedure1",
      "com.myapp.myprocedure1",
    ])
      expect([procedure, await invoked(procedure)]).toEqual([procedure, undefined]);
  });

  it.each([
    ["", ["a", "abc"], ["a.b", "a.b.c"]],
    [".", ["a.b"], ["a", "a.b.c"]],
    ["..", ["a.b.c"], ["a.b", "a.b.c.d"]],
    [".b", ["a.b", "b.b"], ["b", "a.b.c", "a.c"]],
    [".b.", ["a.b.c"], ["a.b", "a.c.c"]],
    ["a.", ["a.a", "a.b"], ["a", "a.b.c", "b.a"]],
    ["a..", ["a.b.c"], ["a.b", "b.b.c"]],
    ["a.b", ["a.b"], ["a", "a.b.c", "a.c"]],
  ])("%j matches %j and not %j", async (pattern, matching, others) => {
    const { invoked } = await setUp([pattern, "wildcard"]);
    for (const procedure of matching) expect(await invoked(procedure)).toBe(pattern);
    for (const procedure of others) expect(await invoked(procedure)).toBeUndefined();
  });
});

describe("Pattern-based Registration: calls matching multiple registrations", () => {
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
      const { invoked } = await setUp(...patterns);
      expect(await invoked(procedure)).toBe(rpc === 0 ? undefined : RPCS[rpc - 1]?.[0]);
    }
  });

  it("the specification's example: a1.b2.c33.d4.e5 → RPC 5, once RPC 2 is gone, which is a prefix of it", async () => {
    // The example says that no prefix matches, but by the section "Prefix Matching" a1.b2.c3 does, as
    // com.myapp.myobject1 matches com.myapp.myobject1-mysubobject1 there. That section decides.
    const { invoked, unregister } = await setUp(...RPCS);
    expect(await invoked("a1.b2.c33.d4.e5")).toBe("a1.b2.c3");
    await unregister("a1.b2.c3");
    expect(await invoked("a1.b2.c33.d4.e5")).toBe("a1.b2.c33..e5");
    await unregister("a1.b2.c33..e5");
    expect(await invoked("a1.b2.c33.d4.e5")).toBe("a1.b2..d4.e5");
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
    [
      "a.b.c.d.e",
      [
        ["a", "prefix"],
        ["a.b.c..", "wildcard"],
      ],
    ],
  ])(
    "%s: exact, then the longest prefix, then the wildcard with the longest portions, in any order of registration",
    async (procedure, inOrder) => {
      const { register, unregister, invoked } = await setUp();
      for (const patterns of permutations(inOrder)) {
        await register(...patterns);
        for (const [uri] of inOrder) {
          expect(await invoked(procedure)).toBe(uri);
          await unregister(uri);
        }
        expect(await invoked(procedure)).toBeUndefined();
      }
    },
  );

  it("falls back from a better wildcard that fails at a later component", async () => {
    const { invoked } = await setUp(["a.b..x", "wildcard"], ["a...y", "wildcard"]);
    expect(await invoked("a.b.c.y")).toBe("a...y");
    expect(await invoked("a.b.c.x")).toBe("a.b..x");
    const first = await setUp(["a1...d4", "wildcard"], ["a1.b2..d4", "wildcard"]);
    expect(await first.invoked("a1.b2.c3.d4")).toBe("a1.b2..d4");
    expect(await first.invoked("a1.x.c3.d4")).toBe("a1...d4");
  });

  it("a call goes to one registration only, even if one callee has all of them", async () => {
    const uri = "com.myapp.a";
    const { caller, callee } = await setUp([uri, "exact"], [uri, "prefix"], [uri, "wildcard"]);
    caller.sendCall(uri);
    await callee.expect(M.INVOCATION);
    await callee.expectNothing();
  });

  it("no set semantics: a pattern stays whole when a part of it is unregistered", async () => {
    const { invoked, unregister } = await setUp(["com", "prefix"], ["com.myapp", "prefix"]);
    await unregister("com.myapp");
    expect(await invoked("com.myapp.a")).toBe("com");
  });
});

describe("Pattern-based Registration: concrete procedure called", () => {
  it.each([
    ["exact", "com.myapp.a", undefined],
    ["prefix", "com.my", "com.myapp.a"],
    ["prefix", "com.myapp.a", "com.myapp.a"],
    ["prefix", "", "com.myapp.a"],
    ["wildcard", "com..a", "com.myapp.a"],
  ] as const)("%s %j: INVOCATION.Details.procedure is %s", async (match, uri, procedure) => {
    const { caller, callee } = await setUp([uri, match]);
    caller.sendCall("com.myapp.a");
    expect((await callee.expect(M.INVOCATION)).details).toEqual(procedure === undefined ? {} : { procedure });
  });
});
