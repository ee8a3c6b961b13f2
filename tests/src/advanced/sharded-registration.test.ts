// Spec: advanced/rpc_sharded_registration.md (a sketch; what it leaves open is stated in docs/protocol.md)
import { ErrorUri, MessageType as M, type CallOptions } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import {
  createTestRouter,
  expectAbort,
  expectError,
  PROCEDURE,
  type TestRouter,
  unreadInvocations,
} from "../support/index.js";

const KEYS = Array.from({ length: 60 }, (_, index) => `key${index}`);

interface Setup {
  readonly router: TestRouter;
  readonly caller: WireSession;
  readonly shards: Map<string, WireSession>;
}

async function addShard({ router, shards }: Setup, nkey: string, concurrency = 0): Promise<WireSession> {
  const shard = await router.join();
  await shard.register(PROCEDURE, { invoke: "roundrobin", nkey, concurrency });
  shards.set(nkey, shard);
  return shard;
}

async function setUp(nkeys: readonly string[], concurrency = 0): Promise<Setup> {
  const router = await createTestRouter();
  const made: Setup = { router, caller: await router.join(), shards: new Map() };
  for (const nkey of nkeys) await addShard(made, nkey, concurrency);
  return made;
}

const partition = (rkey: string): CallOptions => ({ runmode: "partition", rkey });

/** Calls with every key. @returns the shard of each. */
async function owners({ caller, shards }: Setup): Promise<Map<unknown, string>> {
  for (const key of KEYS) caller.sendCall(PROCEDURE, { args: [key] }, partition(key));
  await settle();
  const found = new Map<unknown, string>();
  for (const [name, shard] of shards) {
    for (const key of unreadInvocations(shard)) found.set(key, name);
    while (shard.unread.length > 0) shard.yield((await shard.expect(M.INVOCATION)).request);
  }
  for (const _ of KEYS) await caller.expect(M.RESULT);
  expect(found.size).toBe(KEYS.length);
  return found;
}

describe("Sharded Registration: partitioned calls", () => {
  it("send a key always to the same shard, and spread the keys", async () => {
    const setup = await setUp(["a", "b", "c"]);
    const first = await owners(setup);
    expect(await owners(setup)).toEqual(first);
    for (const name of ["a", "b", "c"])
      expect([...first.values()].filter((owner) => owner === name).length).toBeGreaterThan(8);
  });

  it("move only the keys of a shard that leaves, and move them back when it returns", async () => {
    const setup = await setUp(["a", "b", "c"]);
    const before = await owners(setup);
    setup.shards.get("b")!.disconnect();
    setup.shards.delete("b");
    await settle();
    const without = await owners(setup);
    for (const [key, owner] of before) if (owner !== "b") expect(without.get(key)).toBe(owner);
    await addShard(setup, "b");
    expect(await owners(setup)).toEqual(before);
  });

  it("wait for a busy shard, even if others are free, and do not block other keys", async () => {
    const setup = await setUp(["a", "b"], 1);
    const { caller, shards } = setup;
    const byOwner = await ownersOneByOne(setup);
    const [mine, others] = [byOwner.get("a")!, byOwner.get("b")!];
    for (const key of [mine[0], mine[1], mine[2]]) caller.sendCall(PROCEDURE, { args: [key] }, partition(key!));
    caller.sendCall(PROCEDURE, { args: [others[0]] }, partition(others[0]!));
    await settle();
    const [a, b] = [shards.get("a")!, shards.get("b")!];
    expect([unreadInvocations(a), unreadInvocations(b)]).toEqual([[mine[0]], [others[0]]]);
    b.yield((await b.expect(M.INVOCATION)).request);
    await settle();
    expect(unreadInvocations(b)).toEqual([]);
    a.yield((await a.expect(M.INVOCATION)).request);
    await settle();
    expect(unreadInvocations(a)).toEqual([mine[1]]);
  });

  it("go to the next owner when the shard that they wait for leaves", async () => {
    const setup = await setUp(["a"], 1);
    const { caller, shards } = setup;
    for (const key of KEYS.slice(0, 4)) caller.sendCall(PROCEDURE, { args: [key] }, partition(key));
    await settle();
    const other = await addShard(setup, "b");
    shards.get("a")!.disconnect();
    await expectError(caller, M.CALL, 1, ErrorUri.CANCELED);
    await settle();
    expect([...unreadInvocations(other)].toSorted()).toEqual(KEYS.slice(1, 4));
  });

  it("of a shard that leaves are not sent to the others", async () => {
    const router = await createTestRouter();
    const [leaver, other] = [await router.join(), await router.join()];
    for (const [callee, nkey] of [
      [leaver, "a"],
      [other, "b"],
    ] as const)
      await callee.register(PROCEDURE, { invoke: "first", nkey, concurrency: 1 });
    for (const key of KEYS) leaver.sendCall(PROCEDURE, { args: [key] }, partition(key));
    await settle();
    for (; other.unread.length > 0; await settle(1)) other.yield((await other.expect(M.INVOCATION)).request);
    leaver.disconnect();
    await other.expectNothing();
  });

  it("a call without runmode follows the invocation policy", async () => {
    const { caller, shards } = await setUp(["a", "b"]);
    for (let count = 0; count < 4; count++) caller.sendCall(PROCEDURE, { args: [count] }, { rkey: "same" });
    await settle();
    expect([...shards.values()].map(unreadInvocations)).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  it("work without node keys: each session is one shard", async () => {
    const router = await createTestRouter();
    const caller = await router.join();
    const callees = [await router.join(), await router.join()];
    for (const callee of callees) await callee.register(PROCEDURE, { invoke: "random" });
    for (let count = 0; count < 10; count++) caller.sendCall(PROCEDURE, {}, partition("one"));
    await settle();
    expect(callees.map(({ unread }) => unread.length).toSorted((a, b) => a - b)).toEqual([0, 10]);
  });
});

describe("Sharded Registration: options", () => {
  it("runmode partition needs rkey", async () => {
    const { caller } = await setUp(["a"]);
    const request = caller.sendCall(PROCEDURE, {}, { runmode: "partition" });
    await expectError(caller, M.CALL, request, ErrorUri.INVALID_ARGUMENT);
  });

  it('any other runmode is refused: "All" calls are not specified', async () => {
    const { caller, shards } = await setUp(["a"]);
    const request = caller.sendCall(PROCEDURE, {}, { runmode: "all" });
    await expectError(caller, M.CALL, request, ErrorUri.OPTION_NOT_ALLOWED);
    await shards.get("a")!.expectNothing();
  });

  it.each([{ rkey: 1 }, { runmode: true }])("%j is a protocol violation", async (options) => {
    const { caller } = await setUp(["a"]);
    caller.sendCall(PROCEDURE, {}, options as unknown as CallOptions);
    await expectAbort(caller, ErrorUri.PROTOCOL_VIOLATION);
  });
});

/** The keys of each shard. Calls one at a time, since calls to a busy shard would wait. */
async function ownersOneByOne({ caller, shards }: Setup): Promise<Map<string, string[]>> {
  const found = new Map([...shards.keys()].map((name) => [name, [] as string[]]));
  for (const key of KEYS.slice(0, 20)) {
    caller.sendCall(PROCEDURE, {}, partition(key));
    await settle();
    for (const [name, shard] of shards) {
      if (shard.unread.length === 0) continue;
      shard.yield((await shard.expect(M.INVOCATION)).request);
      found.get(name)!.push(key);
    }
    await caller.expect(M.RESULT);
  }
  return found;
}
