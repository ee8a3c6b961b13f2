import { EncodedPayload, MessageType as M } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import type { LocalSession } from "@kreuz/router";
import { describe, expect, it } from "vitest";
import { declareDead } from "../membership/declare-dead.js";
import { ClusterWorld, REALM } from "../testing/cluster-world.js";

const args = (...values: unknown[]) => ({ args: values });

describe("calls across nodes", () => {
  it("reach a callee of another node, with progress, and come back", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const [caller, callee] = [await world.join("a"), await world.join("b")];
    const id = await world.until(callee.register("com.add"));
    const result = caller.call("com.add", args(1, 2), { receive_progress: true });
    const invocation = await world.until(callee.expect(M.INVOCATION));
    expect(invocation).toMatchObject({ registration: id, details: { receive_progress: true } });
    expect(invocation.payload.args).toEqual([1, 2]);
    callee.yield(invocation.request, args("half"), { progress: true });
    callee.yield(invocation.request, args(3));
    expect((await world.until(result)).args).toEqual([3]);
    expect((await world.until(caller.expect(M.RESULT))).details).toMatchObject({ progress: true });
    expect(world.fabric("a").peer("b").calls.size + world.fabric("b").peer("a").calls.size).toBe(0);
    expect(world.errors).toEqual([]);
  });

  it("reach a procedure of a session inside another router, which no directory lists", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const caller = await world.join("a");
    const local = world.node("b").router.connect(REALM, {}, { reach: "realm" });
    await world.until(local.register("com.local", ({ args: [number] }) => (number as number) + 1));
    expect((await world.until(caller.call("com.local", args(1)))).args).toEqual([2]);
    expect(await world.until(Promise.resolve(world.fabric("a").sessions.count()))).toBe(1);
    // A new link tells it again.
    world.network.cut("a", "b");
    await world.pass(3000);
    world.network.join("a", "b");
    await world.pass(3000);
    expect((await world.until(caller.call("com.local", args(2)))).args).toEqual([3]);
    world.kill("b");
    await world.pass(7000);
    await expect(world.until(caller.call("com.local"))).rejects.toMatchObject({ uri: "wamp.error.no_such_procedure" });
    expect([...world.fabric("a").peers.keys()]).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  it("tell the callee which procedure was called, whether its registration is exact or a pattern", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const caller = await world.join("a");
    const local = world.node("b").router.connect(REALM, {}, { reach: "realm" });
    await world.until(local.register("com.exact", ({ procedure }) => procedure));
    await world.until(local.register("com.some.", ({ procedure }) => procedure, { match: "prefix" }));
    for (const uri of ["com.exact", "com.some.thing"])
      expect((await world.until(caller.call(uri))).args).toEqual([uri]);
    expect(world.errors).toEqual([]);
  });

  it("of sessions inside a router leave nothing at other nodes, when these end and when the link does", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const callee = await world.join("b");
    await world.until(callee.register("com.x"));
    const call = async (): Promise<LocalSession> => {
      const local = world.node("a").router.connect(REALM);
      const result = local.call("com.x");
      callee.yield((await world.until(callee.expect(M.INVOCATION))).request);
      await world.until(result);
      return local;
    };
    const linked = (): number => world.fabric("b").peer("a").linkedSessions;
    await world.until((await call()).close());
    await world.pass(20);
    expect(linked()).toBe(0);
    await call();
    expect(linked()).toBe(1);
    world.network.cut("a", "b");
    await world.pass(4000);
    expect(linked()).toBe(0);
    expect(world.errors).toEqual([]);
  });

  it("of one node see what another one registered as soon as it is REGISTERED, 200 times", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    world.network.disturb({ delay: { least: 0, most: 30 } });
    const [caller, callee] = [await world.join("a"), await world.join("b")];
    for (let time = 0; time < 200; time++) {
      await world.until(callee.register(`com.p${time}`));
      const result = caller.call(`com.p${time}`);
      const { request } = await world.until(callee.expect(M.INVOCATION));
      callee.yield(request);
      await world.until(result);
    }
    expect(world.errors).toEqual([]);
  });

  it("fail with the callee's error, and are cancelled", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const [caller, callee] = [await world.join("a"), await world.join("b")];
    await world.until(callee.register("com.x"));
    const failed = caller.call("com.x");
    callee.fail((await world.until(callee.expect(M.INVOCATION))).request, "com.error.no", args("why"));
    await expect(world.until(failed)).rejects.toMatchObject({ uri: "com.error.no", args: ["why"] });
    const request = caller.sendCall("com.x");
    await world.until(callee.expect(M.INVOCATION));
    caller.send({ type: M.CANCEL, request, options: { mode: "kill" } });
    const interrupt = await world.until(callee.expect(M.INTERRUPT));
    callee.fail(interrupt.request, "wamp.error.canceled");
    expect(await world.until(caller.expect(M.ERROR))).toMatchObject({ error: "wamp.error.canceled" });
    expect(world.errors).toEqual([]);
  });

  it("that a busy callee cannot take are bounced to one of another node; the last one waits", async () => {
    const world = await ClusterWorld.start(["a", "b", "c"]);
    const caller = await world.join("a");
    const [one, two] = [await world.join("b"), await world.join("c")];
    const options = { invoke: "first", concurrency: 1 } as const;
    await world.until(one.register("com.slow", options));
    await world.until(two.register("com.slow", options));
    const calls = [1, 2, 3].map((number) => caller.call("com.slow", args(number)));
    const first = await world.until(one.expect(M.INVOCATION));
    const second = await world.until(two.expect(M.INVOCATION));
    expect([first.payload.args, second.payload.args]).toEqual([[1], [2]]);
    await world.pass(100);
    one.yield(first.request, args("first"));
    const third = await world.until(one.expect(M.INVOCATION));
    expect(third.payload.args).toEqual([3]);
    one.yield(third.request, args("third"));
    two.yield(second.request, args("second"));
    const results = await world.until(Promise.all(calls));
    expect(results.map((result) => result.args)).toEqual([["first"], ["second"], ["third"]]);
    const { peers } = world.fabric("a");
    expect([...peers.values()].map(({ calls: { size, bounces } }) => [size, bounces > 0])).toEqual([
      [0, true],
      [0, true],
    ]);
    expect(world.errors).toEqual([]);
  });

  it("in flight fail when the node of the callee dies, and its procedures can be registered again", async () => {
    const world = await ClusterWorld.start(["a", "b", "c"]);
    const [caller, callee] = [await world.join("a"), await world.join("b")];
    await world.until(callee.register("com.x"));
    const lost = caller.call("com.x");
    await world.until(callee.expect(M.INVOCATION));
    world.network.cut("a", "b");
    world.network.cut("b", "a");
    await expect(world.until(lost, 3600)).rejects.toMatchObject({ uri: "wamp.error.network_failure" });
    world.kill("b");
    await world.pass(7000);
    const next = await world.join("c");
    await world.until(next.register("com.x"));
    const call = caller.call("com.x");
    next.yield((await world.until(next.expect(M.INVOCATION))).request, args("new"));
    expect((await world.until(call)).args).toEqual(["new"]);
    expect(world.errors).toEqual([]);
  });

  it("of a caller whose node is lost are interrupted at their callee", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const [caller, callee] = [await world.join("a"), await world.join("b")];
    await world.until(callee.register("com.x"));
    caller.sendCall("com.x");
    const { request } = await world.until(callee.expect(M.INVOCATION));
    world.kill("a");
    expect(await world.until(callee.expect(M.INTERRUPT))).toMatchObject({ request });
  });
});

describe("a node whose process was seen to end", () => {
  it("leaves at once, and a later life of it is left alone", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const [one, two] = [await world.join("a"), await world.join("b")];
    await world.until(two.register("com.x"));
    world.kill("b");
    const incarnation = await world.until(declareDead(world.referee, "b"));
    expect(await world.until(declareDead(world.referee, "b"))).toBe(incarnation);
    expect(await world.until(declareDead(world.referee, "nobody"))).toBeUndefined();
    const { cluster, realm } = world.node("a");
    cluster.declaredDead("b", incarnation!);
    await world.pass(10);
    expect(await realm.sessions.list()).toEqual([one.id]);
    await world.until(one.register("com.x"), 100);

    await world.start("b");
    const three = await world.join("b");
    await world.pass(100);
    cluster.declaredDead("b", incarnation!);
    await world.pass(10);
    expect(await realm.sessions.list()).toEqual(expect.arrayContaining([one.id, three.id]));
    expect(world.errors).toEqual([]);
  });
});

describe("registrations across nodes", () => {
  it("exclude each other by their policy, and share by it", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const [one, two] = [await world.join("a"), await world.join("b")];
    const id = await world.until(one.register("com.x"));
    await expect(world.until(two.register("com.x"))).rejects.toMatchObject({
      uri: "wamp.error.procedure_already_exists",
    });
    await world.until(one.unregister(id));
    await world.pass(100);
    expect(await world.until(two.register("com.x", { invoke: "random" }))).toBe(id);
    await expect(world.until(one.register("com.x", { invoke: "last" }))).rejects.toMatchObject({
      uri: "wamp.error.procedure_exists_with_different_invocation_policy",
    });
    expect(await world.until(one.register("com.x", { invoke: "random" }))).toBe(id);
    expect(await world.node("a").realm.registrations.members(id)).toEqual([two.id, one.id]);
    expect(await world.node("b").realm.registrations.members(id)).toEqual([two.id, one.id]);
  });

  it("of two nodes that were never apart, one stays as soon as they hear of each other, not when they find that the referee forgot", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const [one, two] = [await world.join("a"), await world.join("b")];
    // Just after the beat in which nodes look for their records at the referee.
    await world.pass(550);
    world.network.disturb({ delay: { least: 400, most: 400 } });
    const first = one.register("com.x");
    await world.pass(50);
    world.referee.forget();
    const second = two.register("com.x");
    await world.until(Promise.all([first, second]));
    await world.pass(350);
    const [registration] = await world.node("a").realm.registrations.match("com.x");
    expect(await world.node("a").realm.registrations.members(registration!.id)).toEqual([two.id]);
    expect(await world.fabric("a").claims.holders("com.x", "exact")).toHaveLength(1);
    expect([...world.node("a").cluster.links, ...world.node("b").cluster.links].map(({ resets }) => resets)).toEqual([
      0, 0,
    ]);
  });

  it("of two nodes that were apart, one stays for a single procedure", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const [one, two] = [await world.join("a"), await world.join("b")];
    world.network.cut("a", "b");
    world.network.cut("b", "a");
    await world.until(one.register("com.x"));
    world.referee.forget();
    await world.until(two.register("com.x"));
    world.network.join("a", "b");
    world.network.join("b", "a");
    await world.pass(5000);
    const members = await world.node("a").realm.registrations.match("com.x");
    expect(members).toHaveLength(1);
    const holders = await Promise.all(
      ["a", "b"].map((name) => world.node(name).realm.registrations.members(members[0]!.id)),
    );
    expect(holders[0]).toHaveLength(1);
    expect(holders[1]).toEqual(holders[0]);
  });
});

describe("events across nodes", () => {
  it("reach the subscribers of all nodes in order, by pattern too, but not those who are excluded", async () => {
    const world = await ClusterWorld.start(["a", "b", "c", "d"]);
    const publisher = await world.join("a");
    const subscribers = [
      await world.join("b"),
      await world.join("c"),
      await world.join("d", "eve"),
      await world.join("a"),
    ];
    await world.until(subscribers[0]!.subscribe("com.news"));
    await world.until(subscribers[1]!.subscribe("com", { match: "prefix" }));
    await world.until(subscribers[2]!.subscribe("com.news"));
    await world.until(subscribers[3]!.subscribe("com.news"));
    for (let number = 0; number < 5; number++)
      publisher.publish("com.news", args(number), { exclude_authid: ["eve"], acknowledge: true });
    await world.pass(100);
    const events = subscribers.map((client) =>
      client.unread.flatMap((message) =>
        !(message instanceof Error) && message.type === M.EVENT ? [message.payload.args?.[0]] : [],
      ),
    );
    expect(events).toEqual([[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [], [0, 1, 2, 3, 4]]);
    expect(world.errors).toEqual([]);
  });

  it("are seen as soon as SUBSCRIBED came; interest ends a while after the last subscriber", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    world.network.disturb({ delay: { least: 20, most: 60 } });
    const [publisher, subscriber] = [await world.join("a"), await world.join("b")];
    const id = await world.until(subscriber.subscribe("com.t"));
    publisher.publish("com.t", args(1));
    await world.until(subscriber.expect(M.EVENT));
    await world.until(subscriber.unsubscribe(id));
    await world.pass(2500);
    expect(world.fabric("a").isSubscribedElsewhere(id)).toBe(false);
  });

  it("that are retained are on all nodes, also on those that start later", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const publisher = await world.join("a");
    publisher.publish("com.t", args("kept"), { retain: true });
    await world.pass(100);
    await world.start("c");
    await world.pass(1500);
    for (const name of ["b", "c"]) {
      const late = await world.join(name);
      await world.until(late.subscribe("com.t", { get_retained: true }));
      expect((await world.until(late.expect(M.EVENT))).payload.args).toEqual(["kept"]);
    }
    expect(world.errors).toEqual([]);
  });

  it("that a node retained before it died are on all nodes, though they had reached one of them only", async () => {
    const world = await ClusterWorld.start(["a", "b", "c", "d"]);
    const publisher = await world.join("a");
    // The next heir of the one that has it is told everything; this is for the others.
    for (const name of ["c", "d"]) world.network.cut("a", name);
    publisher.publish("com.t", args("last"), { retain: true });
    await world.pass(50);
    world.kill("a");
    await world.pass(8000);
    for (const name of ["b", "c", "d"]) {
      const late = await world.join(name);
      await world.until(late.subscribe("com.t", { get_retained: true }));
      expect((await world.until(late.expect(M.EVENT))).payload.args).toEqual(["last"]);
    }
    expect(world.errors).toEqual([]);
  });
});

describe("payloads across nodes", () => {
  // Every codec has several ways to write one value.
  const bytesOf: Readonly<Record<string, Uint8Array>> = {
    json: new TextEncoder().encode('[ 1.0, "\\u0041" , {"b":1e2,"a":[ ]}]'),
    msgpack: Uint8Array.of(0xdc, 0, 3, 0xcd, 0, 1, 0xd9, 1, 0x41, 0xde, 0, 1, 0xa1, 0x62, 0xd2, 0, 0, 0, 100),
    cbor: Uint8Array.of(0x98, 3, 0x19, 0, 1, 0x78, 1, 0x41, 0xb8, 1, 0x61, 0x62, 0x1a, 0, 0, 0, 100),
  };

  it.each([json, msgpack, cbor])("of equal codecs leave with the bytes that came: $id", async (codec) => {
    const world = await ClusterWorld.start(["a", "b"]);
    const [one, two] = [await world.join("a", "joe", "user", codec), await world.join("b", "joe", "user", codec)];
    const bytes = bytesOf[codec.id]!;
    const payload = new EncodedPayload(codec, bytes, 1);
    const wanted = bytes.join();
    const came = (): boolean => two.frames.some((frame) => frame.join().includes(wanted));
    await world.until(two.register("com.x"));
    await world.until(two.subscribe("com.t"));
    for (const send of [
      () => one.sendCall("com.x", payload, { receive_progress: true }),
      () => one.publish("com.t", payload),
    ]) {
      two.frames.length = 0;
      send();
      await world.pass(50);
      expect(came()).toBe(true);
    }
    const { request } = await world.until(two.expect(M.INVOCATION));
    one.frames.length = 0;
    two.yield(request, payload, { progress: true });
    two.fail(request, "com.error.x", payload);
    await world.pass(50);
    const answers = one.frames.filter((frame) => frame.join().includes(wanted));
    expect(answers).toHaveLength(2);
    expect(world.errors).toEqual([]);
  });
});

describe("retained events across nodes", () => {
  /** What a new subscriber at each node gets. */
  async function retained(world: ClusterWorld, uri: string, match: "exact" | "prefix" = "exact"): Promise<unknown[]> {
    const found: unknown[] = [];
    for (const name of world.nodes.keys()) {
      const client = await world.join(name);
      await world.until(client.subscribe(uri, { match, get_retained: true }));
      await world.pass(10);
      for (const message of client.unread)
        if (!(message instanceof Error) && message.type === M.EVENT) found.push(message.payload.args?.[0]);
    }
    return found;
  }

  it("set at any node are the last one everywhere, for patterns too", async () => {
    const world = await ClusterWorld.start(["a", "b", "c"]);
    const [one, two] = [await world.join("a"), await world.join("b")];
    for (let round = 0; round < 5; round++) {
      one.publish("com.t", args(`a${round}`), { retain: true });
      await world.pass(20);
      two.publish("com.t", args(`b${round}`), { retain: true });
      await world.pass(20);
    }
    expect(await retained(world, "com.t")).toEqual(["b4", "b4", "b4"]);
    expect(await retained(world, "com.", "prefix")).toEqual(["b4", "b4", "b4"]);
    expect(world.errors).toEqual([]);
  });

  it("that were set on both sides of a split agree on the later one", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const [one, two] = [await world.join("a"), await world.join("b")];
    world.network.cut("a", "b");
    world.network.cut("b", "a");
    two.publish("com.t", args("early"), { retain: true });
    await world.pass(3000);
    one.publish("com.t", args("late"), { retain: true });
    await world.pass(100);
    expect(await retained(world, "com.t")).toEqual(["late", "early"]);
    world.network.join("a", "b");
    world.network.join("b", "a");
    await world.pass(3000);
    expect(await retained(world, "com.t")).toEqual(["late", "late"]);
  });

  it("of a node whose clock is behind are later than those that it has seen", async () => {
    const world = await ClusterWorld.start(["a"]);
    await world.start("b", { clockOffset: -3_600_000 });
    await world.pass(1500);
    const [one, two] = [await world.join("a"), await world.join("b")];
    one.publish("com.t", args("first"), { retain: true });
    await world.pass(50);
    two.publish("com.t", args("second"), { retain: true });
    await world.pass(50);
    expect(await retained(world, "com.t")).toEqual(["second", "second"]);
  });

  it("are there again at a node that was killed and starts anew", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const publisher = await world.join("b");
    publisher.publish("com.t", args("kept"), { retain: true });
    await world.pass(50);
    world.kill("b");
    await world.pass(300);
    await world.start("b");
    await world.pass(3000);
    expect(await retained(world, "com.t")).toEqual(["kept", "kept"]);
  });
});

describe("sessions across nodes", () => {
  it("are counted, listed, shown and killed from any node", async () => {
    const world = await ClusterWorld.start(["a", "b", "c"]);
    const joined = [await world.join("a", "ann"), await world.join("b", "bob"), await world.join("c", "cy", "admin")];
    await world.pass(50);
    const { sessions } = world.node("a").realm;
    expect(await sessions.count()).toBe(3);
    expect(await sessions.count({ authroles: ["admin"] })).toBe(1);
    expect([...(await sessions.list())].toSorted()).toEqual(joined.map(({ id }) => id).toSorted());
    expect(await sessions.get(joined[1]!.id)).toMatchObject({ authid: "bob", node: "b" });
    const killed = Promise.resolve(sessions.kill(joined[1]!.id, { reason: "com.example.bye" }));
    expect(await world.until(killed)).toBe(true);
    expect(await sessions.count()).toBe(2);
    expect(await world.until(joined[1]!.expect(M.GOODBYE))).toMatchObject({ reason: "com.example.bye" });
    const all = Promise.resolve(sessions.killAll({ except: joined[0]!.id }, { reason: "com.example.bye" }));
    expect(await world.until(all)).toEqual([joined[2]!.id]);
  });

  it("join and leave once for each node, also when their node dies", async () => {
    const world = await ClusterWorld.start(["a", "b", "c"]);
    const told: string[] = [];
    world.node("a").realm.on("sessionJoined", ({ authid }) => void told.push(`+${authid}`));
    world.node("a").realm.on("sessionLeft", ({ authid }) => void told.push(`-${authid}`));
    const ann = await world.join("b", "ann");
    await world.join("c", "cy");
    await world.join("c", "dan");
    await world.pass(50);
    await world.until(ann.leave());
    world.kill("c");
    await world.pass(7000);
    expect(told).toEqual(["+ann", "+cy", "+dan", "-ann", "-cy", "-dan"]);
  });

  it("of a node that stops leave at once, and the realm goes on", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const told: string[] = [];
    world.node("a").realm.on("sessionLeft", ({ authid }) => void told.push(authid));
    await world.join("b", "ann");
    await world.pass(50);
    await world.until(world.node("b").router.close());
    await world.pass(50);
    expect(told).toEqual(["ann"]);
    expect(await world.node("a").realm.sessions.count()).toBe(0);
    expect(world.errors).toEqual([]);
  });
});

describe("a node that stops", () => {
  it("lets calls to it finish, and takes no new ones where another callee is", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const [caller, here, there] = [await world.join("a"), await world.join("a"), await world.join("b")];
    await world.until(there.register("com.only"));
    for (const callee of [here, there]) await world.until(callee.register("com.both", { invoke: "roundrobin" }));
    const result = caller.call("com.only");
    const { request } = await world.until(there.expect(M.INVOCATION));
    const closed = world.node("b").router.close({ graceMs: 5000 });
    await world.pass(1000);
    const calls = [1, 2, 3, 4].map(() => caller.call("com.both"));
    for (const _ of calls) here.yield((await world.until(here.expect(M.INVOCATION))).request);
    await world.until(Promise.all(calls));
    there.yield(request, args("late"));
    expect((await world.until(result)).args).toEqual(["late"]);
    await world.until(closed);
    expect(world.errors).toEqual([]);
  });

  it("gives up at once what it has: sessions leave, and its procedures can be registered", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const told: string[] = [];
    world.node("a").realm.on("sessionLeft", ({ authid }) => void told.push(authid));
    const [ann, next] = [await world.join("b", "ann"), await world.join("a", "next")];
    const procedures = Array.from({ length: 50 }, (_, number) => `com.p${number}`);
    for (const uri of procedures) await world.until(ann.register(uri));
    world.referee.disturb({ delay: { least: 100, most: 300 } });
    const closed = world.node("b").router.close();
    await world.pass(100);
    expect(told).toEqual(["ann"]);
    await world.until(closed);
    world.referee.disturb({});
    for (const uri of procedures) await world.until(next.register(uri), 500);
    expect(world.errors).toEqual([]);
  });
});

describe("ids of a cluster whose referee forgot everything", () => {
  it("are the same at a node that starts before the others have written them again", async () => {
    const world = await ClusterWorld.start(["a", "b"]);
    const one = await world.join("a");
    world.referee.forget();
    await world.start("c");
    await world.pass(1500);
    const two = await world.join("c");
    const ids = [await world.until(one.subscribe("com.t")), await world.until(two.subscribe("com.t"))];
    expect(ids[1]).toBe(ids[0]);
    expect(world.node("a").cluster.problems).toEqual([]);
  });

  it("are a problem where no node could write them again, and the node that has others says what to do", async () => {
    const world = await ClusterWorld.start(["a"]);
    world.node("a").process.pause();
    world.referee.forget();
    await world.start("b");
    world.node("a").process.resume();
    await world.pass(1500);
    expect(world.node("a").cluster.problems).toEqual([expect.stringContaining("restart this node")]);
    expect(world.node("b").cluster.problems).toEqual([]);
    world.kill("a");
    await world.start("a");
    await world.pass(1500);
    const [one, two] = [await world.join("a"), await world.join("b")];
    const ids = [await world.until(one.subscribe("com.t")), await world.until(two.subscribe("com.t"))];
    expect(ids[1]).toBe(ids[0]);
  });
});
