import { defineConfig, type TestProjectConfiguration } from "vitest/config";

// Resolves the `exports` of every package to its sources, so that tests run without a build.
const conditions = ["@kreuz/source", "node", "module", "import", "default"];

interface TestOptions {
  readonly include: string[];
  readonly exclude?: string[];
  /** Ends a test that hangs. Long enough for a busy machine: no test depends on how fast it is. */
  readonly testTimeout: number;
  readonly globalSetup?: string;
  readonly setupFiles?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** False lets files share modules, which halves their time. Only for files that change nothing outside of themselves. */
  readonly isolate?: boolean;
}

function project(name: string, { setupFiles: own = [], ...test }: TestOptions): TestProjectConfiguration {
  const setupFiles = ["./scripts/property-seed.mjs", ...own];
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: { name, environment: "node", setupFiles, hookTimeout: test.testTimeout, ...test },
  };
}

/** What clients of others do together; the other tests of interop have one session at a time, or a router of their own. */
const SPREAD_INTEROP =
  "tests/src/interop/{advanced,auth-methods,endings,kreuz-client,payloads,pubsub,rawsocket,rpc,session-meta,trace-context}.test.ts";

const live = "tests/src/{app,console,deploy,examples,fuzz,interop,leak}/**/*.test.ts";
// `pnpm interop` sets KREUZ_PYTHON when Autobahn|Python is available. All other tests need only Node.
const pythonTests = process.env["KREUZ_PYTHON"] === undefined ? ["tests/src/interop/*-python.test.ts"] : [];

/** Projects whose tests run again with their parties at several places, and the value of KREUZ_SPREAD that says where. */
const SPREADS = [
  ["two-nodes", "nodes"],
  ["workers", "workers"],
] as const;

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      // Tests beside the sources: no network except loopback, and a fake clock. What a file replaces it restores.
      project("unit", {
        include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "bench/src/**/*.test.ts"],
        testTimeout: 60_000,
        isolate: false,
      }),
      // The specification, section by section, over the in-memory transport, and the rules of this repository.
      project("scenarios", {
        include: ["tests/src/**/*.test.ts"],
        exclude: [live],
        testTimeout: 60_000,
        isolate: false,
      }),
      // The same once more, with the parties of each scenario at two nodes that serve the realm together, or at two workers.
      ...SPREADS.map(([name, spread]) =>
        project(name, {
          include: ["tests/src/{basic,advanced,meta,auth,router,session}/**/*.test.ts"],
          testTimeout: 60_000,
          isolate: false,
          setupFiles: ["./tests/src/support/differences.ts"],
          env: { KREUZ_SPREAD: spread },
        }),
      ),
      // The running app on loopback, which is built first.
      project("live", {
        include: [live],
        exclude: pythonTests,
        testTimeout: 300_000,
        globalSetup: "./scripts/build-for-tests.mjs",
      }),
      ...SPREADS.map(([name, spread]) =>
        project(`live-${name}`, {
          include: [SPREAD_INTEROP],
          testTimeout: 300_000,
          globalSetup: "./scripts/build-for-tests.mjs",
          setupFiles: ["./tests/src/support/differences.ts"],
          env: { KREUZ_SPREAD: spread },
        }),
      ),
    ],
  },
});
