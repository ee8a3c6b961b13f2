// What a node of each release sends, as it was recorded then, means the same to this one. `RECORD_CLUSTER=1` records this release anew.
import { readFile, writeFile } from "node:fs/promises";
import { MessageType as M } from "@kreuz/codec";
import { silentLogger } from "@kreuz/router";
import type { WireSession } from "@kreuz/testkit";
import { expect, test } from "vitest";
import type { Bus } from "../bus.js";
import { DATA_HEAD_BYTES, LinkMessageType, readFrames, readGreeting } from "../link/link-messages.js";
import { DEFAULT_LINK_SETTINGS } from "../link/link-settings.js";
import { Links } from "../link/links.js";
import { ClusterWorld } from "../testing/cluster-world.js";
import { ByteReader } from "../wire/byte-reader.js";
import { FrameType as F } from "./frames.js";

/** What node b sent to node a. */
interface Recording {
  readonly about: string;
  /** Type and contents in hexadecimal, from the first snapshot on. */
  readonly frames: readonly (readonly [type: number, contents: string])[];
}

const RELEASES = ["0.1"];
const ID_KEY = Uint8Array.from({ length: 32 }, (_, index) => index);

const fileOf = (release: string): URL => new URL(`../testing/recorded-${release}.json`, import.meta.url);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const args = (...values: unknown[]) => ({ args: values });

/** Ids that are the same in each run. */
function counting(): { id(): number; name(): string } {
  let last = 1000;
  return { id: () => ++last, name: () => `name${++last}` };
}

/** Node a with a client that has a procedure and a subscription. */
async function startA(): Promise<{ world: ClusterWorld; ann: WireSession }> {
  const world = new ClusterWorld();
  await world.referee.write("cluster.ids", ID_KEY, "absent");
  await world.start("a", { random: counting() });
  const ann = await world.join("a", "ann");
  await world.until(ann.register("com.a"));
  await world.until(ann.subscribe("com.t"));
  await world.pass(10);
  return { world, ann };
}

async function record(): Promise<Recording> {
  const { world, ann } = await startA();
  const frames: [number, string][] = [];
  let about = "";
  const recording = (bus: Bus): Bus => ({
    maxBytes: bus.maxBytes,
    open: (handler) => bus.open(handler),
    broadcast: (message) => bus.broadcast(message),
    close: () => bus.close(),
    send: (to, message) => {
      if (message[0] === LinkMessageType.HELLO || message[0] === LinkMessageType.WELCOME)
        about = new TextDecoder().decode(readGreeting(new ByteReader(message, 1)).about);
      if (message[0] === LinkMessageType.DATA)
        for (const { type, body } of readFrames(new ByteReader(message, DATA_HEAD_BYTES)))
          frames.push([type, hex(body.rest())]);
      bus.send(to, message);
    },
  });
  await world.start("b", { random: counting(), version: recording });
  await world.pass(1500);
  const bob = await world.join("b", "bob");
  await world.until(bob.register("com.b"));
  await world.until(bob.subscribe("com.u"));
  bob.publish("com.kept", args("kept"), { retain: true });
  bob.publish("com.t", args("event"));
  await world.until(ann.expect(M.EVENT));
  const result = bob.call("com.a", args("to a"));
  ann.yield((await world.until(ann.expect(M.INVOCATION))).request);
  await world.until(result);
  const answered = ann.call("com.b", args("to b"));
  bob.yield((await world.until(bob.expect(M.INVOCATION))).request, args("of b"));
  await world.until(answered);
  await world.until(bob.leave());
  await world.until(world.node("b").router.close());
  return { about, frames };
}

test.runIf(process.env["RECORD_CLUSTER"] === "1")("records this release", async () => {
  await writeFile(fileOf(RELEASES.at(-1)!), `${JSON.stringify(await record(), null, 2)}\n`);
});

test.each(RELEASES)("a node of release %s is understood", async (release) => {
  const { about, frames } = JSON.parse(await readFile(fileOf(release), "utf8")) as Recording;
  const { world, ann } = await startA();
  const came: number[] = [];
  const links = new Links({
    node: "b",
    bus: world.network.bus("b"),
    clock: world.clock,
    logger: silentLogger,
    settings: DEFAULT_LINK_SETTINGS,
    handler: {
      about: () => new TextEncoder().encode(about),
      up: () => {},
      down: (_link, reason) => void world.errors.push(`down: ${reason}`),
      frame: (_link, type) => void came.push(type),
    },
    endOfTurn: (callback) => void world.clock.schedule(0, callback),
    outlived: () => {},
  });
  await links.open(1);
  links.greet("a");
  await world.pass(100);
  const rest = [...frames];
  /** Sends what node b sent, up to the next frame of this type. */
  const sendTo = async (type: number): Promise<void> => {
    for (let sent = -1; sent !== type && rest.length > 0;) {
      const [next, contents] = rest.shift()!;
      const writer = links.get("a")!.begin(next, "necessary")!;
      writer.raw(Buffer.from(contents, "hex"));
      links.get("a")!.end();
      sent = next;
    }
    await world.pass(50);
  };
  const { realm } = world.node("a");

  await sendTo(F.EVENT);
  expect(await realm.sessions.count()).toBe(2);
  expect(await realm.registrations.match("com.b")).toMatchObject([{ uri: "com.b", match: "exact" }]);
  expect(await realm.subscriptions.match("com.u")).toMatchObject([{ uri: "com.u" }]);
  await sendTo(F.CALL);
  expect((await world.until(ann.expect(M.EVENT))).payload.args).toEqual(["event"]);
  const { request, payload } = await world.until(ann.expect(M.INVOCATION));
  expect(payload.args).toEqual(["to a"]);
  ann.yield(request);
  const answered = ann.call("com.b", args("to b"));
  await world.pass(50);
  expect(came).toEqual(expect.arrayContaining([F.RESULT, F.CALL]));
  await sendTo(F.RESULT);
  expect((await world.until(answered)).args).toEqual(["of b"]);
  const late = await world.join("a");
  await world.until(late.subscribe("com.kept", { get_retained: true }));
  expect((await world.until(late.expect(M.EVENT))).payload.args).toEqual(["kept"]);
  await sendTo(F.LEFT);
  expect(await realm.sessions.list({ authids: ["bob"] })).toEqual([]);
  await sendTo(F.DETACHED);
  expect(await realm.registrations.match("com.b")).toEqual([]);
  expect(world.errors).toEqual([]);
});
