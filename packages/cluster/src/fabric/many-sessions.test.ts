import { describe, expect, it } from "vitest";
import { ClusterWorld } from "../testing/cluster-world.js";

/** Two nodes that cannot reach each other, one of them with many sessions. */
async function apart(): Promise<ClusterWorld> {
  const world = await ClusterWorld.start(["a"]);
  world.network.cut("a", "b");
  world.network.cut("b", "a");
  await world.start("b");
  for (let count = 0; count < MANY; count++) await world.join("a");
  return world;
}

function together(world: ClusterWorld): void {
  world.network.join("a", "b");
  world.network.join("b", "a");
}

/** How many sessions of node a node b knows, every 10 ms for a while. */
async function watch(world: ClusterWorld, ms: number): Promise<readonly number[]> {
  const sizes: number[] = [];
  for (let passed = 0; passed < ms; passed += 10) {
    sizes.push(world.fabric("b").peers.get("a")?.view.sessions.size ?? 0);
    await world.pass(10);
  }
  return sizes;
}

const MANY = 400;

describe("a node with many sessions", () => {
  it("tells another one of them over several turns of the event loop", async () => {
    const world = await apart();
    together(world);
    const sizes = await watch(world, 3000);
    expect(sizes.at(-1)).toBe(MANY);
    expect(sizes.some((size) => size > 0 && size < MANY)).toBe(true);
    expect(world.errors).toEqual([]);
  });

  it("tells it nothing of those that leave meanwhile", async () => {
    const world = await apart();
    const { sessions } = world.node("a").realm;
    together(world);
    while (world.fabric("b").peers.get("a")?.present !== true) await world.pass(10);
    const left = sessions.killAll({}, { reason: "wamp.close.killed" });
    await watch(world, 3000);
    expect(await left).toHaveLength(MANY);
    expect(world.fabric("b").peers.get("a")!.view.sessions.size).toBe(0);
    expect(world.errors).toEqual([]);
  });

  it("lets REGISTERED wait until the other one knows, also while it is still being told", async () => {
    const world = await apart();
    const callee = await world.join("a");
    together(world);
    while (world.fabric("b").peers.get("a")?.present !== true) await world.pass(10);
    expect(world.fabric("b").peers.get("a")!.view.sessions.size).toBeLessThan(MANY);
    await world.until(callee.register("com.x"));
    expect(await world.node("b").realm.registrations.match("com.x")).toHaveLength(1);
    expect(world.errors).toEqual([]);
  });

  it("that is dead is taken out over several turns, each session once, before what its next life says", async () => {
    const world = await apart();
    together(world);
    await world.pass(3000);
    const left: number[] = [];
    world.node("b").realm.on("sessionLeft", ({ session }) => void left.push(session));
    world.kill("a");
    const sizes = await watch(world, 9000);
    expect(sizes.at(-1)).toBe(0);
    expect(sizes.some((size) => size > 0 && size < MANY)).toBe(true);
    expect(new Set(left).size).toBe(MANY);
    expect(left).toHaveLength(MANY);
    await world.start("a");
    await world.join("a");
    await world.pass(2000);
    expect(await world.node("b").realm.sessions.count()).toBe(1);
    expect(world.errors).toEqual([]);
  });
});
