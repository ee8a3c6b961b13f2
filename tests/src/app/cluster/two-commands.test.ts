// Two commands, as a user starts them, and a NATS server: what a cluster promises, and what it does when something fails.
import { setTimeout as delay } from "node:timers/promises";
import { type Message, MessageType as M } from "@kreuz/codec";
import type { WireSession } from "@kreuz/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { NATS_SERVER, WHY_SKIPPED } from "../../../../packages/cluster-nats/src/testing/nats-server.js";
import { until } from "../../support/wait.js";
import { CallStorm, Lateness, type StormOutcome } from "./call-storm.js";
import { StartedCluster } from "./started-cluster.js";

const skipped = NATS_SERVER === undefined ? ` (skipped: ${WHY_SKIPPED})` : "";
const NETWORK_FAILURE = "wamp.error.network_failure";
/** From the death of a node until its sessions have left for the others, and from a call until it has failed. */
const LEAVE_MS = 7000;
const CALL_MS = 3500;

let cluster: StartedCluster;

/** Answers everything with its own arguments. */
function echo(callee: WireSession): void {
  void (async () => {
    for (;;) {
      const { request, payload } = (await callee.find("INVOCATION", ({ type }) => type === M.INVOCATION)) as Message & {
        readonly type: typeof M.INVOCATION;
      };
      callee.yield(request, payload);
    }
  })().catch(() => {});
}

/** The first arguments of the events that came so far. */
function eventsOf(subscriber: WireSession): readonly unknown[] {
  return subscriber.unread.flatMap((message) =>
    !(message instanceof Error) && message.type === M.EVENT ? [message.payload.args?.[0]] : [],
  );
}

describe.skipIf(NATS_SERVER === undefined)(`two commands${skipped}`, () => {
  beforeAll(async () => void (cluster = await StartedCluster.start("a", "b")));
  afterAll(() => cluster?.end());

  test("what was registered or subscribed at one is found at the other at once: 0 of 2,000 missed", async () => {
    const [one, two] = [await cluster.join("a"), await cluster.join("b")];
    for (let number = 0; number < 1000; number++) {
      const registration = await one.register(`com.example.p${number}`);
      const result = two.call(`com.example.p${number}`, { args: [number] });
      const { request, payload } = await one.expect(M.INVOCATION);
      one.yield(request, payload);
      expect((await result).args).toEqual([number]);
      const subscription = await two.subscribe(`com.example.t${number}`);
      one.publish(`com.example.t${number}`, { args: [number] });
      expect((await two.expect(M.EVENT)).payload.args).toEqual([number]);
      await one.unregister(registration);
      await two.unsubscribe(subscription);
    }
  });

  test("events of a publisher reach a subscriber of the other one in order", async () => {
    const [publisher, subscriber] = [await cluster.join("a"), await cluster.join("b")];
    await subscriber.subscribe("com.example.", { match: "prefix" });
    for (let number = 0; number < 500; number++) publisher.publish("com.example.ordered", { args: [number] });
    await until("the last event", () => subscriber.unread.length === 500);
    expect(eventsOf(subscriber)).toEqual(Array.from({ length: 500 }, (_, number) => number));
  });

  test("sessions of both are counted, listed, shown and killed from either", async () => {
    const [one, two] = [await cluster.join("a"), await cluster.join("b")];
    const count = async (client: WireSession): Promise<unknown> => (await client.call("wamp.session.count")).args?.[0];
    await until("both nodes to agree", async () => (await count(one)) === (await count(two)));
    const before = (await count(one)) as number;
    expect((await one.call("wamp.session.list")).args?.[0]).toContain(two.id);
    expect((await one.call("wamp.session.get", { args: [two.id] })).args?.[0]).toMatchObject({ session: two.id });
    await one.call("wamp.session.kill", { args: [two.id], kwargs: { reason: "com.example.bye" } });
    expect(await count(one)).toBe(before - 1);
    expect(await two.expect(M.GOODBYE)).toMatchObject({ reason: "com.example.bye" });
    await expect(one.call("wamp.session.get", { args: [two.id] })).rejects.toMatchObject({
      uri: "wamp.error.no_such_session",
    });
  });

  test("without the engine each goes on alone and fails what is elsewhere at once; both find each other again", async () => {
    const [one, two] = [await cluster.join("a"), await cluster.join("b")];
    await one.register("com.example.away");
    echo(one);
    expect((await two.call("com.example.away", { args: [1] })).args).toEqual([1]);
    await cluster.engine.kill();
    await until("the call to fail", () =>
      two.call("com.example.away").then(
        () => false,
        ({ uri }: { uri: string }) => uri === NETWORK_FAILURE,
      ),
    );
    const began = performance.now();
    await expect(two.call("com.example.away")).rejects.toMatchObject({ uri: NETWORK_FAILURE });
    await expect(two.call("com.example.unknown")).rejects.toMatchObject({ uri: NETWORK_FAILURE });
    expect(performance.now() - began).toBeLessThan(1000);
    const local = await cluster.join("a");
    expect((await local.call("com.example.away", { args: [2] })).args).toEqual([2]);
    await cluster.engine.forget();
    await cluster.engine.run();
    await until("the nodes to find each other", () =>
      two.call("com.example.away").then(
        () => true,
        () => false,
      ),
    );
    // Who has what was lost with the data of the engine, and written again.
    await expect(two.register("com.example.away")).rejects.toMatchObject({
      uri: "wamp.error.procedure_already_exists",
    });
    expect(cluster.node("a").errors).toEqual([]);
    expect(cluster.node("b").errors).toEqual([]);
  });
});

describe.skipIf(NATS_SERVER === undefined)(`a node that is killed with -9${skipped}`, () => {
  afterEach(() => cluster?.end());

  test("each of its sessions leaves once for each subscriber of the others, within 7 s", async () => {
    cluster = await StartedCluster.start("a", "b", "c");
    const watchers = [await cluster.join("a"), await cluster.join("c")];
    for (const watcher of watchers) await watcher.subscribe("wamp.session.on_leave");
    const lost = [await cluster.join("b"), await cluster.join("b"), await cluster.join("b")].map(({ id }) => id);
    for (const watcher of watchers)
      await until("the node to know them", async () => {
        const listed = (await watcher.call("wamp.session.list")).args?.[0] as readonly number[];
        return lost.every((id) => listed.includes(id));
      });
    const [began, lateness] = [performance.now(), new Lateness()];
    cluster.node("b").signal("SIGKILL");
    await until("them to leave", () => watchers.every((watcher) => eventsOf(watcher).length >= lost.length));
    const took = performance.now() - began;
    process.stdout.write(`sessions of a killed node left after ${Math.round(took)} ms\n`);
    expect(took).toBeLessThan(LEAVE_MS + 2 * lateness.stop());
    await delay(1000);
    for (const watcher of watchers) expect([...eventsOf(watcher)].toSorted()).toEqual(lost.toSorted());
  });
});

const FAULTS: readonly {
  readonly name: string;
  readonly failure: () => Promise<void>;
  /** Whether calls must fail for a while, may fail, or must not. */
  readonly fails: boolean;
  readonly heals: boolean;
}[] = [
  {
    name: "the engine is killed, and back after 0.3 s",
    failure: async () => {
      await cluster.engine.kill();
      await delay(300);
      await cluster.engine.run();
    },
    fails: true,
    heals: true,
  },
  {
    name: "the engine is away for 4 s",
    failure: async () => {
      await cluster.engine.kill();
      await delay(4000);
      await cluster.engine.run();
    },
    fails: true,
    heals: true,
  },
  { name: "the callee's node stands still for 1.5 s", failure: () => standStill(1500), fails: false, heals: true },
  { name: "the callee's node stands still for 5 s", failure: () => standStill(5000), fails: true, heals: true },
  {
    name: "the callee's node is killed with -9",
    failure: async () => {
      cluster.node("b").signal("SIGKILL");
      await delay(4000);
    },
    fails: true,
    heals: false,
  },
];

async function standStill(ms: number): Promise<void> {
  cluster.node("b").signal("SIGSTOP");
  await delay(ms);
  cluster.node("b").signal("SIGCONT");
}

describe.skipIf(NATS_SERVER === undefined)(`128 calls in flight all the time: each gets one answer${skipped}`, () => {
  beforeAll(async () => void (cluster = await StartedCluster.start("a", "b")));
  afterAll(() => cluster?.end());

  test.each(FAULTS)("when $name", async ({ name, failure, fails, heals }) => {
    const storm = await CallStorm.start((who, client) => cluster.join(who === "caller" ? "a" : "b", client));
    await until("a thousand calls", () => storm.succeeded > 1000);
    await failure();
    const before = storm.succeeded;
    if (heals) await until("calls to succeed again", () => storm.succeeded > before + 1000);
    const outcome = await storm.stop(10_000);
    process.stdout.write(`${name}: ${JSON.stringify(outcome)}\n`);
    expect(outcome).toMatchObject({ twice: 0, never: 0 } satisfies Partial<StormOutcome>);
    if (fails) expect(outcome.errors).toContain(NETWORK_FAILURE);
    else expect(outcome.failed).toBe(0);
    expect(outcome.longestError).toBeLessThan(CALL_MS + 2 * outcome.lateness);
    storm.caller.connection.close();
    storm.callee.connection.close();
    await until("the procedure to be free", async () => {
      const client = await cluster.join("a");
      const matches = (await client.call("wamp.registration.match", { args: ["com.example.echo"] })).args?.[0];
      await client.leave();
      return matches === null;
    });
  });
});
