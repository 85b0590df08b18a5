// A server's own word by SQL: the question, and its answer in our words. Invariants: an ordinary role may ask it; an
// answer that is not understood is null, never a guess. Values come as text, because a program may have changed how its
// driver reads types. Pure. Not here: the connection (sql-line.ts).
import {receivedOf, type NodeStatus} from './parse-patroni.ts'

/**
 * The role is asked once, so that a promotion in the middle gives no mixture. Which timeline: the primary's from the
 * name of the WAL file it writes, because pg_control_checkpoint() tells the old one until the first checkpoint after a
 * promotion. A standby's from its WAL receiver, which only members of pg_read_all_stats see, else from the control
 * file, where it may be late by a checkpoint: such a standby counts as one on an old timeline for as long.
 * The start of the server tells servers apart; the system identifier would not, and is not for everybody.
 */
export const statusText = `SELECT r.recovering,
  CASE WHEN NOT r.recovering THEN pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()) END,
  CASE WHEN r.recovering THEN COALESCE((SELECT w.received_tli FROM pg_catalog.pg_stat_wal_receiver w),
    GREATEST((SELECT c.timeline_id FROM pg_catalog.pg_control_checkpoint() c), (SELECT m.min_recovery_end_timeline FROM pg_catalog.pg_control_recovery() m))) END,
  pg_catalog.pg_wal_lsn_diff(CASE WHEN r.recovering THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_flush_lsn() END, '0/0'),
  CASE WHEN r.recovering THEN pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), '0/0') END,
  CASE WHEN r.recovering AND pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_is_wal_replay_paused() END,
  (EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::pg_catalog.int8
FROM (SELECT pg_catalog.pg_is_in_recovery() AS recovering OFFSET 0) r`

/** Reads the one row of the answer, as text; null when it is none. */
export function parseSqlStatus(node: string, row: readonly unknown[] | undefined): NodeStatus | null {
  if (row?.length !== 7) return null
  const [recovering, walFile, standbyTimeline, position, received, paused, startedAt] = row
  if (recovering !== 't' && recovering !== 'f') return null
  const isPrimary = recovering === 'f'
  const reached = countOf(position)
  return {
    node,
    role: isPrimary ? 'primary' : 'standby',
    running: true,
    timeline: isPrimary ? walFileTimeline(walFile) : countOf(standbyTimeline),
    position: reached,
    received: isPrimary ? null : receivedOf(countOf(received), reached),
    replayPaused: !isPrimary && paused === 't',
    server: typeof startedAt === 'string' && startedAt !== '' ? startedAt : null,
  }
}

/**
 * A standby without a WAL receiver, as when its primary has just died, tells the timeline of the control file, which
 * may be older than the one it told before. As long as its server runs it never goes back to an older one, so the newer
 * holds.
 */
export function keepTimeline(before: NodeStatus | null, now: NodeStatus): NodeStatus {
  if (before === null || before.timeline === null || before.server === null || before.server !== now.server) return now
  if (before.role !== 'standby' || now.role !== 'standby') return now
  return {...now, timeline: Math.max(before.timeline, now.timeline ?? 0)}
}

/** A timeline is the first eight hexadecimal digits of a WAL file's name. */
function walFileTimeline(name: unknown): number | null {
  if (typeof name !== 'string' || !/^[0-9A-F]{24}$/.test(name)) return null
  const timeline = Number.parseInt(name.slice(0, 8), 16)
  return timeline > 0 ? timeline : null
}

function countOf(text: unknown): number | null {
  if (typeof text !== 'string' || !/^\d{1,16}$/.test(text)) return null
  const count = Number(text)
  return Number.isSafeInteger(count) && count > 0 ? count : null
}
