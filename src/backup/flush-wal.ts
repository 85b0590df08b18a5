// Brings what the primary has written so far into the archive, as far as there is a primary to ask. Invariant: it waits
// for the archive to hold it, not for a tool to say so.
// Not here: how WAL gets there (archive_command, pg_receivewal).
import {hint} from '../model/command-hint.ts'
import {formatLsn, parseLsn, type Lsn} from '../model/lsn.ts'
import {HlError} from '../model/errors.ts'
import type {Clock, Cluster} from '../model/ports.ts'
import {awaitUntil, holds, notYet} from '../waiting/await-until.ts'
import {psqlOn} from './ask-node.ts'
import {readListing} from './read-archive.ts'
import {followWal} from './wal/archive-contents.ts'

export interface Flushed {
  readonly systemIdentifier: string
  readonly timeline: number
  readonly lsn: Lsn
  /** Of the last commit, ms since 1970; null where none was. */
  readonly newestCommitEpochMs: number | null
}

/** What a flush may take unless told otherwise: a segment, and a receiver or an archiver that was busy. */
export const flushMs = 60_000

/**
 * null: there is no primary, so the archive is what there is. Throws TIMEOUT when the archive does not get there in
 * time, or the signal's reason.
 */
export async function flushWal(
  cluster: Cluster,
  clock: Clock,
  {withinMs = flushMs, signal}: {readonly withinMs?: number; readonly signal?: AbortSignal | undefined} = {},
): Promise<Flushed | null> {
  signal?.throwIfAborted()
  const {primary} = await cluster.state()
  if (primary === null) return null
  const {systemIdentifier, timeline, lsn, newestCommitEpochMs} = await switchWal(cluster, primary)
  await awaitUntil(
    async () => {
      const listing = await readListing(cluster, systemIdentifier)
      const wal = followWal(listing, {timeline, fromLsn: lsn - 1n, alongTimeline: timeline})
      // A segment that is not complete does not count: how far it reaches cannot be seen.
      const reach = wal?.contiguousTo ?? 0n
      return reach >= lsn ? holds(undefined) : notYet(`the archive has it up to ${formatLsn(reach)}`)
    },
    {
      clock,
      withinMs,
      signal,
      what: `the archive to get WAL up to ${formatLsn(lsn)}`,
      next: [hint('logs', {args: [primary], lab: cluster.lab}), hint('logs', {args: ['archive'], lab: cluster.lab})],
    },
  )
  return {systemIdentifier, timeline, lsn, newestCommitEpochMs}
}

/**
 * A small message of its own makes sure that there is something to switch away from, and a commit after whatever was
 * asked for.
 */
async function switchWal(cluster: Cluster, primary: string): Promise<Flushed> {
  const answer = await psqlOn(cluster, primary, ["SELECT pg_logical_emit_message(true, 'hl', 'flush')", question])
  const [systemIdentifier = '', timeline = '', lsnText = '', commit = ''] = (answer.split('\n').at(-1) ?? '').split('|')
  const lsn = parseLsn(lsnText)
  if (lsn === null)
    throw new HlError('LAB_UNHEALTHY', `${primary} is primary and does not say where its WAL ends: ${answer}`, {
      next: [hint('status', {lab: cluster.lab}), hint('logs', {args: [primary], lab: cluster.lab})],
    })
  return {
    systemIdentifier,
    timeline: Number(timeline),
    lsn,
    newestCommitEpochMs: commit === '' ? null : Number(commit),
  }
}

const question = `SELECT s.system_identifier, ('x' || left(pg_walfile_name(w.lsn), 8))::bit(32)::int, w.lsn, round(extract(epoch FROM c.timestamp) * 1000)
  FROM pg_control_system() s, (SELECT pg_switch_wal() AS lsn) w, pg_last_committed_xact() c`
