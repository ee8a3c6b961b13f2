import { MessageType as M } from "@kreuz/codec";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LinkSettings } from "../link/link-settings.js";
import { ClusterWorld } from "../testing/cluster-world.js";
import { hunt } from "../testing/hunt.js";
import { Simulation, type Step } from "../testing/simulation.js";

const node = fc.nat({ max: 4 });
const client = fc.nat({ max: 9 });
const uri = fc.nat({ max: 2 });
const who = { client, uri };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("call" as const), ...who }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("cancel" as const),
      mode: fc.constantFrom("skip" as const, "kill" as const, "killnowait" as const),
      client,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("register" as const),
      invoke: fc.constantFrom("single" as const, "single" as const, "roundrobin" as const, "first" as const),
      force: fc.boolean(),
      concurrency: fc.constantFrom(0, 1),
      ...who,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("unregister" as const, "unsubscribe" as const), ...who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("subscribe" as const), ...who }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("publish" as const), retain: fc.boolean(), ...who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("leave" as const, "join" as const), ...who, node }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 9000 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("network" as const),
      loss: fc.constantFrom(0, 0, 3, 30),
      delay: fc.constantFrom(0, 20, 400),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("referee" as const),
      failure: fc.constantFrom(0, 0, 0.5, 2),
      delay: fc.constantFrom(0, 10, 200),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("forget" as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("cut" as const, "heal" as const), node, other: node }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("pause" as const, "resume" as const, "disconnect" as const, "connect" as const),
      node,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom("kill" as const, "stop" as const, "start" as const), node }),
  },
);

const callee = { kind: "register", invoke: "single", concurrency: 0 } as const;

/** Schedules that hunts found, as short as they could be made. */
const FOUND: Readonly<
  Record<string, { readonly seed?: number; readonly nodes: number; readonly steps: readonly Step[] }>
> = {
  "a node starts when the referee has just lost everything": {
    nodes: 2,
    steps: [
      { kind: "kill", node: 0 },
      { kind: "forget" },
      { kind: "start", node: 0 },
      { ...callee, force: false, client: 0, uri: 0 },
    ],
  },
  "a node stops that has taken a procedure over, and has told nobody": {
    nodes: 2,
    steps: [
      { ...callee, force: false, client: 0, uri: 0 },
      { kind: "wait", ms: 0 },
      { kind: "call", client: 0, uri: 0 },
      { kind: "call", client: 0, uri: 0 },
      { ...callee, force: true, client: 3, uri: 0 },
      { kind: "stop", node: 3 },
    ],
  },
  "a node dies and is back before anybody has noticed": {
    nodes: 2,
    steps: [
      { ...callee, force: false, client: 3, uri: 0 },
      { kind: "wait", ms: 1 },
      { kind: "kill", node: 3 },
      { kind: "start", node: 3 },
    ],
  },
  "a node takes a procedure over and stops while nobody hears it": {
    nodes: 2,
    steps: [
      { ...callee, force: false, client: 3, uri: 1 },
      { kind: "cut", node: 0, other: 0 },
      { kind: "cut", node: 0, other: 0 },
      { ...callee, force: true, client: 0, uri: 1 },
      { kind: "disconnect", node: 0 },
      { kind: "stop", node: 0 },
    ],
  },
  "a node wakes between its death and the time when the others hear of that": {
    seed: 47_495_083,
    nodes: 2,
    steps: [
      { kind: "wait", ms: 4777 },
      { kind: "wait", ms: 1713 },
      { kind: "forget" },
      { kind: "referee", failure: 0, delay: 200 },
      { kind: "leave", client: 0, uri: 0, node: 0 },
      { kind: "pause", node: 0 },
      { kind: "wait", ms: 4081 },
      { kind: "network", loss: 0, delay: 0 },
      { kind: "wait", ms: 8 },
      { ...callee, force: false, client: 0, uri: 0 },
      { kind: "wait", ms: 2212 },
    ],
  },
  "the referee fails while a node writes again what it forgot": {
    nodes: 2,
    steps: [
      { kind: "referee", failure: 0.5, delay: 0 },
      { ...callee, force: false, client: 0, uri: 0 },
      { kind: "forget" },
      { kind: "wait", ms: 500 },
      { kind: "kill", node: 3 },
      { ...callee, force: false, client: 3, uri: 1 },
      { kind: "wait", ms: 21 },
      { kind: "wait", ms: 1 },
      { kind: "start", node: 3 },
    ],
  },
  "a node registers, dies and is back while the referee forgets that it was there": {
    nodes: 2,
    steps: [
      { ...callee, force: true, client: 0, uri: 0 },
      { kind: "forget" },
      { kind: "cut", node: 0, other: 0 },
      { kind: "forget" },
      { kind: "kill", node: 0 },
      { kind: "start", node: 0 },
    ],
  },
  "two nodes take a procedure over, and the first hears of its claim last": {
    nodes: 2,
    steps: [
      { kind: "leave", client: 0, uri: 0, node: 0 },
      { kind: "referee", failure: 0, delay: 200 },
      { kind: "wait", ms: 3765 },
      { ...callee, force: true, client: 4, uri: 0 },
      { kind: "wait", ms: 58 },
      { kind: "publish", retain: true, client: 0, uri: 0 },
      { kind: "wait", ms: 29 },
      { kind: "publish", retain: true, client: 0, uri: 0 },
      { kind: "wait", ms: 22 },
      { ...callee, force: true, client: 0, uri: 0 },
      { kind: "wait", ms: 46 },
    ],
  },
  "a session leaves while a node that was away is told of all": {
    nodes: 2,
    steps: [
      { kind: "subscribe", client: 0, uri: 0 },
      { kind: "disconnect", node: 1 },
      { kind: "leave", client: 0, uri: 0, node: 0 },
    ],
  },
  "the referee fails while the claims of a dead node are given up": {
    nodes: 3,
    steps: [
      { ...callee, force: false, client: 1, uri: 0 },
      { kind: "wait", ms: 1 },
      { kind: "referee", failure: 0.5, delay: 0 },
      { kind: "kill", node: 4 },
      { kind: "wait", ms: 4809 },
      { kind: "cut", node: 0, other: 1 },
      { kind: "network", loss: 0, delay: 0 },
      { ...callee, force: false, client: 0, uri: 0 },
      { kind: "publish", retain: true, client: 0, uri: 0 },
      { kind: "wait", ms: 721 },
      { kind: "publish", retain: true, client: 3, uri: 0 },
    ],
  },
};

/** From those under which most comes in between, to those of production. */
const LINKS: readonly Partial<LinkSettings>[] = [
  { perTurn: 1, window: 2000, windowOfAll: 4000, most: 100_000, batch: 300, piece: 500 },
  { perTurn: 1 },
  { perTurn: 3 },
  {},
];

/** @returns what went wrong. */
async function run(seed: number, nodes: number, links: number, steps: readonly Step[]): Promise<readonly string[]> {
  const simulation = await Simulation.start(seed, nodes, LINKS[links]!);
  for (const each of steps) await simulation.take(each);
  await simulation.heal();
  return simulation.problems;
}

describe("a simulated cluster", () => {
  it.each(Object.entries(FOUND))("keeps its promises when %s", async (_what, { seed = 0, nodes, steps }) => {
    for (const links of LINKS.keys()) expect(await run(seed, nodes, links, steps)).toEqual([]);
  });

  it("keeps its promises under any faults", { timeout: 24 * 3600_000 }, async () => {
    await hunt(
      "clusters",
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 2, max: 5 }),
        fc.nat({ max: LINKS.length - 1 }),
        fc.array(step, { maxLength: 60, size: "max" }),
        async (...schedule) => void expect(await run(...schedule)).toEqual([]),
      ),
      25,
    );
  });

  it("brings the calls of a caller to a callee in order, whatever is lost", { timeout: 24 * 3600_000 }, async () => {
    await hunt(
      "orders",
      fc.asyncProperty(
        fc.nat(),
        fc.constantFrom(0, 0.02, 0.2),
        fc.constantFrom(0, 30, 300),
        fc.array(fc.nat({ max: 400 }), { minLength: 5, maxLength: 40, size: "max" }),
        async (seed, loss, most, pauses) => {
          const world = await ClusterWorld.start(["a", "b", "c"], seed);
          const callee = await world.join("c");
          await world.until(callee.register("com.x"));
          const callers = [await world.join("a"), await world.join("b"), await world.join("b")];
          world.network.disturb({ loss, delay: { least: 0, most } });
          for (const [number, pause] of pauses.entries()) {
            for (const [at, caller] of callers.entries())
              for (let part = 0; part < 3; part++) caller.sendCall("com.x", { args: [at, number * 3 + part] });
            await world.pass(pause);
          }
          world.network.disturb({});
          await world.pass(3000);
          const invoked = callee.unread.flatMap((message) =>
            !(message instanceof Error) && message.type === M.INVOCATION ? [message.payload.args ?? []] : [],
          );
          for (const [at] of callers.entries()) {
            const numbers = invoked.filter(([caller]) => caller === at).map(([, number]) => Number(number));
            expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other));
            if (loss === 0) expect(numbers).toHaveLength(pauses.length * 3);
          }
          expect(world.errors).toEqual([]);
        },
      ),
      20,
    );
  });
});
