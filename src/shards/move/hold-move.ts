// Who runs a move: sessions to both sides, the lock that says that somebody is at work, the claim. Invariants: an order
// that cannot be is refused before a connection is made; the locks go with the sessions; whoever is taken over has lost
// his connections and, should he make others, his claim. Not here: what is run (moves.ts).
import {lockClass, moveLock} from '../map/advisory-locks.ts'
import {messageOf, ShardError} from '../shard-error.ts'
import {nowMs, pause} from '../time/pause.ts'
import {defaultThrottle} from './decide-throttle.ts'
import {applicationOf, type MoveLimits, type MoveProgress, type MoveSide} from './move-context.ts'
import type {MoveCluster} from './move-servers.ts'
import {MoveSession} from './move-session.ts'

/** Which groups go where. */
export interface MoveOrder {
  /** 0 to 63, each once. */
  readonly groups: readonly number[]
  /** The shard that owns them all. */
  readonly from: string
  /** The shard that will. */
  readonly to: string
}

/** How a move is run. */
export interface MoveOptions {
  /** Bounds; default defaultMoveLimits. */
  readonly limits?: Partial<MoveLimits>
  /** Stops it between two steps, or cuts a long one off; never inside a cutover. */
  readonly signal?: AbortSignal
  /** What happens, as it happens. What it gives is waited for before an effect, and only then. */
  readonly onProgress?: (progress: MoveProgress) => unknown
  /** Ends the connections of whoever runs it now. Only for a process that is dead and does not seem so. */
  readonly takeOver?: boolean
}

/** Where nothing else is said. */
export const defaultMoveLimits: MoveLimits = {
  // A pool asks every 5 s, and waits as long for the answer.
  leaseMs: 12_000,
  replyMs: 10_000,
  longMs: 3_600_000,
  copies: 4,
  copyPages: 8_192,
  deletePages: 128,
  catchUpMs: 3_600_000,
  cutoverMs: 500,
  lockMs: 200,
  // With pauses of 1, 2, 4, 8 and 16 s between them.
  cutoversMost: 6,
  cutoverPauseMs: 1_000,
  verifyRounds: 20,
  throttle: defaultThrottle,
}

/**
 * Does `work` with a session to each side, and ends them. MOVE_REFUSED for an order that cannot be, `detail.reason`:
 * SHARD_UNKNOWN, SAME_SHARD, GROUP_UNKNOWN; SHARD_FAILED where a side cannot be reached.
 */
export async function withSides<T>(
  cluster: MoveCluster,
  {from, to, groups}: MoveOrder,
  id: string,
  {limits: given = {}, signal}: MoveOptions,
  work: (source: MoveSide, destination: MoveSide, limits: MoveLimits) => Promise<T>,
): Promise<T> {
  const limits = {...defaultMoveLimits, ...given}
  checkOrder(cluster, {from, to, groups})
  const opened: MoveSession[] = []
  const open = async (name: string, role: MoveSide['role']): Promise<MoveSide> => {
    const server = cluster.shards.find(shard => shard.name === name)
    if (server === undefined) throw new Error(`no shard ${name}`)
    // Without the signal: what has begun to change hands is not cut.
    const session = await MoveSession.open(server, {application: applicationOf(id), replyMs: limits.replyMs}).catch(
      (cause: unknown) => {
        throw unreachable(name, cause)
      },
    )
    opened.push(session)
    const [row] = await session.rows<{version: number}>(`SELECT current_setting('server_version_num')::int4 AS version`)
    return {role, server, session, version: row?.version ?? 0}
  }
  try {
    return await work(await open(from, 'source'), await open(to, 'destination'), limits)
  } catch (error) {
    if (error instanceof ShardError || signal?.aborted === true) throw error
    throw unreachable(`${from} or ${to}`, error)
  } finally {
    await Promise.all(opened.map(session => session.end()))
  }
}

/** Outside of the steps of a move, which say where it stands. */
function unreachable(which: string, cause: unknown): ShardError {
  const why = messageOf(cause)
  return new ShardError('SHARD_FAILED', `${which} does not answer as it must: ${why}`, {cause})
}

function checkOrder({shards}: MoveCluster, {from, to, groups}: MoveOrder): void {
  const refused = (reason: string, message: string): ShardError =>
    new ShardError('MOVE_REFUSED', `${message}; nothing was changed`, {detail: {reason}})
  for (const name of [from, to])
    if (!shards.some(shard => shard.name === name))
      throw refused(
        'SHARD_UNKNOWN',
        `there is no shard ${name}: there are ${shards.map(shard => shard.name).join(', ')}`,
      )
  if (from === to) throw refused('SAME_SHARD', `the groups are to be moved from ${from} to itself`)
  const bad = groups.filter(
    (group, at) => !Number.isInteger(group) || group < 0 || group > 63 || groups.indexOf(group) !== at,
  )
  if (groups.length === 0 || bad.length > 0)
    throw refused(
      'GROUP_UNKNOWN',
      `groups are numbers from 0 to 63, each once, and at least one: not ${bad.join(', ') || 'none'}`,
    )
}

/**
 * The record is this process's from now on, on the sides that have it; gives those. MOVE_REFUSED with RUNNING where
 * somebody is at work.
 */
export async function claimMove(
  sides: readonly MoveSide[],
  {id, runner, limits, takeOver}: Claim,
): Promise<readonly MoveSide['role'][]> {
  for (const side of sides) await takeLock(side, limits, takeOver)
  const known: MoveSide['role'][] = []
  for (const {role, session} of sides) {
    const [claim] = await session.rows<{claimed: boolean}>('SELECT hl_shards.claim_move($1, $2) AS claimed', [
      id,
      runner,
    ])
    if (claim?.claimed === true) known.push(role)
  }
  return known
}

/** Who claims what. */
export interface Claim {
  readonly id: string
  readonly runner: string
  readonly limits: MoveLimits
  readonly takeOver: boolean
}

/** Held by the session. Whoever has it is told, or ended. */
async function takeLock({session, server}: MoveSide, limits: MoveLimits, takeOver: boolean): Promise<void> {
  const untilMs = nowMs() + limits.replyMs
  for (;;) {
    const [row] = await session.rows<{taken: boolean}>('SELECT pg_try_advisory_lock($1, $2) AS taken', [
      lockClass,
      moveLock,
    ])
    if (row?.taken === true) return
    const [holder] = await session.rows<{pid: number; application: string; since: string}>(
      `SELECT a.pid, a.application_name AS application, a.backend_start::text AS since FROM pg_locks AS l
      JOIN pg_stat_activity AS a ON a.pid = l.pid
      WHERE l.locktype = 'advisory' AND l.classid = $1::int4::oid AND l.objid = $2::int4::oid AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [lockClass, moveLock],
    )
    if ((holder !== undefined && !takeOver) || nowMs() > untilMs)
      throw new ShardError(
        'MOVE_REFUSED',
        `somebody else runs a move on ${server.name}: ${holder?.application ?? 'a session'}, process ` +
          `${holder?.pid ?? '?'}, since ${holder?.since ?? '?'}; wait for it, or take it over if it is dead`,
        {shard: server.name, detail: {reason: 'RUNNING', ...holder}},
      )
    // Who has just gone needs no end.
    if (holder !== undefined)
      await session.rows(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database() AND pid <> pg_backend_pid()',
        [holder.application],
      )
    await pause(100)
  }
}
