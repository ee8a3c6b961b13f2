import { allowAll } from "@kreuz/router";
import { MessageType as M } from "@kreuz/codec";
import { describe, expect, it } from "vitest";
import { ClusterWorld, REALM } from "../testing/cluster-world.js";

describe("nodes whose rules differ", () => {
  const permissions = (rules: string) => ({ ...allowAll, rules });

  it("say so while they work together, until they agree again", async () => {
    const world = await ClusterWorld.start([]);
    await world.start("a", { roles: ["user"], authorizer: permissions("old") });
    await world.start("b", { roles: ["user", "admin"], authorizer: permissions("new") });
    await world.pass(1500);
    const [a, b] = [world.node("a"), world.node("b")];
    expect(a.cluster.warnings).toEqual([
      'nodes "a" and "b" have different roles and permissions in realm "realm1": what a client may do depends on its node; give both the same config',
    ]);
    expect(b.cluster.warnings).toHaveLength(1);
    expect(a.cluster.problems).toEqual([]);
    await world.until(a.router.reauthorize(REALM, { roles: ["admin", "user"], authorizer: permissions("new") }));
    await world.pass(100);
    expect([...a.cluster.warnings, ...b.cluster.warnings]).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  it("forget what a node said that is gone", async () => {
    const world = await ClusterWorld.start([]);
    await world.start("a", { roles: ["user"] });
    await world.start("b", { roles: ["admin"] });
    await world.pass(1500);
    expect(world.node("a").cluster.warnings).toHaveLength(1);
    world.kill("b");
    await world.pass(7000);
    expect(world.node("a").cluster.warnings).toEqual([]);
  });

  it("do not work together where their rules for URIs differ, and say so on both", async () => {
    const world = await ClusterWorld.start(["a"]);
    await world.start("b", { uriRule: "strict" });
    await world.pass(1500);
    const [one, other] = [await world.join("a"), await world.join("b")];
    await world.until(one.register("com.x"));
    await expect(world.until(other.call("com.x"))).rejects.toMatchObject({ uri: "wamp.error.no_such_procedure" });
    await world.until(other.subscribe("com.t"));
    one.publish("com.t");
    await world.pass(1000);
    expect(other.unread.filter((message) => !(message instanceof Error) && message.type === M.EVENT)).toEqual([]);
    expect(await world.node("a").realm.sessions.count()).toBe(1);
    expect(world.node("a").cluster.problems).toEqual([
      'node "b" serves realm "realm1" with uriRule strict, node "a" with loose: they do not work together there; give both the same uriRule',
    ]);
    expect(world.node("b").cluster.problems).toHaveLength(1);
    world.kill("b");
    await world.pass(7000);
    expect(world.node("a").cluster.problems).toEqual([]);
  });
});
