// Attacks by doing too much of what is allowed, or by not reading. Each is bounded with a line in the log, while another
// client is served as ever.
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { until } from "../../support/wait.js";
import type { RouterProcess } from "../../support/router-process.js";
import { expectSound, logged, startAttacked } from "./router-under-attack.js";
import { Attacker } from "./attacker.js";
import { besides } from "./other-client.js";

let router: RouterProcess;

beforeAll(async () => {
  router = await startAttacked();
});

afterEach(() => expectSound(router));

afterAll(() => router.kill());

const TOPIC = "com.attack.topic";

test("a flood of messages: read more slowly, and none lost", async () => {
  await besides("message flood", router.url, async () => {
    const attacker = await Attacker.join(router.url);
    const start = performance.now();
    for (let request = 1; request <= 12_000; request++) attacker.say([16, request, {}, TOPIC, [request]]);
    attacker.say([16, 12_001, { acknowledge: true }, TOPIC]);
    await attacker.hears(17);
    // Five thousand at once, and five thousand in each second after that.
    expect(performance.now() - start).toBeGreaterThan(1000);
    attacker.end();
  });
  await logged(router, { limit: "limit_messages_per_second" });
});

test("a flood of messages from many clients at once", async () => {
  await besides("message flood from 40 clients", router.url, async () => {
    const attackers = await Attacker.crowd(router.url, 40);
    await Promise.all(attackers.map((attacker) => attacker.join()));
    for (const attacker of attackers)
      for (let request = 1; request <= 1500; request++) attacker.say([16, request, {}, TOPIC, ["x".repeat(100)]]);
    for (const attacker of attackers) attacker.say([16, 1501, { acknowledge: true }, TOPIC]);
    await Promise.all(attackers.map((attacker) => attacker.hears(17)));
    for (const attacker of attackers) attacker.end();
  });
});

test("a flood of subscriptions and registrations", async () => {
  await besides("subscribe and register flood", router.url, async () => {
    const attacker = await Attacker.join(router.url);
    for (let request = 1; request <= 2000; request++) {
      attacker.say([32, request * 2, {}, `${TOPIC}.t${request}`]);
      attacker.say([64, request * 2 + 1, {}, `com.attack.procedure.p${request}`]);
    }
    await attacker.hears(33, 1000);
    await attacker.hears(65, 100);
    await attacker.hears(8, 2900);
    const errors = attacker.heard.filter(([type]) => type === 8).map((error) => error[4]);
    expect(new Set(errors)).toEqual(new Set(["wamp.error.limit_exceeded"]));
    attacker.end();
  });
  await logged(router, { limit: "limit_subscriptions_per_session" });
  await logged(router, { limit: "limit_registrations_per_session" });
});

test("one publication that matches a thousand patterns of one client", async () => {
  await besides("many patterns", router.url, async () => {
    const attacker = await Attacker.join(router.url);
    const components = "com.attack.a.b.c.d.e.f.g.h.i.j".split(".");
    for (let pattern = 0; pattern < 1000; pattern++) {
      const topic = components.map((component, index) => (index > 1 && (pattern >> (index - 2)) & 1 ? "" : component));
      attacker.say([32, pattern + 1, { match: "wildcard" }, topic.join(".")]);
    }
    await attacker.hears(33, 1000);
    const publisher = await Attacker.join(router.url);
    for (let request = 1; request <= 50; request++) publisher.say([16, request, {}, components.join("."), [request]]);
    await until("some events", () => attacker.heard.length > 5000);
    for (const each of [attacker, publisher]) each.end();
  });
});

test("calls that nobody answers", async () => {
  await besides("calls without an answer", router.url, async () => {
    const [callee, caller] = [await Attacker.join(router.url), await Attacker.join(router.url)];
    callee.say([64, 1, {}, "com.attack.silence"]);
    await callee.hears(65);
    for (let request = 1; request <= 1000; request++) caller.say([48, request, {}, "com.attack.silence"]);
    await caller.hears(8, 900);
    for (const each of [callee, caller]) each.end();
  });
  await logged(router, { limit: "limit_pending_calls_per_session" });
});

test("a slow consumer: misses events, and costs no more than its share of memory", async () => {
  await besides("slow consumer", router.url, async () => {
    const [slow, publisher] = [await Attacker.join(router.url), await Attacker.join(router.url)];
    slow.say([32, 1, {}, TOPIC]);
    await slow.hears(33);
    slow.socket.pause();
    for (let round = 0; round < 40; round++) {
      for (let request = 1; request <= 10; request++)
        publisher.say([16, round * 10 + request, {}, TOPIC, ["x".repeat(50_000)]]);
      await delay(10);
    }
    publisher.say([16, 401, { acknowledge: true }, TOPIC]);
    await publisher.hears(17);
    slow.end();
    publisher.end();
  });
  await logged(router, { limit: "events_dropped" });
});

test("a client that calls and does not read what it asked for", async () => {
  await besides("unread results", router.url, async () => {
    const [callee, caller] = [await Attacker.join(router.url), await Attacker.join(router.url)];
    callee.say([64, 1, {}, "com.attack.large"]);
    await callee.hears(65);
    const large = "x".repeat(100_000);
    callee.socket.on("message", (data: Buffer) => {
      const [type, invocation] = JSON.parse(data.toString()) as unknown[];
      if (type === 68) callee.say([70, invocation, {}, [large]]);
    });
    caller.socket.pause();
    for (let request = 1; request <= 100; request++) caller.say([48, request, {}, "com.attack.large"]);
    await logged(router, { limit: "outbox-bytes" });
    for (const each of [callee, caller]) each.end();
  });
});

test("and everything that was taken is given back", async () => {
  const client = await Attacker.join(router.url);
  await until("all the others to be gone", async () => {
    const heard = client.heard.length;
    client.say([48, heard + 1, {}, "wamp.session.count"]);
    await until("the count", () => client.heard.length > heard);
    return JSON.stringify(client.heard.at(-1)?.[3]) === "[1]";
  });
  client.end();
  expect(await router.stop()).toBe(0);
});
