// Holds the floors of docs/architecture.md: what each package may import, in its code and in its package.json.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

interface Floor {
  /** Packages of ours that the published code may import. */
  readonly imports: readonly string[];
  /** Third-party packages it may import. */
  readonly thirdParty?: readonly string[];
  /** May use Node's modules. Everything else runs in a browser too. */
  readonly node?: true;
}

const PLUGIN: Floor = { imports: ["@kreuz/codec", "@kreuz/router"] };

const FLOORS: Readonly<Record<string, Floor>> = {
  "packages/codec": { imports: [], thirdParty: ["cbor-x", "msgpackr"] },
  "packages/testkit": { imports: ["@kreuz/codec"] },
  "packages/transport-memory": { imports: ["@kreuz/codec"] },
  "packages/transport-node": { imports: ["@kreuz/codec"], thirdParty: ["ws"], node: true },
  "packages/router": { imports: ["@kreuz/codec"] },
  "packages/session-meta": PLUGIN,
  "packages/registry-meta": PLUGIN,
  "packages/testament": PLUGIN,
  "packages/event-history": PLUGIN,
  "packages/event-history-lmdb": {
    imports: ["@kreuz/codec", "@kreuz/event-history", "@kreuz/router"],
    thirdParty: ["lmdb"],
    node: true,
  },
  "packages/rbac": PLUGIN,
  "packages/auth": { ...PLUGIN, thirdParty: ["@noble/curves", "@noble/hashes"] },
  "apps/router": {
    imports: [
      "@kreuz/auth",
      "@kreuz/codec",
      "@kreuz/event-history",
      "@kreuz/rbac",
      "@kreuz/registry-meta",
      "@kreuz/router",
      "@kreuz/session-meta",
      "@kreuz/testament",
      "@kreuz/transport-memory",
      "@kreuz/transport-node",
    ],
    thirdParty: ["commander", "pino", "pino-pretty", "yaml", "zod"],
    node: true,
  },
};

/** Tests beside the sources, and their helpers in `src/testing` and `src/vectors`, may use these as well, and whatever their package's own code may. */
const FOR_TESTS = ["vitest", "fast-check", "@kreuz/codec", "@kreuz/testkit", "@kreuz/transport-memory"];

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

test("every package has its floor", async () => {
  const folders: string[] = [];
  for (const parent of ["packages", "apps"]) {
    for (const name of await readdir(join(ROOT, parent))) folders.push(`${parent}/${name}`);
  }
  expect(folders.toSorted()).toEqual(Object.keys(FLOORS).toSorted());
});

describe.each(Object.entries(FLOORS))("%s", (folder, floor) => {
  const allowed = [...floor.imports, ...(floor.thirdParty ?? [])];

  test("imports only from floors below", async () => {
    const { name } = await manifestOf(folder);
    const forbidden: string[] = [];
    for (const file of await sourcesOf(folder)) {
      const isTest = file.endsWith(".test.ts") || /^(?:testing|vectors)\//.test(file);
      for (const specifier of importsOf(await readFile(join(ROOT, folder, "src", file), "utf8"))) {
        if (staysInside(file, specifier)) continue;
        if (specifier.startsWith("node:") && (floor.node || isTest)) continue;
        const target = packageOf(specifier);
        if (allowed.includes(target)) continue;
        if (isTest && (target === name || FOR_TESTS.includes(target))) continue;
        forbidden.push(`${folder}/src/${file} imports ${specifier}`);
      }
    }
    expect(forbidden).toEqual([]);
  });

  test("depends only on floors below", async () => {
    const { dependencies = {}, peerDependencies = {} } = await manifestOf(folder);
    const named = Object.keys({ ...dependencies, ...peerDependencies });
    expect(named.filter((name) => !allowed.includes(name))).toEqual([]);
  });
});

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(ROOT, folder, "package.json"), "utf8")) as Manifest;
}

async function sourcesOf(folder: string): Promise<string[]> {
  const files = await readdir(join(ROOT, folder, "src"), { recursive: true });
  return files.filter((file) => file.endsWith(".ts")).map((file) => file.replaceAll("\\", "/"));
}

/** What `import`, `export … from`, `import()` and `import("…").Type` name, comments aside. */
function importsOf(source: string): string[] {
  const code = source.replaceAll(/\/\*.*?\*\/|^\s*\/\/.*$/gms, "");
  const pattern =
    /(?:^|;)\s*(?:import|export)\b[^"'`;]*?\bfrom\s*["']([^"']+)["']|(?:^|;)\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;
  return Array.from(code.matchAll(pattern), ([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? "");
}

/** A relative import that does not climb out of `src`. */
function staysInside(file: string, specifier: string): boolean {
  if (!specifier.startsWith(".")) return false;
  const depth = file.split("/").length - 1;
  return specifier.split("/").filter((part) => part === "..").length <= depth;
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
}
