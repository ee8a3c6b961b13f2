import assert from "node:assert/strict";
import { test } from "node:test";
import { extensionContract, pluginContract, testPlugin } from "@kreuz/plugin-testkit";
import { myPlugin } from "../src/index.js";

for (const { name, run } of [...extensionContract(myPlugin), ...pluginContract(() => myPlugin())]) test(name, run);

test("greets whoever calls", async () => {
  const kit = await testPlugin(myPlugin({ greeting: "Moin" }));
  const client = await kit.client();
  const { args } = await client.call("com.example.my_plugin.greet", ["Joe"]);
  assert.deepEqual(args, ["Moin, Joe!"]);
  await kit.close();
});
