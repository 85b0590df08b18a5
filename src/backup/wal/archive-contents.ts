// PURE: what WAL the archive holds along a way of timelines: where it is gap-free, what is missing. Invariant: a
// segment is missing when a later one of the same way is there; nothing is said of what lies beyond the last. Source of
// which file serves: XLogFileReadAnyTLI, src/backend/access/transam/xlogrecovery.c.
// Not here: the gaps of the whole archive (archive-gaps.ts).
import type {ArchiveListing} from '../../model/backup.ts'
import {parseLsn, type Lsn} from '../../model/lsn.ts'
import {parseSegmentName, segmentAt, segmentBefore, segmentName, startOf, type Segment} from './segment.ts'
import {lineageOf, liesOn, type Lineage} from './timeline-history.ts'

const partialSuffix = '.partial'

/** Segments that are not there, or are damaged, by the names that they would have. */
export interface Gap {
  readonly timeline: number
  readonly first: string
  readonly last: string
  readonly segments: number
  /** Of the first of them that is there and damaged; absent: none is. */
  readonly damage?: string
  /** The same for a person. */
  readonly text: string
}

export interface FollowedWal {
  /**
   * Whole segments from the start on, and at a switch the old timeline's file where the new one's is missing; also
   * those behind a gap.
   */
  readonly present: readonly string[]
  readonly missing: readonly Gap[]
  /** The first position that is not surely there; the start itself when nothing is. */
  readonly contiguousTo: Lsn
  /** The file that goes on at contiguousTo. How much of it is WAL cannot be seen from outside. */
  readonly partial: string | null
}

/**
 * A file that holds WAL of the way; `ancestor`: it holds its segment up to a switch only, since it was written before.
 * `damaged`: its records are sound up to a position only.
 */
interface Found {
  readonly number: bigint
  readonly name: string
  readonly kind: 'whole' | 'ancestor' | 'partial' | 'damaged'
  readonly servesTo: Lsn
}

/** First and last number of a run of missing segments. */
export interface Hole {
  readonly first: bigint
  readonly last: bigint
}

/** The same as FollowedWal with the gaps as numbers, for those who compare them. */
export interface Walked {
  readonly found: readonly Found[]
  readonly holes: readonly Hole[]
  readonly contiguousTo: Lsn
  readonly partial: string | null
}

/** The segment that a file holds, whole or not; null for a history file and for anything else. */
export function parseWalFile(name: string, segmentBytes: number): (Segment & {readonly partial: boolean}) | null {
  const partial = name.endsWith(partialSuffix)
  const segment = parseSegmentName(partial ? name.slice(0, -partialSuffix.length) : name, segmentBytes)
  return segment === null ? null : {...segment, partial}
}

/** All timelines that WAL, a history file or a backup tells of, ascending. */
export function timelinesIn(listing: ArchiveListing): readonly number[] {
  const ofFiles = listing.files.flatMap(({name}) => parseWalFile(name, listing.segmentBytes)?.timeline ?? [])
  const ofBackups = listing.backups.flatMap(({timeline}) => timeline ?? [])
  return [...new Set([...ofFiles, ...listing.histories.keys(), ...ofBackups])].sort((a, b) => a - b)
}

/**
 * The WAL from a position of `timeline` on, along the way to `alongTimeline`. null when that position does not lie on
 * that way, or when the way is not known because a history file is missing.
 */
export function followWal(
  listing: ArchiveListing,
  from: {readonly timeline: number; readonly fromLsn: Lsn; readonly alongTimeline: number},
): FollowedWal | null {
  const lineage = lineageOf(listing, from.alongTimeline)
  if (lineage === null || !liesOn(lineage, from.timeline, from.fromLsn)) return null
  const {found, holes, contiguousTo, partial} = walk(listing, lineage, from.fromLsn)
  const present = found.filter(({kind}) => kind === 'whole' || kind === 'ancestor').map(({name}) => name)
  return {present, missing: gapsOf(listing, holes, lineage), contiguousTo, partial}
}

/**
 * The same archive with what its server has written up to a position and not archived yet, as if it had. Only what
 * goes on from where the archive ends: a hole in it stays one.
 */
export function withPending(listing: ArchiveListing, timeline: number, lsn: Lsn): ArchiveListing {
  const {segmentBytes, files} = listing
  const numbers = files.flatMap(({name}) => {
    const file = parseWalFile(name, segmentBytes)
    return file !== null && !file.partial && file.timeline === timeline ? [file.number] : []
  })
  const begins = lineageOf(listing, timeline)?.at(-1)?.fromLsn ?? 0n
  const next = numbers.reduce((most, number) => (number >= most ? number + 1n : most), segmentAt(begins, segmentBytes))
  const last = segmentBefore(lsn, segmentBytes)
  const pending = Array.from({length: last < next ? 0 : Number(last - next + 1n)}, (_, index) => ({
    name: segmentName({timeline, number: next + BigInt(index)}, segmentBytes),
    bytes: segmentBytes,
  }))
  return pending.length === 0 || (numbers.length === 0 && begins === 0n)
    ? listing
    : {...listing, files: [...files, ...pending]}
}

/** Everything from a position on, in order of position. */
export function walk(listing: ArchiveListing, lineage: Lineage, fromLsn: Lsn): Walked {
  // An ancestor's file that ends before the start is of no use here.
  const found = findAlong(listing, lineage, segmentAt(fromLsn, listing.segmentBytes)).filter(
    ({kind, servesTo}) => kind !== 'ancestor' || servesTo > fromLsn,
  )
  const holes: Hole[] = []
  let contiguousTo = fromLsn
  let expected = segmentAt(fromLsn, listing.segmentBytes)
  for (const file of found) {
    if (file.number > expected) holes.push({first: expected, last: file.number - 1n})
    if (holes.length === 0 && file.servesTo > contiguousTo) contiguousTo = file.servesTo
    if (file.kind === 'damaged') holes.push({first: file.number, last: file.number})
    // What an ancestor wrote ends inside its segment: that segment is still expected from its owner.
    expected = file.kind === 'ancestor' ? file.number : file.number + 1n
  }
  const last = found.at(-1)
  return {found, holes, contiguousTo, partial: last?.kind === 'partial' && holes.length === 0 ? last.name : null}
}

/**
 * Whose file of a segment is asked for: that of the newest timeline that has WAL in it, which at a switch begins with a
 * copy of the old timeline's part.
 */
interface Owner {
  readonly timeline: number
  readonly first: bigint
  readonly last: bigint | null
}

function ownersOf(lineage: Lineage, segmentBytes: number): readonly Owner[] {
  return lineage.map(({timeline, fromLsn}, index) => {
    const next = lineage[index + 1]
    return {
      timeline,
      first: segmentAt(fromLsn, segmentBytes),
      last: next === undefined ? null : segmentAt(next.fromLsn, segmentBytes) - 1n,
    }
  })
}

function findAlong(listing: ArchiveListing, lineage: Lineage, start: bigint): readonly Found[] {
  const {segmentBytes} = listing
  const {whole, partial, damaged} = numbersIn(listing)
  const found: Found[] = []
  let lastPartial: Found | null = null
  for (const {timeline, first, last} of ownersOf(lineage, segmentBytes)) {
    const mine = (numbers: ReadonlySet<bigint> | undefined): readonly bigint[] =>
      [...(numbers ?? [])]
        .filter(number => number >= first && number >= start && (last === null || number <= last))
        .sort((a, b) => (a < b ? -1 : 1))
    const numbers = mine(whole.get(timeline))
    if (first >= start && numbers[0] !== first && (last === null || last >= first))
      found.push(...ancestorFile(lineage, first, {whole, partial, damaged}, segmentBytes))
    for (const number of numbers) found.push(segmentFile({timeline, number}, damaged, segmentBytes))
    const open = mine(partial.get(timeline)).at(-1)
    if (open !== undefined)
      lastPartial = {
        number: open,
        name: `${segmentName({timeline, number: open}, segmentBytes)}${partialSuffix}`,
        kind: 'partial',
        servesTo: startOf(open, segmentBytes),
      }
  }
  // A partial file with something later behind it was left by a receiver that died: it is not what goes on.
  const last = found.at(-1)
  const goesOn =
    lastPartial !== null &&
    (last === undefined ||
      lastPartial.number > last.number ||
      (lastPartial.number === last.number && last.kind === 'ancestor'))
  return goesOn && lastPartial !== null ? [...found, lastPartial] : found
}

/** A file with a whole segment: sound, or as far as a reading found it so. */
function segmentFile(segment: Segment, damaged: Damaged, segmentBytes: number): Found {
  const name = segmentName(segment, segmentBytes)
  const soundTo = damaged.get(name)
  return {
    number: segment.number,
    name,
    kind: soundTo === undefined ? 'whole' : 'damaged',
    servesTo: soundTo ?? startOf(segment.number + 1n, segmentBytes),
  }
}

/**
 * The newest ancestor's file of a segment that contains its switch. The promoted server archives it as `.partial`, with
 * all WAL up to the switch.
 */
function ancestorFile(
  lineage: Lineage,
  number: bigint,
  {whole, partial, damaged}: ReturnType<typeof numbersIn>,
  segmentBytes: number,
): readonly Found[] {
  for (const {timeline, toLsn} of lineage.toReversed()) {
    if (toLsn === null || segmentAt(toLsn, segmentBytes) !== number || toLsn === startOf(number, segmentBytes)) continue
    const suffix =
      whole.get(timeline)?.has(number) === true
        ? ''
        : partial.get(timeline)?.has(number) === true
          ? partialSuffix
          : null
    if (suffix === null) continue
    const name = `${segmentName({timeline, number}, segmentBytes)}${suffix}`
    const soundTo = damaged.get(name) ?? toLsn
    // What is damaged behind the switch belongs to nobody.
    return soundTo < toLsn
      ? [{number, name, kind: 'damaged', servesTo: soundTo}]
      : [{number, name, kind: 'ancestor', servesTo: toLsn}]
  }
  return []
}

type Numbers = ReadonlyMap<number, ReadonlySet<bigint>>

/** By name: the first position that is not sound; the last record in front of it can still be restored to. */
type Damaged = ReadonlyMap<string, Lsn>

function numbersIn(listing: ArchiveListing): {
  readonly whole: Numbers
  readonly partial: Numbers
  readonly damaged: Damaged
} {
  const whole = new Map<number, Set<bigint>>()
  const partial = new Map<number, Set<bigint>>()
  const damaged = new Map<string, Lsn>()
  for (const {name, bytes, damage} of listing.files) {
    const file = parseWalFile(name, listing.segmentBytes)
    // A file of another size is a copy that was torn: PostgreSQL refuses it.
    if (file === null || (!file.partial && bytes !== listing.segmentBytes)) continue
    if (damage !== undefined) {
      if (file.partial) continue
      const last = parseLsn(damage.lastRecord ?? '')
      damaged.set(name, last === null ? startOf(file.number, listing.segmentBytes) : last + 1n)
    }
    const numbers = file.partial ? partial : whole
    numbers.set(file.timeline, (numbers.get(file.timeline) ?? new Set()).add(file.number))
  }
  return {whole, partial, damaged}
}

/** Holes by name: one that goes across a switch is one gap per timeline. */
function gapsOf(listing: ArchiveListing, holes: readonly Hole[], lineage: Lineage): readonly Gap[] {
  return holes
    .flatMap(hole => splitByOwner(hole, lineage, listing.segmentBytes))
    .map(part => gapOf(listing, part.timeline, part))
}

export function splitByOwner(
  hole: Hole,
  lineage: Lineage,
  segmentBytes: number,
): readonly (Hole & {readonly timeline: number})[] {
  return ownersOf(lineage, segmentBytes).flatMap(({timeline, first: ownFirst, last: ownLast}) => {
    const first = hole.first > ownFirst ? hole.first : ownFirst
    const last = ownLast !== null && ownLast < hole.last ? ownLast : hole.last
    return first > last ? [] : [{timeline, first, last}]
  })
}

/** A run of missing or damaged segments of one timeline. */
export function gapOf({files, segmentBytes}: ArchiveListing, timeline: number, hole: Hole): Gap {
  const first = segmentName({timeline, number: hole.first}, segmentBytes)
  const last = segmentName({timeline, number: hole.last}, segmentBytes)
  const segments = Number(hole.last - hole.first + 1n)
  const bad = files.find(({name, damage}) => damage !== undefined && name >= first && name <= last)
  const damage = bad === undefined ? undefined : `${bad.name} is damaged: ${bad.damage?.why ?? ''}`
  const lacks = `timeline ${timeline} lacks ${segments === 1 ? first : `${segments} segments, ${first} to ${last}`}`
  const text = damage === undefined ? lacks : segments === 1 ? `timeline ${timeline}: ${damage}` : `${lacks}; ${damage}`
  return {timeline, first, last, segments, text, ...(damage === undefined ? {} : {damage})}
}
