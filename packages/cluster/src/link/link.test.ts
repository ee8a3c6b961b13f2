import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hunt } from "../testing/hunt.js";
import { LinkWorld } from "../testing/link-world.js";

const NAMES = ["a", "b", "c"];

type Step =
  | { readonly kind: "send"; readonly bytes: number; readonly times: number; readonly necessary: boolean }
  | { readonly kind: "broadcast"; readonly bytes: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "loss"; readonly percent: number }
  | { readonly kind: "delay"; readonly most: number }
  | { readonly kind: "cut" | "join" | "pause" | "resume" | "disconnect" | "connect" | "crash" | "slow" };

type Where = Step & { readonly from: number; readonly to: number };

const kinds = ["cut", "join", "pause", "resume", "disconnect", "connect", "crash", "slow"] as const;
const node = fc.nat({ max: NAMES.length - 1 });
const bytes = fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 9000 }));
const where = { from: node, to: node };
const step: fc.Arbitrary<Where> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("send" as const),
      bytes,
      times: fc.integer({ min: 1, max: 5 }),
      necessary: fc.boolean(),
      ...where,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("broadcast" as const), bytes, ...where }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 6000 })),
      ...where,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("loss" as const), percent: fc.constantFrom(0, 5, 50), ...where }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("delay" as const), most: fc.constantFrom(0, 30, 800), ...where }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom(...kinds), ...where }) },
);

async function take(world: LinkWorld, { from, to, ...step }: Where): Promise<void> {
  const [one, other] = [NAMES[from]!, NAMES[to]!];
  switch (step.kind) {
    case "send":
      if (one !== other)
        for (let time = 0; time < step.times; time++)
          world.send(one, other, step.bytes, step.necessary ? "necessary" : "optional");
      return;
    case "broadcast":
      return world.broadcast(one, step.bytes);
    case "wait":
      return world.run(step.ms);
    case "loss":
      return world.network.disturb({ loss: step.percent / 100, delay: { least: 0, most: 20 } });
    case "delay":
      return world.network.disturb({ delay: { least: 0, most: step.most } });
    case "cut":
      return world.network.cut(one, other);
    case "join":
      return world.network.join(one, other);
    case "pause":
      return world.node(one).process.pause();
    case "resume":
      return world.node(one).process.resume();
    case "disconnect":
    case "connect":
      return world.network.connect(one, step.kind === "connect");
    case "crash":
      return world.start(one);
    case "slow":
      world.node(one).slow = true;
  }
}

async function linked(names: readonly string[] = ["a", "b"]): Promise<LinkWorld> {
  const world = new LinkWorld(names, 1);
  await world.run(1500);
  return world;
}

describe("a link", () => {
  it("survives a pause of either end that is shorter than the suspicion, without a reset", async () => {
    const world = await linked();
    world.node("a").process.pause();
    await world.run(2300);
    world.node("a").process.resume();
    await world.run(3000);
    expect([world.resets("a"), world.resets("b")]).toEqual([0, 0]);
    await world.heal();
    expect(world.problems).toEqual([]);
  });

  it("is down at both ends within 3.5 s when one direction is cut, and stays so", async () => {
    const world = await linked();
    world.network.cut("a", "b");
    await world.run(3600);
    expect(["a", "b"].map((name) => [...world.node(name).links].some(({ up }) => up))).toEqual([false, false]);
    await world.run(20_000);
    expect([world.resets("a"), world.resets("b")]).toEqual([1, 1]);
    await world.heal();
    expect(world.problems).toEqual([]);
  });

  it("does not stay up when the peer never heard that it is", async () => {
    const world = new LinkWorld(["a", "b"], 1);
    world.network.disturb({ delay: { least: 100, most: 100 } });
    world.start("b");
    world.start("a");
    await world.run(50);
    world.network.cut("a", "b");
    await world.run(1000);
    const ups = (): readonly boolean[] => ["a", "b"].map((name) => [...world.node(name).links].some(({ up }) => up));
    expect(ups()).toEqual([true, false]);
    await world.run(3000);
    expect(ups()).toEqual([false, false]);
  });

  it("refuses optional frames beyond the window until the peer has dealt with what it got", async () => {
    const world = await linked();
    world.node("b").slow = true;
    const link = world.node("a").links.get("b")!;
    for (let frame = 0; frame < 20; frame++) world.send("a", "b", 1000, "optional");
    await world.run(10);
    expect(link.counts.inFlight).toBeGreaterThan(7000);
    expect(link.counts.inFlight).toBeLessThan(9500);
    expect(link.counts.refused).toBeGreaterThan(10);
    world.node("b").slow = false;
    await world.run(30);
    expect(link.counts.inFlight).toBeLessThan(1500);
    expect(world.resets("a")).toBe(0);
  });

  it("starts anew when even necessary frames are too much", async () => {
    const world = await linked();
    world.node("b").process.pause();
    for (let frame = 0; frame < 40; frame++) world.send("a", "b", 1000, "necessary");
    expect(world.resets("a")).toBe(1);
    await world.heal();
    expect(world.problems).toEqual([]);
  });

  it("fails at once when nobody receives what is sent to the node", async () => {
    const world = await linked();
    world.stop("b");
    world.send("a", "b", 10, "necessary");
    await world.run(20);
    expect(world.resets("a")).toBe(1);
  });

  it("does not listen to an incarnation that was declared dead, and tells it to take another one", async () => {
    const world = await linked();
    const [a, b] = [world.node("a"), world.node("b")];
    const dead = b.incarnation;
    a.links.forget("b", dead, "declared dead");
    await world.run(5000);
    expect(b.incarnation).toBeGreaterThan(dead);
    expect(a.links.get("b")?.up).toBe(true);
    expect(a.links.get("b")!.incarnation).toBe(b.incarnation);
  });

  it("is up again when each of two nodes takes the other for dead", async () => {
    const world = await linked();
    const [a, b] = [world.node("a"), world.node("b")];
    const dead = b.incarnation;
    a.links.forget("b", dead, "declared dead");
    b.links.forget("a", a.incarnation, "declared dead");
    // Each finds that the other one has a record.
    a.links.greet("b");
    b.links.greet("a");
    await world.run(5000);
    expect(b.incarnation).toBeGreaterThan(dead);
    expect(a.links.get("b")?.up).toBe(true);
    expect(a.links.get("b")!.incarnation).toBe(b.incarnation);
  });

  it("ignores what an earlier life of the node sent and that arrives late", async () => {
    const world = await linked();
    world.network.disturb({ delay: { least: 3000, most: 3000 } });
    world.send("b", "a", 10, "necessary");
    await world.run(10);
    world.start("b");
    world.network.disturb({});
    world.start("b");
    await world.run(1500);
    const before = world.resets("a");
    expect(world.node("a").links.get("b")?.up).toBe(true);
    await world.run(3000);
    expect(world.resets("a")).toBe(before);
    expect(world.problems).toEqual([]);
  });

  it("lets a node that started again with a clock that was behind catch up", async () => {
    const world = await linked();
    world.start("b", 1);
    world.start("a", 0);
    await world.run(3000);
    expect(world.node("a").links.get("b")?.up).toBe(true);
  });
});

describe("a link over a bus that loses messages", () => {
  it(
    "delivers in order and once, notices every loss, and comes up again with one reset",
    { timeout: 24 * 3600_000 },
    async () => {
      await hunt(
        "links",
        fc.asyncProperty(fc.nat(), fc.array(step, { maxLength: 40, size: "max" }), async (seed, steps) => {
          const world = new LinkWorld(NAMES, seed);
          await world.run(1500);
          for (const each of steps) await take(world, each);
          await world.heal();
          expect(world.problems).toEqual([]);
        }),
        150,
      );
    },
  );
});
