// Relatives of the attacks in default-limits.test.ts: other ways to make the router work, hold or hash much with little.
// All of them run against one router with its default limits, which serves another client and lets newcomers in.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { RouterProcess } from "../../support/router-process.js";
import { until } from "../../support/wait.js";
import { Attacker } from "./attacker.js";
import { withOtherClient } from "./other-client.js";
import { expectSound, startRouterWithDefaults } from "./router-under-attack.js";

let router: RouterProcess;

beforeAll(async () => {
  router = await startRouterWithDefaults();
});

afterEach(() => expectSound(router));

afterAll(async () => {
  await router.stop();
  await expectSound(router);
});

/** Joins attackers, lets them attack, and ends them. */
function attackedBy(what: string, count: number, attack: (attackers: Attacker[]) => Promise<void>): Promise<void> {
  return withOtherClient(
    what,
    router,
    async () => {
      const attackers = await Attacker.joinMany(router.url, count, "attacked");
      await attack(attackers);
      for (const attacker of attackers) attacker.end();
      await Promise.all(attackers.map(({ closed }) => closed));
      return attackers;
    },
    { cpuSeconds: 10, memory: 250, newcomers: true },
  );
}

/** Waits until so many requests were answered, with whatever. */
const answered = (attacker: Attacker, types: readonly number[], count: number): Promise<void> =>
  until(`${count} answers`, () => types.reduce((sum, type) => sum + attacker.all(type).length, 0) >= count);

test("long resource keys, hashed for a hundred node keys", () =>
  attackedBy("long resource keys", 100, async (attackers) => {
    for (const [index, attacker] of attackers.entries())
      attacker.send([32, 1, { nkey: `${index}`.padEnd(4000, "n") }, "com.attack.shards"]);
    await Promise.all(attackers.map((attacker) => attacker.receives(33)));
    const [publisher] = attackers as [Attacker];
    for (let request = 1; request <= 1000; request++)
      publisher.send([16, request, { rkey: `${request}`.padEnd(4000, "r"), acknowledge: true }, "com.attack.shards"]);
    await publisher.receives(17, 1000);
    publisher.send([16, 1001, { rkey: "r".repeat(1_000_000), acknowledge: true }, "com.attack.shards"]);
    await publisher.receives(8);
    expect(publisher.errors).toEqual(["wamp.error.limit_exceeded"]);
  }));

test("partitioned calls that wait for one busy callee, while a hundred others answer", () =>
  attackedBy("partitioned calls that wait", 101, async (attackers) => {
    const [caller, ...callees] = attackers as [Attacker, ...Attacker[]];
    const options = { invoke: "roundrobin", concurrency: 1 };
    for (const [index, callee] of callees.entries())
      callee.send([64, 1, { ...options, nkey: `${index}` }, "com.attack.part"]);
    await Promise.all(callees.map((callee) => callee.receives(65)));
    const call = (request: number, rkey: string): void =>
      caller.send([48, request, { runmode: "partition", rkey }, "com.attack.part"]);
    for (let request = 1; request <= 900; request++) call(request, "same");
    await until("the first invocation", () => callees.some((callee) => callee.all(68).length > 0));
    for (const callee of callees.filter((callee) => callee.all(68).length === 0))
      callee.socket.on("message", (data: Buffer) => {
        const [type, request] = JSON.parse(data.toString()) as unknown[];
        if (type === 68) callee.send([70, request, {}]);
      });
    for (let request = 1001; request <= 3000; request++) call(request, `${request}`);
    await answered(caller, [8, 50], 1900);
  }));

test("subscribers of a topic with two hundred of them, listed two thousand times", () =>
  attackedBy("long lists of members", 200, async (attackers) => {
    for (const attacker of attackers) attacker.send([32, 1, {}, "com.attack.topic"]);
    const [, , topic] = await attackers[0]!.receives(33);
    await Promise.all(attackers.map((attacker) => attacker.receives(33)));
    const [asking] = attackers as [Attacker];
    for (let request = 2; request <= 2001; request++)
      asking.send([48, request, {}, "wamp.subscription.list_subscribers", [topic]]);
    await answered(asking, [8, 50], 2000);
  }));

test("names of a filter, each compared with each session", () =>
  attackedBy("long filters", 200, async (attackers) => {
    const [asking] = attackers as [Attacker];
    const names = Array.from({ length: 20_000 }, (_, index) => `role${index}`);
    for (let request = 1; request <= 20; request++)
      asking.send([48, request, {}, "wamp.session.list", [[...names, "guest"]]]);
    await asking.receives(8, 20);
    expect(new Set(asking.errors)).toEqual(new Set(["wamp.error.invalid_argument"]));
  }));

test("shapes of long patterns, taken by twenty sessions: somebody else still subscribes by one", () =>
  attackedBy("shapes taken by many", 21, async (attackers) => {
    const [other, ...greedy] = attackers as [Attacker, ...Attacker[]];
    const pattern = (shape: number): string =>
      Array.from({ length: 14 }, (_, index) => (index > 1 && (shape >> (index - 2)) & 1 ? "" : "c")).join(".");
    const long = (shape: number): string => pattern(shape).replace("c.c", "com.attack");
    await Promise.all(
      greedy.map(async (attacker, index) => {
        for (let count = 0; count < 100; count++)
          attacker.send([32, count + 1, { match: "wildcard" }, long(index * 100 + count)]);
        await answered(attacker, [8, 33], 100);
      }),
    );
    expect(greedy.flatMap(({ errors }) => errors).length).toBeGreaterThan(0);
    other.send([32, 1, { match: "wildcard" }, long(4001)]);
    await other.receives(33);
  }));

test("sessions with two hundred subscriptions that come and go on the same connections", () =>
  attackedBy("sessions that come and go", 5, async (attackers) => {
    await Promise.all(
      attackers.map(async (attacker) => {
        for (let round = 1; round <= 20; round++) {
          for (let request = 1; request <= 200; request++)
            attacker.send([32, request, {}, `com.attack.topic${request}`]);
          attacker.send([6, {}, "wamp.close.close_realm"]);
          await attacker.receives(6, round);
          await attacker.join("attacked");
        }
      }),
    );
  }));

test("subscriptions that come and go while ten sessions hear of each", () =>
  attackedBy("churn of subscriptions", 10, async (attackers) => {
    for (const attacker of attackers) attacker.send([32, 1, { match: "prefix" }, "com.attack."]);
    const [busy] = attackers as [Attacker];
    for (let round = 1; round <= 2000; round++) {
      busy.send([32, 2 * round, {}, `com.attack.topic${round}`]);
      await busy.receives(33, round + 1);
      busy.send([34, 2 * round + 1, busy.all(33)[round]![2]]);
    }
    await busy.receives(35, 2000);
  }));

test("progressive calls that never end, and are cancelled in every way", () =>
  attackedBy("progressive calls", 11, async (attackers) => {
    const [callee, ...callers] = attackers as [Attacker, ...Attacker[]];
    callee.send([64, 1, {}, "com.attack.stream"]);
    await callee.receives(65);
    for (const caller of callers)
      for (let request = 1; request <= 200; request++)
        for (let part = 0; part < 10; part++)
          caller.send([48, request, { progress: true, receive_progress: true }, "com.attack.stream", [part]]);
    await callee.receives(68, 200);
    for (const caller of callers)
      for (let request = 1; request <= 200; request++)
        caller.send([49, request, { mode: ["skip", "kill", "killnowait"][request % 3] }]);
    await Promise.all(callers.map((caller) => answered(caller, [8], 100)));
  }));

test("ten thousand calls without an answer, whose callee goes", () =>
  attackedBy("calls of a callee that goes", 2, async (attackers) => {
    const [caller, callee] = attackers as [Attacker, Attacker];
    callee.send([64, 1, {}, "com.attack.silence"]);
    await callee.receives(65);
    for (let request = 1; request <= 10_000; request++) caller.send([48, request, {}, "com.attack.silence"]);
    await callee.receives(68, 10_000);
    callee.end();
    await caller.receives(8, 10_000);
    expect(new Set(caller.errors)).toEqual(new Set(["wamp.error.canceled"]));
  }));

test("ten thousand patterns each, all given up at once", () =>
  attackedBy("sessions that hold much and go at once", 4, async (attackers) => {
    await Promise.all(
      attackers.map(async (attacker, session) => {
        for (let request = 1; request <= 10_000; request++)
          attacker.send([32, request, { match: "prefix" }, `com.attack.s${session}.p${request}`]);
        await answered(attacker, [33], 10_000);
      }),
    );
  }));

test("messages of almost the maximum from ten guests at a time", () =>
  attackedBy("large messages from many", 10, async (attackers) => {
    const payload = JSON.stringify(Array.from({ length: 95_000 }, (_, index) => `${index}`.padEnd(35, "x")));
    for (let round = 1; round <= 3; round++) {
      for (const attacker of attackers)
        attacker.send(`[16,${round},{"acknowledge":true},"com.attack.large",${payload}]`);
      await Promise.all(attackers.map((attacker) => answered(attacker, [8, 17], round)));
    }
  }));

test("the router has forgotten them all", async () => {
  const client = await Attacker.connect(router.url);
  await client.join("attacked");
  let calls = 0;
  await until("no session but this one", async () => {
    client.send([48, ++calls, {}, "wamp.session.count"]);
    return JSON.stringify((await client.receives(50, calls))[3]) === "[1]";
  });
  await until("no subscription", async () => {
    client.send([48, ++calls, {}, "wamp.subscription.list"]);
    return JSON.stringify((await client.receives(50, calls))[3]) === '[{"exact":[],"prefix":[],"wildcard":[]}]';
  });
  client.end();
});
