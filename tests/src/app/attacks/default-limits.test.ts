// Attacks by guests who hold as much as the default limits let them. The router stays within a bounded amount of CPU time
// and memory, serves another client, and lets newcomers in.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RouterProcess } from "../../support/router-process.js";
import { until } from "../../support/wait.js";
import { Attacker } from "./attacker.js";
import { withOtherClient } from "./other-client.js";
import { expectSound, logged, startRouterWithDefaults } from "./router-under-attack.js";

let router: RouterProcess;

// One for each attack, so that the memory it takes is that of the attack.
beforeEach(async () => {
  router = await startRouterWithDefaults();
});

afterEach(async () => {
  await router.stop();
  await expectSound(router);
});

/** Ends the attackers, and waits until the router has forgotten them. */
async function endAll(attackers: readonly Attacker[]): Promise<readonly Attacker[]> {
  for (const attacker of attackers) attacker.end();
  const client = await Attacker.connect(router.url);
  await client.join("attacked");
  let calls = 0;
  await until("all attackers to be gone", async () => {
    client.send([48, ++calls, {}, "wamp.session.count"]);
    return JSON.stringify((await client.receives(50, calls))[3]) === "[1]";
  });
  client.end();
  return attackers;
}

/** How many messages an attacker sends before it waits for an answer. */
const BATCH = 1000;

/** Sends SUBSCRIBEs to wildcard patterns, and waits until each is answered. */
async function subscribe(attacker: Attacker, patterns: readonly string[]): Promise<void> {
  for (let start = 0; start < patterns.length; start += BATCH) {
    for (const [index, pattern] of patterns.slice(start, start + BATCH).entries())
      attacker.send([32, start + index + 1, { match: "wildcard" }, pattern]);
    await until(
      "the answers",
      () => attacker.all(33).length + attacker.errors.length >= Math.min(start + BATCH, patterns.length),
    );
  }
}

test("long wildcard patterns: four sessions with ten thousand each", async () => {
  const ending = "x".repeat(490);
  await withOtherClient(
    "long wildcard patterns",
    router,
    async () => {
      const attackers = await Attacker.joinMany(router.url, 10, "attacked");
      await Promise.all(
        attackers.slice(0, 4).map((attacker, session) =>
          subscribe(
            attacker,
            Array.from({ length: 10_000 }, (_, index) => `com.attack.s${session}.p${index}..a..b..c..d..e.${ending}`),
          ),
        ),
      );
      const publisher = attackers[4]!;
      for (let request = 1; request <= 100; request++)
        publisher.send([16, request, {}, `com.attack.s1.p${request}.z.a.z.b.z.c.z.d.z.e.y`]);
      publisher.send([16, 101, { acknowledge: true }, "com.attack.end"]);
      await publisher.receives(17);
      expect(attackers.flatMap((attacker) => attacker.all(36))).toEqual([]);
      return endAll(attackers);
    },
    { cpuSeconds: 15, memory: 400, newcomers: true },
  );
});

test("adversarial wildcard patterns: ten thousand different shapes, and publications that almost match", async () => {
  const components = "com.attack.a.b.c.d.e.f.g.h.i.j.k.l.m.n".split(".");
  await withOtherClient(
    "wildcard patterns of different shapes",
    router,
    async () => {
      const attackers = await Attacker.joinMany(router.url, 10, "attacked");
      const patterns = Array.from({ length: 10_000 }, (_, shape) =>
        [
          ...components.map((component, index) => (index > 1 && (shape >> (index - 2)) & 1 ? "" : component)),
          "end",
        ].join("."),
      );
      const [subscriber, publisher] = attackers as [Attacker, Attacker];
      await subscribe(subscriber, patterns);
      // Few shapes of this length are taken, and every pattern of these.
      // A session has a share of them.
      expect(subscriber.all(33).length).toBeGreaterThanOrEqual(32);
      expect(subscriber.all(33).length).toBeLessThan(256);
      expect(new Set(subscriber.errors)).toEqual(new Set(["wamp.error.limit_exceeded"]));
      for (let request = 1; request <= 100; request++)
        publisher.send([16, request, {}, [...components, `e${request}`].join(".")]);
      publisher.send([16, 101, { acknowledge: true }, "com.attack.end"]);
      await publisher.receives(17);
      expect(subscriber.all(36)).toEqual([]);
      return endAll(attackers);
    },
    { cpuSeconds: 8, memory: 150, newcomers: true },
  );
  await logged(router, { limit: "limit_pattern_shapes" });
});

test("a hundred subscriptions that ask for ten thousand retained events each", async () => {
  await withOtherClient(
    "retained events",
    router,
    async () => {
      const attackers = await Attacker.joinMany(router.url, 10, "attacked");
      const [publisher, subscriber] = attackers as [Attacker, Attacker];
      for (let request = 1; request <= 10_000; request++)
        publisher.send([
          16,
          request,
          { retain: true, acknowledge: request % BATCH === 0 },
          `com.attack.r${request}`,
          [1],
        ]);
      await publisher.receives(17, 10);
      for (let request = 1; request <= 100; request++)
        subscriber.send([32, request, { match: "prefix", get_retained: true }, "com.attack."]);
      await until("a hundred thousand events", () => subscriber.received.length > 100_000);
      return endAll(attackers);
    },
    { cpuSeconds: 12, memory: 200, newcomers: true },
  );
});

test("two hundred sessions that each hold patterns, registrations and calls that nobody answers", async () => {
  await withOtherClient(
    "many sessions that hold a lot",
    router,
    async () => {
      const attackers = await Attacker.joinMany(router.url, 200, "attacked");
      const payload = ["x".repeat(20_000)];
      await Promise.all(
        attackers.map(async (attacker, session) => {
          const mine = `com.attack.s${session}`;
          attacker.send([64, 1, {}, `${mine}.silence`]);
          await attacker.receives(65);
          for (let request = 2; request <= 101; request++)
            attacker.send([32, request, { match: "wildcard" }, `${mine}.p${request}..a..b..c.${"x".repeat(400)}`]);
          await attacker.receives(33, 100);
          // From now on it does not read: invocations and events wait for it.
          attacker.socket.pause();
          for (let request = 102; request <= 131; request++)
            attacker.send([48, request, {}, `com.attack.s${(session + 1) % attackers.length}.silence`, payload]);
        }),
      );
      const witness = await Attacker.connect(router.url);
      await witness.join("attacked");
      return endAll([...attackers, witness]);
    },
    { cpuSeconds: 15, memory: 500, newcomers: true },
  );
});

test("five hundred sessions that are listed again and again, and then all killed", async () => {
  await withOtherClient(
    "listing and killing many sessions",
    router,
    async () => {
      const attackers = await Attacker.joinMany(router.url, 500, "attacked");
      const [killer, ...victims] = attackers as [Attacker, ...Attacker[]];
      // A session may have 32 queries under way.
      for (let request = 1; request <= 500; request++) {
        killer.send([48, request, {}, "wamp.session.list"]);
        if (request % 25 === 0) await killer.receives(50, request);
      }
      killer.send([48, 501, {}, "wamp.session.kill_all"]);
      await killer.receives(50, 501);
      for (const victim of victims) await victim.receives(6);
      return endAll(attackers);
    },
    { cpuSeconds: 8, memory: 200, newcomers: true },
  );
});

test("a hundred sessions that are killed with testaments to each other", async () => {
  await withOtherClient(
    "testaments of many sessions",
    router,
    async () => {
      const attackers = await Attacker.joinMany(router.url, 100, "attacked");
      const [killer, ...victims] = attackers as [Attacker, ...Attacker[]];
      await Promise.all(
        attackers.map(async (attacker) => {
          attacker.send([32, 1, {}, "com.attack.gone"]);
          for (let request = 2; request <= 11; request++)
            attacker.send([48, request, {}, "wamp.session.add_testament", ["com.attack.gone", ["x".repeat(1000)], {}]]);
          await attacker.receives(33);
          await attacker.receives(50, 10);
        }),
      );
      killer.send([48, 12, {}, "wamp.session.kill_by_authrole", ["guest"]]);
      for (const victim of victims) await victim.receives(6);
      await killer.receives(36, 990);
      return endAll(attackers);
    },
    { cpuSeconds: 8, memory: 300, newcomers: true },
  );
});
