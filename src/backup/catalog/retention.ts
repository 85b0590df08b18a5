// PURE: which backups and which WAL may go. Invariants: a chain stays or goes whole; the newest full backup always
// stays, and the newest that can be shown to be restored, so the last way back never goes; nothing pinned goes; no
// `.history` file goes; what could be restored in the window can be restored afterwards. Order is by time, never by
// name. Not here: removing (the caller shows this first), gaps (wal/archive-contents.ts).
import type {ArchiveListing} from '../../model/backup.ts'
import {reachOf, restorable} from '../restore/reachable-windows.ts'
import {followWal, parseWalFile, timelinesIn} from '../wal/archive-contents.ts'
import {segmentAt, segmentBefore, segmentName} from '../wal/segment.ts'
import {lineageOf, liesOn} from '../wal/timeline-history.ts'
import {familiesOf, type Family} from './families.ts'
import type {PhysicalBackup} from './physical-backups.ts'

/** What any rule keeps is kept. Without any rule everything is. */
export interface RetentionPolicy {
  /**
   * So many of the newest full backups, with all that depends on them. Those that are known to be damaged do not count,
   * nor those that the archive holds no way from.
   */
  readonly keepFull?: number | undefined
  /** Backups that ended no longer ago than this. */
  readonly keepForMs?: number | undefined
  /** Every moment that is no longer ago than this stays restorable: so the newest full backup before it stays too. */
  readonly windowMs?: number | undefined
}

export interface Judged {
  readonly id: string
  readonly why: string
}

export interface Retention {
  readonly remove: readonly Judged[]
  readonly keep: readonly Judged[]
  /**
   * For each timeline that there is WAL of, the first segment that replay of a kept backup may ask for; null when none
   * does. What stands alone beside a pinned backup is not told here.
   */
  readonly walFrom: readonly {readonly timeline: number; readonly first: string | null}[]
  readonly removeWal: readonly string[]
}

/** Times of the archive's clock. */
export function decideRetention(listing: ArchiveListing, policy: RetentionPolicy, nowEpochMs: number): Retention {
  const families = familiesOf(listing.backups)
  const reasons = reasonsToKeep(listing, families, policy, nowEpochMs)
  const remove: Judged[] = []
  const keep: Judged[] = []
  const replayed: PhysicalBackup[] = []
  const alone: PhysicalBackup[] = []
  for (const family of families) {
    const reason = reasons.get(family)
    if (reason !== undefined || family.pinned) (reason === undefined ? alone : replayed).push(...family.physical)
    const judged = reason ?? (family.pinned ? null : whyGone(family))
    for (const {id, pinned} of family.members)
      (reason !== undefined || family.pinned ? keep : remove).push({
        id,
        why: pinned ? 'pinned' : (judged ?? 'a backup of its chain is pinned'),
      })
  }
  return {remove, keep, ...decideWal(listing, replayed, alone)}
}

function whyGone({root, members}: Family): string {
  if (root.kind === 'incremental') return `backup ${root.parent ?? ''} is gone, so it cannot be restored`
  if (root.kind === 'logical') return 'older than any rule asks for'
  return members.length > 1 ? 'its chain is older than any rule asks for' : 'older than any rule asks for'
}

/** Pins apart: a backup that is kept for its pin alone is kept without the WAL that follows it. */
function reasonsToKeep(
  listing: ArchiveListing,
  families: readonly Family[],
  policy: RetentionPolicy,
  nowEpochMs: number,
): ReadonlyMap<Family, string> {
  const {keepFull, keepForMs, windowMs} = policy
  const reasons = new Map<Family, string>()
  const give = (family: Family | undefined, why: string): void => {
    if (family !== undefined && !reasons.has(family)) reasons.set(family, why)
  }
  const full = families.filter(({root}) => root.kind === 'full')
  const sound = full.filter(family => family.good)
  const reachable = sound.filter(family => isReachable(listing, family))
  const good = reachable.length > 0 ? reachable : sound
  give(sound.at(-1) ?? full.at(-1), 'the newest full backup')
  // What came later may be worth nothing yet: its WAL, or the history of its timeline, is not there.
  give(good.at(-1), 'the newest full backup that can be restored')
  // After a restore into the past, the newest one may lie on a branch that was left: then the present one would be
  // without any.
  give(
    newestOnWay(listing, good, Infinity) ?? newestOnWay(listing, full, Infinity),
    'the newest full backup of the newest timeline',
  )
  // A count of zero is a rule too: the newest one only.
  if (keepFull !== undefined)
    for (const family of good.slice(Math.max(0, good.length - Math.max(0, keepFull))))
      give(family, `one of the newest ${keepFull} full backups`)
  for (const family of families) {
    if (keepFull === undefined && keepForMs === undefined && windowMs === undefined)
      give(family, 'no rule of retention is set')
    if (keepForMs !== undefined && family.newestMs >= nowEpochMs - keepForMs) give(family, 'young enough')
    if (windowMs !== undefined && family.newestMs > nowEpochMs - windowMs) give(family, 'ended inside the window')
    // A dump belongs to no chain and to no WAL: a count of full backups says nothing about it.
    if (family.root.kind === 'logical' && keepForMs === undefined && windowMs === undefined)
      give(family, 'a logical backup, which only an age removes')
  }
  if (windowMs !== undefined)
    give(
      newestOnWay(listing, good, nowEpochMs - windowMs),
      'the newest full backup before the window, whose first moments need it',
    )
  return reasons
}

/** Can any of it be restored: is its WAL there up to its end, along a timeline whose history is known? */
function isReachable(listing: ArchiveListing, {physical}: Family): boolean {
  const whole = new Set(restorable(listing.backups).map(({record}) => record.id))
  return physical.some(({record, timeline, startLsn, stopLsn}) => {
    const wal = followWal(listing, {timeline, fromLsn: startLsn, alongTimeline: timeline})
    return whole.has(record.id) && wal !== null && reachOf(wal, listing.segmentBytes) >= stopLsn
  })
}

/**
 * The newest that ended by then and that the newest timeline descends from. When the way there is not known, the newest
 * of all.
 */
function newestOnWay(listing: ArchiveListing, full: readonly Family[], endedByMs: number): Family | undefined {
  const newest = timelinesIn(listing).at(-1)
  const lineage = newest === undefined ? null : lineageOf(listing, newest)
  return full.findLast(
    ({rootMs, physical}) =>
      rootMs <= endedByMs &&
      (lineage === null || physical.slice(0, 1).some(root => liesOn(lineage, root.timeline, root.stopLsn))),
  )
}

/**
 * `replayed`: replay may go on from these as far as there is WAL. `alone`: these are restored to their own end only.
 */
function decideWal(
  listing: ArchiveListing,
  replayed: readonly PhysicalBackup[],
  alone: readonly PhysicalBackup[],
): Pick<Retention, 'walFrom' | 'removeWal'> {
  const {segmentBytes} = listing
  const files = listing.files.flatMap(({name}) => {
    const segment = parseWalFile(name, segmentBytes)
    return segment === null ? [] : [{name, ...segment}]
  })
  const walFrom: {timeline: number; first: string | null}[] = []
  const removeWal: string[] = []
  const timelines = [...new Set(files.map(file => file.timeline))].sort((a, b) => a - b)
  const kept = waysToKeep(listing, timelines, replayed)
  for (const timeline of timelines) {
    const mine = files.filter(file => file.timeline === timeline)
    const needed = kept.has(timeline) ? 'all' : firstNeeded(listing, timeline, replayed)
    const first = needed === 'all' ? mine.map(({number}) => number).reduce((a, b) => (a < b ? a : b)) : needed
    walFrom.push({timeline, first: first === null ? null : segmentName({timeline, number: first}, segmentBytes)})
    removeWal.push(
      ...mine
        .filter(({number}) => (first === null || number < first) && !neededAlone(listing, timeline, number, alone))
        .map(({name}) => name),
    )
  }
  return {walFrom, removeWal: removeWal.sort()}
}

/**
 * Timelines whose WAL is on the way to one that no backup leads to: replay may come that way from a backup that is
 * under way. With a backup on the newest timeline there are none.
 */
function waysToKeep(
  listing: ArchiveListing,
  timelines: readonly number[],
  replayed: readonly PhysicalBackup[],
): ReadonlySet<number> {
  const newest = Math.max(...replayed.map(backup => backup.timeline))
  const ways = timelines
    .filter(timeline => timeline > newest)
    .map(timeline => lineageOf(listing, timeline) ?? [])
    .filter(lineage => !replayed.some(backup => liesOn(lineage, backup.timeline, backup.stopLsn)))
  return new Set(ways.flat().map(({timeline}) => timeline))
}

/** null: nobody needs WAL of this timeline. Whatever cannot be judged is needed. */
function firstNeeded(
  listing: ArchiveListing,
  timeline: number,
  replayed: readonly PhysicalBackup[],
): bigint | 'all' | null {
  const lineage = lineageOf(listing, timeline)
  // Without a backup to go on from, one may be under way that needs this WAL.
  if (replayed.length === 0 || lineage === null) return 'all'
  const starts = replayed
    .filter(backup => liesOn(lineage, backup.timeline, backup.stopLsn))
    .map(({startLsn}) => segmentAt(startLsn, listing.segmentBytes))
  // The same of a timeline newer than every backup. An older one without a backup was left, and its backups are gone.
  if (starts.length === 0) return timeline > Math.max(...replayed.map(backup => backup.timeline)) ? 'all' : null
  const begins = segmentAt(lineage.at(-1)?.fromLsn ?? 0n, listing.segmentBytes)
  return [...starts.toSorted((a, b) => (a < b ? -1 : 1)).slice(0, 1), begins].reduce((a, b) => (a > b ? a : b))
}

/** Also under the name of a later timeline, which holds a copy where it switched inside that segment. */
function neededAlone(
  listing: ArchiveListing,
  timeline: number,
  number: bigint,
  alone: readonly PhysicalBackup[],
): boolean {
  return alone.some(backup => {
    if (
      number < segmentAt(backup.startLsn, listing.segmentBytes) ||
      number > segmentBefore(backup.stopLsn, listing.segmentBytes)
    )
      return false
    return backup.timeline === timeline || liesOn(lineageOf(listing, timeline) ?? [], backup.timeline, backup.stopLsn)
  })
}
