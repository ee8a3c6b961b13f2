import { expect, test } from "vitest";
import { configJsonSchema } from "./config-schema.js";

// `npx vitest run apps/router -u` updates the file.
test("kreuz.schema.json is up to date", async () => {
  await expect(`${JSON.stringify(configJsonSchema(), null, 2)}\n`).toMatchFileSnapshot("../../kreuz.schema.json");
});
