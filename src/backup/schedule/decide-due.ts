// PURE: what a schedule has to do now. Invariants: it follows from the catalog, what was done before and the settings,
// so a service that starts again goes on where it was; a full and an incremental backup are never due together, and no
// incremental one where it would have to be a full one; what failed is tried again later and later. Not here: doing it.
import type {ArchiveListing, BackupRecord} from '../../model/backup.ts'
import {formatMs} from '../../model/time.ts'
import {mustBeFull} from '../catalog/chain.ts'
import {knownBad, physicalBackups} from '../catalog/physical-backups.ts'
import {decideRetention, type RetentionPolicy} from '../catalog/retention.ts'
import {parseTime} from '../restore/parse-time.ts'
import {restorable} from '../restore/reachable-windows.ts'

export const taskNames = ['full', 'incremental', 'verify', 'prune', 'verify-restore'] as const
export type TaskName = (typeof taskNames)[number]

/** What is absent is not done. */
export interface ScheduleSettings {
  readonly fullEveryMs?: number | undefined
  readonly incrementalEveryMs?: number | undefined
  /** Each backup is verified once it is there, and again after so long. */
  readonly verifyEveryMs?: number | undefined
  readonly restoreEveryMs?: number | undefined
  readonly retention?: RetentionPolicy | undefined
}

/** What came of a task: a line of the journal. */
export interface Outcome {
  readonly task: TaskName
  /** When it ended, ISO 8601 in UTC. */
  readonly at: string
  readonly ok: boolean
  readonly durationMs: number
  readonly detail: string
  /** The backup that it was about; null for retention, and where none came about. */
  readonly backup: string | null
  /** Of the cluster that it was about; absent: written before that was kept. */
  readonly systemIdentifier?: string
  /** So many attempts of the same kind, of which this was the last; absent: one (shorten-journal.ts). */
  readonly times?: number
}

export interface Situation {
  readonly nowEpochMs: number
  readonly listing: ArchiveListing
  /** That the primary is on; null: there is no primary, so no backup is due. */
  readonly timeline: number | null
  /** Oldest first. */
  readonly outcomes: readonly Outcome[]
  /** The lab has a recovery copy, which reads what retention would remove. */
  readonly hasCopy?: boolean
}

export interface Due {
  readonly task: TaskName
  /** For a person. */
  readonly why: string
  /** The one to verify. */
  readonly backup?: string
}

const retryFirstMs = 60_000
const retryMaxMs = 3_600_000

/** In the order in which it is to be done: what protects comes first. */
export function decideDue(situation: Situation, settings: ScheduleSettings): readonly Due[] {
  return [
    ...backupDue(situation, settings),
    ...verifyDue(situation, settings),
    ...pruneDue(situation, settings),
    ...restoreDue(situation, settings),
  ]
}

function backupDue(situation: Situation, {fullEveryMs, incrementalEveryMs}: ScheduleSettings): readonly Due[] {
  const {listing, timeline, nowEpochMs} = situation
  if (timeline === null || (fullEveryMs === undefined && incrementalEveryMs === undefined)) return []
  const next = mustBeFull(listing.backups, {timeline, systemIdentifier: listing.systemIdentifier})
  if (next.full) return untilRetried(situation, {task: 'full', why: next.why}, fullEveryMs ?? incrementalEveryMs)
  const newest = physicalBackups(listing.backups).at(-1)
  const newestFull = physicalBackups(listing.backups.filter(record => record.kind === 'full' && !knownBad(record))).at(
    -1,
  )
  if (fullEveryMs !== undefined && (newestFull === undefined || newestFull.stoppedMs + fullEveryMs <= nowEpochMs)) {
    const due = untilRetried(
      situation,
      {
        task: 'full',
        why:
          newestFull === undefined
            ? 'there is no full backup that is known to be good'
            : `the newest full backup is ${ago(nowEpochMs - newestFull.stoppedMs)} old`,
      },
      fullEveryMs,
    )
    // While a full one fails, the chain goes on.
    if (due.length > 0) return due
  }
  if (incrementalEveryMs === undefined || newest === undefined || newest.stoppedMs + incrementalEveryMs > nowEpochMs)
    return []
  return untilRetried(
    situation,
    {task: 'incremental', why: `the newest backup is ${ago(nowEpochMs - newest.stoppedMs)} old`},
    incrementalEveryMs,
  )
}

/**
 * The one that waits longest; each has its own attempts, so that one that cannot be read does not keep the others
 * waiting.
 */
function verifyDue(situation: Situation, {verifyEveryMs}: ScheduleSettings): readonly Due[] {
  if (verifyEveryMs === undefined) return []
  const waiting = situation.listing.backups
    .map(record => ({record, atMs: verifiedAt(record)}))
    .filter(({atMs}) => atMs + verifyEveryMs <= situation.nowEpochMs)
    .sort((a, b) => (a.atMs === b.atMs ? a.record.stoppedAt.localeCompare(b.record.stoppedAt) : a.atMs - b.atMs))
  for (const {
    record: {id, verified},
  } of waiting) {
    const due = untilRetried(
      situation,
      {
        task: 'verify',
        backup: id,
        why: verified === null ? `${id} was never verified` : `${id} was last verified at ${verified.at}`,
      },
      verifyEveryMs,
    )
    if (due.length > 0) return due
  }
  return []
}

function verifiedAt({verified}: BackupRecord): number {
  return verified === null ? -Infinity : (parseTime(verified.at) ?? -Infinity)
}

function pruneDue(situation: Situation, {retention}: ScheduleSettings): readonly Due[] {
  if (retention === undefined) return []
  const {remove, removeWal} = decideRetention(situation.listing, retention, situation.nowEpochMs)
  if (remove.length + removeWal.length === 0) return []
  return untilRetried(
    situation,
    {task: 'prune', why: `${remove.length} backups and ${removeWal.length} WAL files are kept by no rule`},
    retryMaxMs,
  )
}

function restoreDue(situation: Situation, {restoreEveryMs}: ScheduleSettings): readonly Due[] {
  if (restoreEveryMs === undefined || situation.timeline === null || restorable(situation.listing.backups).length === 0)
    return []
  const last = situation.outcomes.findLast(({task}) => task === 'verify-restore')
  const lastMs = last === undefined ? null : parseTime(last.at)
  if (last?.ok === true && lastMs !== null && lastMs + restoreEveryMs > situation.nowEpochMs) return []
  return untilRetried(
    situation,
    {
      task: 'verify-restore',
      why:
        lastMs === null
          ? 'no backup was restored yet'
          : `the last restore was ${ago(situation.nowEpochMs - lastMs)} ago`,
    },
    restoreEveryMs,
  )
}

/**
 * Nothing while its last attempt failed not long ago: a minute, then twice as long each time, an hour at most, and
 * never longer than its own interval.
 */
function untilRetried({outcomes, nowEpochMs}: Situation, due: Due, everyMs: number | undefined): readonly Due[] {
  const mine = outcomes.filter(
    ({task, backup}) => task === due.task && (due.backup === undefined || backup === due.backup),
  )
  const failures = countOf(mine.slice(mine.findLastIndex(({ok}) => ok) + 1))
  const lastMs = parseTime(mine.at(-1)?.at ?? '')
  if (failures === 0 || lastMs === null) return [due]
  const waitMs = Math.min(everyMs ?? retryMaxMs, retryMaxMs, retryFirstMs * 2 ** Math.min(failures - 1, 10))
  return lastMs + waitMs <= nowEpochMs ? [due] : []
}

/** Attempts, not lines. */
export function countOf(outcomes: readonly Outcome[]): number {
  return outcomes.reduce((sum, {times = 1}) => sum + times, 0)
}

function ago(ms: number): string {
  return ms < 3_600_000 ? formatMs(ms) : `${(ms / 3_600_000).toFixed(1)} h`
}
