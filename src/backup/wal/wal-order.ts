// PURE: the files of an archive in the order in which their WAL is read: one order for each timeline, from its oldest
// segment on, and whatever lies on none by itself. Invariant: every WAL file of the archive is in one of them, one that
// is known to be damaged too. Not here: reading them (../read-wal.ts).
import type {ArchiveListing} from '../../model/backup.ts'
import {timelinesIn, walk} from './archive-contents.ts'
import {lineageOf} from './timeline-history.ts'

/** Names of files, in order of position. */
export type WalOrder = readonly string[]

/** All files of the archive; timelines share the files of their ancestors. */
export function walOrders(listing: ArchiveListing): readonly WalOrder[] {
  // What was found damaged may have been mended: it is looked at like any other.
  const asNew: ArchiveListing = {...listing, files: listing.files.map(({name, bytes}) => ({name, bytes}))}
  const orders = timelinesIn(asNew).map(timeline => {
    const lineage = lineageOf(asNew, timeline) ?? [{timeline, fromLsn: 0n, toLsn: null}]
    return walk(asNew, lineage, 0n).found.map(({name}) => name)
  })
  const along = new Set(orders.flat())
  return [...orders, ...listing.files.filter(({name}) => !along.has(name)).map(({name}) => [name])].filter(
    order => order.length > 0,
  )
}
