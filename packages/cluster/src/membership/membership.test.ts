import { FakeClock } from "@kreuz/testkit";
import { silentLogger } from "@kreuz/router";
import { describe, expect, it } from "vitest";
import { MapReferee } from "../memory.js";
import { SimulatedProcess } from "../testing/process.js";
import { seededRandom } from "../testing/seeded-random.js";
import { pass } from "../testing/time.js";
import { readNode } from "./node-record.js";
import { DEFAULT_MEMBERSHIP_SETTINGS, Membership, type Member } from "./membership.js";

class Scene {
  readonly clock = new FakeClock(1_700_000_000_000);
  readonly referee = new MapReferee({ clock: this.clock, random: seededRandom(1) });
  readonly told: string[] = [];
  /** Since when each node is silent for the others. */
  readonly silentSince = new Map<string, number>();
  readonly #gone = new Set<string>();
  readonly members = new Map<string, Membership>();

  async start(node: string, process: string = node): Promise<SimulatedProcess> {
    const simulated = new SimulatedProcess(this.clock);
    const tell = (event: string): void => void this.told.push(`${process}: ${event}`);
    const membership = new Membership({
      node,
      process,
      referee: this.referee,
      clock: simulated.clock,
      logger: silentLogger,
      settings: DEFAULT_MEMBERSHIP_SETTINGS,
      handler: {
        members: {
          [Symbol.iterator]: () => this.#others(node),
          get: (name) => [...this.#others(node)].find((other) => other.node === name),
        },
        found: () => {},
        died: (name) => {
          this.#gone.add(`${node} ${name}`);
          tell(`${name} died`);
        },
        lost: (name) => tell(`${name} lost`),
        renewed: () => tell("renewed"),
        forgotten: () => tell("forgotten"),
      },
    });
    this.members.set(node, membership);
    await membership.start();
    return simulated;
  }

  *#others(node: string): IterableIterator<Member> {
    for (const [other, { incarnation }] of this.members) {
      const since = this.silentSince.get(other) ?? this.clock.now();
      if (other !== node && !this.#gone.has(`${node} ${other}`))
        yield { node: other, incarnation, silence: this.clock.now() - since };
    }
  }

  silence(node: string): void {
    this.silentSince.set(node, this.clock.now());
  }
}

describe("membership", () => {
  it("a node that stands still is declared dead by all within 6 s, and goes on as a new one when it wakes", async () => {
    const scene = new Scene();
    const a = await scene.start("a");
    await scene.start("b");
    await scene.start("c");
    await pass(scene.clock, 3000);
    const before = scene.members.get("a")!.incarnation;
    a.pause();
    scene.silence("a");
    await pass(scene.clock, 4900);
    expect(scene.told).toEqual([]);
    await pass(scene.clock, 1200);
    expect(scene.told.toSorted()).toEqual(["b: a died", "c: a died"]);
    expect(await scene.members.get("b")!.isDead("a", before)).toBe(true);
    a.resume();
    scene.silentSince.clear();
    await pass(scene.clock, 3000);
    expect(scene.told).toContain("a: renewed");
    expect(scene.members.get("a")!.incarnation).toBeGreaterThan(before);
  });

  it("a node that only its peers cannot hear is not declared dead: its record moves", async () => {
    const scene = new Scene();
    await scene.start("a");
    await scene.start("b");
    scene.silence("a");
    await pass(scene.clock, 60_000);
    expect(scene.told).toEqual([]);
  });

  it("without a referee, a silent node is lost after the grace, once", async () => {
    const scene = new Scene();
    const a = await scene.start("a");
    await scene.start("b");
    a.pause();
    scene.silence("a");
    scene.referee.disturb({ failure: 2 });
    await pass(scene.clock, 28_000);
    expect(scene.told).toEqual([]);
    await pass(scene.clock, 10_000);
    expect(scene.told).toEqual(["b: a lost"]);
    expect(scene.members.get("b")!.problem).toContain("cannot be reached");
    expect(scene.members.get("b")!.refereeReachable).toBe(false);
    scene.referee.disturb({ failure: 0 });
    await pass(scene.clock, 2000);
    expect(scene.members.get("b")!.refereeReachable).toBe(true);
  });

  it("a node that is back as a new one before others hear that it was dead stays", async () => {
    const scene = new Scene();
    const a = await scene.start("a");
    await scene.start("b");
    a.pause();
    scene.silence("a");
    await pass(scene.clock, 4000);
    do {
      scene.referee.disturb({ delay: { least: 400, most: 400 } });
      await pass(scene.clock, 10);
      scene.referee.disturb({});
    } while (readNode((await scene.referee.read("node.a"))?.value)?.dead !== true);
    // The verdict is written, and b does not know it yet.
    expect(scene.told).toEqual([]);
    a.resume();
    scene.silentSince.clear();
    await pass(scene.clock, 10_000);
    expect(scene.told).toEqual(["a: renewed"]);
  });

  it("a node that is heard again while the referee is asked in vain is not lost", async () => {
    const lostAfter = async (heardAfter: number): Promise<number> => {
      const scene = new Scene();
      const a = await scene.start("a");
      await scene.start("b");
      a.pause();
      scene.silence("a");
      scene.referee.disturb({ failure: 2, delay: { least: 4000, most: 4000 } });
      for (let passed = 10; passed < 60_000; passed += 10) {
        await pass(scene.clock, 10);
        if (passed === heardAfter) scene.silentSince.clear();
        if (scene.told.length > 0) return passed;
      }
      return Infinity;
    };
    const lost = await lostAfter(Infinity);
    expect(lost).toBeLessThan(40_000);
    expect(await lostAfter(lost - 10)).toBe(Infinity);
  });

  it("a node that dies as a new one before it has written that is declared dead as the new one", async () => {
    const scene = new Scene();
    const a = await scene.start("a");
    await scene.start("b");
    scene.referee.disturb({ failure: 2 });
    const renewed = scene.members.get("a")!.renew(scene.members.get("a")!.incarnation);
    a.pause();
    scene.silence("a");
    scene.referee.disturb({});
    await pass(scene.clock, 8000);
    expect(scene.told).toEqual(["a: renewed", "b: a died"]);
    a.resume();
    await pass(scene.clock, 10);
    await renewed;
  });

  it("a node that has been dead for an hour has no record any more, one that came back has", async () => {
    const scene = new Scene();
    await scene.start("a");
    await scene.start("b");
    await scene.start("c");
    for (const name of ["a", "b"]) await scene.members.get(name)!.stop();
    await pass(scene.clock, 3_500_000, 1000);
    expect(await scene.referee.read("node.a")).toBeDefined();
    await scene.start("b");
    await pass(scene.clock, 200_000, 1000);
    expect(await scene.referee.read("node.a")).toBeUndefined();
    expect(await scene.referee.read("node.b")).toBeDefined();
    expect(await scene.members.get("c")!.isDead("a", 1)).toBe(true);
  });

  it("notices that the referee forgot, and writes its record again", async () => {
    const scene = new Scene();
    await scene.start("a");
    await pass(scene.clock, 2000);
    scene.referee.forget();
    await pass(scene.clock, 2000);
    expect(scene.told).toEqual(["a: forgotten"]);
    expect(await scene.referee.read("node.a")).toBeDefined();
  });

  it("gives way to a process that has started later under its name", async () => {
    const scene = new Scene();
    await scene.start("a", "one");
    const [one] = scene.members.values();
    await pass(scene.clock, 2000);
    await scene.start("a", "two");
    await pass(scene.clock, 5000);
    expect(one!.problem).toContain('another process runs as node "a"');
    expect(scene.members.get("a")!.problem).toBeUndefined();
  });
});
