import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { busContract, refereeContract } from "@kreuz/cluster/contract";
import { MapReferee } from "@kreuz/cluster/memory";
import type { BusHandler } from "@kreuz/cluster";
import { systemClock as clock } from "@kreuz/codec";
import { silentLogger as logger } from "@kreuz/router";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { framed } from "./frames.js";
import { RefereeServer, UnixBus, UnixReferee } from "./index.js";

let folder = "";
const servers = new Map<string, RefereeServer>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kz-"));
});

afterAll(async () => {
  for (const server of servers.values()) await server.close();
  await rm(folder, { recursive: true });
});

/** Of a cluster: paths of sockets are short, names of cases are not. */
const numbers = new Map<string, string>();
function folderOf(cluster: string): string {
  if (!numbers.has(cluster)) numbers.set(cluster, String(numbers.size));
  return join(folder, numbers.get(cluster)!);
}

async function bus(cluster: string, node: string, maxQueuedBytes?: number): Promise<UnixBus> {
  await mkdir(folderOf(cluster), { recursive: true, mode: 0o700 });
  return new UnixBus({ folder: folderOf(cluster), node, clock, logger, ...(maxQueuedBytes && { maxQueuedBytes }) });
}

async function referee(cluster: string): Promise<UnixReferee> {
  const path = `${folderOf(`referee ${cluster}`)}.sock`;
  if (!servers.has(path)) {
    const server = new RefereeServer(new MapReferee({ clock }));
    servers.set(path, server);
    await server.listen(path);
  }
  return new UnixReferee({ path, clock });
}

describe("the bus over Unix sockets", () => {
  it.each(busContract({ bus, referee }))("$name", async ({ run }) => run());

  it("a node that closes is unreachable at once, and reached again when it is back", async () => {
    const a = await opened("back", "a");
    const b = await opened("back", "b");
    await b.bus.close();
    await vi.waitFor(() => expect(a.unreachable).toContain("b"));
    const again = await opened("back", "b");
    a.bus.broadcast(Uint8Array.of(7));
    await vi.waitFor(() => expect(again.messages).toEqual(["a:7"]));
  });

  it("whoever sends to a node that is not there learns it", async () => {
    const a = await opened("nobody", "a");
    a.bus.send("b", Uint8Array.of(1));
    await vi.waitFor(() => expect(a.unreachable).toEqual(["b"]));
  });

  it("nodes that open at the same time reach each other", async () => {
    const nodes = await Promise.all(["a", "b", "c", "d"].map((node) => opened("together", node)));
    for (const { bus: of } of nodes) of.broadcast(Uint8Array.of(1));
    await vi.waitFor(() => {
      for (const { messages } of nodes) expect(messages).toHaveLength(3);
    });
  });

  it("what a node does not read waits up to the limit, and is lost above it", async () => {
    const a = await opened("slow", "a", 3_000_000);
    const received = await opened("slow", "b");
    const message = new Uint8Array(1_000_000);
    for (let number = 0; number < 20; number++) a.bus.send("b", message.fill(number));
    a.bus.broadcast(message.fill(20));
    await vi.waitFor(() => expect(received.messages.length).toBeGreaterThanOrEqual(2));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(received.messages.length).toBeLessThan(5);
    a.bus.send("b", message.fill(21));
    await vi.waitFor(() => expect(received.messages.at(-1)).toBe("a:21"));
  });

  it("a socket that does not begin with a name, or sends too long a frame, is closed", async () => {
    await opened("strange", "a");
    for (const bytes of [framed(Buffer.from("a b")), framed(Buffer.from("a")), Buffer.alloc(64, 0xff)]) {
      const socket = connect(join(folderOf("strange"), "a.bus"), () => socket.write(bytes));
      await new Promise((resolve) => socket.on("close", resolve));
    }
  });
});

describe("the referee over a Unix socket", () => {
  it.each(refereeContract({ bus, referee }))("$name", async ({ run }) => run());

  it("many keys are listed", async () => {
    const client = await referee("many");
    await Promise.all(Array.from({ length: 2500 }, (_, key) => client.write(`k.${key}`, Uint8Array.of(1), "absent")));
    const keys: string[] = [];
    for await (const key of client.keys("k")) keys.push(key);
    expect(new Set(keys).size).toBe(2500);
    await client.close();
  });

  it("a referee that is away rejects, and works again when it is back", async () => {
    const path = join(folder, "away.sock");
    const client = new UnixReferee({ path, clock });
    await expect(client.read("k")).rejects.toThrow("ENOENT");
    const server = new RefereeServer(new MapReferee({ clock }));
    await server.listen(path);
    expect(await client.read("k")).toBeUndefined();
    const asking = client.read("k").catch((error: unknown) => error);
    await server.close();
    await asking;
    await expect(client.read("k")).rejects.toThrow("ENOENT");
    await client.close();
    await expect(client.read("k")).rejects.toThrow("closed");
  });
});

/** A node whose bus is open, and what it heard. */
async function opened(cluster: string, node: string, maxQueuedBytes?: number) {
  const messages: string[] = [];
  const unreachable: string[] = [];
  const handler: BusHandler = {
    onMessage: (from, message) => messages.push(`${from}:${message[0]}`),
    onState() {},
    onUnreachable: (name) => unreachable.push(name),
  };
  const own = await bus(cluster, node, maxQueuedBytes);
  await own.open(handler);
  onTestFinished(() => own.close());
  return { bus: own, messages, unreachable };
}
