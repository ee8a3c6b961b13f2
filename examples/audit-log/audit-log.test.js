import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { testPlugin } from "@kreuz/plugin-testkit";
import { auditLog } from "./audit-log.js";

test("has a line for calls, refusals and clients that could not join", async (t) => {
  const baseDirectory = mkdtempSync(join(tmpdir(), "audit-log-"));
  t.after(() => rmSync(baseDirectory, { recursive: true }));
  const kit = await testPlugin([], {
    routerPlugins: [auditLog()],
    baseDirectory,
    realm: { authorizer: { authorize: (_, { uri }) => uri !== "com.shop.secret" } },
  });
  const shop = await kit.client({ authid: "shop" });
  await shop.register("com.shop.order", () => "done");
  const joe = await kit.wire({ authid: "joe" });
  await joe.call("com.shop.order");
  await assert.rejects(joe.call("com.shop.secret"));
  await kit.close();
  const lines = readFileSync(join(baseDirectory, "audit.log"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ event, authid, procedure, uri, by }) => [event, authid, procedure ?? uri, by]),
    [
      ["callEnded", "joe", "com.shop.order", undefined],
      ["actionRefused", "joe", "com.shop.secret", "authorizer"],
    ],
  );
});
