import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { importPlugin } from "./import-plugin.js";

let folder = "";

const plugin = (name: string): string => `{ name: "${name}", setup() {} }`;

const FILES: Readonly<Record<string, string>> = {
  "plugins/say-hello.mjs": `export const sayHello = ({ greeting = "hello" }) => (${plugin("x")}, { name: greeting, setup() {} });`,
  "plugins/two.mjs": `export const two = () => [${plugin("one")}, ${plugin("two")}];`,
  "plugins/slow.mjs": `export async function plugin() { return ${plugin("slow")}; }`,
  "plugins/other-name.mjs": `export const help = 1; export const make = () => (${plugin("made")});`,
  "plugins/object.mjs": `export const object = ${plugin("object")};`,
  "plugins/no-plugin.mjs": `export const noPlugin = () => ({ name: "x" });`,
  "plugins/broken.mjs": `export const broken = (;`,
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

async function names(config: Parameters<typeof importPlugin>[0], from = folder): Promise<string[]> {
  return (await importPlugin(config, from)).map(({ name }) => name);
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
  test.each<[string, Parameters<typeof importPlugin>[0], string, string]>([
    ["a missing package", { package: "kreuz-none" }, "package", "install it with: npm install kreuz-none"],
    ["a missing file", { package: "./none.mjs" }, "package", "no such file"],
    [
      "a module without an export by a conventional name",
      { package: "./plugins/other-name.mjs" },
      "package",
      "exports no function otherName, plugin, default; it exports help, make. Add export: with the name of the function that creates the plugin",
    ],
    ["an object instead of a function", { package: "./plugins/object.mjs" }, "package", "it exports object"],
    [
      "a missing export",
      { package: "./plugins/other-name.mjs", export: "made" },
      "export",
      'exports no function "made"; it exports help, make',
    ],
    [
      "an object that is not a plugin",
      { package: "./plugins/no-plugin.mjs" },
      "package",
      "expected an object with name and setup()",
    ],
    ["a module with a syntax error", { package: "./plugins/broken.mjs" }, "package", "cannot load"],
    ["options that the plugin rejects", { package: "./plugins/strict.mjs" }, "options", "greeting: expected a string"],
  ])("%s", async (_, config, part, message) => {
    await expect(importPlugin(config, folder)).rejects.toMatchObject({
      name: "PluginError",
      part,
      message: expect.stringContaining(message),
    });
  });
});
