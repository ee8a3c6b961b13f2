import assert from "node:assert/strict";
import { test } from "node:test";
import { extensionContract, routerPluginContract, testPlugin } from "@kreuz/plugin-testkit";
import { myPlugin } from "../src/index.js";

for (const { name, run } of [...extensionContract(myPlugin), ...routerPluginContract(() => myPlugin())])
  test(name, run);

test("counts the calls of each realm", async () => {
  const kit = await testPlugin([], { routerPlugins: [myPlugin()] });
  const client = await kit.client();
  await client.register("com.example.echo", ({ args }) => args[0]);
  await client.call("com.example.echo", [1]);
  const numbers: unknown = await (await kit.fetch("my-plugin/numbers")).json();
  assert.deepEqual(numbers, { calls: { [String(kit.router.realms[0])]: 1 }, refused: 0 });
  await kit.close();
});
