// PURE: all gaps of an archive, and how far it is behind a server. Invariant: what retention left out on purpose is no
// gap. Not here: repairing a gap (nothing can; a new full backup begins behind it).
import type {ArchiveListing} from '../../model/backup.ts'
import type {Lsn} from '../../model/lsn.ts'
import {familiesOf} from '../catalog/families.ts'
import {knownBad, physicalBackups, type PhysicalBackup} from '../catalog/physical-backups.ts'
import {gapOf, parseWalFile, splitByOwner, timelinesIn, walk, type Gap, type Hole} from './archive-contents.ts'
import {segmentAt, segmentBefore, startOf} from './segment.ts'
import {lineageOf, liesOn, type Lineage} from './timeline-history.ts'

/**
 * All gaps of all timelines in order, each named once. A timeline whose history file is missing is looked at for
 * itself.
 */
export function gapsIn(listing: ArchiveListing): readonly Gap[] {
  const holesOf = new Map<number, Hole[]>()
  for (const timeline of timelinesIn(listing)) {
    const lineage = lineageOf(listing, timeline) ?? [{timeline, fromLsn: 0n, toLsn: null}]
    for (const hole of survey(listing, lineage)?.holes ?? []) {
      for (const part of splitByOwner(hole, lineage, listing.segmentBytes))
        holesOf.set(part.timeline, [...(holesOf.get(part.timeline) ?? []), part])
    }
  }
  return [...holesOf]
    .sort(([a], [b]) => a - b)
    .flatMap(([timeline, holes]) => union(holes).map(hole => gapOf(listing, timeline, hole)))
}

/** WAL files that are there and hold no WAL to rely on: damaged, or a segment of another size. */
export function faultyFiles({
  files,
  segmentBytes,
}: ArchiveListing): readonly {readonly name: string; readonly why: string}[] {
  return files.flatMap(({name, bytes, damage}) => {
    if (damage !== undefined) return [{name, why: damage.why}]
    const segment = parseWalFile(name, segmentBytes)
    return segment === null || segment.partial || bytes === segmentBytes
      ? []
      : [{name, why: `it has ${bytes} bytes, and a segment has ${segmentBytes}`}]
  })
}

/**
 * How much WAL up to the server's position the archive does not hold without a gap, counted from the newest full backup
 * that replay goes on from: what is missing before it costs moments of the past, not what is written now. Without one
 * from the lowest segment. null when that cannot be said: no backup and no WAL, or an unknown way.
 */
export function archiveLagBytes(listing: ArchiveListing, currentLsn: Lsn, timeline: number): number | null {
  const lineage = lineageOf(listing, timeline)
  if (lineage === null) return null
  const newest = physicalBackups(listing.backups).findLast(
    ({record, timeline: own, stopLsn}) => record.kind === 'full' && !knownBad(record) && liesOn(lineage, own, stopLsn),
  )
  const from = newest?.startLsn ?? survey(listing, lineage)?.from
  if (from === undefined) return null
  const {contiguousTo} = walk(listing, lineage, from)
  return currentLsn > contiguousTo ? Number(currentLsn - contiguousTo) : 0
}

/** All of a way, from its oldest backup on. null when there is nothing on it. */
function survey(
  listing: ArchiveListing,
  lineage: Lineage,
): {readonly holes: readonly Hole[]; readonly from: Lsn} | null {
  const backups = physicalBackups(listing.backups).filter(({timeline, stopLsn}) => liesOn(lineage, timeline, stopLsn))
  const lowest = backups.length === 0 ? walk(listing, lineage, 0n).found[0] : undefined
  const from =
    lowest === undefined
      ? backups.map(({startLsn}) => startLsn).reduce<Lsn | null>((a, b) => (a !== null && a < b ? a : b), null)
      : startOf(lowest.number, listing.segmentBytes)
  if (from === null) return null
  const {holes} = walk(listing, lineage, from)
  const meant = meantHoles(listing, backups, holes)
  return {
    holes: holes.flatMap(hole =>
      meant.reduce<readonly Hole[]>((parts, one) => parts.flatMap(part => without(part, one)), [hole]),
    ),
    from,
  }
}

/**
 * Retention leaves a pinned chain the WAL that makes each of its backups consistent and no more: what is missing from
 * there to the start of the next backup is meant.
 * A hole with just these ends that came about otherwise is not told from it.
 */
function meantHoles(
  {backups: records, segmentBytes}: ArchiveListing,
  backups: readonly PhysicalBackup[],
  holes: readonly Hole[],
): readonly Hole[] {
  const pinned = new Set(
    familiesOf(records)
      .filter(family => family.pinned)
      .flatMap(({members}) => members.map(({id}) => id)),
  )
  const starts = backups.map(({startLsn}) => startLsn).sort((a, b) => (a < b ? -1 : 1))
  return backups
    .filter(({record}) => pinned.has(record.id))
    .flatMap(({stopLsn}) => {
      const first = segmentBefore(stopLsn, segmentBytes) + 1n
      const nextLsn = starts.find(start => segmentAt(start, segmentBytes) >= first)
      if (nextLsn === undefined) return []
      const last = segmentAt(nextLsn, segmentBytes) - 1n
      return last >= first && holes.some(hole => hole.first <= first && last <= hole.last) ? [{first, last}] : []
    })
}

function without(hole: Hole, taken: Hole): readonly Hole[] {
  if (taken.last < hole.first || hole.last < taken.first) return [hole]
  return [
    {first: hole.first, last: taken.first - 1n},
    {first: taken.last + 1n, last: hole.last},
  ].filter(({first, last}) => first <= last)
}

/** Two timelines share their ancestors, and so the same hole may be seen from both, perhaps in different lengths. */
function union(holes: readonly Hole[]): readonly Hole[] {
  const merged: Hole[] = []
  for (const hole of holes.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    const before = merged.at(-1)
    if (before === undefined || hole.first > before.last + 1n) merged.push(hole)
    else merged[merged.length - 1] = {first: before.first, last: hole.last > before.last ? hole.last : before.last}
  }
  return merged
}
