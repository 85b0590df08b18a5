// The schedule of a lab's backups, put together: what it looks at, how each task is done, where its state goes.
// Invariant: it holds the lab only while it does something, so that people can work with the lab meanwhile; of an
// encrypted archive nothing is written into it that a check or a program said of what is inside. Not here: what is due
// and in which order (src/backup/schedule).
import {renameSync, writeFileSync} from 'node:fs'
import {lagOf, primaryPosition, type PrimaryPosition} from '../src/backup/archive-lag.ts'
import {decideRetention} from '../src/backup/catalog/retention.ts'
import {recordContent} from '../src/backup/content/record-content.ts'
import {findBackup} from '../src/backup/find-backup.ts'
import {flushWal} from '../src/backup/flush-wal.ts'
import {lastArchivedCommit, lastSegments} from '../src/backup/last-archived-commit.ts'
import {drawMoment} from '../src/backup/verify/draw-moment.ts'
import {pruneArchive} from '../src/backup/prune-archive.ts'
import {newestListing, readArchive, readListing} from '../src/backup/read-archive.ts'
import {parseTime} from '../src/backup/restore/parse-time.ts'
import type {Due, Outcome, ScheduleSettings, Situation} from '../src/backup/schedule/decide-due.ts'
import {appendJournal, readJournal, rewriteJournal} from '../src/backup/schedule/journal.ts'
import {metricsText} from '../src/backup/schedule/metrics-text.ts'
import type {Work} from '../src/backup/schedule/run-schedule.ts'
import {shortenJournal} from '../src/backup/schedule/shorten-journal.ts'
import {takeBackup} from '../src/backup/take-backup.ts'
import {verifyBackup} from '../src/backup/verify/verify-backup.ts'
import {whileLocked} from '../src/lab/lifecycle/lock.ts'
import {hasCopy} from '../src/lab/nodes/recovery-copy.ts'
import type {ArchiveListing} from '../src/model/backup.ts'
import {HlError, unreachable} from '../src/model/errors.ts'
import {formatLsn} from '../src/model/lsn.ts'
import type {Clock, Cluster, Random} from '../src/model/ports.ts'
import {formatBytes} from '../src/report/quantity.ts'
import {verifyOnScratch} from './prove.ts'
import {docker} from './wire.ts'

export interface ServiceOptions {
  readonly settings: ScheduleSettings
  /** Record the content of each full backup. */
  readonly content: boolean
  readonly metricsFile: string | null
  readonly random: Random
  readonly tell: (outcome: Outcome) => void
  readonly note: (text: string) => void
  readonly signal: AbortSignal
}

type Result = Pick<Outcome, 'ok' | 'detail' | 'backup'>
/** Lines; from then on it is shortened. */
const journalMax = 500

/** The journal is read once; afterwards it is known. */
export async function scheduleWork(cluster: Cluster, clock: Clock, options: ServiceOptions): Promise<Work> {
  let outcomes = await readJournal(cluster)
  let backups: ReadonlySet<string> = new Set()
  const writeMetrics = metricsWriter(cluster, options)
  const {tell, note} = options
  return {
    tell,
    note,
    look: async () => {
      const position = await primaryPosition(cluster)
      const listing =
        position === null
          ? newestListing(await readArchive(cluster))
          : await readListing(cluster, position.systemIdentifier)
      if (listing === null)
        throw new HlError('ARCHIVE_MISSING', `the archive of lab ${cluster.lab} is empty, and there is no primary`, {
          next: [`hl status --lab ${cluster.lab}`],
        })
      backups = new Set(listing.backups.map(({id}) => id))
      await writeMetrics(listing, position, outcomes)
      const copied = options.settings.retention !== undefined && (await hasCopy(docker, cluster.lab))
      return {
        nowEpochMs: parseTime(clock.wallTime()) ?? 0,
        listing,
        timeline: position?.timeline ?? null,
        outcomes,
        hasCopy: copied,
      }
    },
    carryOut: async (due, situation) =>
      whileLocked(docker, {lab: cluster.lab, what: `hl backups schedule (${due.task})`}, async () => {
        note(`${due.task}: ${due.why}`)
        return cluster.encrypted
          ? withoutWords(carryOut(cluster, clock, options, due, situation), note)
          : carryOut(cluster, clock, options, due, situation)
      }),
    remember: async outcome => {
      outcomes = [...outcomes, outcome]
      if (outcomes.length <= journalMax) return appendJournal(cluster, outcome)
      outcomes = shortenJournal(outcomes, backups)
      await rewriteJournal(cluster, outcomes)
    },
  }
}

/**
 * What a program said may name tables, and the outcome is written into the archive: it is noted for a person, and only
 * its code passed on. LAB_BUSY is no outcome.
 */
async function withoutWords(work: Promise<Result>, note: (text: string) => void): Promise<Result> {
  try {
    return await work
  } catch (error) {
    if (error instanceof HlError && error.code === 'LAB_BUSY') throw error
    note(error instanceof Error ? error.message : String(error))
    const words = 'its words are not kept beside an encrypted archive'
    throw error instanceof HlError
      ? new HlError(error.code, words, {next: error.next, cause: error})
      : new Error(words, {cause: error})
  }
}

/** LAB_BUSY while the lab has a recovery copy. Needs the lab's lock, so that none comes meanwhile. */
export async function requireNoCopy(lab: string): Promise<void> {
  if (!(await hasCopy(docker, lab))) return
  throw new HlError(
    'LAB_BUSY',
    `lab ${lab} has a recovery copy, which reads its archive and would miss what is removed`,
    {next: [`hl copy show --lab ${lab}`, `hl copy drop --lab ${lab}`]},
  )
}

async function carryOut(
  cluster: Cluster,
  clock: Clock,
  options: ServiceOptions,
  {task, backup}: Due,
  {listing}: Situation,
): Promise<Result> {
  switch (task) {
    case 'full':
    case 'incremental':
      return takeOne(cluster, clock, options, task)
    case 'verify':
      return verifyOne(cluster, clock, findBackup([listing], backup ?? 'latest'))
    case 'prune':
      return prune(cluster, clock, listing.systemIdentifier, options.settings)
    case 'prove':
      return restoreRandom(cluster, clock, options)
    default:
      return unreachable(task)
  }
}

async function takeOne(
  cluster: Cluster,
  clock: Clock,
  {note, content, signal}: ServiceOptions,
  kind: 'full' | 'incremental',
): Promise<Result> {
  const record = await takeBackup(cluster, clock, {
    kind,
    checkpoint: 'fast',
    compression: 'none',
    labels: [],
    pinned: false,
    progress: note,
  })
  const detail = `${record.kind} backup ${record.id} from ${record.node}: ${formatBytes(record.bytes.stored)}`
  if (!content || record.kind !== 'full') return {ok: true, detail, backup: record.id}
  const {content: seen} = await recordContent(cluster, clock, record, signal)
  return {
    ok: true,
    detail: `${detail}, content of ${seen?.tables.length ?? 0} tables at ${seen?.lsn ?? ''}`,
    backup: record.id,
  }
}

async function verifyOne(cluster: Cluster, clock: Clock, record: ArchiveListing['backups'][number]): Promise<Result> {
  const {verified, id} = await verifyBackup(cluster, clock, record)
  return {ok: verified?.ok === true, detail: `${id}: ${verified?.detail ?? ''}`, backup: id}
}

/** Decided again under the lock. */
async function prune(
  cluster: Cluster,
  clock: Clock,
  systemIdentifier: string,
  {retention}: ScheduleSettings,
): Promise<Result> {
  await requireNoCopy(cluster.lab)
  const {remove, removeWal} = decideRetention(
    await readListing(cluster, systemIdentifier),
    retention ?? {},
    parseTime(clock.wallTime()) ?? 0,
  )
  await pruneArchive(cluster, {systemIdentifier, backups: remove.map(({id}) => id), wal: removeWal})
  return {
    ok: true,
    detail: `removed ${remove.length === 0 ? 'no backup' : remove.map(({id}) => id).join(', ')} and ${removeWal.length} WAL files`,
    backup: null,
  }
}

async function restoreRandom(cluster: Cluster, clock: Clock, {random, note, signal}: ServiceOptions): Promise<Result> {
  const flushed = await flushWal(cluster, clock)
  if (flushed === null)
    throw new HlError('LAB_UNHEALTHY', 'there is no primary', {next: [`hl status --lab ${cluster.lab}`]})
  const drawn = drawMoment(
    await readListing(cluster, flushed.systemIdentifier),
    {timeline: flushed.timeline, endLsn: flushed.lsn},
    random,
  )
  if (drawn === null)
    throw new HlError('TARGET_UNREACHABLE', 'no backup leads anywhere on the present timeline', {
      next: ['hl backups list', 'hl backups create'],
    })
  note(
    `restoring ${drawn.record.id} to ${drawn.moment === null ? `${drawn.record.content?.lsn ?? ''}, where its content was recorded` : formatLsn(drawn.moment)}`,
  )
  const {ok, target, checks, record} = await verifyOnScratch(cluster, clock, drawn, {note, signal})
  const failed = checks.filter(({verdict}) => verdict !== 'pass')
  const told = failed.map(({name, detail}) => `${name}: ${detail}`)
  if (cluster.encrypted) for (const text of told) note(text)
  const kept = cluster.encrypted ? failed.map(({name}) => `${name} failed`) : told
  return {
    ok,
    detail: `${record.id} to ${target}: ${ok ? `${checks.length} checks passed` : kept.join('; ')}`,
    backup: record.id,
  }
}

type WriteMetrics = (
  listing: ArchiveListing,
  position: PrimaryPosition | null,
  outcomes: readonly Outcome[],
) => Promise<void>

/**
 * Beside its name and renamed, as the textfile collector wants it. The WAL is read again only when there is more of it.
 * Whatever fails is noted: backups go on without metrics.
 */
function metricsWriter(cluster: Cluster, {metricsFile, note}: ServiceOptions): WriteMetrics {
  let known: {readonly segment: string; readonly epochMs: number | null} = {segment: '', epochMs: null}
  // It is tried again at every look; the same is said once.
  let told = ''
  return async (listing, position, outcomes) => {
    if (metricsFile === null) return
    try {
      const segments = position === null ? [] : lastSegments(listing, position.timeline)
      const [segment = ''] = segments
      if (segment !== known.segment) known = {segment, epochMs: await lastArchivedCommit(cluster, listing, segments)}
      const text = metricsText({
        cluster: cluster.lab,
        listing,
        outcomes,
        lagBytes: position === null ? null : lagOf(listing, position),
        lastCommitEpochMs: known.epochMs,
      })
      writeFileSync(`${metricsFile}.part`, text)
      renameSync(`${metricsFile}.part`, metricsFile)
      told = ''
    } catch (error) {
      const text = `the metrics could not be written: ${error instanceof Error ? error.message : String(error)}`
      if (text !== told) note(text)
      told = text
    }
  }
}
