import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { developmentConfig, findConfig, override, parsePort } from "./find-config.js";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kreuz-find-"));
});

afterEach(() => rm(folder, { recursive: true }));

function write(name: string, realm: string): Promise<void> {
  const config = { realms: [{ name: realm, auth: { anonymous: { role: "guest" } }, roles: [{ name: "guest" }] }] };
  return writeFile(join(folder, name), JSON.stringify(config));
}

async function realmOf(file?: string): Promise<string | undefined> {
  return (await findConfig(file, folder)).config.realms[0]?.name;
}

describe("the config is", () => {
  test("the development config if there is no file", async () => {
    const { source, config } = await findConfig(undefined, folder);
    expect(source.development).toBe(true);
    expect(config).toEqual(developmentConfig().config);
    expect(config.transports).toMatchObject([{ host: "127.0.0.1" }]);
  });

  test("a file of the folder, YAML before JSON", async () => {
    await write("kreuz.json", "from.json");
    expect(await realmOf()).toBe("from.json");
    await write("kreuz.yml", "from.yml");
    expect(await realmOf()).toBe("from.yml");
    await write("kreuz.yaml", "from.yaml");
    expect(await realmOf()).toBe("from.yaml");
  });

  test("the named file, relative to the folder, before all others", async () => {
    await write("kreuz.yaml", "from.yaml");
    await write("other.json", "from.other");
    expect(await realmOf("other.json")).toBe("from.other");
    expect((await findConfig("other.json", tmpdir()).catch(String)) as unknown).toContain("file not found");
  });
});

test("overrides change the first transport only", () => {
  const loaded = developmentConfig();
  const [transport] = loaded.config.transports;
  const two = loaded.with({ ...loaded.config, transports: [transport!, { ...transport!, port: 8081 }] });
  const { config, source } = override(two, { host: "0.0.0.0", port: 9000, logLevel: "warn" });
  expect(config.transports).toEqual([
    { ...transport, host: "0.0.0.0", port: 9000 },
    { ...transport, port: 8081 },
  ]);
  expect(config.log).toEqual({ level: "warn", format: "auto", trace: [] });
  expect(source.development).toBe(true);
  expect(override(loaded, {}).config).toEqual(loaded.config);
});

test.each(["", "http", "-1", "65536", "80.5", "1e3", " 80"])("rejects port %j", (text) => {
  expect(() => parsePort(text, "PORT")).toThrow(`PORT: expected a port from 0 to 65535, got ${JSON.stringify(text)}`);
});

test.each([
  ["0", 0],
  ["8080", 8080],
  ["65535", 65_535],
])("parses port %j", (text, port) => {
  expect(parsePort(text, "PORT")).toBe(port);
});
