import { expect, test } from "vitest";
import { configJsonSchema } from "./config-schema.js";

// `npx vitest run apps/router -u` writes it anew.
test("kreuz.schema.json, which editors use, is the schema", async () => {
  await expect(`${JSON.stringify(configJsonSchema(), null, 2)}\n`).toMatchFileSnapshot("../../kreuz.schema.json");
});
