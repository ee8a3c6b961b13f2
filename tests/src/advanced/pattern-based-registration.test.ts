// Spec: advanced/rpc_pattern_based_registration.md
import { ErrorUri, MessageType as M, type MatchPolicy } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectError } from "../support/index.js";

/** A caller, and a callee with these registrations. @returns asks which registration a call goes to, by index. */
async function ask(...patterns: ReadonlyArray<readonly [MatchPolicy, string]>) {
  const router = await createTestRouter();
  const [caller, callee] = [await router.join(), await router.join()];
  const ids: number[] = [];
  for (const [match, uri] of patterns) ids.push(await callee.register(uri, { match }));
  return async (procedure: string): Promise<number | undefined> => {
    const request = caller.call(procedure);
    await settle(2);
    if (callee.unread.length === 0) {
      await expectError(caller, M.CALL, request, ErrorUri.NO_SUCH_PROCEDURE);
      return undefined;
    }
    const answer = await callee.expect(M.INVOCATION);
    callee.yield(answer.request);
    await caller.expect(M.RESULT);
    return ids.indexOf(answer.registration) + 1;
  };
}

describe("Pattern-based Registration: matching", () => {
  it("prefix: the specification's examples", async () => {
    const goesTo = await ask(["prefix", "com.myapp.myobject1"]);
    for (const procedure of [
      "com.myapp.myobject1.myprocedure1",
      "com.myapp.myobject1-mysubobject1",
      "com.myapp.myobject1.mysubobject1.myprocedure1",
      "com.myapp.myobject1",
    ])
      expect([procedure, await goesTo(procedure)]).toEqual([procedure, 1]);
    for (const procedure of ["com.myapp.myobject2", "com.myapp.myobject"])
      expect([procedure, await goesTo(procedure)]).toEqual([procedure, undefined]);
  });

  it("wildcard: the specification's examples", async () => {
    const goesTo = await ask(["wildcard", "com.myapp..myprocedure1"]);
    for (const procedure of ["com.myapp.myobject1.myprocedure1", "com.myapp.myobject2.myprocedure1"])
      expect([procedure, await goesTo(procedure)]).toEqual([procedure, 1]);
    for (const procedure of [
      "com.myapp.myobject1.myprocedure1.mysubprocedure1",
      "com.myapp.myobject1.myprocedure2",
      "com.myapp2.myobject1.myprocedure1",
    ])
      expect([procedure, await goesTo(procedure)]).toEqual([procedure, undefined]);
  });

  it("wildcards may stand anywhere, first and last too", async () => {
    const goesTo = await ask(["wildcard", ".b."]);
    expect(await goesTo("a.b.c")).toBe(1);
    expect(await goesTo("a.b")).toBeUndefined();
    expect(await goesTo("a.c.c")).toBeUndefined();
  });

  it("exact is the default", async () => {
    const router = await createTestRouter();
    const [caller, callee] = [await router.join(), await router.join()];
    await callee.register("com.myapp.a");
    const request = caller.call("com.myapp.a.b");
    await expectError(caller, M.CALL, request, ErrorUri.NO_SUCH_PROCEDURE);
  });
});

describe("Pattern-based Registration: calls matching multiple registrations", () => {
  it("the specification's table: exact, then the longest prefix, then the best wildcard", async () => {
    const goesTo = await ask(
      ["exact", "a1.b2.c3.d4.e55"],
      ["prefix", "a1.b2.c3"],
      ["prefix", "a1.b2.c3.d4"],
      ["wildcard", "a1.b2..d4.e5"],
      ["wildcard", "a1.b2.c33..e5"],
      ["wildcard", "a1.b2..d4.e5..g7"],
      ["wildcard", "a1.b2..d4..f6.g7"],
    );
    expect(await goesTo("a1.b2.c3.d4.e55")).toBe(1);
    expect(await goesTo("a1.b2.c3.d98.e74")).toBe(2);
    expect(await goesTo("a1.b2.c3.d4.e325")).toBe(3);
    expect(await goesTo("a1.b2.c55.d4.e5")).toBe(4);
    expect(await goesTo("a1.b2.c88.d4.e5.f6.g7")).toBe(6);
    expect(await goesTo("a2.b2.c2.d2.e2")).toBeUndefined();
  });

  it("the specification's example of two wildcards, away from its own prefix a1.b2.c3", async () => {
    // Prefixes match characters, so that "a1.b2.c33.…" falls under the table's prefix "a1.b2.c3" as well.
    const goesTo = await ask(["wildcard", "a1.b2..d4.e5"], ["wildcard", "a1.b2.c33..e5"]);
    expect(await goesTo("a1.b2.c33.d4.e5")).toBe(2);
  });

  it("a prefix beats a wildcard that is more specific", async () => {
    const goesTo = await ask(["wildcard", "a.b.c.."], ["prefix", "a"]);
    expect(await goesTo("a.b.c.d.e")).toBe(2);
  });

  it("the first text example: more components before a wildcard win", async () => {
    const goesTo = await ask(["wildcard", "a1...d4"], ["wildcard", "a1.b2..d4"]);
    expect(await goesTo("a1.b2.c3.d4")).toBe(2);
    expect(await goesTo("a1.x.c3.d4")).toBe(1);
  });

  it("falls back from a promising wildcard that fails later on", async () => {
    const goesTo = await ask(["wildcard", "a.b..x"], ["wildcard", "a...y"]);
    expect(await goesTo("a.b.c.y")).toBe(2);
    expect(await goesTo("a.b.c.x")).toBe(1);
  });

  it("one call goes to one registration only, though all are the same callee's", async () => {
    const router = await createTestRouter();
    const [caller, callee] = [await router.join(), await router.join()];
    for (const match of ["exact", "prefix", "wildcard"] as const) await callee.register("com.myapp.a", { match });
    caller.call("com.myapp.a");
    await callee.expect(M.INVOCATION);
    await callee.expectNothing();
  });

  it("has no set semantics: a pattern stays whole when a part of it is unregistered", async () => {
    const router = await createTestRouter();
    const [caller, callee] = [await router.join(), await router.join()];
    const broad = await callee.register("com", { match: "prefix" });
    await callee.unregister(await callee.register("com.myapp", { match: "prefix" }));
    caller.call("com.myapp.a");
    expect((await callee.expect(M.INVOCATION)).registration).toBe(broad);
  });
});

describe("Pattern-based Registration: concrete procedure called", () => {
  const procedureTold = async (match: MatchPolicy, uri: string, caller: WireSession, callee: WireSession) => {
    const registration = await callee.register(uri, { match });
    caller.call("com.myapp.a");
    const { details } = await callee.expect(M.INVOCATION);
    await callee.unregister(registration);
    return details.procedure;
  };

  it("is in INVOCATION.Details for patterns, and not for exact registrations", async () => {
    const router = await createTestRouter();
    const [caller, callee] = [await router.join(), await router.join()];
    expect(await procedureTold("exact", "com.myapp.a", caller, callee)).toBeUndefined();
    expect(await procedureTold("prefix", "com.my", caller, callee)).toBe("com.myapp.a");
    expect(await procedureTold("wildcard", "com..a", caller, callee)).toBe("com.myapp.a");
    expect(await procedureTold("prefix", "com.myapp.a", caller, callee)).toBe("com.myapp.a");
    expect(await procedureTold("prefix", "", caller, callee)).toBe("com.myapp.a");
  });

  it("never is one of the router's own: a client's pattern catches no call to wamp.", async () => {
    const router = await createTestRouter();
    const [caller, callee] = [await router.join(), await router.join()];
    await callee.register("", { match: "prefix" });
    await callee.register("..", { match: "wildcard" });
    await callee.register("wam", { match: "prefix" });
    for (const procedure of ["wamp.session.count", "wamp.x.y", "wamp"]) {
      const request = caller.call(procedure);
      await expectError(caller, M.CALL, request, ErrorUri.NO_SUCH_PROCEDURE);
    }
    await callee.expectNothing();
  });
});
