// PURE: can the shards of a lab be restored to a barrier? Invariants: it reaches only where every shard does; nothing
// is said of a shard that was not looked at. Not here: looking (barriers.ts), the plan of each shard
// (prepare-restore.ts).
import type {PrimaryPosition} from '../backup/archive-lag.ts'
import {holdsPosition} from '../backup/restore/holds-position.ts'
import {timelinesIn, withPending} from '../backup/wal/archive-contents.ts'
import {lineageOf, liesOn} from '../backup/wal/timeline-history.ts'
import type {ArchiveListing} from '../model/backup.ts'
import {parseLsn} from '../model/lsn.ts'
import type {Barrier, BarrierPosition} from '../shards/index.ts'

/** What is known of the ways back. */
export interface LabArchives {
  /** Of every cluster that archives here. */
  readonly listings: readonly ArchiveListing[]
  /** Where the primary of each shard is, by name; null: there is none that answers. */
  readonly positions: ReadonlyMap<string, Pick<PrimaryPosition, 'systemIdentifier' | 'timeline' | 'lsn'> | null>
}

/**
 * archived: everything is there. pending: as soon as the primaries have archived what they have written, within a
 * minute by themselves, at once by a restore. no: a shard has no way there.
 */
export interface BarrierReach {
  readonly kind: 'archived' | 'pending' | 'no'
  /** Of `no`: which shard, and why; otherwise empty. */
  readonly why: string
}

/** The worst of all shards. */
export function reachOfBarrier({positions}: Pick<Barrier, 'positions'>, archives: LabArchives): BarrierReach {
  const each = positions.map(position => reachOfShard(position, archives))
  return (
    each.find(({kind}) => kind === 'no') ?? each.find(({kind}) => kind === 'pending') ?? {kind: 'archived', why: ''}
  )
}

function reachOfShard(position: BarrierPosition, {listings, positions}: LabArchives): BarrierReach {
  const {shard, system} = position
  const no = (why: string): BarrierReach => ({kind: 'no', why: `${shard}: ${why}`})
  const listing = listings.find(({systemIdentifier}) => systemIdentifier === system)
  if (listing === undefined) return no('the archive has nothing of its cluster')
  const lsn = parseLsn(position.lsn)
  if (lsn === null) return no(`${position.lsn} is no position`)
  if (holdsPosition(listing, lsn, timelineTo(listing, position))) return {kind: 'archived', why: ''}
  const now = positions.get(shard) ?? null
  if (now !== null && now.systemIdentifier === system && now.lsn >= lsn) {
    // What the primary writes next is archived with it, so the whole segment counts.
    const goesOn = withPending(listing, now.timeline, now.lsn + BigInt(listing.segmentBytes))
    if (holdsPosition(goesOn, lsn, timelineTo(goesOn, position))) return {kind: 'pending', why: ''}
  }
  return no(`no backup leads to ${position.lsn} on timeline ${position.timeline}`)
}

/** Along which the position is reached: the newest that has come by there, else the one that it was made on. */
export function timelineTo(listing: ArchiveListing, {timeline, lsn: text}: BarrierPosition): number {
  const lsn = parseLsn(text) ?? 0n
  const passes = timelinesIn(listing).filter(one => {
    const lineage = lineageOf(listing, one)
    return lineage !== null && liesOn(lineage, timeline, lsn)
  })
  return passes.at(-1) ?? timeline
}
