// Spec: advanced/pubsub_sharded_subscription.md (alpha; what it leaves open is stated in docs/protocol.md)
import { ErrorUri, MessageType as M, type PublishOptions, type SubscribeOptions } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { expectAbort, type Stage } from "../support/test-router.js";
import { join, open, TOPIC } from "../support/roles.js";

const KEYS = Array.from({ length: 60 }, (_, index) => `sn${index}`);

interface Scene {
  readonly stage: Stage;
  readonly publisher: WireSession;
  readonly nodes: Map<string, WireSession>;
}

async function addNode({ stage, nodes }: Scene, name: string, options: SubscribeOptions): Promise<WireSession> {
  const node = await join(stage);
  await node.subscribe(TOPIC, options);
  nodes.set(name, node);
  return node;
}

async function scene(...nkeys: string[]): Promise<Scene> {
  const stage = await open();
  const made: Scene = { stage, publisher: await join(stage), nodes: new Map() };
  for (const nkey of nkeys) await addNode(made, nkey, { nkey });
  return made;
}

/** Who gets an event with these options. */
async function receivers({ publisher, nodes }: Scene, options: PublishOptions): Promise<string[]> {
  publisher.publish(TOPIC, {}, options);
  await settle(2);
  const names: string[] = [];
  for (const [name, node] of nodes) {
    if (node.unread.length === 0) continue;
    await node.expect(M.EVENT);
    names.push(name);
  }
  return names;
}

/** Which node each key goes to. */
async function owners(it: Scene): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const rkey of KEYS) {
    const names = await receivers(it, { rkey });
    expect(names).toHaveLength(1);
    found.set(rkey, names[0]!);
  }
  return found;
}

describe("Sharded Subscription", () => {
  it("an event with a resource key goes to one node, for one key always the same, and the keys spread", async () => {
    const it = await scene("node1", "node2", "node3");
    const first = await owners(it);
    expect(await owners(it)).toEqual(first);
    for (const name of ["node1", "node2", "node3"])
      expect([...first.values()].filter((owner) => owner === name).length).toBeGreaterThan(8);
  });

  it("only the keys of a node that goes move, and come back with it", async () => {
    const it = await scene("node1", "node2", "node3");
    const before = await owners(it);
    it.nodes.get("node2")!.disconnect();
    it.nodes.delete("node2");
    await settle();
    const without = await owners(it);
    for (const [key, owner] of before) if (owner !== "node2") expect(without.get(key)).toBe(owner);
    await addNode(it, "node2", { nkey: "node2" });
    expect(await owners(it)).toEqual(before);
  });

  it("subscribers with the same node key are one node: all of them get its events", async () => {
    const it = await scene("node1", "node2");
    await addNode(it, "twin", { nkey: "node1" });
    for (const rkey of KEYS.slice(0, 10))
      expect([["node1", "twin"], ["node2"]]).toContainEqual(await receivers(it, { rkey }));
  });

  it("subscribers without node key get every event, and those with one every event without resource key", async () => {
    const it = await scene("node1", "node2");
    await addNode(it, "plain", {});
    expect(await receivers(it, {})).toEqual(["node1", "node2", "plain"]);
    for (const rkey of KEYS.slice(0, 10)) {
      const names = await receivers(it, { rkey });
      expect(names).toHaveLength(2);
      expect(names).toContain("plain");
    }
  });

  it("a node key belongs to one subscription, and the last SUBSCRIBE says what it is", async () => {
    const it = await scene("node1", "node2");
    await it.nodes.get("node1")!.subscribe("com", { match: "prefix" });
    publishKeyFor: for (const rkey of KEYS) {
      it.publisher.publish(TOPIC, {}, { rkey });
      await settle(2);
      if (it.nodes.get("node2")!.unread.length === 0) {
        for (const node of it.nodes.values()) while (node.unread.length > 0) await node.next();
        continue publishKeyFor;
      }
      expect((await it.nodes.get("node1")!.expect(M.EVENT)).details.topic).toBe(TOPIC);
      await it.nodes.get("node2")!.expect(M.EVENT);
    }
    await it.nodes.get("node1")!.subscribe(TOPIC);
    const names = await receivers(it, { rkey: "any" });
    expect(names).toContain("node2");
  });

  it("works on patterns, as in the specification's example", async () => {
    const stage = await open();
    const publisher = await join(stage);
    const nodes = [await join(stage), await join(stage)];
    for (const [index, node] of nodes.entries())
      await node.subscribe("com.myapp.sensor..temperature", { match: "wildcard", nkey: `node${index}` });
    for (const rkey of KEYS) publisher.publish(`com.myapp.sensor.${rkey}.temperature`, { args: [33.9] }, { rkey });
    await settle();
    const counts = nodes.map(({ unread }) => unread.length);
    expect(counts[0]! + counts[1]!).toBe(KEYS.length);
    for (const count of counts) expect(count).toBeGreaterThan(12);
  });

  it("black- and whitelists hold besides", async () => {
    const it = await scene("node1", "node2");
    const [owner] = await receivers(it, { rkey: "k" });
    expect(await receivers(it, { rkey: "k", exclude: [it.nodes.get(owner!)!.id] })).toEqual([]);
  });

  it.each([
    [
      "SUBSCRIBE.Options.nkey",
      (client: WireSession) =>
        client.send({ type: M.SUBSCRIBE, request: 1, options: { nkey: 1 } as never, topic: TOPIC }),
    ],
    ["PUBLISH.Options.rkey", (client: WireSession) => client.publish(TOPIC, {}, { rkey: 1 } as never)],
  ])("%s of the wrong type is a protocol violation", async (_what, send) => {
    const { publisher } = await scene();
    send(publisher);
    await expectAbort(publisher, ErrorUri.PROTOCOL_VIOLATION);
  });
});
