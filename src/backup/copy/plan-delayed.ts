// PURE: from which backup a copy begins that follows the archive with a delay. Invariant: the copy holds nothing that
// is younger than its delay, unless every backup ended within it: a backup holds what was committed before its end, and
// no delay takes that back. Not here: following (make-copy.ts).
import type {ArchiveListing} from '../../model/backup.ts'
import {formatMs} from '../../model/time.ts'
import type {PhysicalBackup} from '../catalog/physical-backups.ts'
import {formatTime} from '../restore/parse-time.ts'
import {planRestore, type RestorePlan} from '../restore/plan-restore.ts'
import type {RestoreOptions} from '../restore/restore-context.ts'
import {reachOf, restorable} from '../restore/reachable-windows.ts'
import {followWal, timelinesIn} from '../wal/archive-contents.ts'
import {lineageOf, liesOn} from '../wal/timeline-history.ts'

export interface Delay {
  readonly delayMs: number
  readonly nowMs: number
}

/**
 * The newest backup that ended before the delay, otherwise the oldest from which WAL leads on without a gap. Errors:
 * those of planRestore.
 */
export function planDelayed(
  listing: ArchiveListing,
  {delayMs, nowMs}: Delay,
  options: RestoreOptions = {},
): RestorePlan {
  const target = {kind: 'latest'} as const
  const usable = delayMs === 0 || options.backup !== undefined ? [] : followable(listing, options.timeline)
  const old = usable.findLast(({stoppedMs}) => stoppedMs <= nowMs - delayMs)
  const start = old ?? usable[0]
  // Without one the refusal is that of a restore.
  if (start === undefined) return planRestore(listing, target, options)
  const why =
    old === undefined
      ? `the oldest that leads to the end of the archive: none ended ${formatMs(delayMs)} ago, so until ` +
        `${formatTime(start.stoppedMs + delayMs)} the copy stands where this one ended, at ` +
        formatTime(start.stoppedMs)
      : `the newest that ended at least ${formatMs(delayMs)} ago`
  return planRestore(listing, target, {...options, backup: start.record.id, why})
}

/** Oldest first. */
function followable(listing: ArchiveListing, named: number | undefined): readonly PhysicalBackup[] {
  const timeline = named ?? timelinesIn(listing).at(-1) ?? 1
  const lineage = lineageOf(listing, timeline)
  if (lineage === null) return []
  return restorable(listing.backups).filter(backup => {
    const wal = liesOn(lineage, backup.timeline, backup.stopLsn)
      ? followWal(listing, {timeline: backup.timeline, fromLsn: backup.startLsn, alongTimeline: timeline})
      : null
    return wal !== null && wal.missing.length === 0 && reachOf(wal, listing.segmentBytes) >= backup.stopLsn
  })
}
