// PURE: backups that belong to the WAL, with their positions and times as numbers. Invariant: ordered by time, never by
// name: an id says nothing about order, and after an upgrade timelines begin anew. Not here: chains (chain.ts), what
// may go (retention.ts).
import type {BackupRecord} from '../../model/backup.ts'
import {parseLsn, type Lsn} from '../../model/lsn.ts'
import {parseTime} from '../restore/parse-time.ts'

export interface PhysicalBackup {
  readonly record: BackupRecord
  readonly timeline: number
  readonly startLsn: Lsn
  readonly stopLsn: Lsn
  readonly startedMs: number
  readonly stoppedMs: number
}

/**
 * Full and incremental ones, oldest first by the moment from which they can be restored. Those whose positions or times
 * cannot be read are left out.
 */
export function physicalBackups(backups: readonly BackupRecord[]): readonly PhysicalBackup[] {
  return backups
    .flatMap(record => physicalOf(record) ?? [])
    .sort((a, b) => a.stoppedMs - b.stoppedMs || a.startedMs - b.startedMs || (a.record.id < b.record.id ? -1 : 1))
}

function physicalOf(record: BackupRecord): PhysicalBackup | null {
  if (record.kind === 'logical' || record.timeline === null) return null
  const [startLsn, stopLsn] = [parseLsn(record.startLsn ?? ''), parseLsn(record.stopLsn ?? '')]
  const [startedMs, stoppedMs] = [parseTime(record.startedAt), parseTime(record.stoppedAt)]
  if (startLsn === null || stopLsn === null || startedMs === null || stoppedMs === null) return null
  return {record, timeline: record.timeline, startLsn, stopLsn, startedMs, stoppedMs}
}

/** Did the last verification find it damaged? One that was never verified counts as good. */
export function knownBad(record: BackupRecord): boolean {
  return record.verified?.ok === false
}
