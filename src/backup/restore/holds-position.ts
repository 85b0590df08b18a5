// PURE: does an archive lead to a position? Not here: to any other target (plan-restore.ts).
import type {ArchiveListing} from '../../model/backup.ts'
import type {Lsn} from '../../model/lsn.ts'
import {followWal} from '../wal/archive-contents.ts'
import {restorable} from './reachable-windows.ts'

/** From a backup that ended before it, by gap-free WAL along that timeline that goes on behind it. */
export function holdsPosition(listing: ArchiveListing, lsn: Lsn, alongTimeline: number): boolean {
  return restorable(listing.backups).some(({timeline, startLsn, stopLsn}) => {
    const wal = followWal(listing, {timeline, fromLsn: startLsn, alongTimeline})
    return wal !== null && stopLsn <= lsn && lsn < wal.contiguousTo
  })
}
