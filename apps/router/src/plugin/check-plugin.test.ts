import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCli } from "../cli/run-cli.js";
import { temporaryFolder } from "../testing/running-router.js";

const [CODEC, OPTIONS, ROUTER] = ["codec", "codec/options", "router"].map(
  (name) => `from "${import.meta.resolve(`@kreuz/${name}`)}"`,
);

const MANIFEST = {
  name: "@acme/greeter",
  version: "1.2.0",
  type: "module",
  exports: { ".": { types: "./index.d.ts", default: "./index.js" } },
  engines: { node: ">=20.19" },
  peerDependencies: { "@kreuz/codec": "^0.1.0", "@kreuz/router": "^0.1.0" },
};

const GREETER = `
  import { definePlugin } ${ROUTER};
  import { options, text } ${OPTIONS};
  export const greeter = definePlugin({
    name: "greeter",
    options: options({ greeting: text().default("Hello") }),
    example: { greeting: "Moin" },
    create: () => ({ setup() {} }),
  });`;

interface Project {
  readonly code?: string;
  readonly manifest?: object;
  readonly files?: Readonly<Record<string, string>>;
  readonly target?: string;
}

/** Runs `kreuz plugin check` on a package in a folder of its own. */
async function check({ code = GREETER, manifest = {}, files = {}, target = "." }: Project = {}) {
  const folder = temporaryFolder();
  const all = {
    "package.json": JSON.stringify({ ...MANIFEST, ...manifest }),
    "index.js": code,
    "index.d.ts": "",
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const lines: string[] = [];
  const output = { write: (text: string) => void lines.push(text) };
  const code_ = await runCli(["plugin", "check", target], { cwd: folder, env: {}, stdout: output, stderr: output });
  const text = lines.join("");
  return { exitCode: code_, text, marked: (mark: string) => text.split("\n").filter((line) => line.includes(mark)) };
}

describe("kreuz plugin check", () => {
  test("finds nothing wrong with a package that is well made, and says all that it looked at", async () => {
    const { exitCode, text, marked } = await check();
    expect([exitCode, marked("✗"), marked("⚠")]).toEqual([0, [], []]);
    expect(text).toMatch(/^@acme\/greeter 1\.2\.0\n\npackage\n {2}✓ it is an ES module\n/);
    expect(text).toContain("greeter\n  ✓ it is of the kind plugin\n");
    expect(text.endsWith("\nall is well\n")).toBe(true);
    expect(marked("✓").length).toBeGreaterThan(8);
  });

  test("takes a package that is installed, and a file", async () => {
    const files = {
      "node_modules/@acme/other/package.json": JSON.stringify({ ...MANIFEST, name: "@acme/other" }),
      "node_modules/@acme/other/index.js":
        'export const other = Object.assign(() => ({ name: "x", setup() {} }), { kind: "plugin", api: 1 });',
      "node_modules/@acme/other/index.d.ts": "",
    };
    const installed = await check({ files, target: "@acme/other" });
    expect(installed.exitCode, installed.text).toBe(0);
    expect(await check({ target: "./index.js" })).toMatchObject({ exitCode: 0 });
  });

  test.each<[string, Project, string, string]>([
    ["a package that is not there", { target: "@acme/none" }, "✗", "install it with: npm install @acme/none"],
    ["a path that is not there", { target: "./none.js" }, "✗", "look for the path"],
    ["a build that is not there", { manifest: { exports: { ".": "./dist/index.js" } } }, "✗", "build it first"],
    ["CommonJS", { manifest: { type: "commonjs" }, code: "exports.x = () => ({});" }, "⚠", 'add "type": "module"'],
    ["no types", { manifest: { exports: { ".": { default: "./index.js" } } } }, "⚠", "exports has no types"],
    [
      "types that come too late",
      { manifest: { exports: { ".": { default: "./index.js", types: "./index.d.ts" } } } },
      "✗",
      "put types first",
    ],
    [
      "types that are not there",
      { manifest: { exports: { ".": { types: "./no.d.ts", default: "./index.js" } } } },
      "✗",
      "the types are not there: ./no.d.ts",
    ],
    ["no engines", { manifest: { engines: undefined } }, "⚠", 'add "engines"'],
    ["another Node.js", { manifest: { engines: { node: ">=99" } } }, "✗", "it needs Node.js >=99"],
    [
      "a peer in another version",
      { manifest: { peerDependencies: { "@kreuz/router": "^9.0.0" } } },
      "✗",
      "it was made for @kreuz/router ^9.0.0, and this is 0.",
    ],
    [
      "a range that is none",
      { manifest: { peerDependencies: { "@kreuz/router": "latest?" } } },
      "✗",
      "the range of @kreuz/router is none",
    ],
    [
      "a dependency that should be a peer",
      { manifest: { dependencies: { "@kreuz/codec": "^0.1.0" } } },
      "✗",
      "move it to peerDependencies",
    ],
    [
      "an import that is not declared",
      { manifest: { peerDependencies: {} }, files: { "other.js": 'import "@kreuz/session";' } },
      "✗",
      "it imports @kreuz/session, which its package.json does not name",
    ],
    [
      "a copy of its own",
      {
        target: "@acme/copied",
        files: {
          "node_modules/@acme/copied/package.json": JSON.stringify({ ...MANIFEST, name: "@acme/copied" }),
          "node_modules/@acme/copied/index.js": GREETER,
          "node_modules/@acme/copied/index.d.ts": "",
          "node_modules/@acme/copied/node_modules/@kreuz/codec/package.json": '{ "name": "@kreuz/codec" }',
        },
      },
      "✗",
      "it has a copy of @kreuz/codec of its own",
    ],
    ["no extension", { code: "export const answer = 42;" }, "✗", "it exports no extension"],
    [
      "a plain function",
      { code: "export const greeter = () => ({ name: 'x', setup() {} });" },
      "⚠",
      "it exports no definition, only greeter",
    ],
    ["a syntax error", { code: "export const = 1;" }, "✗", "cannot load"],
    [
      "another version of the contract",
      { code: 'export const x = Object.assign(() => {}, { kind: "plugin", api: 2 });' },
      "✗",
      "version 2 of the contract",
    ],
    [
      "a kind that is misspelled",
      {
        code: `import { defineExtension } ${CODEC}; export const x = defineExtension("plugn", { name: "x", create: () => ({}) });`,
      },
      "⚠",
      "did you mean plugin?",
    ],
    [
      "options that are no schema",
      {
        code: 'export const x = Object.assign(() => ({ name: "x", setup() {} }), { kind: "plugin", api: 1, options: {} });',
      },
      "✗",
      "its options are no Standard Schema",
    ],
    [
      "an example that does not fit",
      { code: GREETER.replace('"Moin"', "7") },
      "✗",
      "its example does not fit: options.greeting: expected a text",
    ],
    ["no example", { code: GREETER.replace('example: { greeting: "Moin" },', "") }, "⚠", "it has no example"],
    [
      "something opened too early",
      {
        code: GREETER.replace(
          "() => ({ setup() {} })",
          "() => (globalThis.opened ??= setInterval(() => {}, 60_000), { setup() {} })",
        ),
      },
      "✗",
      "✗ making it opens Timeout;",
    ],
    [
      "something opened too early while something else ends",
      {
        code: `
          import { definePlugin } ${ROUTER};
          const before = setInterval(() => {}, 60_000);
          const validate = (value) => (clearInterval(before), { value });
          const options = { "~standard": { version: 1, vendor: "x", validate } };
          const create = () => (globalThis.openedMeanwhile ??= setInterval(() => {}, 60_000), { setup() {} });
          export const x = definePlugin({ name: "x", options, example: {}, create });`,
      },
      "✗",
      "making it opens Timeout",
    ],
    ["an object that lacks a method", { code: GREETER.replace("setup() {}", "") }, "✗", "did not return a plugin"],
    [
      "a schema that takes anything",
      {
        code: `import { defineExtension } ${CODEC}; export const x = defineExtension("plugin", { name: "x", example: {}, options: { "~standard": { version: 1, vendor: "x", validate: (value) => ({ value }) } }, create: () => ({ name: "x", setup() {} }) });`,
      },
      "✗",
      "it takes options that it does not know",
    ],
  ])("tells of %s", async (_, project, mark, message) => {
    const { exitCode, text, marked } = await check(project);
    expect(marked(mark).join("\n"), text).toContain(message);
    if (mark === "✗") expect(exitCode).toBe(1);
    else expect([exitCode, marked("✗")]).toEqual([0, []]);
  });
});
