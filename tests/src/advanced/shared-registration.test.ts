// Spec: advanced/rpc_shared_registration.md
import { ErrorUri, MessageType as M, type InvocationPolicy, type RegisterOptions, type Uri } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  argsOf,
  createTestRouter,
  expectAbort,
  expectError,
  expectNoTrace,
  PROCEDURE,
  readAll,
  type TestRouter,
} from "../support/index.js";

/** Sends REGISTER and expects ERROR. */
async function expectRefused(callee: WireSession, options: RegisterOptions, error: Uri): Promise<void> {
  const request = callee.nextRequest();
  callee.send({ type: M.REGISTER, request, options, procedure: PROCEDURE });
  await expectError(callee, M.REGISTER, request, error);
}

interface Setup {
  readonly router: TestRouter;
  readonly caller: WireSession;
  readonly callees: WireSession[];
}

async function setUp(invoke: InvocationPolicy, count = 3): Promise<Setup> {
  const router = await createTestRouter();
  const caller = await router.join();
  const callees = await Promise.all(Array.from({ length: count }, () => router.join()));
  for (const callee of callees) await callee.register(PROCEDURE, { invoke });
  return { router, caller, callees };
}

/** Makes calls one after the other. @returns the index of the callee that answered each. */
async function served(caller: WireSession, callees: readonly WireSession[], count: number): Promise<number[]> {
  const indices: number[] = [];
  for (let index = 0; index < count; index++) {
    caller.sendCall(PROCEDURE, { args: [index] });
    await settle();
    const got = callees.flatMap((callee, position) => (callee.unread.length > 0 ? [position] : []));
    expect(got).toHaveLength(1);
    const callee = callees[got[0]!]!;
    callee.yield((await callee.expect(M.INVOCATION)).request, { args: [index] });
    expect(argsOf(await caller.expect(M.RESULT))).toEqual([index]);
    indices.push(got[0]!);
  }
  return indices;
}

describe("Shared Registration: rules for registering", () => {
  it.each([{}, { invoke: "single" as const }])("%j: no other session can register", async (first) => {
    const router = await createTestRouter();
    const [owner, other] = [await router.join(), await router.join()];
    await owner.register(PROCEDURE, first);
    for (const invoke of [undefined, "single", "first", "last", "roundrobin", "random"] as const) {
      const options = invoke === undefined ? {} : { invoke };
      await expectRefused(other, options, ErrorUri.PROCEDURE_ALREADY_EXISTS);
      await expectRefused(owner, options, ErrorUri.PROCEDURE_ALREADY_EXISTS);
    }
  });

  it.each(["first", "last", "roundrobin", "random"] as const)(
    "%s: others can register with the same policy, and get the same registration id",
    async (invoke) => {
      const router = await createTestRouter();
      const [a, b] = [await router.join(), await router.join()];
      expect(await b.register(PROCEDURE, { invoke })).toBe(await a.register(PROCEDURE, { invoke }));
    },
  );

  it("registering with another policy fails", async () => {
    const policies = ["single", "first", "last", "roundrobin", "random"] as const;
    for (const invoke of policies.slice(1)) {
      const router = await createTestRouter();
      const [owner, other] = [await router.join(), await router.join()];
      await owner.register(PROCEDURE, { invoke });
      for (const different of [undefined, ...policies.filter((policy) => policy !== invoke)])
        await expectRefused(
          other,
          different === undefined ? {} : { invoke: different },
          ErrorUri.PROCEDURE_EXISTS_INVOCATION_POLICY_CONFLICT,
        );
    }
  });

  it("a session can register only once", async () => {
    const { callees } = await setUp("roundrobin", 1);
    await expectRefused(callees[0]!, { invoke: "roundrobin" }, ErrorUri.PROCEDURE_ALREADY_EXISTS);
  });

  it("the policy is free again when the registration is gone, and separate for each match policy", async () => {
    const router = await createTestRouter();
    const [a, b] = [await router.join(), await router.join()];
    const registration = await a.register(PROCEDURE, { invoke: "first" });
    await b.register(PROCEDURE, { match: "prefix", invoke: "last" });
    await a.unregister(registration);
    expect(await b.register(PROCEDURE, { invoke: "random" })).not.toBe(registration);
  });

  it("an unknown policy is a protocol violation", async () => {
    const callee = await (await createTestRouter()).join();
    const options = { invoke: "all" } as unknown as RegisterOptions;
    callee.send({ type: M.REGISTER, request: 1, options, procedure: PROCEDURE });
    await expectAbort(callee, ErrorUri.PROTOCOL_VIOLATION);
  });
});

describe("Shared Registration: load balancing", () => {
  it("roundrobin calls callees in the order of registration, again and again", async () => {
    const { caller, callees } = await setUp("roundrobin");
    expect(await served(caller, callees, 7)).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  it("roundrobin skips no callee when an earlier one leaves", async () => {
    const { caller, callees } = await setUp("roundrobin", 4);
    expect(await served(caller, callees, 2)).toEqual([0, 1]);
    callees[0]!.disconnect();
    await settle();
    expect(await served(caller, callees, 4)).toEqual([2, 3, 1, 2]);
  });

  it("roundrobin skips no callee when the next or the last one leaves", async () => {
    const { caller, callees } = await setUp("roundrobin", 4);
    expect(await served(caller, callees, 1)).toEqual([0]);
    callees[1]!.disconnect();
    await settle();
    expect(await served(caller, callees, 2)).toEqual([2, 3]);
    callees[3]!.disconnect();
    await settle();
    expect(await served(caller, callees, 3)).toEqual([0, 2, 0]);
  });

  it("roundrobin adds new callees at the end", async () => {
    const { router, caller, callees } = await setUp("roundrobin", 2);
    expect(await served(caller, callees, 2)).toEqual([0, 1]);
    const third = await router.join();
    await third.register(PROCEDURE, { invoke: "roundrobin" });
    expect(await served(caller, [...callees, third], 4)).toEqual([2, 0, 1, 2]);
  });

  it("roundrobin continues after the callee that it chose in place of a busy one", async () => {
    const router = await createTestRouter();
    const caller = await router.join();
    const callees = [await router.join(), await router.join(), await router.join()];
    for (const callee of callees) await callee.register(PROCEDURE, { invoke: "roundrobin", concurrency: 1 });
    caller.sendCall(PROCEDURE);
    const { request } = await callees[0]!.expect(M.INVOCATION);
    expect(await served(caller, callees, 4)).toEqual([1, 2, 1, 2]);
    callees[0]!.yield(request);
    await caller.expect(M.RESULT);
    expect(await served(caller, callees, 3)).toEqual([0, 1, 2]);
  });

  it("roundrobin is fair while callees come and go", async () => {
    const { router, caller, callees } = await setUp("roundrobin", 3);
    const present = [...callees];
    for (let round = 0; round < 30; round++) {
      const rotation = await served(caller, present, present.length);
      expect(rotation.toSorted((a, b) => a - b)).toEqual(present.map((_, index) => index));
      if (round % 3 === 0) {
        const newcomer = await router.join();
        await newcomer.register(PROCEDURE, { invoke: "roundrobin" });
        present.push(newcomer);
      } else if (round % 3 === 1) {
        const [leaver] = present.splice(round % present.length, 1);
        leaver!.disconnect();
        await settle();
      }
    }
  });

  it("random calls all callees in no fixed order", async () => {
    const { caller, callees } = await setUp("random");
    const indices = await served(caller, callees, 90);
    for (const index of [0, 1, 2]) expect(indices.filter((got) => got === index).length).toBeGreaterThan(8);
    const inTurn = indices.filter((got, position) => position > 0 && got === (indices[position - 1]! + 1) % 3);
    expect(inTurn.length).toBeLessThan(75);
  });
});

describe("Shared Registration: hot stand-by", () => {
  it("first calls the callee that registered first; when it leaves, the next one", async () => {
    const { caller, callees } = await setUp("first");
    expect(await served(caller, callees, 3)).toEqual([0, 0, 0]);
    callees[0]!.disconnect();
    await settle();
    expect(await served(caller, callees, 2)).toEqual([1, 1]);
  });

  it("last calls the callee that registered last; when it leaves, the one before", async () => {
    const { router, caller, callees } = await setUp("last");
    expect(await served(caller, callees, 2)).toEqual([2, 2]);
    const newest = await router.join();
    await newest.register(PROCEDURE, { invoke: "last" });
    expect(await served(caller, [...callees, newest], 2)).toEqual([3, 3]);
    newest.disconnect();
    callees[2]!.disconnect();
    await settle();
    expect(await served(caller, callees, 2)).toEqual([1, 1]);
  });

  it("a callee that registers again goes to the end of the list", async () => {
    const { caller, callees } = await setUp("first", 2);
    const registration = await callees[0]!.register("com.example.other");
    await callees[0]!.unregister(registration);
    caller.sendCall(PROCEDURE);
    const { registration: shared, request } = await callees[0]!.expect(M.INVOCATION);
    callees[0]!.yield(request);
    await caller.expect(M.RESULT);
    await callees[0]!.unregister(shared);
    await callees[0]!.register(PROCEDURE, { invoke: "first" });
    expect(await served(caller, callees, 2)).toEqual([1, 1]);
  });

  it("a callee that leaves fails only its own calls; the last one ends the registration", async () => {
    const { router, caller, callees } = await setUp("first", 2);
    const request = caller.sendCall(PROCEDURE);
    await callees[0]!.expect(M.INVOCATION);
    callees[0]!.disconnect();
    await expectError(caller, M.CALL, request, ErrorUri.CANCELED);
    expect(await served(caller, callees, 1)).toEqual([1]);
    callees[1]!.disconnect();
    await settle();
    const missed = caller.sendCall(PROCEDURE);
    await expectError(caller, M.CALL, missed, ErrorUri.NO_SUCH_PROCEDURE);
    expect(await readAll(callees[0]!)).toEqual([]);
    await expectNoTrace(router, [caller]);
  });
});
