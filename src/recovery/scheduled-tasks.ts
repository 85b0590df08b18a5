// How each task of a schedule is done. The caller holds the lab. Invariant: of an encrypted archive nothing is written
// into it that a check or a program said of what is inside. Not here: what is due (src/backup/schedule).
import {hint} from '../model/command-hint.ts'
import {recordContent} from '../backup/content/record-content.ts'
import type {RetentionPolicy} from '../backup/catalog/retention.ts'
import {findBackup} from '../backup/find-backup.ts'
import {primaryPosition} from '../backup/archive-lag.ts'
import {flushIfPossible} from '../backup/flush-wal.ts'
import {readListing} from '../backup/read-archive.ts'
import {readWal} from '../backup/read-wal.ts'
import type {Due, Outcome, Situation} from '../backup/schedule/decide-due.ts'
import {takeBackup} from '../backup/take-backup.ts'
import {drawMoment} from '../backup/verify/draw-moment.ts'
import {verifyBackup} from '../backup/verify/verify-backup.ts'
import {walOrders} from '../backup/wal/wal-order.ts'
import type {ArchiveListing, BackupRecord} from '../model/backup.ts'
import {HlError, messageOf, unreachable} from '../model/errors.ts'
import {formatLsn} from '../model/lsn.ts'
import type {Clock, Cluster, Random} from '../model/ports.ts'
import {prune} from './prune-backups.ts'
import type {RecoveryPorts} from './recovery-ports.ts'
import {verifyOnScratch} from './verify-backups.ts'

export interface TaskOptions {
  readonly retention: RetentionPolicy | undefined
  /** Record the content of each full backup. */
  readonly content: boolean
  readonly random: Random
  /** PURE: so many bytes in words. */
  readonly bytesText: (bytes: number) => string
}

type Result = Pick<Outcome, 'ok' | 'detail' | 'backup'>

/** A restore, and recording content, is given up at an abort; anything else in hand is finished. */
export async function carryOutTask(
  ports: RecoveryPorts,
  cluster: Cluster,
  options: TaskOptions,
  {task, backup}: Due,
  {listing}: Situation,
): Promise<Result> {
  switch (task) {
    case 'full':
    case 'incremental':
      return takeOne(ports, cluster, options, task)
    case 'verify':
      return verifyOne(ports.clock, cluster, listing, findBackup([listing], backup ?? 'latest'))
    case 'prune':
      return pruneOne(ports, cluster, listing.systemIdentifier, options)
    case 'verify-restore':
      return restoreRandom(ports, cluster, options)
    default:
      return unreachable(task)
  }
}

/**
 * What a program said may name tables, and the outcome is written into the archive: it is noted for a person, and only
 * its code passed on. LAB_BUSY is no outcome.
 */
export async function withoutWords(work: Promise<Result>, note: (text: string) => void): Promise<Result> {
  try {
    return await work
  } catch (error) {
    if (error instanceof HlError && error.code === 'LAB_BUSY') throw error
    note(messageOf(error))
    const words = 'its words are not kept beside an encrypted archive'
    throw error instanceof HlError
      ? new HlError(error.code, words, {next: error.steps, cause: error})
      : new Error(words, {cause: error})
  }
}

async function takeOne(
  {clock, note, signal}: RecoveryPorts,
  cluster: Cluster,
  {content, bytesText}: TaskOptions,
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
  const detail = `${record.kind} backup ${record.id} from ${record.node}: ${bytesText(record.bytes.stored)}`
  if (!content || record.kind !== 'full') return {ok: true, detail, backup: record.id}
  const {content: seen} = await recordContent(cluster, clock, record, signal)
  return {
    ok: true,
    detail: `${detail}, content of ${seen?.tables.length ?? 0} tables at ${seen?.lsn ?? ''}`,
    backup: record.id,
  }
}

/** And the WAL that came in since. */
async function verifyOne(
  clock: Clock,
  cluster: Cluster,
  listing: ArchiveListing,
  record: BackupRecord,
): Promise<Result> {
  const {verified, id} = await verifyBackup(cluster, clock, record)
  const {damaged} = await readWal(cluster, listing, walOrders(listing))
  const wal = damaged.map(({name}) => `; WAL ${name} is damaged`).join('')
  return {
    ok: verified?.ok === true && damaged.length === 0,
    detail: `${id}: ${verified?.detail ?? ''}${wal}`,
    backup: id,
  }
}

async function pruneOne(
  ports: RecoveryPorts,
  cluster: Cluster,
  systemIdentifier: string,
  {retention}: TaskOptions,
): Promise<Result> {
  const prunings = await prune(ports, cluster, retention ?? {}, {systemIdentifier})
  const removed = prunings.flatMap(({remove}) => remove.map(({id}) => id))
  const wal = prunings.reduce((sum, {removeWal}) => sum + removeWal.length, 0)
  return {
    ok: true,
    detail: `removed ${removed.length === 0 ? 'no backup' : removed.join(', ')} and ${wal} WAL files`,
    backup: null,
  }
}

async function restoreRandom(ports: RecoveryPorts, cluster: Cluster, {random}: TaskOptions): Promise<Result> {
  const {clock, note, signal} = ports
  const {flushed} = await flushIfPossible(cluster, clock, {refusing: null, signal, note})
  // What is archived is drilled, whether or not what was written last comes in.
  const position = flushed ?? (await primaryPosition(cluster))
  if (position === null)
    throw new HlError('LAB_UNHEALTHY', 'there is no primary', {next: [hint('status', {lab: cluster.lab})]})
  const drawn = drawMoment(
    await readListing(cluster, position.systemIdentifier),
    {timeline: position.timeline, endLsn: position.lsn},
    random,
  )
  if (drawn === null)
    throw new HlError('TARGET_UNREACHABLE', 'no backup leads anywhere on the present timeline', {
      next: [hint('backups list'), hint('backups create')],
    })
  note(
    `restoring ${drawn.record.id} to ` +
      (drawn.moment === null
        ? `${drawn.record.content?.lsn ?? ''}, where its content was recorded`
        : formatLsn(drawn.moment)),
  )
  const {verdict, target, checks, record} = await verifyOnScratch(ports, cluster, drawn)
  const failed = checks.filter(({verdict}) => verdict !== 'pass')
  const told = failed.map(({name, detail}) => `${name}: ${detail}`)
  if (cluster.encrypted) for (const text of told) note(text)
  const kept = cluster.encrypted ? failed.map(check => `${check.name}: ${check.verdict}`) : told
  return {
    ok: verdict === 'pass',
    detail: `${record.id} to ${target}: ${verdict === 'pass' ? `${checks.length} checks passed` : kept.join('; ')}`,
    backup: record.id,
  }
}
