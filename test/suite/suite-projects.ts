// The test projects: which files each holds, and how long a file takes, so that the longest starts first and shards come
// out even. Not here: how vitest runs them (vitest.config.ts), the parts of `npm test` (run-suite.ts).

/** In the order in which `npm test` runs them. */
export const projectFiles = {
  /** Beside the source, no Docker. */
  'unit': [
    'src/**/*.test.ts',
    'cli/**/*.test.ts',
    'scenarios/**/*.test.ts',
    'test/*.test.ts',
    'test/golden/**/*.test.ts',
    'test/fakes/**/*.test.ts',
    'test/suite/**/*.test.ts',
  ],
  /** Whole processes, the package, and the router on servers without Patroni. */
  'integration': ['test/integration/**/*.test.ts'],
  /** Whole labs, two files side by side. */
  'e2e': ['test/e2e/*.test.ts'],
  /** Whole labs whose times are judged: nothing else runs beside them. */
  'e2e-timed': ['test/e2e/timed/*.test.ts'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type ProjectName = keyof typeof projectFiles

/** How many files run side by side. */
export const workersOf = {'integration': 2, 'e2e': 2, 'e2e-timed': 1} as const

/** Seconds that a file took on two cores, rounded; only their proportions matter. */
export const expectedSeconds: Readonly<Record<string, number>> = {
  'test/integration/contract.test.ts': 40,
  'test/integration/router/what-the-client-saw.test.ts': 60,
}

/** Of a file that the table does not know. */
const unknownSeconds = 20

export const secondsOf = (path: string): number => expectedSeconds[path] ?? unknownSeconds
