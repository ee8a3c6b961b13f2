import { eventHistory } from "@kreuz/event-history";
import { eventStoreContract } from "@kreuz/event-history/contract";
import { MemoryNetwork, MapReferee } from "@kreuz/cluster/memory";
import { Cluster } from "@kreuz/cluster";
import { json } from "@kreuz/codec/json";
import { MessageType as M, systemClock, WampError, type Message } from "@kreuz/codec";
import { allowAll, anonymous, createRouter, type Plugin, type RealmContext, type Router } from "@kreuz/router";
import { waitUntil, WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { natsStore } from "./event-store.js";
import { NATS_SERVER, NatsServer } from "./testing/nats-server.js";

describe.skipIf(NATS_SERVER === undefined)("the contract of stores of events", () => {
  let server: NatsServer;
  let last = 0;
  beforeAll(async () => void (server = await NatsServer.start()));
  afterAll(() => server.remove());
  const store = (limits: { readonly maxEvents?: number } = {}) =>
    natsStore({ servers: [server.url], name: `history${++last}`, ...limits });
  const cases = eventStoreContract({ open: (realm) => store()(realm), openWith: (limits) => store(limits) });
  it.each(cases)("$name", ({ run }) => run());
});

describe.skipIf(NATS_SERVER === undefined)("two routers with one history", () => {
  let server: NatsServer;
  const routers: Router[] = [];
  const realms: RealmContext[] = [];
  const probe: Plugin = { name: "probe", setup: (realm) => void realms.push(realm) };
  beforeAll(async () => {
    server = await NatsServer.start();
    const network = new MemoryNetwork({ clock: systemClock, random: Math.random });
    const referee = new MapReferee({ clock: systemClock, random: Math.random });
    for (const node of ["a", "b"]) {
      const history = eventHistory({
        topics: [{ uri: "com.", match: "prefix" }],
        store: natsStore({ servers: [server.url] }),
      });
      const plugins = [history, probe];
      const realm = { uri: "realm1", authorizer: allowAll, authenticators: [anonymous()], plugins };
      const fabric = new Cluster({ node, bus: network.bus(node), referee });
      routers.push(await createRouter({ realms: [realm], fabric }));
    }
  });
  afterAll(async () => {
    for (const router of routers) await router.close();
    await server.remove();
  });

  const join = async (index: number): Promise<WireSession> => {
    const client = new WireSession();
    connectMemory(routers[index]!, client, { codec: json });
    await client.join("realm1");
    return client;
  };

  const numbers = async (client: WireSession, kwargs: object): Promise<unknown[]> => {
    const subscription = await client.subscribe("com", { match: "prefix" });
    const { args = [] } = await client.call("wamp.subscription.get_events", {
      args: [subscription],
      kwargs: { ...kwargs },
    });
    return args.map((event) => (event as { args: unknown[] }).args[0]);
  };

  it("give the same events on both, each once, in one order, from either end", async () => {
    const clients = [await join(0), await join(1)];
    for (let number = 0; number < 700; number++) await publish(clients[number % 2]!, `com.t${number % 3}`, number);
    const all = Array.from({ length: 700 }, (_, number) => number);
    for (const client of clients) {
      expect(await numbers(client, {})).toEqual(all);
      expect(await numbers(client, { reverse: true })).toEqual(all.toReversed());
      expect(await numbers(client, { reverse: true, topic: "com.t1", limit: 2 })).toEqual([697, 694]);
    }
  });

  it("keep what plugins tell the realm, and not what they tell the sessions of each node", async () => {
    const client = await join(0);
    for (const realm of realms) realm.publish("com.told", { args: ["here"] });
    realms[1]!.publish("com.told", { args: ["all"] }, {}, "realm");
    await again(async () => expect(await numbers(client, { topic: "com.told" })).toEqual(["all"]));
  });

  it("tell the publisher when the engine is away, and go on when it is back", async () => {
    const client = await join(0);
    await server.kill();
    await expect(publish(client, "com.t", "lost")).rejects.toMatchObject({ uri: "kreuz.error.event_not_stored" });
    await expect(numbers(client, {})).rejects.toMatchObject({ uri: "wamp.error.unavailable" });
    expect(routers[0]!.health.map(({ reason }) => reason).join()).toContain("cannot store events");
    await server.run();
    await again(() => publish(client, "com.t", "kept"));
    expect(await numbers(client, { reverse: true, limit: 1 })).toEqual(["kept"]);
    expect(routers[0]!.health).toEqual([]);
  });

  it("go on when the engine has lost the events", async () => {
    const client = await join(1);
    await server.kill();
    await server.forget();
    await server.run();
    await again(() => publish(client, "com.t", "new"));
    expect(await numbers(client, {})).toEqual(["new"]);
  });
});

describe("a store of one node", () => {
  const open = (options: { readonly perNode?: boolean }): Promise<Router> => {
    const network = new MemoryNetwork({ clock: systemClock, random: Math.random });
    const referee = new MapReferee({ clock: systemClock, random: Math.random });
    const history = eventHistory({ topics: [{ uri: "com.t" }], ...options });
    const realms = [{ uri: "realm1", authorizer: allowAll, plugins: [history] }];
    return createRouter({ realms, fabric: new Cluster({ node: "a", bus: network.bus("a"), referee }) });
  };

  it("is refused in a cluster, unless it is asked for", async () => {
    await expect(open({})).rejects.toThrow("this store keeps only what is published at its own");
    await (await open({ perNode: true })).close();
  });
});

/** Publishes, and waits until the event is stored. */
async function publish(client: WireSession, topic: string, value: unknown): Promise<void> {
  const request = client.publish(topic, { args: [value] }, { acknowledge: true });
  const isReply = (one: Message | Error): one is Message & { request: number } =>
    !(one instanceof Error) && (one.type === M.PUBLISHED || one.type === M.ERROR) && one.request === request;
  // A server that is gone is waited for a while.
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));
  await waitUntil(() => client.unread.some(isReply), { turns: 5000, turn });
  const message = await client.find("PUBLISHED", isReply);
  if (message.type === M.ERROR) throw new WampError(message.error);
}

/** Tries until it succeeds. */
async function again(action: () => Promise<void>): Promise<void> {
  for (let left = 200; ; left--)
    try {
      return await action();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
}
