import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../config/load-config.js";
import { temporaryFolder } from "../testing/running-router.js";
import { schemaWithOptions } from "./schema-with-options.js";

const [CODEC, OPTIONS] = ["@kreuz/codec", "@kreuz/codec/options"].map((name) => `from "${import.meta.resolve(name)}"`);

const GREETER = `
  import { defineExtension } ${CODEC};
  import { choice, integer, options, text, value } ${OPTIONS};
  export const greeter = defineExtension("plugin", {
    name: "greeter",
    options: options({
      greeting: text().describe("What it says first."),
      times: integer(1, 9).default(1),
      store: value("a store", (given) => given !== undefined).optional(),
    }),
    slots: { store: "word-store" },
    create: () => ({ setup() {} }),
  });
  export const store = defineExtension("word-store", {
    name: "store", options: options({ kind: choice("a", "b") }), create: () => ({}),
  });`;

async function rules(): Promise<readonly Record<string, unknown>[]> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "greeter.js"), GREETER);
  const config = parseConfig(
    `
realms:
  - name: realm1
    auth: { anonymous: { role: guest } }
    roles: [{ name: guest }]
    plugins:
      - package: "@kreuz/session-meta"
      - package: ./greeter.js
        options: { greeting: Hello, store: { package: ./greeter.js, export: store, options: { kind: a } } }`,
    join(folder, "kreuz.yaml"),
  );
  const schema = (await schemaWithOptions(config)) as never as {
    properties: { plugins: { items: { allOf: Record<string, unknown>[] } }; realms: object };
  };
  expect(JSON.stringify(schema.properties.realms)).toContain("What it says first.");
  return schema.properties.plugins.items.allOf;
}

describe("the schema for editors", () => {
  test("has the options of every package that the config names, in all places", async () => {
    const all = await rules();
    expect(all.map((rule) => (rule["if"] as { properties: object }).properties)).toEqual([
      { package: { const: "@kreuz/session-meta" } },
      { package: { const: "./greeter.js" } },
      { package: { const: "./greeter.js" }, export: { const: "store" } },
    ]);
  });

  test("knows defaults, variables, secret files and slots", async () => {
    const [, greeter] = await rules();
    const then = greeter!["then"] as {
      required: string[];
      properties: { options: { properties: Record<string, object> } };
    };
    expect(then.required).toEqual(["options"]);
    const { greeting, times, store } = then.properties.options.properties;
    expect(greeting).toMatchObject({
      description: "What it says first.",
      anyOf: [{ type: "string" }, { pattern: "\\$\\{" }, { required: ["$file"] }],
    });
    expect(times).toMatchObject({ default: 1, anyOf: [{ type: "integer", maximum: 9 }, {}, {}] });
    expect(store).toMatchObject({ required: ["package"] });
  });
});
