import { defineConfig } from 'vitest/config'

// Tests run from the sources of every package: nothing has to be built first.
const conditions = ['@kreuz/source']
const project = (name: string, include: string[], testTimeout: number) => ({
  resolve: { conditions: [...conditions, 'node', 'import', 'module', 'default'] },
  ssr: { resolve: { conditions: [...conditions, 'node', 'import', 'module', 'default'] } },
  test: { name, include, testTimeout, environment: 'node' as const },
})

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('unit', ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts'], 10_000),
      project('tests', ['tests/src/**/*.test.ts'], 30_000),
    ],
  },
})
