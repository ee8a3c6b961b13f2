// A router, scripted clients and a clock, all in this process: no network, and no test that waits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageType } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { allowAll, createRouter } from "@kreuz/router";
import { FakeClock, WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { presence } from "./presence.js";

const CHANGED = "com.example.presence.changed";
const LIST = "com.example.presence.list";

/** Believes everybody, which is enough for a test. */
const byName = {
  method: "name",
  begin: ({ authid }) => ({ type: "accept", authid, authrole: "user", authprovider: "test" }),
};

async function start() {
  const clock = new FakeClock();
  const realm = {
    uri: "realm1",
    authorizer: allowAll,
    authenticators: [byName],
    plugins: [presence({ lingerMs: 1000 })],
  };
  const router = await createRouter({ realms: [realm], clock });
  const join = async (authid) => {
    const client = new WireSession();
    connectMemory(router, client, { codec: json, clock });
    await client.join("realm1", { authid, authmethods: ["name"] });
    return client;
  };
  const ann = await join("ann");
  await ann.subscribe(CHANGED);
  const change = async () => (await ann.expect(MessageType.EVENT)).payload.args[0];
  const online = async () => (await ann.call(LIST)).args[0];
  const expectNoChange = () => ann.expectNothing();
  return { clock, join, change, online, expectNoChange };
}

test("tells who comes, and who has gone for long enough", async () => {
  const { clock, join, change, online } = await start();
  const joe = await join("joe");
  assert.deepEqual(await change(), { authid: "joe", online: true });
  await joe.leave();
  assert.deepEqual(await online(), ["ann", "joe"]);
  clock.advance(1000);
  assert.deepEqual(await change(), { authid: "joe", online: false });
  assert.deepEqual(await online(), ["ann"]);
});

test("a page that is loaded again is no news, and neither is a second one", async () => {
  const { clock, join, change, online, expectNoChange } = await start();
  const joe = await join("joe");
  await change();
  await joe.leave();
  clock.advance(999);
  const again = await join("joe");
  await join("joe");
  await again.leave();
  clock.advance(1000);
  assert.deepEqual(await online(), ["ann", "joe"]);
  await expectNoChange();
});
