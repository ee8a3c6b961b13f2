import { describe, expect, it } from "vitest";
import { ClusterWorld } from "../testing/cluster-world.js";

/** Lets all that comes from node a wait at node b. @returns a function that ends that. */
function hold(world: ClusterWorld): () => void {
  let open = (): void => {};
  world
    .fabric("b")
    .peer("a")
    .gate.close(new Promise<void>((resolve) => (open = resolve)));
  return open;
}

describe("what comes from a node while something of it is being taken out", () => {
  it("waits, and is dealt with in order", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const open = hold(world);
    const ann = await world.join("a", "ann");
    await world.join("a", "bob");
    await world.until(ann.leave());
    await world.pass(100);
    expect(await world.node("b").realm.sessions.count()).toBe(0);
    open();
    await world.pass(20);
    expect(await world.node("b").realm.sessions.count()).toBe(1);
    expect(world.errors).toEqual([]);
  });

  it("is not invoked when the link is lost before: the caller has its error", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const [caller, callee] = [await world.join("a"), await world.join("b")];
    await world.until(callee.register("com.x"));
    const open = hold(world);
    const lost = caller.call("com.x");
    await world.pass(50);
    world.network.cut("a", "b");
    world.network.cut("b", "a");
    await expect(world.until(lost)).rejects.toMatchObject({ uri: "wamp.error.network_failure" });
    open();
    await world.pass(100);
    expect(callee.unread).toEqual([]);
    // What it has said about itself counts.
    expect(await world.node("b").realm.sessions.count()).toBe(2);
    expect(world.fabric("b").peer("a").calls.size).toBe(0);
    expect(world.errors).toEqual([]);
  });

  it("leaves nothing when the node is dead by then", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const told: string[] = [];
    world.node("b").realm.on("sessionJoined", ({ authid }) => void told.push(`+${authid}`));
    world.node("b").realm.on("sessionLeft", ({ authid }) => void told.push(`-${authid}`));
    const open = hold(world);
    await world.join("a", "ann");
    await world.pass(50);
    world.kill("a");
    await world.pass(8000);
    open();
    await world.pass(100);
    expect(told).toEqual(["+ann", "-ann"]);
    expect([...world.fabric("b").peers.keys()]).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  it("starts the link anew when it makes no sense", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const open = hold(world);
    world
      .fabric("a")
      .peer("b")
      .send(3, "necessary", (to) => to.data(Uint8Array.of(0xc1)));
    await world.pass(50);
    const resets = (): number | undefined => world.node("b").cluster.links[0]?.resets;
    expect(resets()).toBe(0);
    open();
    await world.pass(50);
    expect(resets()).toBe(1);
  });
});
