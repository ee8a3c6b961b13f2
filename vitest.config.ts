import { defineConfig, type TestProjectConfiguration } from "vitest/config";

// Tests run from the sources of every package, found by this condition in their `exports`.
const conditions = ["@kreuz/source", "node", "module", "import", "default"];

function project(name: string, test: { include: string[]; testTimeout: number; globalSetup?: string }) {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: { name, environment: "node", ...test },
  } satisfies TestProjectConfiguration;
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project("unit", {
        include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts"],
        testTimeout: 10_000,
      }),
      project("tests", {
        include: ["tests/src/**/*.test.ts"],
        testTimeout: 30_000,
        globalSetup: "./scripts/build-for-tests.mjs",
      }),
    ],
  },
});
