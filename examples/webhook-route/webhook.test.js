import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { extensionContract, routeContract, testPlugin } from "@kreuz/plugin-testkit";
import { webhook } from "./webhook.js";

const SECRET = "a long secret";
const TOPIC = "com.example.hooked";

const cases = [...extensionContract(webhook), ...routeContract(() => webhook({ topic: TOPIC, secret: SECRET }))];
for (const { name, run } of cases) test(name, run);

async function start(t) {
  const kit = await testPlugin([], { routes: { "/hook": webhook({ topic: TOPIC, secret: SECRET }) } });
  t.after(() => kit.close());
  const client = await kit.client();
  const events = [];
  await client.subscribe(TOPIC, ({ args }) => void events.push(args[0]));
  const send = (body, secret = SECRET) => {
    const signature = createHmac("sha256", secret).update(body).digest("hex");
    return kit.fetch("/hook", { method: "POST", body, headers: { "X-Hub-Signature-256": `sha256=${signature}` } });
  };
  return { kit, events, send };
}

test("publishes what was signed", async (t) => {
  const { events, send } = await start(t);
  const answer = await send('{"order":7}');
  assert.equal(answer.status, 204);
  assert.deepEqual(events, [{ order: 7 }]);
});

test("refuses what was signed with another secret, or not at all, and tells the log who sent it", async (t) => {
  const { kit, events, send } = await start(t);
  assert.equal((await send("{}", "another secret")).status, 401);
  assert.equal((await kit.fetch("/hook", { method: "POST", body: "{}" })).status, 401);
  assert.deepEqual([events, kit.log.filter(({ level }) => level === "warn").length], [[], 2]);
});

test("refuses what is no POST, and no JSON", async (t) => {
  const { kit, events, send } = await start(t);
  assert.equal((await kit.fetch("/hook")).status, 405);
  assert.equal((await send("{")).status, 400);
  assert.deepEqual(events, []);
});
