// PURE: the errors of a restore that would not get there, each with the nearest points that can be reached. Invariant:
// a refusal says what is missing and what works.
// Not here: the decision (plan-restore.ts).
import {hint, type NextStep} from '../../model/command-hint.ts'
import type {ArchiveListing, RestoreTarget} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {formatLsn, type Lsn} from '../../model/lsn.ts'
import type {PhysicalBackup} from '../catalog/physical-backups.ts'
import type {FollowedWal} from '../wal/archive-contents.ts'
import {segmentBefore, startOf} from '../wal/segment.ts'
import {formatTime} from './parse-time.ts'
import {describeTarget} from './parse-target.ts'
import {describeWindow, reachableWindows, type ReachableWindow} from './reachable-windows.ts'

/** The terminal shows all of them. */
const windowsShown = 6

/** TARGET_UNREACHABLE, with everything that can be reached behind the steps that are given. */
export function unreachableTarget(listing: ArchiveListing, message: string, next: readonly NextStep[]): HlError {
  return new HlError('TARGET_UNREACHABLE', message, {next: [...next, ...windowLines(listing)]})
}

function windowLines(listing: ArchiveListing): readonly NextStep[] {
  const windows = reachableWindows(listing)
  if (windows.length === 0)
    return [
      hint('backups create', {flags: {kind: 'full'}, why: 'makes a first one: nothing in the archive can be restored'}),
    ]
  return windows.slice(-windowsShown).map(window => `can be restored: ${describeWindow(window)}`)
}

/** The target is older than every backup that could reach it. */
export function beforeOldest(listing: ArchiveListing, target: RestoreTarget, oldest: PhysicalBackup): HlError {
  const end = target.kind === 'time' ? formatTime(oldest.stoppedMs) : formatLsn(oldest.stopLsn)
  const flag = target.kind === 'time' ? '--to' : '--to-lsn'
  return unreachableTarget(
    listing,
    `${describeTarget(target)} is before ${end}, where backup ${oldest.record.id} ends: no older one can be restored`,
    [`${flag} ${end}`],
  )
}

/**
 * WAL is missing on the way. `goal`: the position that would have to be reached; null when it is only known to be
 * further on.
 */
export function acrossGap(
  listing: ArchiveListing,
  target: RestoreTarget,
  backup: PhysicalBackup,
  wal: FollowedWal,
  place: {readonly timeline: number; readonly goal: Lsn | null},
): HlError {
  const [first] = wal.missing
  const last = wal.missing.at(-1)
  const segments = wal.missing.reduce((sum, gap) => sum + gap.segments, 0)
  const names =
    first === undefined || last === undefined
      ? ''
      : first.first === last.last
        ? first.first
        : `${first.first} to ${last.last}`
  const next = [...beforeGap(listing, backup, wal, place.timeline), ...behindGap(listing, place)]
  const many = wal.missing.length > 1 ? `, in ${wal.missing.length} gaps` : ''
  const damage = wal.missing.find(gap => gap.damage !== undefined)?.damage
  return new HlError(
    'ARCHIVE_GAP',
    `the archive lacks ${segments} segment${segments === 1 ? '' : 's'} of WAL${many} between backup ` +
      `${backup.record.id} and ${describeTarget(target)}: ${names}${damage === undefined ? '' : `; ${damage}`}`,
    {next: [...next, ...windowLines(listing)]},
  )
}

/**
 * The start of the last segment before the gap: replay must find a record behind the position, so the very end of the
 * WAL is none that works. In a damaged segment the last record that is sound.
 */
function beforeGap(
  listing: ArchiveListing,
  {stopLsn}: PhysicalBackup,
  {contiguousTo}: FollowedWal,
  timeline: number,
): readonly string[] {
  if (contiguousTo <= stopLsn) return []
  const isInside = contiguousTo % BigInt(listing.segmentBytes) !== 0n
  const lastStart = isInside
    ? contiguousTo - 1n
    : startOf(segmentBefore(contiguousTo, listing.segmentBytes), listing.segmentBytes)
  return [
    `--to-lsn ${formatLsn(lastStart > stopLsn ? lastStart : stopLsn)} --timeline ${timeline} ends before the gap, ` +
      `which begins at ${formatLsn(contiguousTo)}`,
  ]
}

function behindGap(
  listing: ArchiveListing,
  {timeline, goal}: {readonly timeline: number; readonly goal: Lsn | null},
): readonly string[] {
  const after =
    goal === null
      ? undefined
      : reachableWindows(listing).find(window => window.timeline === timeline && window.fromLsn > goal)
  return after === undefined
    ? []
    : [
        `--to-lsn ${formatLsn(after.fromLsn)} --timeline ${timeline} is the first point behind the gap, the end ` +
          `of backup ${after.backup}`,
      ]
}

/** The archive of this timeline ends before the position. A branch that was left may have it. */
export function beyondEnd(
  listing: ArchiveListing,
  target: RestoreTarget,
  lsn: Lsn,
  {timeline, reach}: {readonly timeline: number; readonly reach: Lsn},
): HlError {
  const others = reachableWindows(listing).filter(window => window.timeline !== timeline && holds(window, lsn))
  const message = `${describeTarget(target)} is not in the archive of timeline ${timeline}, whose WAL ends at ${formatLsn(reach)}`
  const [other] = others
  if (other === undefined) return unreachableTarget(listing, message, [`--to latest --timeline ${timeline}`])
  const numbers = others.map(window => window.timeline).join(', ')
  return unreachableTarget(
    listing,
    `${message}; it lies on timeline ${numbers} only, which timeline ${timeline} does not descend from at that point`,
    [`--timeline ${other.timeline}`, `--to latest --timeline ${timeline}`],
  )
}

function holds({fromLsn, toLsn}: ReachableWindow, lsn: Lsn): boolean {
  return fromLsn <= lsn && lsn < toLsn
}
