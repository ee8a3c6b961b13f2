// Keeps the README true: compares its reference with the schema. checked-configs.test.ts runs its configs through the check.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCli } from "./cli/run-cli.js";
import { configJsonSchema } from "./config/config-schema.js";
import type { Schema } from "./testing/json-schema.js";
import { makeExtension } from "./run/make-extension.js";

const README = await readFile(new URL("../README.md", import.meta.url), "utf8");

test("the example plugin loads", async () => {
  const [, name = "", code = ""] = /^```js\n\/\/ (\S+)\n(.*?)^```/ms.exec(README) ?? [];
  const folder = await mkdtemp(join(tmpdir(), "kreuz-readme-"));
  try {
    await writeFile(join(folder, name), code);
    const { made } = await makeExtension({ package: `./${name}` }, ["plugin"], { folder, hidden: [] });
    expect(made).toMatchObject([{ name: "greeter" }]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

interface Setting {
  readonly key: string;
  readonly fallback: string;
  readonly meaning: string;
}

/** What is built in, where a package may stand in its place. */
function builtIn(schema: Schema): Schema {
  const { anyOf = [], ...shared } = schema;
  return anyOf.length > 1 && anyOf.at(-1)?.properties?.["package"] !== undefined ? { ...anyOf[0], ...shared } : schema;
}

/** Flattens a schema to its settings: `limits.uriLength`. */
function settingsOf(either: Schema, key = "", required = false): Setting[] {
  const schema = builtIn(either);
  const { properties, anyOf = [] } = schema;
  const items = schema.items && builtIn(schema.items);
  if (items?.properties !== undefined) return settingsOf(items, `${key}[]`);
  const nested = properties ?? anyOf.find((each) => each.properties !== undefined)?.properties;
  const inside = Object.entries(nested ?? {}).flatMap(([name, each]) =>
    settingsOf(each, key === "" ? name : `${key}.${name}`, isRequired(schema, name)),
  );
  if (nested !== undefined && anyOf.length === 0) return inside;
  const fallback = required ? "required" : "default" in schema ? defaultOf(schema.default) : "";
  return [{ key, fallback, meaning: schema.description ?? "" }, ...inside];
}

function isRequired({ required = [] }: Schema, name: string): boolean {
  return required.includes(name);
}

function defaultOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(", ");
  return typeof value === "object" ? "on" : String(value);
}

const rows = new Map(
  Array.from(README.matchAll(/^\| `([^`]+)` *\|(.*?)\|(.*)\|$/gm), ([, key = "", fallback = "", meaning = ""]) => [
    key,
    { key, fallback: fallback.trim().replaceAll("`", ""), meaning: meaning.trim().replaceAll("`", "") },
  ]),
);

const OVER_WAMP = [
  "call",
  "register",
  "publish",
  "subscribe",
  "sessions",
  "subscriptions",
  "registrations",
  "kill",
  "realms",
  "stats",
  "top",
  "bench",
  "profile",
];

test("the table of commands has every command with its options", async () => {
  const said = new Map(
    Array.from(README.matchAll(/^\| `kreuz (\w+)` *\|.*?\|(.*)\|$/gm), ([, name = "", options = ""]) => [
      name,
      Array.from(options.matchAll(/`(--[\w-]+)`/g), ([, option]) => option),
    ]),
  );
  const help = async (...args: string[]): Promise<string> => {
    let text = "";
    const stdout = { write: (part: string) => (text += part) };
    await runCli([...args, "--help"], { cwd: ".", env: {}, stdout, stderr: stdout });
    return text;
  };
  const names = Array.from((await help()).matchAll(/^ {2}(\w+) .*/gm), ([, name = ""]) => name);
  const commands = names.filter((name) => name !== "help");
  expect([...said.keys()].toSorted()).toEqual(commands.toSorted());
  const optionsOf = async (name: string): Promise<readonly (string | undefined)[]> =>
    Array.from((await help(name)).matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm), ([, option]) => option);
  // Those of all commands over WAMP have a table of their own.
  const shared = Array.from(README.matchAll(/^\| `(--[\w-]+)` *\|/gm), ([, option]) => option);
  expect(await optionsOf("call")).toEqual(expect.arrayContaining(shared));
  const isShared = (name: string): boolean => OVER_WAMP.includes(name);
  for (const name of commands) {
    const options = await optionsOf(name);
    expect({ name, options: said.get(name) }).toEqual({
      name,
      options: options.filter((option) => option !== "--help" && !(isShared(name) && shared.includes(option))),
    });
  }
});

/** Settings that are the same as others, and have one row that says so. */
const SAME: Readonly<Record<string, string>> = { "admin.auth": "realms[].auth", "admin.tls": "transports[].tls" };

/** The key under which the reference has a setting. */
function documentedKey(key: string): string {
  const same = Object.keys(SAME).find((prefix) => key.startsWith(`${prefix}.`));
  return same === undefined ? key : `${SAME[same]}${key.slice(same.length)}`;
}

describe("the reference has every setting with its default and meaning", () => {
  test.each(settingsOf(configJsonSchema() as Schema).filter(({ key }) => key !== "$schema"))("$key", (setting) => {
    const key = documentedKey(setting.key);
    expect(rows.get(key)).toEqual({ ...setting, key, meaning: setting.meaning.replaceAll("`", "") });
  });

  test.each(Object.entries(SAME))("%s says that it is like %s", (key, other) => {
    expect(rows.get(key)?.meaning).toContain(`as ${other}`);
  });
});
