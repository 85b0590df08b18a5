// PURE: what the archive holds and what the schedule did -> samples. Invariants: times are timestamps, never ages; no
// label grows with the number of backups; what is not known is absent, never 0. Not here: writing it anywhere.
import {backupKinds, type BackupKind, type BackupRecord} from '../../model/backup.ts'
import {knownBad} from '../../backup/catalog/physical-backups.ts'
import {parseTime} from '../../backup/restore/parse-time.ts'
import {reachableWindows} from '../../backup/restore/reachable-windows.ts'
import {gapsIn} from '../../backup/wal/archive-gaps.ts'
import {countOf, type Outcome} from '../../backup/schedule/decide-due.ts'
import type {BackupFacts} from '../cluster-facts.ts'
import {sample, type Sample} from '../metrics/sample.ts'

/** What a verification looked at: l1 the stored bytes, l3 a restored server. */
const levels = [
  ['verify', 'l1'],
  ['verify-restore', 'l3'],
] as const

export function backupSamples(facts: BackupFacts): readonly Sample[] {
  return [...catalogSamples(facts), ...archiveSamples(facts), ...journalSamples(facts)]
}

function catalogSamples({lab, cluster, listing}: BackupFacts): readonly Sample[] {
  const labels = {lab, cluster}
  return [
    ...backupKinds.flatMap(type => {
      const record = newest(listing.backups, type)
      if (record === undefined) return []
      const {durationMs, bytes} = record
      return [
        ...sample('hl_backup_last_success_timestamp_seconds', {...labels, type}, seconds(stoppedMs(record))),
        ...sample('hl_backup_last_duration_seconds', {...labels, type}, seconds(durationMs)),
        ...sample('hl_backup_size_bytes', {...labels, type, kind: 'logical'}, bytes.logical),
        ...sample('hl_backup_size_bytes', {...labels, type, kind: 'stored'}, bytes.stored),
      ]
    }),
    ...sample('hl_backup_damaged', labels, listing.backups.filter(knownBad).length),
  ]
}

/** Of those that count: one that is known to be damaged restores nothing. */
function newest(backups: readonly BackupRecord[], type: BackupKind): BackupRecord | undefined {
  return backups
    .filter(record => record.kind === type && !knownBad(record) && stoppedMs(record) !== null)
    .toSorted((a, b) => (stoppedMs(a) ?? 0) - (stoppedMs(b) ?? 0))
    .at(-1)
}

const stoppedMs = ({stoppedAt}: BackupRecord): number | null => parseTime(stoppedAt)
const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1_000)

function archiveSamples({lab, cluster, listing, lagBytes, lagSeconds, lastCommitEpochMs}: BackupFacts) {
  const labels = {lab, cluster}
  const startMs = parseTime(reachableWindows(listing).at(-1)?.fromTime ?? '')
  const endMs = startMs === null || lastCommitEpochMs === null ? null : Math.max(startMs, lastCommitEpochMs)
  const exposed = {...labels, path: 'archive'}
  return [
    ...sample('hl_archive_lag_bytes', labels, lagBytes),
    ...sample('hl_rpo_exposure_bytes', exposed, lagBytes),
    ...sample('hl_rpo_exposure_seconds', exposed, lagSeconds),
    ...sample(
      'hl_archive_missing_segments',
      labels,
      gapsIn(listing).reduce((sum, {segments}) => sum + segments, 0),
    ),
    ...sample('hl_recovery_window_start_timestamp_seconds', labels, seconds(startMs)),
    ...sample('hl_recovery_window_end_timestamp_seconds', labels, seconds(endMs)),
  ]
}

function journalSamples({lab, cluster, outcomes}: BackupFacts): readonly Sample[] {
  if (outcomes === null) return []
  const labels = {lab, cluster}
  return [
    ...backupKinds.flatMap(type => {
      const mine = outcomes.filter(({task}) => task === type)
      return [
        ...sample('hl_backup_last_attempt_timestamp_seconds', {...labels, type}, endedS(mine.at(-1))),
        ...counted(mine).flatMap(([result, count]) => sample('hl_backup_runs_total', {...labels, type, result}, count)),
      ]
    }),
    ...levels.flatMap(([name, level]) => {
      const mine = outcomes.filter(({task}) => task === name)
      const passed = mine.findLast(({ok}) => ok)
      return [
        ...sample('hl_verify_last_success_timestamp_seconds', {...labels, level}, endedS(passed)),
        ...sample('hl_verify_last_duration_seconds', {...labels, level}, seconds(passed?.durationMs ?? null)),
        ...counted(mine).flatMap(([result, count]) =>
          sample('hl_verify_runs_total', {...labels, level, result}, count),
        ),
      ]
    }),
  ]
}

const endedS = (outcome: Outcome | undefined): number | null => seconds(parseTime(outcome?.at ?? ''))

/** 0 where nothing was tried: increase() does not see a counter that begins with 1. */
function counted(outcomes: readonly Outcome[]): readonly (readonly [result: string, count: number])[] {
  return [
    ['success', countOf(outcomes.filter(({ok}) => ok))],
    ['failure', countOf(outcomes.filter(({ok}) => !ok))],
  ]
}
