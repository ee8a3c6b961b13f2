import assert from "node:assert/strict";
import { test } from "node:test";
import { authorizerContract, extensionContract, testPlugin } from "@kreuz/plugin-testkit";
import { myPlugin } from "../src/index.js";

const make = () => myPlugin({ rules: [{ role: "user", below: "com.example" }] });

for (const { name, run } of [...extensionContract(myPlugin), ...authorizerContract(make, { roles: ["user"] })])
  test(name, run);

test("allows a role what is below its URI, and nothing else", async () => {
  const kit = await testPlugin([], { realm: { authorizer: make() } });
  const [user, guest] = [await kit.client(), await kit.client({ authid: "ann", authrole: "guest" })];
  await user.subscribe("com.example.news", () => {});
  await user.subscribe("com.example.", () => {}, { match: "prefix" });
  const denied = { uri: "wamp.error.not_authorized" };
  await assert.rejects(
    user.subscribe("com.examples.news", () => {}),
    denied,
  );
  await assert.rejects(
    user.subscribe("com.example", () => {}, { match: "prefix" }),
    denied,
  );
  await assert.rejects(
    guest.subscribe("com.example.news", () => {}),
    denied,
  );
  await kit.close();
});
