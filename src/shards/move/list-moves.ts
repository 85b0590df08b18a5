// Moves that are under way, as their records have them, who is at work on them, and a pause that a person asks for.
// Invariants: asking for one changes no record; a move of another hl's is shown, and gone on with by nobody here. Not
// here: what is done about one (moves.ts).
import {lockClass, moveLock} from '../map/advisory-locks.ts'
import {ShardError} from '../shard-error.ts'
import {defaultMoveLimits, type MoveOptions, type MoveOrder} from './hold-move.ts'
import type {MoveCluster, MoveServer} from './move-servers.ts'
import {MoveSession} from './move-session.ts'
import {moveVersion} from './move-sql.ts'
import {goalOf, movePhases, type MoveGoal, type MovePhase} from './move-states.ts'

/** Who is at work on a move. */
export interface MoveRunner {
  /** The server's process. */
  readonly pid: number
  /** Of its connection, as the server has it. */
  readonly application: string
}

/** A replication slot of a move. */
export interface MoveSlot {
  /** On which it is. */
  readonly shard: string
  /** On its server. */
  readonly name: string
  /** WAL that the server keeps for it; null: it is lost. */
  readonly retainedBytes: number | null
  /** As pg_replication_slots has it: reserved, extended, unreserved, lost. */
  readonly walStatus: string | null
  /** Does the other shard read from it? */
  readonly isRead: boolean
}

/** A move as its records have it. */
export interface ListedMove extends MoveOrder {
  /** In the names of its slots, publications and subscriptions too. */
  readonly id: string
  /** How far it has come. */
  readonly phase: MovePhase
  /** What it was about to do, and what resumeMove() would do. */
  readonly goal: MoveGoal
  /** Shards that have its record. */
  readonly shards: readonly string[]
  /** ISO times of a server: when it began, when its phase was noted. */
  readonly beganAt: string
  /** As above. */
  readonly notedAt: string
  /** Somebody asked it to wait. */
  readonly isPaused: boolean
  /** null: nobody, as far as the shards that were asked know. */
  readonly runner: MoveRunner | null
  /** Each that is there. */
  readonly slots: readonly MoveSlot[]
}

/** What one shard said of a move. */
export interface MoveRecord {
  readonly server: string
  readonly id: string
  readonly source: string
  readonly destination: string
  readonly groups: readonly number[]
  readonly phase: string
  readonly step: number
  readonly version: number | null
  readonly beganAt: string
  readonly notedAt: string
  readonly isPaused: boolean
  readonly runner: MoveRunner | null
  readonly slots: readonly Omit<MoveSlot, 'shard'>[]
}

/** Of all shards that can be asked; `notAsked` are the others. MOVE_REFUSED for a move of another hl's. */
export async function listMoves(
  cluster: MoveCluster,
  options: MoveOptions = {},
): Promise<{readonly moves: readonly ListedMove[]; readonly notAsked: readonly string[]}> {
  const notAsked: string[] = []
  const found = await Promise.all(
    cluster.shards.map(async server => {
      try {
        return await recordsOf(server, options)
      } catch {
        notAsked.push(server.name)
        return []
      }
    }),
  )
  return {moves: movesOf(found.flat()), notAsked}
}

/** Groups that the shard says it owns. Rejects with SHARD_FAILED where it cannot be asked. */
export async function groupsOwnedBy(server: MoveServer, options: MoveOptions = {}): Promise<readonly number[]> {
  try {
    return await withSession(server, options, async session => {
      const rows = await session.rows<{group: number}>(
        `SELECT slot_group::int4 AS group FROM hl_shards.slot_group WHERE state = 'o' ORDER BY 1`,
      )
      return rows.map(({group}) => group)
    })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ShardError('SHARD_FAILED', `${server.name} could not be asked which groups it owns: ${why}`, {
      shard: server.name,
      cause,
    })
  }
}

/** PURE: one move for each id; of two records the one of the higher step is right. */
export function movesOf(found: readonly MoveRecord[]): readonly ListedMove[] {
  const records = [...found].sort((one, other) => other.step - one.step)
  return [...new Set(records.map(({id}) => id))].flatMap((id): readonly ListedMove[] => {
    const own = records.filter(record => record.id === id)
    const [last] = own
    if (last === undefined) return []
    const {source: from, destination: to, groups, beganAt, notedAt} = last
    const phase = knownPhase(last)
    return [
      {
        id,
        from,
        to,
        groups,
        phase,
        goal: goalOf(phase),
        shards: own.map(({server}) => server).sort(),
        beganAt,
        notedAt,
        isPaused: own.some(({isPaused}) => isPaused),
        runner: own.flatMap(({runner}) => runner ?? [])[0] ?? null,
        slots: own.flatMap(({server, slots}) => slots.map(slot => ({shard: server, ...slot}))),
      },
    ]
  })
}

/** What another hl has begun may mean something else: only that one knows how it goes on. */
function knownPhase({id, phase, version, server}: MoveRecord): MovePhase {
  const known = movePhases.find(one => one === phase)
  if (known !== undefined && (version ?? moveVersion) === moveVersion) return known
  throw new ShardError(
    'MOVE_REFUSED',
    `the move ${id} on ${server} was begun by another version of hl (records of version ${version ?? moveVersion}, phase ${phase}; this one knows version ${moveVersion}): finish or abort it with that version; nothing was changed`,
    {shard: server, detail: {reason: 'OTHER_VERSION', id}},
  )
}

const recordsText = `
SELECT m.id, m.source, m.destination, m.groups, m.phase, m.step, m.version,
  to_char(m.began_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "beganAt",
  to_char(m.noted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "notedAt",
  EXISTS (SELECT FROM hl_shards.move_pause AS p WHERE p.move = m.id) AS "isPaused",
  (SELECT json_build_object('pid', a.pid, 'application', a.application_name) FROM pg_locks AS l
    JOIN pg_stat_activity AS a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1::int4::oid AND l.objid = $2::int4::oid
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1) AS runner,
  (SELECT coalesce(json_agg(json_build_object('name', s.slot_name, 'walStatus', s.wal_status, 'isRead', s.active,
      'retainedBytes', pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::float8)), '[]')
    FROM pg_replication_slots AS s
    WHERE s.database = current_database() AND s.slot_name IN ('hl_move_' || m.id, 'hl_move_' || m.id || '_back')) AS slots
FROM hl_shards.move AS m`

async function recordsOf(server: MoveServer, options: MoveOptions): Promise<readonly MoveRecord[]> {
  return withSession(server, options, async session => {
    // A server on which nothing was installed is a part of no move.
    const [installed] = await session.rows<{is: boolean}>(`SELECT to_regclass('hl_shards.move') IS NOT NULL AS is`)
    if (installed?.is !== true) return []
    const rows = await session.rows<Omit<MoveRecord, 'server'>>(recordsText, [lockClass, moveLock])
    return rows.map(row => ({...row, server: server.name}))
  })
}

async function withSession<T>(
  server: MoveServer,
  {limits, signal}: MoveOptions,
  work: (session: MoveSession) => Promise<T>,
): Promise<T> {
  const {replyMs} = {...defaultMoveLimits, ...limits}
  const session = await MoveSession.open(server, {application: 'hl-moves', replyMs, signal})
  try {
    return await work(session)
  } finally {
    await session.end()
  }
}

/** MOVE_REFUSED with reason UNKNOWN where there is no such move. */
export async function moveOf(cluster: MoveCluster, id: string, options: MoveOptions): Promise<ListedMove> {
  const {moves, notAsked} = await listMoves(cluster, options)
  const found = moves.find(move => move.id === id)
  if (found !== undefined) return found
  const others = moves.length === 0 ? 'there is none' : `there is ${moves.map(move => move.id).join(', ')}`
  const away = notAsked.length === 0 ? '' : `; ${notAsked.join(', ')} could not be asked`
  throw new ShardError('MOVE_REFUSED', `no move ${id} is under way, ${others}${away}`, {
    detail: {reason: 'UNKNOWN', id, notAsked},
  })
}

/**
 * Whoever runs it waits before its next step, and between two pieces of what is long, until resumeMove(); a switch that
 * has begun comes to its end. Nothing is lost by waiting but disk: the source keeps its WAL. MOVE_REFUSED with reason
 * UNKNOWN; errors of the source, which alone keeps the wish.
 */
export async function pauseMove(cluster: MoveCluster, id: string, options: MoveOptions = {}): Promise<ListedMove> {
  const move = await moveOf(cluster, id, options)
  await atSource(cluster, move, options, async session => {
    await session.rows(
      'INSERT INTO hl_shards.move_pause (move) SELECT id FROM hl_shards.move WHERE id = $1 ON CONFLICT DO NOTHING',
      [id],
    )
  })
  return {...move, isPaused: true}
}

/** Takes the wish for a pause back; somebody who waits goes on. Errors as pauseMove(). */
export async function unpauseMove(cluster: MoveCluster, id: string, options: MoveOptions = {}): Promise<ListedMove> {
  const move = await moveOf(cluster, id, options)
  await endPause(cluster, move, options)
  return {...move, isPaused: false}
}

/** The same for a move that was looked up. */
export async function endPause(cluster: MoveCluster, move: ListedMove, options: MoveOptions): Promise<void> {
  if (!move.isPaused) return
  await atSource(cluster, move, options, async session => {
    await session.rows('DELETE FROM hl_shards.move_pause WHERE move = $1', [move.id])
  })
}

async function atSource(
  {shards}: MoveCluster,
  {from}: MoveOrder,
  options: MoveOptions,
  work: (session: MoveSession) => Promise<void>,
): Promise<void> {
  const source = shards.find(({name}) => name === from)
  if (source === undefined)
    throw new ShardError('MOVE_REFUSED', `there is no shard ${from}; nothing was changed`, {
      detail: {reason: 'SHARD_UNKNOWN'},
    })
  await withSession(source, options, work)
}

/** Has somebody asked for a pause? */
export const pausedText = 'SELECT EXISTS (SELECT FROM hl_shards.move_pause WHERE move = $1) AS paused'
