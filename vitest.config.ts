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

const live = "tests/src/{app,console,deploy,examples,fuzz,interop,leak}/**/*.test.ts";
// `pnpm interop` sets KREUZ_PYTHON when Autobahn|Python is available. All other tests need only Node.
const pythonTests = process.env["KREUZ_PYTHON"] === undefined ? ["tests/src/interop/*-python.test.ts"] : [];

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
      // The specification once more, with the parties of each scenario on two nodes that serve the realm together.
      project("two-nodes", {
        include: ["tests/src/{basic,advanced,meta,auth}/**/*.test.ts"],
        testTimeout: 60_000,
        isolate: false,
        setupFiles: ["./tests/src/support/two-nodes.ts"],
        env: { KREUZ_NODES: "2" },
      }),
      // The running app on loopback, which is built first.
      project("live", {
        include: [live],
        exclude: pythonTests,
        testTimeout: 300_000,
        globalSetup: "./scripts/build-for-tests.mjs",
      }),
    ],
  },
});
