import assert from "node:assert/strict";
import { test } from "node:test";
import { authenticatorContract, extensionContract } from "@kreuz/plugin-testkit";
import { myPlugin, sign } from "../src/index.js";

const users = { joe: "a secret" };

const cases = authenticatorContract({
  create: () => myPlugin({ users, role: "user" }),
  hello: { authid: "joe" },
  answer: (extra) => sign(String(extra["challenge"]), users.joe),
});
for (const { name, run } of [...extensionContract(myPlugin), ...cases]) test(name, run);

test("signatures of other secrets are other ones", () => {
  assert.notEqual(sign("a text", "a secret"), sign("a text", "another secret"));
});
