// Three projects, which npm test runs one after the other: unit (beside the source, no Docker, under a minute),
// integration (whole processes and the package, no lab), e2e (whole labs, one at a time). Unit tests share their
// modules, which halves their time: none may replace one (vi.mock) or leave global state behind.
import {defineConfig} from 'vitest/config'

export default defineConfig({
  test: {
    retry: 0,
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'cli/**/*.test.ts',
            'scenarios/**/*.test.ts',
            'test/*.test.ts',
            'test/golden/**/*.test.ts',
            'test/fakes/**/*.test.ts',
          ],
          testTimeout: 10_000,
          pool: 'threads',
          isolate: false,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
