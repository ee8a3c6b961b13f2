import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeExtension } from "./make-extension.js";

let folder = "";

const plugin = (name: string): string => `{ name: "${name}", setup() {} }`;

/** Modules in other folders import the sources, as they would import an installed package. */
const [FROM_CODEC, FROM_OPTIONS] = ["@kreuz/codec", "@kreuz/codec/options"].map(
  (name) => `from "${import.meta.resolve(name)}"`,
);
const CODEC = `import { defineExtension } ${FROM_CODEC}; import { options, text, integer, value } ${FROM_OPTIONS}`;

function defined(kind: string, name: string, schema: string): string {
  return `${CODEC}; export const ${name} = defineExtension("${kind}", { name: "${name}", options: ${schema}, create: () => (${plugin(name)}) });`;
}

const FILES: Readonly<Record<string, string>> = {
  "plugins/say-hello.mjs": `export const sayHello = ({ greeting = "hello" }) => (${plugin("x")}, { name: greeting, setup() {} });`,
  "plugins/two.mjs": `export const two = () => [${plugin("one")}, ${plugin("two")}];`,
  "plugins/slow.mjs": `export async function plugin() { return ${plugin("slow")}; }`,
  "plugins/other-name.mjs": `export const help = 1; export const make = () => (${plugin("made")});`,
  "plugins/object.mjs": `export const object = ${plugin("object")};`,
  "plugins/no-plugin.mjs": `export const noPlugin = () => ({ name: "x" });`,
  "plugins/broken.mjs": `export const broken = (;`,
  "plugins/needy.mjs": `export const needed = 1; ${"import"} "kreuz-none"; export const needy = 1;`,
  "plugins/defined.mjs": defined(
    "plugin",
    "defined",
    "options({ greeting: text().default('hello'), times: integer(1).default(1), key: integer(1).optional() })",
  ),
  "plugins/plain.mjs": defined("plugin", "plain", "undefined"),
  "plugins/several.mjs": `${defined("plugin", "first", "undefined")}; export const second = defineExtension("plugin", { name: "second", create: () => (${plugin("x")}) });`,
  "plugins/future.mjs": `export const future = Object.assign(() => {}, { kind: "plugin", api: 2 });`,
  "plugins/store.mjs": `${CODEC}; export const store = defineExtension("event-store", { name: "store", options: options({ size: integer(1) }), create: (o) => o });`,
  "plugins/opens.mjs": `${CODEC}; export const opens = defineExtension("event-store", { name: "opens", create: () => () => "opened" });`,
  "plugins/with-slot.mjs": `${CODEC}; export const withSlot = defineExtension("plugin", { name: "x", options: options({ store: value("a store", (v) => typeof v === "object" || typeof v === "function") }), slots: { store: "event-store" }, create: () => (${plugin("x")}) });`,
  "node_modules/kreuz-mixed/package.json": `{ "name": "kreuz-mixed", "type": "module", "main": "index.js" }`,
  "node_modules/kreuz-mixed/index.js": `module.exports = {};`,
  "plugins/strict.mjs": `export const strict = () => { throw new Error("greeting: expected a string"); };`,
  "node_modules/kreuz-main/package.json": `{ "name": "kreuz-main", "type": "module", "main": "index.js" }`,
  "node_modules/kreuz-main/index.js": `export default () => (${plugin("main")});`,
  "node_modules/@acme/kreuz-modern/package.json": `{
    "name": "@acme/kreuz-modern", "type": "module",
    "exports": { ".": { "types": "./index.d.ts", "browser": "./none.js", "import": { "default": "./index.js" } } }
  }`,
  "node_modules/@acme/kreuz-modern/index.js": `export const kreuzModern = () => (${plugin("modern")});`,
  "node_modules/kreuz-classic/package.json": `{ "name": "kreuz-classic" }`,
  "node_modules/kreuz-classic/index.js": `exports.plugin = () => (${plugin("classic")});`,
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kreuz-plugins-"));
  for (const [name, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  await mkdir(join(folder, "deep", "down"), { recursive: true });
});

afterAll(() => rm(folder, { recursive: true }));

type Ref = Parameters<typeof makeExtension>[0];

async function names(ref: Ref, from = folder): Promise<unknown[]> {
  const { made } = await makeExtension(ref, ["plugin"], { folder: from, hidden: [] });
  return made.map((plugin) => ("name" in plugin ? plugin.name : undefined));
}

describe("a plugin", () => {
  test.each([
    ["session-meta", {}],
    ["registry-meta", {}],
    ["testament", {}],
    ["event-history", { topics: [{ uri: "com.example.news" }] }],
  ])("%s is bundled and needs no installation", async (name, options) => {
    expect(await names({ package: `@kreuz/${name}`, options }, tmpdir())).toEqual([name]);
  });

  test("is a file at a path relative to the config", async () => {
    expect(await names({ package: "./plugins/say-hello.mjs" })).toEqual(["hello"]);
    expect(await names({ package: "../../plugins/say-hello.mjs" }, join(folder, "deep", "down"))).toEqual(["hello"]);
  });

  test("receives its options", async () => {
    expect(await names({ package: "./plugins/say-hello.mjs", options: { greeting: "moin" } })).toEqual(["moin"]);
  });

  test("is a package installed beside the config or above it", async () => {
    expect(await names({ package: "kreuz-main" })).toEqual(["main"]);
    expect(await names({ package: "kreuz-main" }, join(folder, "deep", "down"))).toEqual(["main"]);
    expect(await names({ package: "kreuz-classic" })).toEqual(["classic"]);
  });

  test("is a package that supports only import", async () => {
    expect(await names({ package: "@acme/kreuz-modern" })).toEqual(["modern"]);
    expect(await names({ package: "@acme/kreuz-modern" }, join(folder, "deep", "down"))).toEqual(["modern"]);
  });

  test("is a list, or a promise", async () => {
    expect(await names({ package: "./plugins/two.mjs" })).toEqual(["one", "two"]);
    expect(await names({ package: "./plugins/slow.mjs" })).toEqual(["slow"]);
  });

  test("is created by the export that the config names", async () => {
    expect(await names({ package: "./plugins/other-name.mjs", export: "make" })).toEqual(["made"]);
  });
});

describe("an error names the remedy", () => {
  const problemsOf = async (ref: Ref, kinds = ["plugin"]): Promise<unknown> => {
    const failed = await makeExtension(ref, kinds, { folder, hidden: [["options", "key"]] }).catch(
      (error: unknown) => error,
    );
    return (failed as { problems?: unknown }).problems ?? failed;
  };

  test.each<[string, Ref, readonly string[], string]>([
    ["a missing package", { package: "kreuz-none" }, ["package"], "install it with: npm install kreuz-none"],
    ["a missing file", { package: "./none.mjs" }, ["package"], "no such file"],
    [
      "a module without an export by a conventional name",
      { package: "./plugins/other-name.mjs" },
      ["package"],
      "exports no plugin, and no function otherName, plugin, default; it exports help, make. Add export:",
    ],
    ["an object instead of a function", { package: "./plugins/object.mjs" }, ["package"], "it exports object"],
    [
      "a missing export",
      { package: "./plugins/other-name.mjs", export: "made" },
      ["export"],
      'exports no function "made"; it exports help, make',
    ],
    [
      "an object that is not a plugin",
      { package: "./plugins/no-plugin.mjs" },
      ["package"],
      "did not return a plugin: expected an object with name and setup()",
    ],
    ["a module with a syntax error", { package: "./plugins/broken.mjs" }, ["package"], "cannot load"],
    [
      "options that the plugin rejects",
      { package: "./plugins/strict.mjs" },
      ["options"],
      "greeting: expected a string",
    ],
    [
      "a package that needs another one",
      { package: "./plugins/needy.mjs" },
      ["package"],
      'it imports "kreuz-none", which is not installed; install it with: npm install kreuz-none',
    ],
    [
      "CommonJS in a package of ES modules",
      { package: "kreuz-mixed" },
      ["package"],
      "it is CommonJS, but its package.json",
    ],
    [
      "several that fit",
      { package: "./plugins/several.mjs" },
      ["package"],
      "has several that fit: first, second. Add export:",
    ],
    ["another contract", { package: "./plugins/future.mjs" }, ["package"], "update Kreuz"],
    [
      "an unknown option",
      { package: "./plugins/defined.mjs", options: { gretting: "x" } },
      ["options", "gretting"],
      "did you mean greeting?",
    ],
    [
      "an option of another type",
      { package: "./plugins/defined.mjs", options: { greeting: 1 } },
      ["options", "greeting"],
      "expected a text",
    ],
    [
      "a secret, without its value",
      { package: "./plugins/defined.mjs", options: { key: "hunter2" } },
      ["options", "key"],
      "is not valid",
    ],
    [
      "options where there are none",
      { package: "./plugins/plain.mjs", options: { a: 1 } },
      ["options", "a"],
      "it takes no options",
    ],
  ])("%s", async (_, ref, path, message) => {
    expect(await problemsOf(ref)).toEqual([{ path, message: expect.stringContaining(message) }]);
  });

  test("an extension of another kind", async () => {
    expect(await problemsOf({ package: "./plugins/defined.mjs", export: "defined" }, ["transport"])).toEqual([
      { path: ["package"], message: '"./plugins/defined.mjs" is of the kind plugin; expected transport' },
    ]);
  });
});

describe("an extension with a schema", () => {
  const make = (ref: Ref, hidden: readonly (readonly string[])[] = []) =>
    makeExtension(ref, ["plugin"], { folder, hidden });

  test("gets its defaults", async () => {
    expect((await make({ package: "./plugins/defined.mjs" })).options).toEqual({ greeting: "hello", times: 1 });
  });

  test("gets a number where a variable stood for one", async () => {
    const { options } = await make({ package: "./plugins/defined.mjs", options: { times: "3" } }, [
      ["options", "times"],
    ]);
    expect(options).toEqual({ greeting: "hello", times: 3 });
  });

  test("gets what stands in a slot made, which may be a function without a name", async () => {
    const store = { package: "./plugins/opens.mjs" };
    const { options } = await make({ package: "./plugins/with-slot.mjs", options: { store } });
    expect((options as { store(): unknown }).store()).toBe("opened");
  });

  test("gets what stands in a slot made", async () => {
    const store = { package: "./plugins/store.mjs", options: { size: 3 } };
    const { options } = await make({ package: "./plugins/with-slot.mjs", options: { store } });
    expect(options).toEqual({ store: { size: 3 } });
    await expect(
      make({ package: "./plugins/with-slot.mjs", options: { store: { ...store, options: { size: 0 } } } }),
    ).rejects.toMatchObject({ problems: [{ path: ["options", "store", "options", "size"] }] });
  });
});
