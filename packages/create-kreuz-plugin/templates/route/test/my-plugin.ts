import assert from "node:assert/strict";
import { test } from "node:test";
import { extensionContract, routeContract, testPlugin } from "@kreuz/plugin-testkit";
import { myPlugin } from "../src/index.js";

const TOPIC = "com.example.my_plugin.posted";
const make = () => myPlugin({ topic: TOPIC, token: "a token" });

for (const { name, run } of [...extensionContract(myPlugin), ...routeContract(make)]) test(name, run);

test("publishes what is posted with the token", async () => {
  const kit = await testPlugin([], { routes: { "/hook": make() } });
  const client = await kit.client();
  const posted: unknown[] = [];
  await client.subscribe(TOPIC, ({ args }) => void posted.push(args[0]));
  const post = (token: string) =>
    kit.fetch("/hook", { method: "POST", body: "news", headers: { Authorization: `Bearer ${token}` } });
  assert.equal((await post("another token")).status, 401);
  assert.equal((await post("a token")).status, 204);
  assert.deepEqual(posted, ["news"]);
  await kit.close();
});
