import assert from "node:assert/strict";
import { test } from "node:test";
import { eventHistory } from "@kreuz/event-history";
import { eventStoreContract } from "@kreuz/event-history/contract";
import { extensionContract, testPlugin } from "@kreuz/plugin-testkit";
import { myPlugin } from "../src/index.js";

const cases = eventStoreContract({ open: myPlugin(), openWith: (limits) => myPlugin(limits) });
for (const { name, run } of [...extensionContract(myPlugin), ...cases]) test(name, run);

test("keeps the history of a topic", async () => {
  const kit = await testPlugin(eventHistory({ topics: [{ uri: "com.example.news" }], store: myPlugin() }));
  const client = await kit.client();
  await client.publish("com.example.news", ["first"], { acknowledge: true });
  const reader = await kit.wire({ authid: "ann" });
  const subscription = await reader.subscribe("com.example.news");
  const { args } = await reader.call("wamp.subscription.get_events", { args: [subscription] });
  assert.match(JSON.stringify(args), /first/);
  await kit.close();
});
