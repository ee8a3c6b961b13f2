import { busContract, refereeContract } from "@kreuz/cluster/contract";
import { Cluster, type BusHandler } from "@kreuz/cluster";
import { MessageType as M } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { allowAll, anonymous, createRouter, silentLogger, type Router } from "@kreuz/router";
import { waitUntil, WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectNats, type NatsEngine, type NatsOptions } from "./index.js";
import { NATS_SERVER, NatsServer, WHY_SKIPPED } from "./testing/nats-server.js";

if (NATS_SERVER === undefined) process.stdout.write(`skipped: ${WHY_SKIPPED}\n`);

const logger = silentLogger;

async function until(condition: () => boolean, what: string, ms = 15_000): Promise<void> {
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));
  if (!(await waitUntil(condition, { turns: ms / 10, turn }))) throw new Error(`${what} did not happen`);
}

describe.skipIf(NATS_SERVER === undefined)("over NATS", () => {
  let server: NatsServer;
  beforeAll(async () => void (server = await NatsServer.start()));
  afterAll(() => server.remove());

  const open = (cluster: string, node: string): Promise<NatsEngine> =>
    connectNats({ cluster, node, servers: [server.url], logger });

  const harness = {
    bus: async (cluster: string, node: string) => {
      const { bus, referee } = await open(cluster, node);
      await referee.close();
      return bus;
    },
    referee: async (cluster: string) => {
      const { bus, referee } = await open(cluster, "x");
      await bus.close();
      return referee;
    },
  };

  it.each(busContract(harness))("bus: $name", async ({ run }) => run());
  it.each(refereeContract(harness))("referee: $name", async ({ run }) => run());

  it("says that nobody receives what is sent to a node that is not there", async () => {
    const { bus, close } = await open("hints", "a");
    const unreachable: string[] = [];
    await bus.open(listening({ onUnreachable: (node) => void unreachable.push(node) }));
    bus.send("b", Uint8Array.of(1));
    await until(() => unreachable.length === 1, "the hint");
    expect(unreachable).toEqual(["b"]);
    await close();
  });

  it("keeps nothing of keys that were deleted", async () => {
    const { referee, close } = await open("tidy", "a");
    for (let number = 0; number < 20; number++) {
      const revision = await referee.write(`k.${number}`, Uint8Array.of(1), "absent");
      if (number > 0) await referee.write(`k.${number}`, undefined, revision);
    }
    const connection = await connect({ servers: server.url });
    const { state } = await (await jetstreamManager(connection)).streams.info("KV_kz_tidy");
    expect(state.messages).toBe(1);
    await connection.close();
    await close();
  });

  it("says when the connection is lost and is there again; the referee forgets, and goes on", async () => {
    const own = await NatsServer.start();
    const { bus, referee, close } = await connectNats({ cluster: "c", node: "a", servers: [own.url], logger });
    const states: boolean[] = [];
    await bus.open(listening({ onState: (connected) => void states.push(connected) }));
    await referee.write("k", Uint8Array.of(1), "absent");
    await own.kill();
    await until(() => states.length === 2, "the loss");
    await own.forget();
    await own.run();
    await until(() => states.length === 3, "the connection");
    expect(states).toEqual([true, false, true]);
    expect(await referee.read("k")).toBeUndefined();
    expect(await referee.write("k", Uint8Array.of(2), "absent")).not.toBe("conflict");
    await close();
    await own.remove();
  });
});

describe.skipIf(NATS_SERVER === undefined)("a NATS server that knows the nodes", () => {
  it("refuses messages of a node in the name of another one", async () => {
    const permissions = (node: string): string =>
      `{ user: ${node}, password: pw, permissions: { publish: ["kz.c.n.*.${node}", "kz.c.all.${node}", "$JS.>", "$KV.>"], subscribe: ["kz.c.n.${node}.*", "kz.c.all.*", "kz.c.i.${node}.>"] } }`;
    const server = await NatsServer.start(`authorization { users: [${["a", "b"].map(permissions).join(", ")}] }`);
    const connectAs = (user: string, node: string): Promise<NatsEngine> => {
      const options: NatsOptions = { cluster: "c", node, servers: [server.url], logger };
      return connectNats({ ...options, credentials: { user, password: "pw" } });
    };
    const [honest, liar] = [await connectAs("a", "a"), await connectAs("b", "a2")];
    const heard: string[] = [];
    await honest.bus.open(listening({ onMessage: (from) => void heard.push(from) }));
    liar.bus.send("a", Uint8Array.of(1));
    const fair = await connectAs("b", "b");
    await fair.bus.open(listening({}));
    fair.bus.send("a", Uint8Array.of(2));
    await until(() => heard.length > 0, "the honest message");
    expect(heard).toEqual(["b"]);
    for (const { close } of [honest, liar, fair]) await close();
    await server.remove();
  });

  it("refuses wrong credentials, and the error says where", async () => {
    const server = await NatsServer.start("authorization { user: u, password: p }");
    const options = { cluster: "c", node: "a", servers: [server.url], logger };
    const wrong = connectNats({ ...options, credentials: { user: "u", password: "wrong" } });
    await expect(wrong).rejects.toThrow(`cannot connect to ${server.url}`);
    await server.remove();
  });
});

describe.skipIf(NATS_SERVER === undefined)("two routers over NATS", () => {
  let server: NatsServer;
  const routers: Router[] = [];
  const clusters: Cluster[] = [];
  beforeAll(async () => {
    server = await NatsServer.start();
    for (const node of ["a", "b"]) {
      const { bus, referee } = await connectNats({ cluster: "demo", node, servers: [server.url], logger });
      const cluster = new Cluster({ node, bus, referee });
      clusters.push(cluster);
      const realms = [{ uri: "realm1", authorizer: allowAll, authenticators: [anonymous()] }];
      routers.push(await createRouter({ realms, fabric: cluster }));
    }
    await until(() => clusters.every(({ links }) => links.length === 1 && links[0]!.up), "the link");
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

  it("call, publish, and find what was registered or subscribed at once: 0 of 200 missed", async () => {
    const [one, two] = [await join(0), await join(1)];
    for (let number = 0; number < 100; number++) {
      await one.register(`com.p${number}`);
      const result = two.call(`com.p${number}`, { args: [number] });
      const { request, payload } = await one.expect(M.INVOCATION);
      one.yield(request, payload);
      expect((await result).args).toEqual([number]);
      await two.subscribe(`com.t${number}`);
      one.publish(`com.t${number}`, { args: [number] });
      expect((await two.expect(M.EVENT)).payload.args).toEqual([number]);
    }
  });

  it("carry 3 MiB, which is more than the server takes in one message", async () => {
    const [one, two] = [await join(0), await join(1)];
    await one.register("com.large");
    const text = "x".repeat(3 * 1024 * 1024);
    const result = two.call("com.large", { args: [text] });
    const { request, payload } = await one.expect(M.INVOCATION);
    one.yield(request, payload);
    expect((await result).args?.[0] === text).toBe(true);
  });

  it("go on without the server, fail what is elsewhere at once, and find each other again", async () => {
    const [one, two] = [await join(0), await join(1)];
    await one.register("com.away");
    await server.kill();
    await until(() => clusters.every(({ problems }) => problems.length > 0), "the loss");
    await expect(two.call("com.away")).rejects.toMatchObject({ uri: "wamp.error.network_failure" });
    await expect(two.call("com.unknown")).rejects.toMatchObject({ uri: "wamp.error.network_failure" });
    const local = await join(0);
    const here = local.call("com.away");
    one.yield((await one.expect(M.INVOCATION)).request);
    await here;
    await server.forget();
    await server.run();
    await until(() => clusters.every(({ links }) => links[0]?.up === true), "the link");
    await until(() => clusters.every(({ problems }) => problems.length === 0), "health");
    const back = two.call("com.away");
    one.yield((await one.expect(M.INVOCATION)).request);
    await back;
    // The claim was lost with the server, and made again by its holder.
    await expect(two.register("com.away")).rejects.toMatchObject({ uri: "wamp.error.procedure_already_exists" });
  });
});

function listening(handler: Partial<BusHandler>): BusHandler {
  return { onMessage: () => {}, onState: () => {}, onUnreachable: () => {}, ...handler };
}
