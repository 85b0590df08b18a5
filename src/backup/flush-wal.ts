// Brings what the primary has written so far into the archive, as far as there is a primary to ask. Invariant: it waits
// for the archive to hold it, not for a tool to say so.
// Not here: how WAL gets there (archive_command, pg_receivewal).
import {HlError} from '../model/errors.ts'
import {formatLsn, parseLsn, type Lsn} from '../model/lsn.ts'
import {formatMs} from '../model/time.ts'
import type {Clock, Cluster} from '../model/ports.ts'
import {readListing} from './read-archive.ts'
import {followWal} from './wal/archive-contents.ts'

export interface Flushed {
  readonly systemIdentifier: string
  readonly timeline: number
  readonly lsn: Lsn
  /** Of the last commit, ms since 1970; null where none was. */
  readonly newestCommitEpochMs: number | null
}

const everyMs = 200

/**
 * null: there is no primary, so the archive is what there is. Throws TIMEOUT when the archive does not get there in
 * time.
 */
export async function flushWal(cluster: Cluster, clock: Clock, withinMs: number): Promise<Flushed | null> {
  const {primary} = await cluster.state()
  if (primary === null) return null
  // A small message of its own makes sure that there is something to switch away from, and a commit after whatever was
  // asked for.
  const answer = await cluster.exec(
    primary,
    [
      'psql',
      '-X',
      '-q',
      '-A',
      '-t',
      '-d',
      'postgres',
      '-c',
      "SELECT pg_logical_emit_message(true, 'hl', 'flush')",
      '-c',
      question,
    ],
    {user: 'postgres', timeoutMs: 30_000},
  )
  const [systemIdentifier = '', timelineText = '', lsnText = '', commit = ''] = (
    answer.stdout.trim().split('\n').at(-1) ?? ''
  ).split('|')
  const lsn = parseLsn(lsnText)
  if (answer.exitCode !== 0 || lsn === null)
    throw new HlError(
      'LAB_UNHEALTHY',
      `${primary} is primary and does not answer: ${answer.stderr.trim().slice(0, 300)}`,
      {next: [`hl status --lab ${cluster.lab}`, `hl logs ${primary} --lab ${cluster.lab}`]},
    )
  const timeline = Number(timelineText)
  const untilMs = clock.nowMs() + withinMs
  for (;;) {
    const listing = await readListing(cluster, systemIdentifier)
    const wal = followWal(listing, {timeline, fromLsn: lsn - 1n, alongTimeline: timeline})
    // A segment that is not complete does not count: how far it reaches cannot be seen.
    const reach = wal?.contiguousTo ?? 0n
    if (reach >= lsn)
      return {systemIdentifier, timeline, lsn, newestCommitEpochMs: commit === '' ? null : Number(commit)}
    if (clock.nowMs() >= untilMs)
      throw new HlError(
        'TIMEOUT',
        `the archive did not get WAL up to ${formatLsn(lsn)} within ${formatMs(withinMs)}; it has ${formatLsn(reach)}`,
        {next: [`hl logs ${primary} --lab ${cluster.lab}`, `hl logs archive --lab ${cluster.lab}`]},
      )
    await clock.wait(everyMs)
  }
}

const question = `SELECT s.system_identifier, ('x' || left(pg_walfile_name(w.lsn), 8))::bit(32)::int, w.lsn, round(extract(epoch FROM c.timestamp) * 1000)
  FROM pg_control_system() s, (SELECT pg_switch_wal() AS lsn) w, pg_last_committed_xact() c`
