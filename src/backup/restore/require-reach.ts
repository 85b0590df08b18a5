// PURE: does the WAL of the archive lead to the target? Invariant: a plan never crosses a gap. Not here: the words of a
// refusal (refuse-target.ts).
import type {ArchiveListing, RestoreTarget} from '../../model/backup.ts'
import {formatLsn, type Lsn} from '../../model/lsn.ts'
import {physicalBackups} from '../catalog/physical-backups.ts'
import {parseWalFile, type FollowedWal} from '../wal/archive-contents.ts'
import {startOf} from '../wal/segment.ts'
import {liesOn} from '../wal/timeline-history.ts'
import {describeTarget} from './parse-target.ts'
import {formatTime} from './parse-time.ts'
import {reachOf} from './reachable-windows.ts'
import {acrossGap, beyondEnd, unreachableTarget} from './refuse-target.ts'
import type {RestoreContext, Start} from './restore-context.ts'

/** Refuses what replay would not reach; otherwise what a person should know. */
export function requireReach(context: RestoreContext, {backup, wal}: Start): readonly string[] {
  const {listing, target, timeline} = context
  const reach = reachOf(wal, listing.segmentBytes)
  if (reach < backup.stopLsn) {
    if (wal.missing.length > 0)
      throw acrossGap(listing, target, backup, wal, {
        timeline,
        goal: target.kind === 'lsn' ? target.lsn : backup.stopLsn,
      })
    throw unreachableTarget(
      listing,
      `the archive of timeline ${timeline} ends at ${formatLsn(reach)}, before the end of backup ` +
        `${backup.record.id} at ${formatLsn(backup.stopLsn)}`,
      [],
    )
  }
  switch (target.kind) {
    case 'lsn':
      return requireLsn(context, {backup, wal}, target.lsn, reach)
    case 'time':
      return requireTime(context, {backup, wal}, target)
    case 'latest':
      if (wal.missing.length > 0 && context.options.searched === true && wal.contiguousTo >= backup.stopLsn)
        return [
          `the transaction is looked for up to ${formatLsn(wal.contiguousTo)} only, ` +
            `${wal.missing[0]?.text ?? ''}; what lies behind is not known`,
        ]
      if (wal.missing.length > 0) throw acrossGap(listing, target, backup, wal, {timeline, goal: null})
      return []
    default:
      if (wal.missing.length === 0) return []
      if (context.options.recordLsn !== undefined && context.options.recordLsn < wal.contiguousTo) return []
      // Without a name for the backup the newest was taken, and that the target lies before the gap would be a guess.
      if (context.options.backup === undefined) throw acrossGap(listing, target, backup, wal, {timeline, goal: null})
      return [
        `WAL is missing from ${formatLsn(wal.contiguousTo)} on: replay stops there with an error unless it meets ` +
          'the target before',
      ]
  }
}

function requireLsn(
  {listing, target, timeline}: RestoreContext,
  {backup, wal}: Omit<Start, 'why'>,
  lsn: Lsn,
  reach: Lsn,
): readonly string[] {
  if (lsn < wal.contiguousTo) return []
  if (lsn < reach)
    return [
      `the target lies in ${wal.partial ?? ''}, whose end is not known: replay stops with an error when it ends before`,
    ]
  if (wal.missing.length > 0 && lsn < lastPresentEnd(listing, wal))
    throw acrossGap(listing, target, backup, wal, {timeline, goal: lsn})
  throw beyondEnd(listing, target, lsn, {
    timeline,
    reach: lastPresentEnd(listing, wal) > reach ? lastPresentEnd(listing, wal) : reach,
  })
}

/** Where the WAL on this way ends, with no regard to gaps and damage. */
function lastPresentEnd({segmentBytes}: ArchiveListing, {present, missing}: FollowedWal): Lsn {
  const ends = [present.at(-1), missing.at(-1)?.last].flatMap(name => {
    const last = parseWalFile(name ?? '', segmentBytes)
    return last === null ? [] : [startOf(last.number + 1n, segmentBytes)]
  })
  return ends.reduce((most, end) => (end > most ? end : most), 0n)
}

function requireTime(
  context: RestoreContext,
  {backup, wal}: Omit<Start, 'why'>,
  target: Extract<RestoreTarget, {readonly kind: 'time'}>,
): readonly string[] {
  const {
    listing,
    timeline,
    options: {newestCommitEpochMs, recordLsn},
  } = context
  if (recordLsn !== undefined && recordLsn < reachOf(wal, listing.segmentBytes)) return []
  if (wal.missing.length > 0 && boundOf(context, target.epochMs, wal) === null)
    throw acrossGap(listing, target, backup, wal, {timeline, goal: null})
  if (newestCommitEpochMs === undefined || newestCommitEpochMs === null)
    return [
      'which commit is the last in the archive was not looked at: replay stops with an error when none is later ' +
        'than the target',
    ]
  // Replay stops at the first commit that the target leaves out: without one it runs to the end of WAL, and PostgreSQL
  // ends with an error.
  if (target.inclusive ? newestCommitEpochMs > target.epochMs : newestCommitEpochMs >= target.epochMs) return []
  throw unreachableTarget(
    listing,
    `${describeTarget(target)} is not before the last commit in the archive, at ${formatTime(newestCommitEpochMs)}`,
    [`--to latest --timeline ${timeline}`],
  )
}

/**
 * The end of the first backup that began at or after that moment: WAL of that moment lies before it. null when gap-free
 * WAL does not go so far. Not its start: that is a checkpoint, which on a standby may be much older than the moment at
 * which the backup began.
 */
export function boundOf({listing, lineage}: RestoreContext, epochMs: number, wal: FollowedWal): Lsn | null {
  const next = physicalBackups(listing.backups).find(
    ({startedMs, timeline, stopLsn}) => startedMs >= epochMs && liesOn(lineage, timeline, stopLsn),
  )
  return next !== undefined && next.stopLsn <= wal.contiguousTo ? next.stopLsn : null
}
