// Tests the session meta API with real clients, against the app with its default config.
import { describe, expect, test } from "vitest";
import { inTime } from "../support/wait.js";
import type { AutobahnPeer } from "./clients/autobahn-peer.js";
import { AUTOBAHN, KINDS } from "./clients/kinds.js";
import type { Subscription, Received } from "./clients/peer.js";
import { useRouter } from "./shared-router.js";

const { peer, join } = useRouter();

const DETAILS = {
  realm: "realm1",
  authid: expect.any(String),
  authrole: "development",
  authmethod: "anonymous",
  authprovider: "static",
};

describe.each(AUTOBAHN)("$name, with its own API", (kind) => {
  const joined = () => (peer(kind) as AutobahnPeer).raw;

  test("list and get", async () => {
    const session = joined();
    const id = peer(KINDS[3]!).session;

    const ids = await session.call("wamp.session.list");
    const details = await session.call("wamp.session.get", [id]);

    expect(ids).toEqual(expect.arrayContaining(KINDS.map((each) => peer(each).session)));
    expect(details).toMatchObject({ ...DETAILS, session: id, transport: { type: "websocket" } });
  });

  test.each(KINDS)("kill of $name, which gets reason and message", async (other) => {
    const session = joined();
    const victim = await join(other);
    const id = victim.session;

    await session.call("wamp.session.kill", [id], { reason: "because", message: "foobar" });

    expect(await inTime("the end of the session", victim.ended)).toEqual({ reason: "because", message: "foobar" });
    expect(await session.call("wamp.session.list")).not.toContain(id);
    const error = await session.call("wamp.session.get", [id]).then(undefined, (error: unknown) => error);
    expect(error).toMatchObject({ error: "wamp.error.no_such_session" });
  });

  test("both events", async () => {
    const session = joined();
    const heard: unknown[] = [];
    const subscriptions = [
      await session.subscribe("wamp.session.on_join", ([details]) => heard.push(["join", details])),
      await session.subscribe("wamp.session.on_leave", (args) => heard.push(["leave", ...args])),
    ];

    const other = await join(KINDS[4]!);
    await other.close();
    await session.call("wamp.session.count");

    const { authid, authrole } = other.welcome;
    expect(heard).toEqual([
      ["join", expect.objectContaining({ ...DETAILS, session: other.session, authid })],
      ["leave", other.session, authid, authrole],
    ]);
    for (const subscription of subscriptions) await subscription.unsubscribe();
  });
});

describe.each(KINDS)("$name", (kind) => {
  test("counts, lists and gets sessions, with and without a filter", async () => {
    const { args } = await peer(kind).call("wamp.session.list");
    const [ids] = args as [readonly number[]];
    expect(await peer(kind).call("wamp.session.count")).toMatchObject({ args: [ids.length] });
    expect(await peer(kind).call("wamp.session.count", { args: [["development"]] })).toMatchObject({
      args: [ids.length],
    });
    expect(await peer(kind).call("wamp.session.list", { args: [["nobody"]] })).toMatchObject({ args: [[]] });
    const { args: found } = await peer(kind).call("wamp.session.get", { args: [peer(kind).session] });
    expect(found).toEqual([expect.objectContaining({ ...DETAILS, session: peer(kind).session })]);
  });

  test("gets on_join and on_leave, also by prefix and wildcard", async () => {
    const subscriptions: Subscription[] = [];
    for (const topic of ["wamp.session.on_join", "wamp.session.on_leave"])
      subscriptions.push(await peer(kind).subscribe(topic));
    // Wampy cannot unsubscribe from a pattern, so these belong to a session that ends with the test.
    const third = await join(kind);
    const prefix = await third.subscribe("wamp.session.on_", { match: "prefix" });
    // Wampy rejects a wildcard URI that ends with a dot.
    const wildcard = await third.subscribe("wamp..on_join", { match: "wildcard" });

    const other = await join(kind);
    const { session } = other;
    await other.close();

    const joined = [expect.objectContaining({ ...DETAILS, session })];
    const left = [session, other.welcome["authid"], "development"];
    await nextWith(subscriptions[0]!, joined);
    await nextWith(subscriptions[1]!, left);
    expect(await prefix.next()).toMatchObject({ args: joined, details: { topic: "wamp.session.on_join" } });
    expect(await prefix.next()).toMatchObject({ args: left, details: { topic: "wamp.session.on_leave" } });
    expect(await wildcard.next()).toMatchObject({ args: joined, details: { topic: "wamp.session.on_join" } });
    await third.close();
    for (const each of subscriptions) await each.unsubscribe();
  });

  test("kills other sessions by authid, but not its own", async () => {
    const victim = await join(kind);
    const { authid } = victim.welcome;
    await expect(peer(kind).call("wamp.session.kill", { args: [peer(kind).session] })).rejects.toMatchObject({
      uri: "wamp.error.no_such_session",
    });
    const { args } = await peer(kind).call("wamp.session.kill_by_authid", { args: [authid] });
    expect(args).toEqual([[victim.session]]);
    expect(await inTime("the end of the session", victim.ended)).toEqual({
      reason: "wamp.close.killed",
      message: undefined,
    });
  });
});

/** Waits for an event with these args. Skips events of sessions of other tests. */
async function nextWith(subscription: Subscription, args: readonly unknown[]): Promise<void> {
  for (let event: Received; ;) {
    event = await subscription.next();
    if (matches(event.args, args)) return;
  }
}

function matches(actual: readonly unknown[], expected: readonly unknown[]): boolean {
  try {
    expect(actual).toEqual(expected);
    return true;
  } catch {
    return false;
  }
}
