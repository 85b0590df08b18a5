// Sessions on all targets, or on none. Invariants: nothing is touched before all targets are reachable primaries, each
// another database; two runs never work on one target at once. Not here: what is done then (apply-migrations.ts).
import {messageOf, ShardError} from '../shard-error.ts'
import type {MigrationLimits} from './migration-limits.ts'
import {sqlStateOf} from './migration-failure.ts'
import {MigrationSession, type MigrationTarget} from './migration-session.ts'

/** Why a run was refused with the shards as they were; `detail.reason` of a MIGRATION_REFUSED. */
export type RefusalReason =
  'UNREACHABLE' | 'STANDBY' | 'BUSY' | 'CHANGED' | 'MISSING' | 'ORDER' | 'DRIFT' | 'NO_PARTMAN'

/** MIGRATION_REFUSED. */
export function refusal(
  reason: RefusalReason,
  message: string,
  shards: readonly string[],
  cause?: unknown,
): ShardError {
  const shard = shards.length === 1 ? (shards[0] ?? null) : null
  return new ShardError('MIGRATION_REFUSED', message, {shard, detail: {reason, shards}, cause})
}

/**
 * Does `work` with a session per target, in the order of their names, and ends them. MIGRATION_REFUSED when not all can
 * be had; CONFIG_INVALID when two are the same database; ABORTED when `signal` was aborted before `work` began.
 */
export async function withSessions<T>(
  targets: readonly MigrationTarget[],
  limits: MigrationLimits,
  signal: AbortSignal | undefined,
  work: (sessions: readonly MigrationSession[]) => Promise<T>,
): Promise<T> {
  const sessions = await openAll(targets, limits, signal)
  try {
    await requirePrimaries(sessions)
    return await work(sessions)
  } catch (error) {
    if (signal?.aborted !== true || error instanceof ShardError) throw error
    throw aborted(error)
  } finally {
    await Promise.all(sessions.map(session => session.end()))
  }
}

async function openAll(
  targets: readonly MigrationTarget[],
  limits: MigrationLimits,
  signal?: AbortSignal,
): Promise<readonly MigrationSession[]> {
  const names = targets.map(({name}) => name)
  if (names.length === 0 || new Set(names).size < names.length)
    throw new ShardError(
      'CONFIG_INVALID',
      `migrations need one or more databases with different names, not ${names.join(', ') || 'none'}`,
    )
  const ordered = [...targets].sort((a, b) => (a.name < b.name ? -1 : 1))
  const opened = await Promise.allSettled(ordered.map(async target => MigrationSession.open(target, limits, signal)))
  const sessions = opened.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = opened.flatMap((one, index) =>
    one.status === 'rejected' ? [{name: ordered[index]?.name ?? '', reason: one.reason as unknown}] : [],
  )
  if (failed.length === 0) return sessions
  await Promise.all(sessions.map(session => session.end()))
  if (signal?.aborted === true) throw aborted(failed[0]?.reason)
  throw refusal(
    'UNREACHABLE',
    `not reached: ${failed.map(({name, reason}) => `${name} (${wordsOf(reason)})`).join(', ')}; nothing was ` +
      'changed on any: bring them back, then run it again',
    failed.map(({name}) => name),
    failed[0]?.reason,
  )
}

async function requirePrimaries(sessions: readonly MigrationSession[]): Promise<void> {
  const identities = await Promise.all(
    sessions.map(async session => {
      const [row] = await session.rows<{standby: boolean; identity: string}>(
        `SELECT pg_is_in_recovery() AS standby, (SELECT system_identifier FROM pg_control_system()) || ' ' || ` +
          'current_database() AS identity',
      )
      return {target: session.target, standby: row?.standby === true, identity: row?.identity ?? ''}
    }),
  )
  const standbys = identities.filter(({standby}) => standby).map(({target}) => target)
  if (standbys.length > 0)
    throw refusal(
      'STANDBY',
      `${standbys.join(', ')}: reached a standby, which takes no changes; name the primary`,
      standbys,
    )
  for (const [index, {target, identity}] of identities.entries()) {
    const twin = identities.slice(0, index).find(one => one.identity === identity)
    if (twin !== undefined)
      throw new ShardError('CONFIG_INVALID', `${twin.target} and ${target} are the same database: name each once`)
  }
}

/** In the key space of single numbers, where hl_shards has none. */
const runKey = '5220418307'

/**
 * Until the sessions end. In the order of the names, so that two runs cannot wait for each other. MIGRATION_REFUSED,
 * with who has it, after `runMs`.
 */
export async function takeRunLock(sessions: readonly MigrationSession[], limits: MigrationLimits): Promise<void> {
  for (const session of sessions) {
    try {
      await session.script(
        `SET lock_timeout = ${limits.runMs}; SET statement_timeout = 0; SELECT pg_advisory_lock(${runKey})`,
        limits.runMs,
      )
    } catch (error) {
      if (sqlStateOf(error) !== '55P03') throw error
      throw refusal(
        'BUSY',
        `${session.target}: another run is at work (${await holder(session)}); nothing was changed: wait for it`,
        [session.target],
        error,
      )
    }
    await session.settle()
  }
}

async function holder(session: MigrationSession): Promise<string> {
  const [row] = await session.rows<{who: string}>(
    `SELECT format('%s, process %s, since %s', a.application_name, a.pid, to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) AS who
       FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND (l.classid::bigint << 32 | l.objid::bigint) = ${runKey}
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  )
  return row?.who ?? 'it has just ended'
}

const aborted = (cause: unknown): ShardError =>
  new ShardError('ABORTED', 'the run was aborted before it had begun; nothing was changed', {cause})

/** An attempt on several addresses fails with an empty message and the reasons inside. */
function wordsOf(reason: unknown): string {
  if (reason instanceof AggregateError && reason.message === '') return reason.errors.map(wordsOf).join(', ')
  return messageOf(reason)
}
