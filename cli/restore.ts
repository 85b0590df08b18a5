// From what a person asked for to a restored lab: the WAL is brought into the archive, the plan is made and shown, the new lab is filled and started, and verified.
// Invariant: nothing is made before the plan stands. Not here: flags (commands/restore.ts), how each thing is done (src/backup, src/cluster/lab).
import {flushWal, type Flushed} from '../src/backup/flush-wal.ts'
import type {Damage} from '../src/backup/locate/search-wal.ts'
import {newestListing, readArchive} from '../src/backup/read-archive.ts'
import {planRestore, type RestorePlan} from '../src/backup/restore/plan-restore.ts'
import {restoreData, type RestoredData, type RestoreJob} from '../src/backup/restore/restore-data.ts'
import type {RestorePhase} from '../src/backup/restore/run-restore.ts'
import {followWal} from '../src/backup/wal/archive-contents.ts'
import {reachOf} from '../src/backup/restore/reachable-windows.ts'
import {startRestoredLab, type RestoredLab, type RestoredLabOptions} from '../src/cluster/lab/restored-lab.ts'
import {HlError} from '../src/model/errors.ts'
import type {ArchiveListing, RestoreTarget} from '../src/model/backup.ts'
import {parseLsn} from '../src/model/lsn.ts'
import type {Clock, Cluster} from '../src/model/ports.ts'
import {docker} from './wire.ts'

const flushMs = 60_000

/** What is asked for: a target, or the damage before which it lies. */
export interface RestoreWish {
  readonly target: RestoreTarget
  readonly damage: Damage | null
  readonly timeline?: number | undefined
  readonly backup?: string | undefined
}

export interface PreparedRestore {
  readonly listing: ArchiveListing
  readonly plan: RestorePlan
  readonly wish: RestoreWish
  /** null: the source has no primary any more. */
  readonly flushed: Flushed | null
}

/** Looks only, but for a switch of the WAL segment where there is a primary. Errors: ARCHIVE_MISSING, ARCHIVE_GAP, TARGET_UNREACHABLE, BACKUP_UNKNOWN, TIMEOUT. */
export async function prepareRestore(source: Cluster, clock: Clock, wish: RestoreWish): Promise<PreparedRestore> {
  const flushed = await flushWal(source, clock, flushMs)
  const listings = await readArchive(source)
  const listing = flushed === null ? newestListing(listings) : listings.find(({systemIdentifier}) => systemIdentifier === flushed.systemIdentifier)
  if (listing == null) throw new HlError('TARGET_UNREACHABLE', `the archive of lab ${source.lab} is empty`, {next: ['hl backups create']})
  const plan = planRestore(listing, wish.target, {timeline: wish.timeline ?? flushed?.timeline, backup: wish.backup, newestCommitEpochMs: flushed?.newestCommitEpochMs, currentLsn: flushed?.lsn})
  return {listing, plan, wish, flushed}
}

export interface RestoreHooks {
  readonly onPhase: (phase: RestorePhase | 'create' | 'take-over', fromMs: number, toMs: number) => void
  /** For controls: see restore-data.ts. */
  readonly aim?: RestoreJob['aim']
}

/** Makes the new lab from a prepared restore; returns when its primary accepts writes; the standbys are not started yet. */
export async function carryOut({listing, plan, wish}: PreparedRestore, clock: Clock, options: RestoredLabOptions, {onPhase, aim}: RestoreHooks): Promise<RestoredLab<RestoredData>> {
  const start = plan.chain.at(-1)
  const fromLsn = parseLsn(start?.startLsn ?? '')
  if (start === undefined || fromLsn === null) throw new HlError('BUG', 'a plan without a backup', {next: ['report this with the command you ran']})
  const wal = followWal(listing, {timeline: start.timeline ?? plan.timeline, fromLsn, alongTimeline: plan.timeline})
  return startRestoredLab(docker, options, async node => restoreData(node, clock, {listing, plan, damage: wish.damage, endLsn: wal === null ? fromLsn : reachOf(wal, listing.segmentBytes), onPhase, ...(aim === undefined ? {} : {aim})}), onPhase)
}
