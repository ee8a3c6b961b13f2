import type { Bequest, Plugin } from "@kreuz/router";
import { describe, expect, it } from "vitest";
import { ClusterWorld } from "../testing/cluster-world.js";

/** A cluster in which a plugin keeps a text about each session at another node. */
class Scene {
  readonly world = new ClusterWorld();
  readonly bequests = new Map<string, Bequest>();
  /** What was inherited: `<node>: <authid> <text>`. */
  readonly told: string[] = [];

  static async start(...names: readonly string[]): Promise<Scene> {
    const scene = new Scene();
    for (const name of names) await scene.start(name);
    await scene.world.pass(1500);
    return scene;
  }

  async start(name: string): Promise<void> {
    const plugin: Plugin = {
      name: "will",
      setup: (realm) => {
        const bequest = realm.bequeath(({ authid }, { text }) => {
          this.told.push(`${name}: ${authid} ${String(text)}`);
        });
        this.bequests.set(name, bequest);
      },
    };
    await this.world.start(name, { plugins: [plugin] });
  }

  async keep(node: string, session: number, text: string | undefined): Promise<void> {
    const kept = this.bequests.get(node)!.set(session, text === undefined ? undefined : { text });
    await this.world.until(Promise.resolve(kept));
  }

  /** A client joins, and something is kept about it. */
  async join(node: string, authid: string): Promise<number> {
    const { id } = await this.world.join(node, authid);
    await this.keep(node, id, `of ${authid}`);
    return id;
  }
}

describe("what is kept about sessions at another node", () => {
  it("is inherited there once when their node was killed, as it was last", async () => {
    const scene = await Scene.start("a", "b", "c");
    const [ann, bob] = [await scene.join("a", "ann"), await scene.join("a", "bob")];
    await scene.keep("a", ann, "new");
    await scene.keep("a", bob, undefined);
    scene.world.kill("a");
    await scene.world.pass(10_000);
    expect(scene.told).toEqual(["b: ann new"]);
    expect(scene.world.errors).toEqual([]);
  });

  it("is inherited when another process has taken the place of the killed one before it was declared dead", async () => {
    const scene = await Scene.start("a", "b", "c");
    await scene.join("a", "ann");
    scene.world.kill("a");
    await scene.world.pass(500);
    await scene.start("a");
    await scene.world.pass(10_000);
    expect(scene.told).toEqual(["b: ann of ann"]);
  });

  it("is with the next node when the first one is gone", async () => {
    const scene = await Scene.start("a", "b", "c");
    await scene.join("a", "ann");
    scene.world.kill("b");
    await scene.world.pass(8000);
    await scene.join("a", "bob");
    scene.world.kill("a");
    await scene.world.pass(10_000);
    expect(scene.told.toSorted()).toEqual(["c: ann of ann", "c: bob of bob"]);
  });

  it("is inherited by one of two nodes that have it", async () => {
    const scene = await Scene.start("a", "b", "c");
    await scene.join("a", "ann");
    scene.world.network.cut("a", "b");
    scene.world.network.cut("b", "a");
    await scene.world.pass(4000);
    scene.world.kill("a");
    await scene.world.pass(15_000);
    expect(scene.told).toEqual(["c: ann of ann"]);
  });

  it("is not inherited when sessions leave in order, also while nobody hears of it", async () => {
    const scene = await Scene.start("a", "b");
    const ann = await scene.world.join("a", "ann");
    await scene.keep("a", ann.id, "x");
    const bob = await scene.world.join("a", "bob");
    await scene.keep("a", bob.id, "y");
    await scene.world.until(ann.leave());
    scene.world.network.cut("a", "b");
    scene.world.network.cut("b", "a");
    await scene.world.pass(3000);
    await scene.world.until(bob.leave());
    scene.world.network.join("a", "b");
    scene.world.network.join("b", "a");
    await scene.world.pass(3000);
    await scene.world.until(scene.world.node("a").router.close());
    await scene.world.pass(10_000);
    expect(scene.told).toEqual([]);
    expect(scene.world.fabric("b").peer("a").bequests.size).toBe(0);
  });

  it("is not waited for where there is no other node", async () => {
    const scene = await Scene.start("a");
    const { id } = await scene.world.join("a");
    expect(scene.bequests.get("a")!.set(id, { text: "x" })).toBeUndefined();
  });
});
