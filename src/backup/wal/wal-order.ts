// PURE: the files of an archive in the order in which their WAL is read: one order for each timeline, from its oldest
// segment on, and whatever lies on none by itself. Invariant: every WAL file of the archive is in one of them, one that
// is known to be damaged too. Not here: reading them (../read-wal.ts).
import type {ArchiveListing} from '../../model/backup.ts'
import {formatLsn} from '../../model/lsn.ts'
import {timelinesIn, walk} from './archive-contents.ts'
import {segmentAt, segmentName} from './segment.ts'
import {lineageOf, parseHistory} from './timeline-history.ts'

/** Names of files, in order of position; `@` and a position behind them: no record begins there or later. */
export type WalOrder = readonly string[]

/** All files of the archive; timelines share the files of their ancestors. */
export function walOrders(listing: ArchiveListing): readonly WalOrder[] {
  // What was found damaged may have been mended: it is looked at like any other.
  const asNew: ArchiveListing = {...listing, files: listing.files.map(({name, bytes}) => ({name, bytes}))}
  const orders = timelinesIn(asNew).map(timeline => {
    const lineage = lineageOf(asNew, timeline) ?? [{timeline, fromLsn: 0n, toLsn: null}]
    const names = walk(asNew, lineage, 0n).found.map(({name}) => name)
    return [...names, ...endOf(asNew, timeline, names.at(-1))]
  })
  const along = new Set(orders.flat())
  return [...orders, ...listing.files.filter(({name}) => !along.has(name)).map(({name}) => [name])].filter(
    order => order.length > 0,
  )
}

/**
 * A timeline that was left ends within a segment, and a standby that follows to the new one archives that segment whole
 * where it archives always (XLogWalRcvClose and what calls it, src/backend/replication/walreceiver.c): what is behind
 * the end is zeros, and no damage. Nothing where it went on after it was left.
 */
function endOf({histories, segmentBytes}: ArchiveListing, timeline: number, last: string | undefined): WalOrder {
  const left = [...histories.values()]
    .flatMap(text => parseHistory(text) ?? [])
    .flatMap(entry => (entry.timeline === timeline ? [entry.switchedAt] : []))
  const end = left.reduce((most, lsn) => (lsn > most ? lsn : most), 0n)
  const ends = end > 0n && last === segmentName({timeline, number: segmentAt(end, segmentBytes)}, segmentBytes)
  return ends ? [`@${formatLsn(end)}`] : []
}
