// PURE: what can be restored at all, as stretches of WAL without a gap that begin at a backup. Invariant: everything in
// a window can be restored, up to toLsn surely.
// Not here: whether one target can (plan-restore.ts).
import type {ArchiveListing} from '../../model/backup.ts'
import {formatLsn, type Lsn} from '../../model/lsn.ts'
import {findChain} from '../catalog/chain.ts'
import {knownBad, physicalBackups, type PhysicalBackup} from '../catalog/physical-backups.ts'
import {followWal, parseWalFile, timelinesIn, type FollowedWal} from '../wal/archive-contents.ts'
import {startOf} from '../wal/segment.ts'
import {historyName, lineageOf, liesOn} from '../wal/timeline-history.ts'
import {formatTime} from './parse-time.ts'

export interface ReachableWindow {
  /** What a restore into this window gives as --timeline. */
  readonly timeline: number
  /** The backup that it begins with: where and when that one ended. */
  readonly backup: string
  readonly fromLsn: Lsn
  readonly fromTime: string
  readonly toLsn: Lsn
  /** The file that goes on at toLsn; how far is not known. */
  readonly partial: string | null
}

/** By timeline, then by position. What a timeline only inherits is told of its ancestor. */
export function reachableWindows(listing: ArchiveListing): readonly ReachableWindow[] {
  return timelinesIn(listing).flatMap(timeline => windowsOf(listing, timeline))
}

function windowsOf(listing: ArchiveListing, timeline: number): readonly ReachableWindow[] {
  const lineage = lineageOf(listing, timeline)
  if (lineage === null) return []
  const begins = lineage.at(-1)?.fromLsn ?? 0n
  const windows: ReachableWindow[] = []
  let covered = -1n
  for (const backup of restorable(listing.backups).filter(candidate =>
    liesOn(lineage, candidate.timeline, candidate.stopLsn),
  )) {
    const {stopLsn: fromLsn, record} = backup
    const wal = followWal(listing, {timeline: backup.timeline, fromLsn: backup.startLsn, alongTimeline: timeline})
    const toLsn = wal === null ? 0n : reachOf(wal, listing.segmentBytes)
    // The backup's own end must be there; and a window that goes on across it says all of it already.
    if (wal === null || toLsn < fromLsn || fromLsn <= covered) continue
    covered = toLsn
    const surelyTo = wal.contiguousTo > fromLsn ? wal.contiguousTo : fromLsn
    if (backup.timeline === timeline || surelyTo > begins)
      windows.push({
        timeline,
        backup: record.id,
        fromLsn,
        fromTime: formatTime(backup.stoppedMs),
        toLsn: surelyTo,
        partial: wal.partial,
      })
  }
  return windows
}

/**
 * Why nothing that is written on this timeline can be restored, for a person; null when it can, as far as it is
 * archived: of a timeline that has only begun nothing is there yet, and nothing is in its way.
 */
export function whyNotRestorable(listing: ArchiveListing, timeline: number): string | null {
  const lineage = lineageOf(listing, timeline)
  if (lineage === null) return `${historyName(timeline)} is not in the archive, or cannot be read`
  const leading = restorable(listing.backups).filter(backup => liesOn(lineage, backup.timeline, backup.stopLsn))
  if (leading.length === 0) return `no sound backup leads to timeline ${timeline}`
  const begins = lineage.at(-1)?.fromLsn ?? 0n
  const ways = leading.flatMap(({timeline: own, startLsn, stopLsn}) => {
    const wal = followWal(listing, {timeline: own, fromLsn: startLsn, alongTimeline: timeline})
    const reached = wal === null ? 0n : reachOf(wal, listing.segmentBytes)
    return reached >= stopLsn ? [{reached, isCut: (wal?.missing.length ?? 0) > 0}] : []
  })
  const furthest = ways.reduce((most, {reached}) => (reached > most ? reached : most), 0n)
  return ways.some(({reached, isCut}) => reached > begins || (reached === begins && !isCut))
    ? null
    : `the archive leads to ${formatLsn(furthest)} only, and timeline ${timeline} begins at ${formatLsn(begins)}`
}

/** Where gap-free WAL may end: behind the partial segment, since how much of that is WAL cannot be seen. */
export function reachOf({contiguousTo, partial}: FollowedWal, segmentBytes: number): Lsn {
  const open = partial === null ? null : parseWalFile(partial, segmentBytes)
  return open === null ? contiguousTo : startOf(open.number + 1n, segmentBytes)
}

/** Those with a whole chain that no verification found damaged, oldest first. */
export function restorable(backups: ArchiveListing['backups']): readonly PhysicalBackup[] {
  return physicalBackups(backups).filter(({record}) => {
    const found = findChain(backups, record.id)
    return found.whole && !found.chain.some(knownBad)
  })
}

/** One line for a person. */
export function describeWindow({timeline, fromLsn, fromTime, toLsn, partial}: ReachableWindow): string {
  return (
    `timeline ${timeline}: from ${formatLsn(fromLsn)} (${fromTime}) to ` +
    `${formatLsn(toLsn)}${partial === null ? '' : ' and what its partial segment holds'}`
  )
}
