import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { KINDS, type Kind } from "./kinds.js";
import { main } from "./main.js";
import { namesOf } from "./names.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kreuz-create-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

async function run(...args: readonly string[]) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const code = await main(args, { cwd: folder, stdin, stdout, stderr });
  return { code, out: String(stdout.read() ?? ""), err: String(stderr.read() ?? "") };
}

const read = (...path: readonly string[]): string => readFileSync(join(folder, ...path), "utf8");

describe.each(Object.keys(KINDS) as Kind[])("--kind %s", (kind) => {
  it("makes a project that asks nothing, and says the next three commands", async () => {
    const { code, out, err } = await run("@acme/order-check", "--kind", kind, "--author", "Jane Doe");
    expect([code, err]).toEqual([0, ""]);
    expect(out.split("\n").slice(-4)).toEqual(["  cd order-check", "  npm install", "  npm test", ""]);
    const files = (await readdir(join(folder, "order-check"), { recursive: true })).toSorted();
    for (const name of ["package.json", "tsconfig.json", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore"])
      expect(files).toContain(name);
    for (const name of ["src/index.ts", "test/order-check.ts", "example/kreuz.yaml", ".github/workflows/test.yml"])
      expect(files.map((file) => file.replaceAll("\\", "/"))).toContain(name);
    const all = files
      .filter((file) => /\.\w+$/.test(file) && !file.endsWith(".github"))
      .map((file) => read("order-check", file));
    expect(all.join("\n")).not.toMatch(/my-plugin(?!:)|myPlugin|my_plugin/);
    expect(read("order-check", "LICENSE")).toContain("Jane Doe");
  });

  it("declares what it needs of Kreuz as peers, with the versions that this package goes with", async () => {
    await run("order-check", "--kind", kind);
    const { peerDependencies, devDependencies, engines, exports } = JSON.parse(read("order-check", "package.json"));
    expect(Object.keys(peerDependencies)).toEqual(["@kreuz/codec", ...KINDS[kind].needs].toSorted());
    expect(devDependencies).toMatchObject(peerDependencies);
    expect(Object.keys(exports["."])).toEqual(["types", "default"]);
    expect(engines.node).toBe(">=20.19");
  });
});

describe("create-kreuz-plugin", () => {
  it("leaves a folder alone that has files in it", async () => {
    mkdirSync(join(folder, "taken"));
    writeFileSync(join(folder, "taken", "mine.txt"), "mine");
    const { code, err } = await run("taken", "--kind", "plugin");
    expect([code, await readdir(join(folder, "taken"))]).toEqual([1, ["mine.txt"]]);
    expect(err).toContain("taken is not empty; choose another name, or empty it");
  });

  it("takes an empty folder", async () => {
    mkdirSync(join(folder, "empty"));
    expect((await run("empty", "--kind", "plugin")).code).toBe(0);
  });

  it.each([
    [["Order Check", "--kind", "plugin"], '"Order Check" is no name for an npm package'],
    [["order-check", "--kind", "plugn"], "--kind: expected one of plugin, guard"],
    [["order-check", "--kind", "plugin", "--license", "GPL"], "--license: expected one of MIT, ISC, UNLICENSED"],
    [["order-check", "--kind", "plugin", "--ci", "x"], "--ci: expected one of github, gitlab, none"],
    [["order-check", "other", "--kind", "plugin"], "expected one name, got order-check other"],
    [["order-check"], "give --kind; see --help"],
    [["order-check", "--knid", "plugin"], "--knid"],
    [[], "give a name; see --help"],
  ])("refuses %j, and makes nothing", async (args, message) => {
    const { code, err } = await run(...args);
    expect([code, await readdir(folder)]).toEqual([1, []]);
    expect(err).toContain(message);
  });

  it("without a license and continuous integration, has no files for them, and stays private", async () => {
    await run("order-check", "--kind", "plugin", "--license", "UNLICENSED", "--ci", "none");
    const files = await readdir(join(folder, "order-check"));
    expect(files).not.toContain("LICENSE");
    expect(files).not.toContain(".github");
    expect(JSON.parse(read("order-check", "package.json"))).toMatchObject({ license: "UNLICENSED", private: true });
  });

  it.each([
    ["kreuz-plugin-audit", "kreuz-plugin-audit", "audit", "audit", "audit"],
    ["@acme/kreuz-order.check", "kreuz-order.check", "order-check", "orderCheck", "order_check"],
    ["2fa", "2fa", "plugin-2fa", "plugin2fa", "plugin_2fa"],
    ["kreuz-", "kreuz-", "kreuz", "kreuz", "kreuz"],
  ])("names the parts of %s", (given, folderName, kebab, camel, snake) => {
    expect(namesOf(given)).toEqual({ package: given, folder: folderName, kebab, camel, snake });
  });

  it("prints its help", async () => {
    const { code, out } = await run("--help");
    expect(code).toBe(0);
    for (const kind of Object.keys(KINDS)) expect(out).toContain(kind);
  });
});
