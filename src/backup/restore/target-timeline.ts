// PURE: the timeline along which recovery runs to a target. Invariant: it is the one whose WAL holds the target. Along
// a younger one PostgreSQL gets there too, but then notes that one as left before it began, and whoever reads that has
// to be as careful as it is. Not here: whether there is WAL up to the target (require-reach.ts).
import type {ArchiveListing} from '../../model/backup.ts'
import type {Lsn} from '../../model/lsn.ts'
import {followWal} from '../wal/archive-contents.ts'
import {lineageOf, timelineOfRecord} from '../wal/timeline-history.ts'
import {reachOf} from './reachable-windows.ts'

/** The way that was planned, and where it begins. */
export interface PlannedWay {
  readonly timeline: number
  readonly backup: {readonly timeline: number; readonly startLsn: Lsn}
}

/**
 * `recordLsn`: where the record starts at which replay stops. The planned timeline where the other's WAL does not hold
 * that record under its own name.
 */
export function timelineToEndOn(listing: ArchiveListing, {timeline, backup}: PlannedWay, recordLsn: Lsn): number {
  const own = timelineOfRecord(lineageOf(listing, timeline) ?? [], recordLsn)
  if (own === timeline) return timeline
  const wal = followWal(listing, {timeline: backup.timeline, fromLsn: backup.startLsn, alongTimeline: own})
  return wal !== null && reachOf(wal, listing.segmentBytes) > recordLsn ? own : timeline
}
