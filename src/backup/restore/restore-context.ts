// PURE: what the parts of a plan share: the archive, the target, and the lineage that leads there. Not here: the
// decisions (choose-start.ts, require-reach.ts).
import type {ArchiveListing, RestoreTarget} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import type {Lsn} from '../../model/lsn.ts'
import {physicalBackups, type PhysicalBackup} from '../catalog/physical-backups.ts'
import {followWal, timelinesIn, type FollowedWal} from '../wal/archive-contents.ts'
import {historyName, lineageOf, type Lineage} from '../wal/timeline-history.ts'
import {unreachableTarget} from './refuse-target.ts'

export interface RestoreOptions {
  /** Absent: the newest in the archive. */
  readonly timeline?: number | undefined
  /** Absent: the newest backup that ended at or before the target. */
  readonly backup?: string | undefined
  /** Why that backup, where it is not a person who named it. */
  readonly why?: string | undefined
  /** The last commit in the archive, when it is known: a time behind it would never be reached. */
  readonly newestCommitEpochMs?: number | null | undefined
  /**
   * Where the record starts at which replay will stop, when the WAL was read for it; with it the backup and the
   * timeline of a transaction, a time or a name are as certain as those of a position.
   */
  readonly recordLsn?: Lsn | undefined
  /** When the damage was done before which a restore to the end of the archive will stop. */
  readonly damagedMs?: number | undefined
  /** The transaction to end before is looked for in the WAL, as far as that goes. */
  readonly searched?: boolean | undefined
  /** Where the server was, for what is lost. */
  readonly currentLsn?: Lsn | null | undefined
}

/** What the parts of the decision share. */
export interface RestoreContext {
  readonly listing: ArchiveListing
  readonly target: RestoreTarget
  readonly options: RestoreOptions
  readonly timeline: number
  readonly lineage: Lineage
}

export interface Start {
  readonly backup: PhysicalBackup
  readonly wal: FollowedWal
  readonly why: readonly string[]
}

export function contextOf(listing: ArchiveListing, target: RestoreTarget, options: RestoreOptions): RestoreContext {
  const known = timelinesIn(listing)
  const timeline = options.timeline ?? known.at(-1)
  if (timeline === undefined || physicalBackups(listing.backups).length === 0)
    throw unreachableTarget(listing, 'the archive holds no backup of the whole cluster', [])
  if (!known.includes(timeline))
    throw unreachableTarget(listing, `the archive knows no timeline ${timeline}`, [`--timeline ${known.join(', ')}`])
  const lineage = lineageOf(listing, timeline)
  if (lineage === null) {
    const name = historyName(timeline)
    throw unreachableTarget(
      listing,
      `${name} is missing in the archive or cannot be read, so nobody knows where timeline ${timeline} began`,
      [`copy ${name} from pg_wal of a node into the archive`],
    )
  }
  return {listing, target, options, timeline, lineage}
}

export function follow({listing, timeline}: RestoreContext, backup: PhysicalBackup): FollowedWal {
  const wal = followWal(listing, {timeline: backup.timeline, fromLsn: backup.startLsn, alongTimeline: timeline})
  if (wal === null)
    throw new HlError('BUG', `backup ${backup.record.id} does not lie on the way to timeline ${timeline}`, {
      next: ['report this with the command you ran'],
    })
  return wal
}
