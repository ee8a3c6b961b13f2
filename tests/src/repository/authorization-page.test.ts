// Tests that every config in docs/authorization.md is valid, and what the page says about it.
import { readFile } from "node:fs/promises";
import { ticketClient } from "@kreuz/auth/client";
import { MessageType as M, type Dict } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { settle, WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { parseConfig, startRouter, type RunningRouter } from "kreuz";
import { afterEach, describe, expect, test } from "vitest";
import { parse } from "yaml";

const PAGE = await readFile(new URL("../../../docs/authorization.md", import.meta.url), "utf8");
const CONFIGS = Array.from(PAGE.matchAll(/^```yaml\n(.*?)^```/gms), ([, text = ""]) => text);

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Starts the router with the config that contains these words. */
async function start(words: string): Promise<RunningRouter> {
  const text = CONFIGS.find((config) => config.includes(words)) ?? "";
  const config = { ...(parse(text) as object), transports: [{ type: "websocket", port: 0 }] };
  const running = await startRouter(parseConfig(JSON.stringify(config), "kreuz.yaml"));
  cleanups.push(() => running.stop());
  return running;
}

/** Joins as a visitor, or as a user in a config on the page, with the ticket from there. */
async function join(running: RunningRouter, realm = "realm1", authid?: string): Promise<WireSession> {
  const client = new WireSession({ turns: 100_000 });
  connectMemory(running.router, client, { codec: json });
  cleanups.push(() => client.disconnect());
  if (authid === undefined) {
    await client.join(realm);
    return client;
  }
  const ticket = new RegExp(`${authid}: \\{ role: \\w+, ticket: (\\w+)`).exec(PAGE)?.[1] ?? "";
  const method = ticketClient(ticket);
  client.send({
    type: M.HELLO,
    realm,
    details: { roles: { callee: {}, caller: {} }, authid, authmethods: ["ticket"] },
  });
  const { signature, extra } = await method.respond((await client.expect(M.CHALLENGE)).extra);
  client.send({ type: M.AUTHENTICATE, signature, extra });
  await client.expect(M.WELCOME);
  return client;
}

/** The type of the answer to a subscription or call. */
async function outcome(
  client: WireSession,
  type: "subscribe" | "call",
  uri: string,
  options: Dict = {},
): Promise<number> {
  if (type === "call") client.sendCall(uri);
  else client.send({ type: M.SUBSCRIBE, request: client.nextRequest(), options, topic: uri });
  const answer = await client.next();
  if (answer.type === M.ERROR && answer.error !== "wamp.error.not_authorized") return 0;
  return answer.type;
}

test.each(CONFIGS)("config no. %$ is valid", (text) => {
  expect(parseConfig(text, "authorization.md").config.realms.length).toBeGreaterThan(0);
});

test("the page has configs", () => {
  expect(CONFIGS.length).toBeGreaterThan(4);
});

test("permissions in the config", async () => {
  const visitor = await join(await start("com.shop.weapons.order"));
  expect(await outcome(visitor, "subscribe", "com.shop.price.books")).toBe(M.SUBSCRIBED);
  expect(await outcome(visitor, "subscribe", "com.shop.price.", { match: "prefix" })).toBe(M.SUBSCRIBED);
  // Allowed, but not registered.
  expect(await outcome(visitor, "call", "com.shop.books.order")).toBe(0);
  expect(await outcome(visitor, "call", "com.shop.weapons.order")).toBe(M.ERROR);
  expect(await outcome(visitor, "subscribe", "com.shop.", { match: "prefix" })).toBe(M.ERROR);
  expect(await outcome(visitor, "subscribe", "", { match: "prefix" })).toBe(M.ERROR);
});

test("disclosure of callers", async () => {
  const running = await start("disclose: always");
  const visitor = await join(running);
  const callee = running.router.connect("realm1");
  const events: unknown[] = [];
  callee.subscribe("com.shop.news", ({ details }) => void events.push(details));
  visitor.publish("com.shop.news", {}, { acknowledge: true });
  await visitor.expect(M.PUBLISHED);
  await settle();
  expect(events).toEqual([expect.objectContaining({ publisher: visitor.id, trustlevel: 1 })]);
});

test("meta procedures and topics", async () => {
  const running = await start("session-meta");
  const [visitor, root] = [await join(running), await join(running, "realm1", "root")];
  expect(await outcome(visitor, "call", "wamp.session.count")).toBe(M.RESULT);
  expect(await outcome(visitor, "call", "wamp.session.kill_all")).toBe(M.ERROR);
  expect(await outcome(visitor, "subscribe", "wamp.session.on_join")).toBe(M.ERROR);
  expect(await outcome(root, "subscribe", "wamp.session.", { match: "prefix" })).toBe(M.SUBSCRIBED);
  expect(await outcome(root, "call", "wamp.session.kill_all")).toBe(M.RESULT);
});

describe("a procedure as authorizer", () => {
  test.each([
    ["in the realm", "timeoutMs: 2000", "realm1"],
    ["in another realm", "realm: guards", "guards"],
  ])("%s", async (_, words, realm) => {
    const running = await start(words);
    const [user, guard] = [await join(running), await join(running, realm, "guard")];
    await guard.register("com.example.authorize");
    user.send({ type: M.SUBSCRIBE, request: 1, options: { match: "prefix" }, topic: "com.example.news" });
    const { request, payload } = await guard.expect(M.INVOCATION);
    // The example on the page has the same structure.
    const [, shown = ""] = /^```json\n(.*?)^```/ms.exec(PAGE) ?? [];
    const example = JSON.parse(shown) as [Dict, ...unknown[]];
    const [session, ...rest] = payload.args as [Dict, ...unknown[]];
    expect(rest).toEqual(example.slice(1));
    expect(Object.keys(session)).toEqual(Object.keys(example[0]));
    guard.yield(request, { args: [{ allow: true, disclose: false, cache: true }] });
    await user.expect(M.SUBSCRIBED);
  });
});
