// Two commands: what is left of a node that is stopped, and of one that is killed.
import { setTimeout as delay } from "node:timers/promises";
import { MessageType as M } from "@kreuz/codec";
import type { WireSession } from "@kreuz/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NATS_SERVER, WHY_SKIPPED } from "../../../../packages/cluster-nats/src/testing/nats-server.js";
import { until } from "../../support/wait.js";
import { StartedCluster } from "./started-cluster.js";

const skipped = NATS_SERVER === undefined ? ` (skipped: ${WHY_SKIPPED})` : "";

/** The first arguments of the events that came so far. */
function eventsOf(subscriber: WireSession): readonly unknown[] {
  return subscriber.unread.flatMap((message) =>
    !(message instanceof Error) && message.type === M.EVENT ? [message.payload.args?.[0]] : [],
  );
}

describe.skipIf(NATS_SERVER === undefined)(`a node of two${skipped}`, () => {
  let cluster: StartedCluster;
  let watcher: WireSession;
  let leaving: WireSession;

  beforeEach(async () => {
    cluster = await StartedCluster.start("a", "b");
    [watcher, leaving] = [await cluster.join("a"), await cluster.join("b")];
    await watcher.subscribe("wamp.session.on_leave");
    await watcher.subscribe("com.example.last");
    await leaving.call("wamp.session.add_testament", { args: ["com.example.last", ["will"], {}] });
    await leaving.register("com.example.work");
  });
  afterEach(() => cluster.end());

  test("that gets SIGTERM lets calls end, and its sessions leave at once with their testaments", async () => {
    const result = watcher.call("com.example.work");
    const { request } = await leaving.expect(M.INVOCATION);
    cluster.node("b").signal("SIGTERM");
    await delay(200);
    leaving.yield(request, { args: ["done"] });
    expect((await result).args).toEqual(["done"]);
    expect(await cluster.node("b").exited).toBe(0);
    // Dead nodes are noticed after 5 s: this is before.
    await until("the session to leave", () => eventsOf(watcher).length === 2);
    expect(eventsOf(watcher)).toEqual(["will", leaving.id]);
    await watcher.register("com.example.work");
    expect(cluster.node("a").errors).toEqual([]);
  });

  test("that is killed leaves its testaments to the other one, once", async () => {
    await cluster.node("b").kill();
    await until("the session to leave", () => eventsOf(watcher).length === 2);
    await delay(2000);
    expect([...eventsOf(watcher)].toSorted()).toEqual([leaving.id, "will"].toSorted());
    expect(cluster.node("a").errors).toEqual([]);
  });

  test("has the same history as the other one", async () => {
    const subscription = await watcher.subscribe("com.example.kept");
    for (const [number, client] of [watcher, leaving, watcher].entries()) {
      client.publish("com.example.kept", { args: [number] }, { acknowledge: true });
      await client.find("PUBLISHED", ({ type }) => type === M.PUBLISHED);
    }
    for (const client of [watcher, leaving]) {
      const { args = [] } = await client.call("wamp.subscription.get_events", { args: [subscription] });
      expect(args.map((event) => (event as { args: unknown[] }).args[0])).toEqual([0, 1, 2]);
    }
  });
});
