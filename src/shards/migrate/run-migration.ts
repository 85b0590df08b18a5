// One migration on one target. Invariants: in a transaction, it and the note of it are committed together or not at
// all, and only if the result keeps the rules of sharded tables; a lock is waited for briefly and often, never long;
// outside a transaction, what was cut off is cleared away before it is done again. Not here: which one is due
// (plan-migrations.ts).
import {migrationFailure, sqlStateOf, type MigrationFailure} from './migration-failure.ts'
import type {Migration} from './migration-file.ts'
import {allowCommit, leftInvalid, noteBegun, noteFinished} from './migration-ledger.ts'
import {pauseAfter, type MigrationLimits} from './migration-limits.ts'
import {pause, type MigrationSession} from './migration-session.ts'
import {readSharding} from './read-sharding.ts'
import {shardingViolations, type ShardingViolation} from './sharding-rules.ts'

export interface MigrationRun {
  readonly session: MigrationSession
  readonly migration: Migration
  readonly limits: MigrationLimits
  readonly signal?: AbortSignal | undefined
  /** A try met a lock, and another one follows. */
  readonly onRetry?: ((error: unknown, tried: number) => void) | undefined
}

/** lock_not_available, deadlock_detected, serialization_failure: the same again may go well. */
const worthAnotherTry: readonly (string | null)[] = ['55P03', '40P01', '40001']

/** The failure; null when it was applied. Never throws. */
export async function runMigration(run: MigrationRun): Promise<MigrationFailure | null> {
  const {session, migration, limits, signal} = run
  for (let tried = 1; ; tried += 1) {
    const step = {outcome: 'not-applied' as MigrationFailure['outcome']}
    try {
      await (migration.isTransactional ? inTransaction(run, step) : outsideTransaction(run, step))
      await session.settle()
      return null
    } catch (error) {
      await recover(run)
      const isLast =
        tried >= limits.lockTries || signal?.aborted === true || !worthAnotherTry.includes(sqlStateOf(error))
      const failure = migrationFailure(error, {
        migration: migration.name,
        sql: migration.sql,
        outcome: step.outcome,
        tries: tried,
      })
      if (isLast) return sqlStateOf(error) === '55P03' ? {...failure, detail: await lockHolders(session)} : failure
      run.onRetry?.(error, tried)
      // An abort shows in the next try, whose connection is cut.
      await pause(pauseAfter(tried, limits), signal).catch(() => undefined)
    }
  }
}

interface Step {
  outcome: MigrationFailure['outcome']
}

async function inTransaction({session, migration, limits}: MigrationRun, step: Step): Promise<void> {
  const {name, sql, checksum} = migration
  await session.script(
    `BEGIN; SET LOCAL lock_timeout = ${limits.lockMs}; SET LOCAL statement_timeout = ${limits.migrationMs}`,
    limits.replyMs,
  )
  await noteBegun(session, name, checksum)
  await session.rows(`SELECT set_config('hl_migrate.running', $1, true)`, [name])
  await session.script(sql, limits.migrationMs)
  const [own] = await session.rows<{running: string | null}>(
    `SELECT current_setting('hl_migrate.running', true) AS running`,
  )
  if (own?.running !== name) {
    step.outcome = 'unknown'
    throw new Error(
      'it ended its transaction by itself (ROLLBACK); what came after that was applied without a note: leave ' +
        'transactions to the run, and mend this by hand',
    )
  }
  throwViolations(await violations(session))
  await noteFinished(session, name)
  step.outcome = 'unknown'
  try {
    await session.rows('COMMIT')
  } catch (error) {
    if (wasRefused(error)) step.outcome = 'not-applied'
    throw error
  }
}

/** Its statement may wait for long transactions, which holds up nobody: the locks of CONCURRENTLY are weak. */
async function outsideTransaction({session, migration, limits}: MigrationRun, step: Step): Promise<void> {
  const {name, sql, checksum} = migration
  await note(session, name, () => noteBegun(session, name, checksum))
  await dropIndexes(session, await leftInvalid(session, name), limits)
  step.outcome = 'unknown'
  await session.script(`SET statement_timeout = ${limits.migrationMs}`, limits.replyMs)
  try {
    await session.statement(sql, limits.migrationMs)
  } catch (error) {
    if (wasRefused(error)) step.outcome = 'not-applied'
    throw error
  }
  const broken = await violations(session)
  await dropIndexes(
    session,
    broken.flatMap(({index}) => index ?? []),
    limits,
  )
  if (broken.length > 0) step.outcome = 'not-applied'
  throwViolations(broken)
  await note(session, name, () => noteFinished(session, name))
}

async function note(session: MigrationSession, name: string, write: () => Promise<void>): Promise<void> {
  await session.rows('BEGIN')
  await write()
  await allowCommit(session, name)
  await session.rows('COMMIT')
}

async function violations(session: MigrationSession): Promise<readonly ShardingViolation[]> {
  return shardingViolations(await readSharding(session))
}

function throwViolations(broken: readonly ShardingViolation[]): void {
  if (broken.length > 0) throw new Error(broken.map(({message}) => message).join('; '))
}

async function dropIndexes(
  session: MigrationSession,
  names: readonly string[],
  limits: MigrationLimits,
): Promise<void> {
  for (const name of names) await session.statement(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`, limits.migrationMs)
}

/**
 * Back to a session without a transaction. A connection that is gone fails the next try, and its transaction with it.
 */
async function recover({session, migration, limits}: MigrationRun): Promise<void> {
  try {
    await session.rows('ROLLBACK')
    await session.settle()
    if (!migration.isTransactional) await dropIndexes(session, await leftInvalid(session, migration.name), limits)
  } catch {
    // What went wrong first is what is told.
  }
}

/** Did the server answer, and live on? Then nothing was committed. */
function wasRefused(error: unknown): boolean {
  return sqlStateOf(error) !== null && !(error instanceof Error && 'severity' in error && error.severity === 'FATAL')
}

/**
 * Who has locks on tables here: one of them is in the way. Roles without pg_monitor see no times of others. A prepared
 * transaction keeps its locks until somebody decides it.
 */
async function lockHolders(session: MigrationSession): Promise<string | null> {
  const rows = await session
    .rows<{who: string}>(
      `SELECT format('process %s (%s%s)', a.pid, a.usename, ', for ' || extract(epoch FROM clock_timestamp() - a.xact_start)::int || ' s') AS who
         FROM pg_stat_activity a
        WHERE a.pid <> pg_backend_pid() AND a.pid IN (
          SELECT l.pid FROM pg_locks l WHERE l.granted AND l.locktype = 'relation' AND l.relation >= 16384
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
       UNION ALL
       SELECT format('prepared transaction %s, for %s s', gid, extract(epoch FROM clock_timestamp() - prepared)::int)
         FROM pg_prepared_xacts WHERE database = current_database()
       LIMIT 10`,
    )
    .catch(() => [])
  return rows.length === 0 ? null : `locks are held by ${rows.map(({who}) => who).join(', ')}`
}
