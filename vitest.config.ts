import { defineConfig, type TestProjectConfiguration } from "vitest/config";

// Tests run from the sources of every package, found by this condition in their `exports`.
const conditions = ["@kreuz/source", "node", "module", "import", "default"];

interface TestOptions {
  readonly include: string[];
  readonly exclude?: string[];
  readonly testTimeout: number;
  readonly globalSetup?: string;
}

function project(name: string, test: TestOptions): TestProjectConfiguration {
  const setupFiles = ["./scripts/property-seed.mjs"];
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: { name, environment: "node", setupFiles, ...test },
  };
}

const live = "tests/src/{interop,fuzz,leak,app}/**/*.test.ts";
// Clients that `pnpm interop` brings, and says so: the tests need nothing but Node.
const guests = process.env["KREUZ_PYTHON"] === undefined ? ["tests/src/interop/*-python.test.ts"] : [];

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      // Beside the sources: no network but loopback, no clock but a fake one.
      project("unit", {
        include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "bench/src/**/*.test.ts"],
        testTimeout: 10_000,
      }),
      // What the specification says, clause by clause, over the in-memory transport; and the rules of this repository.
      project("scenarios", { include: ["tests/src/**/*.test.ts"], exclude: [live], testTimeout: 10_000 }),
      // The running app, on loopback; it is built first.
      project("live", {
        include: [live],
        exclude: guests,
        testTimeout: 60_000,
        globalSetup: "./scripts/build-for-tests.mjs",
      }),
    ],
  },
});
