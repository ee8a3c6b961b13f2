// Attacks by sending too much, or by not reading. Each one reaches a limit, which is logged, and the router keeps serving
// another client.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { RouterProcess } from "../../support/router-process.js";
import { until } from "../../support/wait.js";
import { Attacker } from "./attacker.js";
import { withOtherClient } from "./other-client.js";
import { expectSound, logged, startRouterUnderAttack } from "./router-under-attack.js";

let router: RouterProcess;

beforeAll(async () => {
  router = await startRouterUnderAttack();
});

afterEach(() => expectSound(router));

afterAll(() => router.kill());

const TOPIC = "com.attack.topic";

test("a flood of messages: it is read more slowly, and none is lost", async () => {
  await withOtherClient("message flood", router, async () => {
    const attacker = await Attacker.join(router.url);
    const start = performance.now();
    for (let request = 1; request <= 5000; request++) attacker.send([16, request, {}, TOPIC, [request]]);
    attacker.send([16, 5001, { acknowledge: true }, TOPIC]);
    await attacker.receives(17);
    // 1000 at once, then 1000 in each second. A slow machine only takes longer.
    expect(performance.now() - start).toBeGreaterThan(1000);
    attacker.end();
  });
  await logged(router, { limit: "limit_messages_per_second" });
});

test("a flood of messages from many clients at once", async () => {
  await withOtherClient(
    "message flood from 40 clients",
    router,
    async () => {
      const attackers = await Attacker.connectMany(router.url, 40);
      await Promise.all(attackers.map((attacker) => attacker.join()));
      for (const attacker of attackers)
        for (let request = 1; request <= 1500; request++) attacker.send([16, request, {}, TOPIC, ["x".repeat(100)]]);
      for (const attacker of attackers) attacker.send([16, 1501, { acknowledge: true }, TOPIC]);
      await Promise.all(attackers.map((attacker) => attacker.receives(17)));
      for (const attacker of attackers) attacker.end();
    },
    { cpuSeconds: 4 },
  );
});

test("a flood of subscriptions and registrations", async () => {
  await withOtherClient("subscribe and register flood", router, async () => {
    const attacker = await Attacker.join(router.url);
    for (let request = 1; request <= 1500; request++) {
      attacker.send([32, request * 2, {}, `${TOPIC}.t${request}`]);
      attacker.send([64, request * 2 + 1, {}, `com.attack.procedure.p${request}`]);
    }
    await attacker.receives(33, 1000);
    await attacker.receives(65, 100);
    await attacker.receives(8, 1900);
    expect(new Set(attacker.errors)).toEqual(new Set(["wamp.error.limit_exceeded"]));
    attacker.end();
  });
  await logged(router, { limit: "limit_subscriptions_per_session" });
  await logged(router, { limit: "limit_registrations_per_session" });
});

test("one publication that matches as many patterns of one client as there can be", async () => {
  await withOtherClient("many patterns", router, async () => {
    const attacker = await Attacker.join(router.url);
    const components = "com.attack.a.b.c.d.e.f.g.h.i.j".split(".");
    for (let pattern = 0; pattern < 1000; pattern++) {
      const topic = components.map((component, index) => (index > 1 && (pattern >> (index - 2)) & 1 ? "" : component));
      attacker.send([32, pattern + 1, { match: "wildcard" }, topic.join(".")]);
    }
    // Patterns of one length that one session holds have at most 32 shapes.
    await attacker.receives(8, 968);
    await attacker.receives(33, 32);
    expect(new Set(attacker.errors)).toEqual(new Set(["wamp.error.limit_exceeded"]));
    const publisher = await Attacker.join(router.url);
    for (let request = 1; request <= 50; request++) publisher.send([16, request, {}, components.join("."), [request]]);
    await until("some events", () => attacker.all(36).length > 1000);
    for (const each of [attacker, publisher]) each.end();
  });
  await logged(router, { limit: "limit_pattern_shapes" });
});

test("calls that are never answered", async () => {
  await withOtherClient("calls without an answer", router, async () => {
    const [callee, caller] = [await Attacker.join(router.url), await Attacker.join(router.url)];
    callee.send([64, 1, {}, "com.attack.silence"]);
    await callee.receives(65);
    for (let request = 1; request <= 1000; request++) caller.send([48, request, {}, "com.attack.silence"]);
    await caller.receives(8, 900);
    for (const each of [callee, caller]) each.end();
  });
  await logged(router, { limit: "limit_pending_calls_per_session" });
});

test("a slow consumer: it misses events, and costs a limited amount of memory", async () => {
  await withOtherClient("slow consumer", router, async () => {
    const [slow, publisher] = [await Attacker.join(router.url), await Attacker.join(router.url)];
    slow.send([32, 1, {}, TOPIC]);
    await slow.receives(33);
    slow.socket.pause();
    const payload = ["x".repeat(50_000)];
    for (let round = 1; round <= 40; round++) {
      for (let request = 1; request < 10; request++) publisher.send([16, round * 10 + request, {}, TOPIC, payload]);
      publisher.send([16, round * 10 + 10, { acknowledge: true }, TOPIC, payload]);
      await publisher.receives(17, round);
    }
    slow.end();
    publisher.end();
  });
  await logged(router, { limit: "limit_outbox_high_water_bytes" });
});

test("a caller that does not read its results is disconnected", async () => {
  await withOtherClient("unread results", router, async () => {
    const [callee, caller] = [await Attacker.join(router.url), await Attacker.join(router.url)];
    callee.send([64, 1, {}, "com.attack.large"]);
    await callee.receives(65);
    const large = "x".repeat(100_000);
    callee.socket.on("message", (data: Buffer) => {
      const [type, invocation] = JSON.parse(data.toString()) as unknown[];
      if (type === 68) callee.send([70, invocation, {}, [large]]);
    });
    caller.socket.pause();
    for (let request = 1; request <= 100; request++) caller.send([48, request, {}, "com.attack.large"]);
    await logged(router, { limit: "outbox-bytes" });
    for (const each of [callee, caller]) each.end();
  });
});

test("the router forgets all of them, and stops cleanly", async () => {
  const client = await Attacker.join(router.url);
  let calls = 0;
  await until("all attackers to be gone", async () => {
    client.send([48, ++calls, {}, "wamp.session.count"]);
    return JSON.stringify((await client.receives(50, calls))[3]) === "[1]";
  });
  client.end();
  expect(await router.stop()).toBe(0);
});
