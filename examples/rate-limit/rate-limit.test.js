import assert from "node:assert/strict";
import { test } from "node:test";
import { testPlugin } from "@kreuz/plugin-testkit";
import { rateLimit } from "./rate-limit.js";

const SEARCH = "com.example.search";
const tooMany = { uri: "com.example.error.too_many_calls" };

test("limits each session on its own, and the limited procedure only", async () => {
  const kit = await testPlugin(rateLimit({ limits: [{ uri: SEARCH, perMinute: 2 }] }));
  const shop = await kit.client();
  await shop.register(SEARCH, () => "found");
  await shop.register("com.example.other", () => "fine");
  const [joe, ann] = [await kit.client({ authid: "joe" }), await kit.client({ authid: "ann" })];
  await joe.call(SEARCH);
  await joe.call(SEARCH);
  await assert.rejects(joe.call(SEARCH), tooMany);
  await ann.call(SEARCH);
  await joe.call("com.example.other");
  kit.clock.advance(30_000);
  await joe.call(SEARCH);
  await assert.rejects(joe.call(SEARCH), tooMany);
  await kit.close();
});
