// PURE: which backup a scheduled restore takes, and to which moment. Invariants: only backups on the way to the present
// timeline, and moments that gap-free WAL leads to; the same seed draws the same. Not here: restoring
// (verify-by-restoring.ts).
import type {ArchiveListing, BackupRecord} from '../../model/backup.ts'
import {parseLsn, type Lsn} from '../../model/lsn.ts'
import type {Random} from '../../model/ports.ts'
import {restorable} from '../restore/reachable-windows.ts'
import {followWal} from '../wal/archive-contents.ts'
import {lineageOf, liesOn} from '../wal/timeline-history.ts'

export interface Drawn {
  readonly record: BackupRecord
  /** null: where the content of the backup was recorded. */
  readonly moment: Lsn | null
}

/**
 * Replay stops at the first record that begins at or behind its target: so much before the end of the WAL begins its
 * last one, a switch of the segment.
 */
const lastRecordBytes = 24n

/**
 * `endLsn`: up to where the archive surely holds what was written. A backup with content is drawn with that one time in
 * two. null: there is nothing to restore.
 */
export function drawMoment(
  listing: ArchiveListing,
  {timeline, endLsn}: {readonly timeline: number; readonly endLsn: Lsn},
  random: Random,
): Drawn | null {
  const lineage = lineageOf(listing, timeline)
  if (lineage === null) return null
  const choices = restorable(listing.backups)
    .filter(backup => liesOn(lineage, backup.timeline, backup.stopLsn))
    .flatMap(backup => {
      const wal = followWal(listing, {timeline: backup.timeline, fromLsn: backup.startLsn, alongTimeline: timeline})
      // Before a gap the last segment may end in padding, where no record begins.
      const gapFree =
        wal === null
          ? 0n
          : wal.contiguousTo < endLsn
            ? wal.contiguousTo - BigInt(listing.segmentBytes)
            : endLsn - lastRecordBytes
      return gapFree <= backup.stopLsn ? [] : [{record: backup.record, fromLsn: backup.stopLsn, toLsn: gapFree}]
    })
  const chosen = choices[Math.floor(random.next() * choices.length)]
  if (chosen === undefined) return null
  const {record, fromLsn, toLsn} = chosen
  const recorded = parseLsn(record.content?.lsn ?? '')
  const withContent = random.next() < 0.5
  const share = random.next()
  if (recorded !== null && withContent && recorded <= toLsn) return {record, moment: null}
  return {record, moment: fromLsn + BigInt(Math.floor(share * Number(toLsn - fromLsn)))}
}
