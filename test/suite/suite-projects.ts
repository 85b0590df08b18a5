// The test projects: which files each holds, and how long a file takes, so that the longest starts first and shards
// come out even. Not here: how vitest runs them (vitest.config.ts), the parts of `npm test` (run-suite.ts).

/** In the order in which `npm test` runs them. */
export const projectFiles = {
  /** Beside the source, no Docker. */
  'unit': [
    'src/**/*.test.ts',
    'cli/**/*.test.ts',
    'scenarios/**/*.test.ts',
    'bench/**/*.test.ts',
    'test/*.test.ts',
    'test/golden/**/*.test.ts',
    'test/fakes/**/*.test.ts',
    'test/suite/**/*.test.ts',
    'test/generated/**/*.test.ts',
  ],
  /** Whole processes, the package, and the router on servers without Patroni. */
  'integration': ['test/integration/**/*.test.ts'],
  /** Whole labs that bear no load; much of their time is waiting, which two share. */
  'e2e': ['test/e2e/*.test.ts'],
  /** Whole labs under load, whose times are judged: nothing else runs beside them. */
  'e2e-timed': ['test/e2e/timed/*.test.ts'],
  /** What does not fit into the time of `npm test`: .github/workflows/nightly.yml runs it. */
  'e2e-nightly': ['test/e2e/nightly/*.test.ts'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type ProjectName = keyof typeof projectFiles

/** How many files run side by side. */
export const workersOf = {'integration': 2, 'e2e': 2, 'e2e-timed': 1, 'e2e-nightly': 1} as const

/**
 * Seconds that a file took with another one beside it on two cores, rounded; only their proportions matter. A project
 * of which no file is here starts in the order that vitest remembers.
 */
export const expectedSeconds: Readonly<Record<string, number>> = {
  'test/integration/shards/move.test.ts': 340,
  'test/integration/router/sweep.test.ts': 305,
  'test/e2e/timed/shards.test.ts': 210,
  'test/e2e/backups-verify.test.ts': 205,
  'test/e2e/copy.test.ts': 200,
  'test/e2e/backups.test.ts': 200,
  'test/e2e/lab.test.ts': 175,
  'test/e2e/rewind.test.ts': 170,
  'test/e2e/around.test.ts': 165,
  'test/e2e/bad-luck.test.ts': 160,
  'test/e2e/timed/drills-restored.test.ts': 115,
  'test/e2e/timed/failover.test.ts': 110,
  'test/e2e/restore-target.test.ts': 110,
  'test/integration/shards/transactions-crash.test.ts': 90,
  'test/e2e/timed/failover-controls.test.ts': 90,
  'test/integration/shards/map.test.ts': 80,
  'test/e2e/timed/shards-scenarios.test.ts': 70,
  'test/integration/router/pool-surface.test.ts': 68,
  'test/integration/shards/pool-differential.test.ts': 60,
  'test/integration/shards/gather-failures.test.ts': 55,
  'test/integration/contract.test.ts': 55,
  'test/integration/shards/migrate.test.ts': 50,
  'test/integration/router/writes-seen.test.ts': 50,
  'test/integration/router/bad-input.test.ts': 50,
  'test/integration/backup/verify-server.test.ts': 45,
  'test/integration/shards/fence.test.ts': 45,
  'test/integration/lab/archive-wal.test.ts': 45,
  'test/integration/shards/transactions.test.ts': 40,
  'test/integration/shards/barrier.test.ts': 40,
  'test/integration/router/unknown-outcome.test.ts': 38,
  'test/integration/router/what-differs.test.ts': 36,
  'test/integration/shards/sharded-pool.test.ts': 36,
  'test/integration/lab/rekey.test.ts': 35,
  'test/e2e/timed/side-by-side.test.ts': 30,
  'test/integration/router/one-node.test.ts': 27,
  'test/integration/shards/gather-order.test.ts': 22,
  'test/integration/router/servers.test.ts': 22,
  'test/integration/router/what-the-client-saw.test.ts': 21,
  'test/integration/router/statement-errors.test.ts': 20,
  'test/integration/router/recovery-conflicts.test.ts': 20,
  'test/integration/shards/reconcile.test.ts': 20,
  'test/integration/router/failover.test.ts': 15,
  'test/integration/router/routing.test.ts': 14,
  'test/integration/router/sharing.test.ts': 13,
  'test/integration/router/orms/knex.test.ts': 10,
}

/** Of a file that the table does not know. */
const unknownSeconds = 5

export const secondsOf = (path: string): number => expectedSeconds[path] ?? unknownSeconds
