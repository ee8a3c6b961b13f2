import { Cluster } from "@kreuz/cluster";
import { ConfigError, MessageType as M, systemClock } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import type { StoreRealm } from "@kreuz/event-history";
import { allowAll, anonymous, CounterMetrics, createRouter, silentLogger as logger, type Router } from "@kreuz/router";
import { waitUntil, WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { jetstreamManager, type StreamInfo } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { natsStore } from "./event-store.js";
import { connectNats } from "./index.js";
import { TooFewServersError } from "./jetstream-errors.js";
import { NATS_SERVER, NatsServer } from "./testing/nats-server.js";

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** Tries until it succeeds. */
async function eventually<T>(what: string, action: () => Promise<T>): Promise<T> {
  let failure: unknown;
  for (let attempt = 0; attempt < 1500; attempt++)
    try {
      return await action();
    } catch (error) {
      failure = error;
      await turn();
    }
  throw new Error(`${what} did not happen`, { cause: failure });
}

async function streamInfo(server: NatsServer, bucket: string): Promise<StreamInfo> {
  const connection = await connect({ servers: server.url });
  try {
    return await (await jetstreamManager(connection)).streams.info(`KV_${bucket}`);
  } finally {
    await connection.close();
  }
}

describe.skipIf(NATS_SERVER === undefined)("replicas", () => {
  it("are refused where the server works alone, with the number and what to do", async () => {
    const server = await NatsServer.start();
    const wanted = { servers: [server.url], replicas: 3 };
    const why =
      "3 replicas are wanted, and the NATS server works alone, in no cluster of servers; start 3 servers as one cluster, or lower replicas";
    const node = await connectNats({ cluster: "demo", node: "a", logger, ...wanted }).catch((error: unknown) => error);
    expect(node).toEqual(new ConfigError("cluster.nats.replicas", why));
    const realm: StoreRealm = {
      uri: "realm1",
      clock: systemClock,
      logger,
      metrics: new CounterMetrics(),
      baseDirectory: undefined,
    };
    const history = await Promise.resolve(natsStore(wanted)(realm)).catch((error: unknown) => error);
    expect(history).toEqual(new ConfigError("replicas", why));
    await server.remove();
  });
});

describe.skipIf(NATS_SERVER === undefined)("two routers over three NATS servers that keep three replicas", () => {
  let servers: readonly NatsServer[];
  const routers: Router[] = [];
  const clusters: Cluster[] = [];
  beforeAll(async () => {
    servers = await NatsServer.startCluster(3);
    for (const node of ["a", "b"]) {
      const urls = servers.map(({ url }) => url);
      const { bus, referee } = await connectNats({ cluster: "demo", node, servers: urls, logger, replicas: 3 });
      const cluster = new Cluster({ node, bus, referee });
      clusters.push(cluster);
      const realms = [{ uri: "realm1", authorizer: allowAll, authenticators: [anonymous()] }];
      routers.push(await createRouter({ realms, fabric: cluster }));
    }
    const isLinked = (): boolean => clusters.every(({ links }) => links.length === 1 && links[0]!.up);
    if (!(await waitUntil(isLinked, { turns: 1000, turn }))) throw new Error("the nodes did not find each other");
  });
  afterAll(async () => {
    for (const router of routers) await router.close();
    for (const server of servers) await server.remove();
  });

  const join = async (index: number): Promise<WireSession> => {
    const client = new WireSession({ turns: 3000, turn });
    connectMemory(routers[index]!, client, { codec: json });
    await client.join("realm1");
    return client;
  };

  /** Answers everything with its own arguments. */
  const echo = (callee: WireSession): void => {
    void (async () => {
      for (;;) {
        const { request, payload } = await callee.expect(M.INVOCATION);
        callee.yield(request, payload);
      }
    })().catch(() => {});
  };

  it("call and register on when the server is killed that leads; claims are kept", async () => {
    const [callee, caller] = [await join(0), await join(1)];
    await callee.register("com.before");
    echo(callee);
    const call = async (): Promise<unknown> => (await caller.call("com.before", { args: [1] })).args;
    expect(await call()).toEqual([1]);
    const { config, cluster } = await eventually("the answer", () => streamInfo(servers[0]!, "kz_demo"));
    expect(config.num_replicas).toBe(3);
    const leader = servers[Number(cluster?.leader?.slice(1))]!;
    const began = performance.now();
    await leader.kill();
    await eventually("a call", call);
    const called = performance.now() - began;
    const other = await join(1);
    await eventually("a registration", () => other.register("com.after"));
    const registered = performance.now() - began;
    process.stdout.write(
      `after the loss of the leading server: a call after ${Math.round(called)} ms, a registration after ${Math.round(registered)} ms\n`,
    );
    const rival = await join(1);
    await expect(rival.register("com.before")).rejects.toMatchObject({ uri: "wamp.error.procedure_already_exists" });
    expect(await call()).toEqual([1]);
    await leader.run();
  });

  it("do not keep more replicas than they are: a node waits for more servers, and is told so", async () => {
    const urls = servers.map(({ url }) => url);
    const { referee, close } = await connectNats({ cluster: "few", node: "a", servers: urls, logger, replicas: 5 });
    // While the servers elect a leader, there is no answer.
    const refusal = await eventually("an answer", async () => {
      const error = await referee.write("k", Uint8Array.of(1), "absent").catch((thrown: unknown) => thrown);
      if (error instanceof TooFewServersError) return error.message;
      throw error;
    });
    expect(refusal).toBe(
      "5 replicas are wanted, and fewer NATS servers with JetStream and room can be reached; start 5 servers as one cluster, or lower replicas",
    );
    await close();
  });

  it("a bucket that has one replica gets three", async () => {
    const urls = servers.map(({ url }) => url);
    const use = async (replicas: number): Promise<void> => {
      const { referee, close } = await connectNats({ cluster: "grown", node: "a", servers: urls, logger, replicas });
      await eventually("a write", () => referee.write(`k${replicas}`, Uint8Array.of(1), "absent"));
      await close();
    };
    const replicas = async (): Promise<number> =>
      (await eventually("the answer", () => streamInfo(servers[0]!, "kz_grown"))).config.num_replicas;
    await use(1);
    expect(await replicas()).toBe(1);
    await use(3);
    expect(await replicas()).toBe(3);
    // Nobody takes them away who wants fewer.
    await use(1);
    expect(await replicas()).toBe(3);
  });
});
