import { MessageType as M } from "@kreuz/codec";
import { describe, expect, it } from "vitest";
import { ClusterWorld } from "../testing/cluster-world.js";
import { firstVersion, laterVersion } from "../testing/other-versions.js";

const args = (...values: unknown[]) => ({ args: values });

describe.each([
  ["a later version", laterVersion],
  ["the first version", firstVersion],
])("with a node of %s", (_name, version) => {
  const start = async (): Promise<ClusterWorld> => {
    const world = await ClusterWorld.start(["a"]);
    await world.start("b", { version });
    await world.pass(1500);
    return world;
  };

  it("sessions, calls in both directions, errors, cancellation and progress work", async () => {
    const world = await start();
    const [one, two] = [await world.join("a", "ann"), await world.join("b", "bob")];
    for (const [callee, caller] of [
      [one, two],
      [two, one],
    ] as const) {
      const uri = `com.of${callee.id}`;
      await world.until(callee.register(uri));
      const result = caller.call(uri, args(1), { receive_progress: true });
      const { request } = await world.until(callee.expect(M.INVOCATION));
      callee.yield(request, args("half"), { progress: true });
      callee.yield(request, args("all"));
      expect((await world.until(result)).args).toEqual(["all"]);
      await world.until(caller.expect(M.RESULT));
      const failed = caller.call(uri);
      callee.fail((await world.until(callee.expect(M.INVOCATION))).request, "com.error.no");
      await expect(world.until(failed)).rejects.toMatchObject({ uri: "com.error.no" });
      const canceled = caller.sendCall(uri);
      await world.until(callee.expect(M.INVOCATION));
      caller.send({ type: M.CANCEL, request: canceled, options: { mode: "killnowait" } });
      await world.until(callee.expect(M.INTERRUPT));
      await world.until(caller.expect(M.ERROR));
    }
    const { sessions } = world.node("a").realm;
    expect(await sessions.count()).toBe(2);
    expect(await world.until(Promise.resolve(sessions.kill(two.id, { reason: "com.example.bye" })))).toBe(true);
    expect(await sessions.count()).toBe(1);
    expect(world.errors).toEqual([]);
  });

  it("events and retained events reach both, and the link stays up", async () => {
    const world = await start();
    const [one, two] = [await world.join("a"), await world.join("b")];
    for (const client of [one, two]) await world.until(client.subscribe("com.t"));
    one.publish("com.t", args(1));
    expect((await world.until(two.expect(M.EVENT))).payload.args).toEqual([1]);
    two.publish("com.t", args(2), { retain: true });
    expect((await world.until(one.expect(M.EVENT))).payload.args).toEqual([2]);
    const late = await world.join("a");
    await world.until(late.subscribe("com.t", { get_retained: true }));
    expect((await world.until(late.expect(M.EVENT))).payload.args).toEqual([2]);
    await world.pass(10_000);
    expect(world.node("a").cluster.links).toMatchObject([{ node: "b", up: true, resets: 0, problem: undefined }]);
    expect(world.node("a").cluster.problems).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  it("one drains, and comes back", async () => {
    const world = await start();
    const told: string[] = [];
    world.node("a").realm.on("sessionLeft", ({ authid }) => void told.push(authid));
    const bob = await world.join("b", "bob");
    await world.until(bob.register("com.x"));
    await world.until(world.node("b").router.close({ graceMs: 100 }));
    await world.pass(100);
    expect(told).toEqual(["bob"]);
    const ann = await world.join("a", "ann");
    await world.until(ann.register("com.x"));
    await world.start("b", { version });
    await world.pass(3000);
    const back = await world.join("b", "bob");
    const result = back.call("com.x");
    ann.yield((await world.until(ann.expect(M.INVOCATION))).request, args("here"));
    expect((await world.until(result)).args).toEqual(["here"]);
    expect(world.errors).toEqual([]);
  });
});

it("nodes without a version in common stay apart, and say so", async () => {
  const world = await ClusterWorld.start(["a"]);
  await world.start("b", { version: (bus) => laterVersion(bus, 2) });
  await world.pass(3000);
  expect(world.node("a").cluster.links).toMatchObject([{ node: "b", up: false }]);
  expect(world.node("a").cluster.problems).toEqual([
    'node "b" speaks versions 2 to 2 of the protocol, this node 1 to 1; run versions of Kreuz that have one in common',
  ]);
});
