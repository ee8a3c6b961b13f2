// Spec: advanced/pubsub_sharded_subscription.md (alpha; what it leaves open is stated in docs/protocol.md)
import { ErrorUri, MessageType as M, type PublishOptions, type SubscribeOptions } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectAbort, type TestRouter, TOPIC } from "../support/index.js";

const KEYS = Array.from({ length: 60 }, (_, index) => `sn${index}`);

interface Setup {
  readonly router: TestRouter;
  readonly publisher: WireSession;
  readonly nodes: Map<string, WireSession>;
}

async function addNode({ router, nodes }: Setup, name: string, options: SubscribeOptions): Promise<WireSession> {
  const node = await router.join();
  await node.subscribe(TOPIC, options);
  nodes.set(name, node);
  return node;
}

async function setUp(...nkeys: string[]): Promise<Setup> {
  const router = await createTestRouter();
  const made: Setup = { router, publisher: await router.join(), nodes: new Map() };
  for (const nkey of nkeys) await addNode(made, nkey, { nkey });
  return made;
}

/** Publishes with these options. @returns the nodes that get the event. */
async function receivers({ publisher, nodes }: Setup, options: PublishOptions): Promise<string[]> {
  publisher.publish(TOPIC, {}, options);
  await settle();
  const names: string[] = [];
  for (const [name, node] of nodes) {
    if (node.unread.length === 0) continue;
    await node.expect(M.EVENT);
    names.push(name);
  }
  return names;
}

/** Publishes with every key. @returns the node of each. */
async function owners(setup: Setup): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const rkey of KEYS) {
    const names = await receivers(setup, { rkey });
    expect(names).toHaveLength(1);
    found.set(rkey, names[0]!);
  }
  return found;
}

describe("Sharded Subscription", () => {
  it("an event with a resource key goes to one node, always the same for a key, and the keys spread", async () => {
    const setup = await setUp("node1", "node2", "node3");
    const first = await owners(setup);
    expect(await owners(setup)).toEqual(first);
    for (const name of ["node1", "node2", "node3"])
      expect([...first.values()].filter((owner) => owner === name).length).toBeGreaterThan(8);
  });

  it("only the keys of a node that leaves move, and move back when it returns", async () => {
    const setup = await setUp("node1", "node2", "node3");
    const before = await owners(setup);
    setup.nodes.get("node2")!.disconnect();
    setup.nodes.delete("node2");
    await settle();
    const without = await owners(setup);
    for (const [key, owner] of before) if (owner !== "node2") expect(without.get(key)).toBe(owner);
    await addNode(setup, "node2", { nkey: "node2" });
    expect(await owners(setup)).toEqual(before);
  });

  it("subscribers with the same node key are one node: all get its events", async () => {
    const setup = await setUp("node1", "node2");
    await addNode(setup, "twin", { nkey: "node1" });
    for (const rkey of KEYS.slice(0, 10))
      expect([["node1", "twin"], ["node2"]]).toContainEqual(await receivers(setup, { rkey }));
  });

  it("subscribers without node key get every event; with one, every event without resource key", async () => {
    const setup = await setUp("node1", "node2");
    await addNode(setup, "plain", {});
    expect(await receivers(setup, {})).toEqual(["node1", "node2", "plain"]);
    for (const rkey of KEYS.slice(0, 10)) {
      const names = await receivers(setup, { rkey });
      expect(names).toHaveLength(2);
      expect(names).toContain("plain");
    }
  });

  it("a node key belongs to one subscription, and the last SUBSCRIBE sets it", async () => {
    const setup = await setUp("node1", "node2");
    await setup.nodes.get("node1")!.subscribe("com", { match: "prefix" });
    publishKeyFor: for (const rkey of KEYS) {
      setup.publisher.publish(TOPIC, {}, { rkey });
      await settle();
      if (setup.nodes.get("node2")!.unread.length === 0) {
        for (const node of setup.nodes.values()) while (node.unread.length > 0) await node.next();
        continue publishKeyFor;
      }
      expect((await setup.nodes.get("node1")!.expect(M.EVENT)).details.topic).toBe(TOPIC);
      await setup.nodes.get("node2")!.expect(M.EVENT);
    }
    await setup.nodes.get("node1")!.subscribe(TOPIC);
    const names = await receivers(setup, { rkey: "any" });
    expect(names).toContain("node2");
  });

  it("works for patterns, as in the specification's example", async () => {
    const router = await createTestRouter();
    const publisher = await router.join();
    const nodes = [await router.join(), await router.join()];
    for (const [index, node] of nodes.entries())
      await node.subscribe("com.myapp.sensor..temperature", { match: "wildcard", nkey: `node${index}` });
    for (const rkey of KEYS) publisher.publish(`com.myapp.sensor.${rkey}.temperature`, { args: [33.9] }, { rkey });
    await settle();
    const counts = nodes.map(({ unread }) => unread.length);
    expect(counts[0]! + counts[1]!).toBe(KEYS.length);
    for (const count of counts) expect(count).toBeGreaterThan(12);
  });

  it("works together with black- and whitelists", async () => {
    const setup = await setUp("node1", "node2");
    const [owner] = await receivers(setup, { rkey: "k" });
    expect(await receivers(setup, { rkey: "k", exclude: [setup.nodes.get(owner!)!.id] })).toEqual([]);
  });

  it.each([
    [
      "SUBSCRIBE.Options.nkey",
      (client: WireSession) =>
        client.send({ type: M.SUBSCRIBE, request: 1, options: { nkey: 1 } as never, topic: TOPIC }),
    ],
    ["PUBLISH.Options.rkey", (client: WireSession) => client.publish(TOPIC, {}, { rkey: 1 } as never)],
  ])("%s of the wrong type is a protocol violation", async (_what, send) => {
    const { publisher } = await setUp();
    send(publisher);
    await expectAbort(publisher, ErrorUri.PROTOCOL_VIOLATION);
  });
});
