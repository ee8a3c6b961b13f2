// Tests those features of the Advanced Profile that the real clients support, through the running app.
import { describe, expect, test } from "vitest";
import { inTime } from "../support/wait.js";
import { AUTOBAHN, KINDS, MIXED_PAIRS, PAIRS, WAMPY } from "./clients/kinds.js";
import { type Dict, failureOf, type Invocation, type Outgoing, type Peer } from "./clients/peer.js";
import type { WampyPeer } from "./clients/wampy-peer.js";
import { useRouter } from "./shared-router.js";

const { peer, join, uri } = useRouter();

/** Registers a procedure that answers a call only when `release` is called. */
async function registerBlocked(callee: Peer, procedure: string) {
  let release: (answer: Outgoing) => void = () => {};
  let called: () => void = () => {};
  const isCalled = new Promise<void>((resolve) => (called = resolve));
  await callee.register(procedure, () => {
    called();
    return new Promise<Outgoing>((resolve) => (release = resolve));
  });
  return { isCalled: () => inTime("the call", isCalled), release: (answer: Outgoing) => release(answer) };
}

// Autobahn announces progressive results without call canceling, Wampy sends them without announcing anything.
describe.each(PAIRS)("$from.name calls $to.name", ({ from, to }) => {
  test("and gets progressive results if it asks for them", async () => {
    const procedure = uri();
    const registration = await peer(to).register(procedure, ({ args, progress }: Invocation) => {
      for (const step of [1, 2, 3]) progress({ args: [step], kwargs: { of: 3 } });
      return { args: ["done", ...args] };
    });
    const steps: unknown[] = [];
    const { args } = await peer(from).call(
      procedure,
      { args: ["work"] },
      { onProgress: (message) => steps.push(message) },
    );
    expect(steps).toEqual([1, 2, 3].map((step) => ({ args: [step], kwargs: { of: 3 } })));
    expect(args).toEqual(["done", "work"]);

    expect((await peer(from).call(procedure)).args).toEqual(["done"]);
    await registration.unregister();
  });
});

describe.each(MIXED_PAIRS)("$from.name and $to.name", ({ from, to }) => {
  test("learn each other's identity only if they disclose it", async () => {
    const [procedure, topic] = [uri(), uri()];
    const { session, welcome } = peer(from);
    const { authid, authrole } = welcome;
    const registration = await peer(to).register(procedure, ({ details }) => ({ args: [{ ...details }] }));
    const subscription = await peer(to).subscribe(topic);

    const call = async (options: Dict): Promise<unknown> => (await peer(from).call(procedure, {}, options)).args[0];
    expect(await call({ disclose_me: true })).toMatchObject({
      caller: session,
      caller_authid: authid,
      caller_authrole: authrole,
    });
    expect(((await call({})) as Dict)["caller_authid"]).toBeUndefined();

    await peer(from).publish(topic, {}, { disclose_me: true });
    const publisher = { publisher: session, publisher_authid: authid, publisher_authrole: authrole };
    expect((await subscription.next()).details).toMatchObject(publisher);
    await peer(from).publish(topic);
    expect((await subscription.next()).details["publisher"]).toBeUndefined();

    await registration.unregister();
    await subscription.unsubscribe();
  });

  test("a call that times out fails, and the late answer is ignored", async () => {
    const procedure = uri();
    const { isCalled, release } = await registerBlocked(peer(to), procedure);
    const failure = failureOf(peer(from).call(procedure, {}, { timeout: 50 }));
    await isCalled();
    expect(await failure).toMatchObject({ uri: "wamp.error.timeout" });
    release({ args: ["too late"] });
    expect((await peer(to).call("wamp.session.count")).args).toHaveLength(1);
    expect((await peer(from).call("wamp.session.count")).args).toHaveLength(1);
  });

  // Autobahn forgets a call that it cancels in another mode, and then treats the router's ERROR as a protocol violation.
  test.each(from.library === "Wampy" ? (["skip", "killnowait", "kill"] as const) : (["kill"] as const))(
    "a call canceled with mode %s ends at once, since neither client can be interrupted",
    async (mode) => {
      const procedure = uri();
      const { isCalled, release } = await registerBlocked(peer(to), procedure);
      const call = peer(from).start(procedure);
      await isCalled();
      call.cancel(mode);
      await expect(call.result).rejects.toMatchObject({ uri: "wamp.error.canceled" });
      release({ args: ["too late"] });
      expect((await peer(to).call("wamp.session.count")).args).toHaveLength(1);
      expect((await peer(from).call("wamp.session.count")).args).toHaveLength(1);
    },
  );

  test("share a procedure with roundrobin", async () => {
    const procedure = uri();
    for (const kind of [from, to])
      await peer(kind).register(procedure, () => ({ args: [kind.name] }), { invoke: "roundrobin" });
    const caller = await join(KINDS[0]!);
    const served: unknown[] = [];
    for (let count = 0; count < 6; count++) served.push(...(await caller.call(procedure)).args);
    expect(served).toEqual([from.name, to.name, from.name, to.name, from.name, to.name]);
    await caller.close();
  });
});

describe.each(KINDS)("$name says who gets an event", (kind) => {
  const receivers = async (topic: string) => {
    const peers = await Promise.all([join(AUTOBAHN[0]!), join(WAMPY[1]!), join(AUTOBAHN[2]!)]);
    return Promise.all(peers.map(async (peer) => ({ peer, subscription: await peer.subscribe(topic) })));
  };

  test.each<[string, (sessions: readonly number[], authids: readonly unknown[]) => Dict, readonly number[]]>([
    ["exclude", ([first]) => ({ exclude: [first] }), [1, 2]],
    ["eligible", ([first, , third]) => ({ eligible: [first, third] }), [0, 2]],
    ["eligible and exclude", ([first, , third]) => ({ eligible: [first, third], exclude: [first] }), [2]],
    ["exclude_authid", (_, [, second]) => ({ exclude_authid: [second] }), [0, 2]],
    ["eligible_authid", (_, [, second, third]) => ({ eligible_authid: [second, third] }), [1, 2]],
    ["exclude_authrole", () => ({ exclude_authrole: ["development"] }), []],
    ["eligible_authrole", () => ({ eligible_authrole: ["development", "nobody"] }), [0, 1, 2]],
  ])("by %s", async (_, options, chosen) => {
    const topic = uri();
    const all = await receivers(topic);
    const sessions = all.map(({ peer }) => peer.session);
    const authids = all.map(({ peer }) => peer.welcome["authid"]);
    await peer(kind).publish(topic, { args: ["for some"] }, options(sessions, authids));
    await peer(kind).publish(topic, { args: ["for all"] });
    for (const [index, { subscription }] of all.entries()) {
      if (chosen.includes(index)) expect((await subscription.next()).args).toEqual(["for some"]);
      expect((await subscription.next()).args).toEqual(["for all"]);
    }
    for (const { peer } of all) await peer.close();
  });
});

test.each(AUTOBAHN)("$name uses force_reregister, and the old callee is told", async (kind) => {
  const procedure = uri();
  const { revoked } = await peer(AUTOBAHN[0]!).register(procedure, () => ({ args: ["the old one"] }));
  const other = await join(kind);
  await other.register(procedure, () => ({ args: ["the new one"] }), { force_reregister: true });
  expect(await inTime("the revocation", revoked)).toEqual(expect.any(String));
  expect((await peer(kind).call(procedure)).args).toEqual(["the new one"]);
  await other.close();
});

// Autobahn does not know Payload Passthru Mode.
describe.each(WAMPY.flatMap((from) => WAMPY.map((to) => ({ from, to }))))(
  "$from.name to $to.name in Payload Passthru Mode",
  ({ from, to }) => {
    // Over JSON, Wampy has no way to write bytes.
    const serializers = [from, to].some(({ codec }) => codec === "json") ? ["json"] : ["json", "msgpack", "cbor"];

    test.each(serializers)("with a payload in %s that the router does not read", async (ppt_serializer) => {
      const ppt = { ppt_scheme: "x_example", ppt_serializer };
      const [procedure, topic] = [uri(), uri()];
      const payload = { args: ["sealed", 1], kwargs: { inner: [true] } };
      const caller = peer(from);
      const callee = peer(to) as WampyPeer;

      await callee.raw.register(procedure, ({ argsList = [], argsDict = {}, details }) => ({
        argsList: [...argsList, details["ppt_serializer"]],
        argsDict,
        options: ppt,
      }));
      expect(await caller.call(procedure, payload, ppt)).toEqual({
        args: ["sealed", 1, ppt_serializer],
        kwargs: payload.kwargs,
      });

      const subscription = await callee.subscribe(topic);
      const publisher = from === to ? await join(from) : caller;
      await publisher.publish(topic, payload, ppt);
      expect(await subscription.next()).toMatchObject({ ...payload, details: ppt });
      await subscription.unsubscribe();
      await callee.raw.unregister(procedure);
    });
  },
);
