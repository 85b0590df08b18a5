// Brings what the primary has written so far into the archive, as far as there is a primary to ask. Invariants: it
// waits for the archive to hold it, not for a tool to say so; a primary whose archiver has given up is not waited for.
// Not here: how WAL gets there (archive_command, pg_receivewal).
import {hint} from '../model/command-hint.ts'
import type {ArchiveListing} from '../model/backup.ts'
import {formatLsn, parseLsn, type Lsn} from '../model/lsn.ts'
import {HlError} from '../model/errors.ts'
import type {Clock, Cluster} from '../model/ports.ts'
import {awaitUntil, holds, notYet} from '../waiting/await-until.ts'
import {psqlOn} from './ask-node.ts'
import {archiveTries, failingArchiver, failingText} from './failing-archiver.ts'
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
const flushMs = 60_000

/** What an archiver may take that fails already: it may be mended just now. */
const failingMs = 5_000
/** Between two looks at the archiver. */
const askEveryMs = 1_000

/** The archive does not get the WAL, and is not about to: what it has is what there is. */
export class NotArchived extends HlError {}

/**
 * null: there is no primary, so the archive is what there is. Throws NotArchived (TIMEOUT when the archive does not get
 * there in time, LAB_UNHEALTHY as soon as the archiver gives up), or the signal's reason.
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
  const next = [hint('logs', {args: [primary], lab: cluster.lab}), hint('logs', {args: ['archive'], lab: cluster.lab})]
  const gaveUp = giveUpWatch(cluster, clock, primary)
  const why = await awaitUntil(
    async () => {
      const listing = await readListing(cluster, systemIdentifier)
      const wal = followWal(listing, {timeline, fromLsn: lsn - 1n, alongTimeline: timeline})
      // A segment that is not complete does not count: how far it reaches cannot be seen.
      const reach = wal?.contiguousTo ?? 0n
      if (reach >= lsn) return holds(null)
      const text = wal?.missing.find(({damage}) => damage !== undefined)?.text ?? (await gaveUp(listing))
      return text === null ? notYet(`the archive has it up to ${formatLsn(reach)}`) : holds(text)
    },
    {clock, withinMs, signal, what: `the archive to get WAL up to ${formatLsn(lsn)}`, next},
  ).catch((error: unknown) => {
    if (!(error instanceof HlError) || error.code !== 'TIMEOUT') throw error
    throw new NotArchived(error.code, error.message, {next: error.steps, cause: error})
  })
  if (why !== null) throw new NotArchived('LAB_UNHEALTHY', why, {next})
  return {systemIdentifier, timeline, lsn, newestCommitEpochMs}
}

/** Why the archiver is not about to hand anything over; null while it may. Asked once in a while. */
function giveUpWatch(
  cluster: Cluster,
  clock: Clock,
  primary: string,
): (listing: ArchiveListing) => Promise<string | null> {
  let first: number | null = null
  let askedMs = -Infinity
  return async listing => {
    if (cluster.archive !== 'command' || clock.nowMs() - askedMs < askEveryMs) return null
    askedMs = clock.nowMs()
    const failing = await failingArchiver(cluster, primary)
    if (failing === null) return null
    first ??= failing.failures
    return failing.failures - first >= archiveTries ? failingText(failing, listing) : null
  }
}

/** What came of an attempt to flush; `unarchived`: why what was written last is not in the archive. */
export interface FlushAttempt {
  readonly flushed: Flushed | null
  readonly unarchived: string | null
}

/**
 * What was archived before is worth a restore of its own: a primary that cannot archive now is no reason to refuse it.
 * `refusing`: why it is known already to fail.
 */
export async function flushIfPossible(
  cluster: Cluster,
  clock: Clock,
  {
    refusing,
    signal,
    note,
  }: {
    readonly refusing: string | null
    readonly signal?: AbortSignal | undefined
    readonly note: (text: string) => void
  },
): Promise<FlushAttempt> {
  try {
    const withinMs = refusing === null ? flushMs : failingMs
    return {flushed: await flushWal(cluster, clock, {withinMs, signal}), unarchived: null}
  } catch (error) {
    if (!(error instanceof NotArchived)) throw error
    note(`${error.message}; going on with what the archive has`)
    return {flushed: null, unarchived: refusing ?? error.message}
  }
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

/** A server that keeps no times of commits is not asked for one: that would be an error. */
const question = `SELECT s.system_identifier, ('x' || left(pg_walfile_name(w.lsn), 8))::bit(32)::int, w.lsn,
  (SELECT round(extract(epoch FROM c.timestamp) * 1000) FROM pg_last_committed_xact() c
    WHERE current_setting('track_commit_timestamp') = 'on')
  FROM pg_control_system() s, (SELECT pg_switch_wal() AS lsn) w`
