// Tests what each package may import and depend on, as docs/architecture.md describes. See rooms.test.ts for the folders
// inside packages.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { importsOf, isForTests, packageFolders, ROOT, sourcesOf } from "./sources.js";

interface Floor {
  /** The packages of this repository that the published code may import. */
  readonly imports: readonly string[];
  /** The third-party packages that it may import. */
  readonly thirdParty?: readonly string[];
  /** Whether it may use Node's modules. All other packages also run in browsers. */
  readonly node?: true;
}

const PLUGIN: Floor = { imports: ["@kreuz/codec", "@kreuz/router"] };

const FLOORS: Readonly<Record<string, Floor>> = {
  "packages/codec": { imports: [], thirdParty: [] },
  "packages/testkit": { imports: ["@kreuz/codec"] },
  "packages/plugin-testkit": {
    imports: ["@kreuz/codec", "@kreuz/router", "@kreuz/testkit", "@kreuz/transport-memory"],
  },
  "packages/create-kreuz-plugin": { imports: [], thirdParty: [], node: true },
  "packages/client": {
    imports: ["@kreuz/codec", "@kreuz/session", "@kreuz/transport-node"],
    thirdParty: ["@noble/hashes"],
  },
  "packages/session": { imports: ["@kreuz/codec"], thirdParty: [] },
  "packages/transport-memory": { imports: ["@kreuz/codec"] },
  "packages/transport-node": { imports: ["@kreuz/codec"], thirdParty: ["ws"], node: true },
  "packages/router": { imports: ["@kreuz/codec", "@kreuz/session"] },
  "packages/cluster": { imports: ["@kreuz/codec", "@kreuz/router", "@kreuz/testkit"], thirdParty: [] },
  "packages/cluster-nats": {
    imports: ["@kreuz/cluster", "@kreuz/codec", "@kreuz/event-history", "@kreuz/router"],
    thirdParty: ["@nats-io/jetstream", "@nats-io/kv", "@nats-io/transport-node"],
    node: true,
  },
  "packages/cluster-unix": {
    imports: ["@kreuz/cluster", "@kreuz/codec", "@kreuz/router"],
    thirdParty: [],
    node: true,
  },
  "packages/session-meta": PLUGIN,
  "packages/registry-meta": PLUGIN,
  "packages/testament": PLUGIN,
  "packages/event-history": PLUGIN,
  "packages/payload-schema": { ...PLUGIN, thirdParty: ["ajv"] },
  "packages/lmdb-folder": { imports: ["@kreuz/codec"], thirdParty: [], node: true },
  "packages/event-history-lmdb": {
    imports: ["@kreuz/codec", "@kreuz/event-history", "@kreuz/lmdb-folder", "@kreuz/router"],
    thirdParty: ["lmdb"],
    node: true,
  },
  "packages/cookie-journal-lmdb": {
    imports: ["@kreuz/auth", "@kreuz/codec", "@kreuz/lmdb-folder"],
    thirdParty: ["lmdb"],
    node: true,
  },
  "packages/rbac": PLUGIN,
  "packages/admin": PLUGIN,
  // Only what serves the page uses Node; the page is compiled without it.
  "packages/console": {
    imports: ["@kreuz/admin", "@kreuz/client"],
    thirdParty: ["@preact/signals", "preact"],
    node: true,
  },
  "packages/metrics": { ...PLUGIN, thirdParty: ["prom-client"], node: true },
  "packages/auth": { ...PLUGIN, thirdParty: ["@noble/curves", "@noble/hashes"] },
  "apps/router": {
    imports: [
      "@kreuz/admin",
      "@kreuz/auth",
      "@kreuz/client",
      "@kreuz/cluster",
      "@kreuz/cluster-nats",
      "@kreuz/cluster-unix",
      "@kreuz/codec",
      "@kreuz/console",
      "@kreuz/event-history",
      "@kreuz/metrics",
      "@kreuz/rbac",
      "@kreuz/registry-meta",
      "@kreuz/router",
      "@kreuz/session-meta",
      "@kreuz/testament",
      "@kreuz/transport-memory",
      "@kreuz/transport-node",
    ],
    thirdParty: ["@noble/hashes", "commander", "pino", "pino-pretty", "semver", "yaml", "zod"],
    node: true,
  },
};

/** The packages that tests and their helpers in `src/testing` and `src/vectors` may import, beside all of their own package. */
const FOR_TESTS = [
  "vitest",
  "fast-check",
  "@kreuz/codec",
  "@kreuz/testkit",
  "@kreuz/plugin-testkit",
  "@kreuz/transport-memory",
];

test("every package has a floor", async () => {
  expect((await packageFolders()).toSorted()).toEqual(Object.keys(FLOORS).toSorted());
});

describe.each(Object.entries(FLOORS))("%s", (folder, floor) => {
  const allowed = [...floor.imports, ...(floor.thirdParty ?? [])];

  test("imports only from floors below", async () => {
    const { name } = await manifestOf(folder);
    const forbidden: string[] = [];
    for (const file of await sourcesOf(folder)) {
      const isTest = isForTests(file);
      for (const specifier of await importsOf(folder, file)) {
        if (staysInside(isTest ? `src/${file}` : file, specifier)) continue;
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

/** Whether a specifier is relative and does not leave the folder that `file` is relative to. */
function staysInside(file: string, specifier: string): boolean {
  if (!specifier.startsWith(".")) return false;
  const depth = file.split("/").length - 1;
  return specifier.split("/").filter((part) => part === "..").length <= depth;
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
}
