// PURE: whether a copy can be moved on to a target, and how. A copy is planned with like a backup that ends where the
// copy stands: its data is there, and what it was made of may be gone from the archive. Invariant: what lies behind it
// is refused before it is touched; recovery never goes back. Not here: moving it (forward-copy.ts).
import {hint} from '../../model/command-hint.ts'
import {backupSchemaVersion, type ArchiveListing, type BackupRecord, type RestoreTarget} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {formatLsn, type Lsn} from '../../model/lsn.ts'
import {parseTime} from '../restore/parse-time.ts'
import {describeTarget} from '../restore/parse-target.ts'
import {planRestore, type RestorePlan} from '../restore/plan-restore.ts'
import type {RestoreOptions} from '../restore/restore-context.ts'
import {timelinesIn} from '../wal/archive-contents.ts'
import {lineageOf, liesOn, timelineAt, type Lineage} from '../wal/timeline-history.ts'
import type {Copy} from './copy-state.ts'

/** As errors of plans name it. */
const copyId = 'recovery-copy'

/**
 * The chain of the plan is the copy itself. Errors: TARGET_UNREACHABLE when the copy was promoted, is past the target
 * or cannot reach it, ARCHIVE_GAP.
 */
export function planForward(
  listing: ArchiveListing,
  target: RestoreTarget,
  copy: Copy,
  options: Omit<RestoreOptions, 'backup' | 'why'> = {},
): RestorePlan {
  if (copy.state.mode === 'ended')
    throw new HlError('TARGET_UNREACHABLE', 'the copy was promoted, and moves no more', {next: startAnew})
  requireAhead(copy, target)
  const timeline = options.timeline ?? timelinesIn(listing).at(-1) ?? 1
  // What is not known of the timeline is refused with the plan.
  const lineage = lineageOf(listing, timeline) ?? []
  if (lineage.length > 0 && !leadsOn(lineage, copy))
    throw new HlError(
      'TARGET_UNREACHABLE',
      `the copy holds what the way to timeline ${timeline} left out: it is at ${formatLsn(copy.lsn)} along ` +
        `timeline ${copy.state.timeline}`,
      {next: [`--timeline ${copy.state.timeline}`, ...startAnew]},
    )
  return planRestore(
    {...listing, backups: [...listing.backups, asBackup(listing, copy, timelineAt(lineage, copy.lsn))]},
    target,
    {...options, damagedMs: undefined, backup: copyId, why: 'where it stands'},
  )
}

const startAnew = [hint('copy drop', {why: 'takes it away; then make one with this target'}), hint('copy show')]

function requireAhead({lsn, state: {lastCommit}}: Copy, target: RestoreTarget): void {
  // What the target names itself may be the next that is replayed.
  const isAhead = (is: number | bigint, wanted: number | bigint, inclusive: boolean): boolean =>
    inclusive ? is <= wanted : is < wanted
  if (target.kind === 'lsn' && !isAhead(lsn, target.lsn, target.inclusive))
    throw behind(`is at ${formatLsn(lsn)}`, describeTarget(target))
  if (target.kind === 'time' && !isAhead(parseTime(lastCommit) ?? 0, target.epochMs, target.inclusive))
    throw behind(`holds what was committed at ${lastCommit}`, describeTarget(target))
}

/** TARGET_UNREACHABLE unless what is to be left out, a transaction that was committed there, was not replayed yet. */
export function requireLater(at: Lsn, commitLsn: Lsn): void {
  if (commitLsn <= at) throw behind(`is at ${formatLsn(at)}`, formatLsn(commitLsn))
}

function behind(where: string, wanted: string): HlError {
  return new HlError('TARGET_UNREACHABLE', `the copy ${where} already, and recovery never goes back to ${wanted}`, {
    next: startAnew,
  })
}

/**
 * Does what was replayed belong to that way? One that follows may have gone on to a timeline that nobody noted; where
 * it would begin again is known.
 */
function leadsOn(lineage: Lineage, {lsn, redoLsn, redoTimeline, state: {mode, timeline}}: Copy): boolean {
  return liesOn(lineage, redoTimeline, redoLsn) && (mode === 'follow' || timelineAt(lineage, lsn) <= timeline)
}

function asBackup(
  {systemIdentifier}: ArchiveListing,
  {lsn, redoLsn, state: {lastCommit}}: Copy,
  timeline: number,
): BackupRecord {
  return {
    schemaVersion: backupSchemaVersion,
    id: copyId,
    kind: 'full',
    parent: null,
    lab: '',
    systemIdentifier,
    serverVersion: '',
    node: 'copy',
    timeline,
    startLsn: formatLsn(redoLsn),
    stopLsn: formatLsn(lsn),
    startedAt: lastCommit,
    stoppedAt: lastCommit,
    durationMs: 0,
    compression: 'none',
    checkpoint: 'fast',
    bytes: {logical: 0, stored: 0},
    manifestSha256: null,
    checksumFailures: 0,
    labels: [],
    pinned: false,
    verified: null,
  }
}
