import assert from "node:assert/strict";
import { test } from "node:test";
import { extensionContract, pluginContract, testPlugin } from "@kreuz/plugin-testkit";
import { myPlugin } from "../src/index.js";

const ADD = "com.example.my_plugin.add";
const make = () => myPlugin({ uri: ADD, maxArguments: 2 });

for (const { name, run } of [...extensionContract(myPlugin), ...pluginContract(make)]) test(name, run);

test("refuses calls with too many arguments, and no others", async () => {
  const kit = await testPlugin(make());
  const [callee, caller] = [await kit.client(), await kit.client({ authid: "ann" })];
  await callee.register(ADD, ({ args }) => Number(args[0]) + Number(args[1]));
  await callee.register("com.example.other", () => "fine");
  assert.deepEqual((await caller.call(ADD, [1, 2])).args, [3]);
  await assert.rejects(caller.call(ADD, [1, 2, 3]), { uri: "wamp.error.invalid_argument" });
  assert.deepEqual((await caller.call("com.example.other", [1, 2, 3])).args, ["fine"]);
  await kit.close();
});
