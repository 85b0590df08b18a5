// The migrations of a set of databases, in step. Invariants: nothing is touched before all targets are reached, idle
// and the same as far as they have come; the first migration that fails anywhere is the last one that is tried; what
// a run did is told for each shard, and running again goes on from there. Not here: what is due (plan-migrations.ts),
// one migration on one target (run-migration.ts).
import {messageOf, ShardError} from '../shard-error.ts'
import {findDrift, type Drift} from './find-drift.ts'
import {migrationFailure, type MigrationFailure} from './migration-failure.ts'
import {orderedMigrations, type Migration} from './migration-file.ts'
import {makeLedger, readLedger} from './migration-ledger.ts'
import {defaultLimits, type MigrationLimits} from './migration-limits.ts'
import type {MigrationSession, MigrationTarget} from './migration-session.ts'
import {refusal, takeRunLock, withSessions} from './open-sessions.ts'
import {
  finished,
  planMigrations,
  type MigrationPlan,
  type MigrationStep,
  type TargetHistory,
} from './plan-migrations.ts'
import {runMigration} from './run-migration.ts'
import {readSchema} from './schema-snapshot.ts'

/** How migrations are applied. */
export interface ApplyOptions {
  /** Bounds of each step. */
  readonly limits?: Partial<MigrationLimits>
  /** Cuts all connections; servers roll back what is under way. */
  readonly signal?: AbortSignal
  /** Idempotent SQL that goes before all migrations, each time: shardsSchema() where tables are sharded. */
  readonly prelude?: string
  /** What happens, as it happens. */
  readonly onProgress?: (progress: MigrationProgress) => void
}

/** What is going on, for people. */
export interface MigrationProgress {
  /** By name. */
  readonly shard: string
  /** By the name of its file. */
  readonly migration: string
  /** `waits`: it met a lock and is tried again. */
  readonly what: 'applied' | 'failed' | 'waits'
  /** PostgreSQL's words where it failed or waits. */
  readonly message: string
}

/** What became of one shard. */
export interface ShardReport {
  /** By name. */
  readonly shard: string
  /** By this run, in order. */
  readonly applied: readonly string[]
  /** Before it. */
  readonly skipped: readonly string[]
  /** Still to be applied. */
  readonly pending: readonly string[]
  /** Why it stopped; null: it did not. */
  readonly failure: MigrationFailure | null
}

/** What became of it. */
export interface MigrationsReport {
  /** `drift`: the shards differ, though they have applied the same. */
  readonly outcome: 'applied' | 'failed' | 'drift'
  /** In order of their names. */
  readonly shards: readonly ShardReport[]
  /** In what the shards differ; null: in nothing. */
  readonly drift: Drift | null
}

/** What each shard has. */
export interface MigrationsStatus {
  /** Each with what it has. */
  readonly shards: readonly {
    readonly shard: string
    readonly applied: readonly string[]
    /** Outside a transaction, and cut off; also pending. */
    readonly begun: readonly string[]
    readonly pending: readonly string[]
  }[]
  /** Contradictions between files and shards; a run would be refused. */
  readonly refusals: MigrationPlan['refusals']
  /** Between shards that have applied the same. */
  readonly drift: Drift | null
}

/**
 * What is applied and what is due; changes nothing. MIGRATION_REFUSED when a target cannot be reached or is a standby;
 * CONFIG_INVALID for targets or files that cannot be.
 */
export async function migrationStatus(
  targets: readonly MigrationTarget[],
  files: readonly Migration[],
  {limits, signal}: Pick<ApplyOptions, 'limits' | 'signal'> = {},
): Promise<MigrationsStatus> {
  const ordered = orderedMigrations(files)
  return withSessions(targets, {...defaultLimits, ...limits}, signal, async sessions => {
    const histories = await readHistories(sessions)
    return {
      shards: histories.map(({target, applied}) => ({
        shard: target,
        applied: [...finished(applied)],
        begun: applied.filter(({isFinished}) => !isFinished).map(({name}) => name),
        pending: ordered.map(({name}) => name).filter(name => !finished(applied).has(name)),
      })),
      refusals: planMigrations(ordered, histories).refusals,
      drift: await compare(sessions, histories),
    }
  })
}

/**
 * Applies what is due, on all targets at the same time, one migration after the other. What failed is told in the
 * report. MIGRATION_REFUSED, with nothing applied, when a target cannot be reached, another run is at work, files and
 * targets contradict each other, or targets that have applied the same differ (`detail.reason`). SHARD_FAILED when a
 * target is lost before the first migration or while they are compared at the end.
 */
export async function applyMigrations(
  targets: readonly MigrationTarget[],
  files: readonly Migration[],
  options: ApplyOptions = {},
): Promise<MigrationsReport> {
  const ordered = orderedMigrations(files)
  const limits = {...defaultLimits, ...options.limits}
  return withSessions(targets, limits, options.signal, async sessions => {
    await takeRunLock(sessions, limits)
    const before = await readHistories(sessions)
    const plan = planMigrations(ordered, before)
    const [refused] = plan.refusals
    if (refused !== undefined)
      throw refusal(
        refused.reason,
        plan.refusals.map(({message}) => message).join('; '),
        plan.refusals.map(({target}) => target),
      )
    await Promise.all(sessions.map(session => prepare(session, options.prelude ?? '', limits)))
    const found = await compare(sessions, before)
    if (found !== null)
      throw refusal('DRIFT', `${found.message}; nothing was applied: make them the same first`, [
        found.left,
        found.right,
      ])
    return carryOut(plan, {sessions, limits, before, files: ordered, options})
  })
}

interface Run {
  readonly sessions: readonly MigrationSession[]
  readonly limits: MigrationLimits
  readonly before: readonly TargetHistory[]
  readonly files: readonly Migration[]
  readonly options: ApplyOptions
}

async function carryOut({steps}: MigrationPlan, run: Run): Promise<MigrationsReport> {
  const done = new Map(run.sessions.map(({target}) => [target, [] as string[]]))
  const failures = new Map<string, MigrationFailure>()
  const report = (outcome: MigrationsReport['outcome'], drift: Drift | null): MigrationsReport => ({
    outcome,
    drift,
    shards: run.before.map(({target, applied}) => {
      const skipped = [...finished(applied)]
      const own = done.get(target) ?? []
      const pending = run.files.map(({name}) => name).filter(name => !skipped.includes(name) && !own.includes(name))
      return {shard: target, applied: own, skipped, pending, failure: failures.get(target) ?? null}
    }),
  })
  let isCompared = steps[0]?.isLevel !== false
  for (const step of steps) {
    if (step.isLevel && !isCompared) {
      const drift = await compareAll(run.sessions)
      if (drift !== null) return report('drift', drift)
      isCompared = true
    }
    for (const {target, failure} of await takeStep(step, run))
      if (failure === null) done.get(target)?.push(step.migration.name)
      else failures.set(target, failure)
    if (failures.size > 0) return report('failed', null)
  }
  const drift = await compareAll(run.sessions)
  return report(drift === null ? 'applied' : 'drift', drift)
}

async function takeStep(
  {migration, targets}: MigrationStep,
  {sessions, limits, options: {signal, onProgress}}: Run,
): Promise<readonly {readonly target: string; readonly failure: MigrationFailure | null}[]> {
  return Promise.all(
    sessions
      .filter(({target}) => targets.includes(target))
      .map(async session => {
        const tell = (what: MigrationProgress['what'], message: string): void =>
          onProgress?.({shard: session.target, migration: migration.name, what, message})
        const failure = await runMigration({
          session,
          migration,
          limits,
          signal,
          onRetry: error => tell('waits', messageOf(error)),
        })
        tell(failure === null ? 'applied' : 'failed', failure?.message ?? '')
        return {target: session.target, failure}
      }),
  )
}

/** What is this library's own, before the first migration. */
async function prepare(session: MigrationSession, prelude: string, limits: MigrationLimits): Promise<void> {
  try {
    await makeLedger(session, limits.replyMs)
    if (prelude === '') return
    await session.script(`BEGIN; SET LOCAL lock_timeout = ${limits.lockMs}`, limits.replyMs)
    await session.script(prelude, limits.migrationMs)
    await session.rows('COMMIT')
    await session.settle()
  } catch (error) {
    const {message} = migrationFailure(error, {migration: '', sql: prelude, outcome: 'not-applied', tries: 1})
    throw new ShardError(
      'SHARD_FAILED',
      `${session.target}: what migrations build on could not be made: ${message}; no migration was applied: run ` +
        'it again',
      {shard: session.target, cause: error},
    )
  }
}

async function readHistories(sessions: readonly MigrationSession[]): Promise<readonly TargetHistory[]> {
  return Promise.all(sessions.map(async session => ({target: session.target, applied: await readLedger(session)})))
}

/** Those that have come as far as each other. */
async function compare(
  sessions: readonly MigrationSession[],
  histories: readonly TargetHistory[],
): Promise<Drift | null> {
  const levels = new Map(
    histories.map(({target, applied}) => [
      target,
      [...finished(applied), applied.every(({isFinished}) => isFinished)].join(),
    ]),
  )
  return findDrift(
    await Promise.all(
      sessions.map(async session => ({
        shard: session.target,
        level: levels.get(session.target) ?? '',
        schema: await readSchema(session),
      })),
    ),
  )
}

/** After a part of the run: a target that is lost now has applied what the report of the next run will tell. */
async function compareAll(sessions: readonly MigrationSession[]): Promise<Drift | null> {
  try {
    return await compare(sessions, [])
  } catch (error) {
    throw new ShardError(
      'SHARD_FAILED',
      'what was due is applied, and the schemas could not be compared: run it again, which only compares',
      {outcome: 'unknown', cause: error},
    )
  }
}
