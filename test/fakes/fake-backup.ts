// Backups as a catalog lists them.
import type {BackupRecord} from '../../src/model/backup.ts'

const full: BackupRecord = {
  schemaVersion: 1,
  id: 'f',
  kind: 'full',
  parent: null,
  lab: 'lab',
  systemIdentifier: '7',
  serverVersion: '17.11',
  node: 'pg2',
  timeline: 1,
  startLsn: '0/1000028',
  stopLsn: '0/1000100',
  startedAt: '2026-11-24T10:00:00Z',
  stoppedAt: '2026-11-24T10:01:00Z',
  durationMs: 1,
  compression: 'none',
  checkpoint: 'fast',
  bytes: {logical: 1, stored: 1},
  manifestSha256: 'a'.repeat(64),
  checksumFailures: 0,
  labels: [],
  pinned: false,
  verified: null,
}

/** A full backup of timeline 1, but for the `change`; with a parent it is incremental. */
export function backupOf(change: Partial<BackupRecord> = {}): BackupRecord {
  return {...full, ...(typeof change.parent === 'string' ? {kind: 'incremental'} : {}), ...change}
}

/** A full backup in the segment of that number. */
export function fullBackup(id: string, segment: number, change: Partial<BackupRecord> = {}): BackupRecord {
  return backupOf({
    id,
    startLsn: `0/${segment}000028`,
    stopLsn: `0/${segment}000100`,
    startedAt: `2026-01-0${segment}T00:00:00Z`,
    stoppedAt: `2026-01-0${segment}T00:01:00Z`,
    ...change,
  })
}

/** As a drill takes one. */
export function drillBackup(id: string, change: Partial<BackupRecord> = {}): BackupRecord {
  return backupOf({
    id,
    systemIdentifier: '7300000000000000001',
    serverVersion: '18.0',
    startLsn: '0/3000028',
    stopLsn: '0/3000120',
    startedAt: '2026-01-01T00:00:03.000Z',
    stoppedAt: '2026-01-01T00:00:05.000Z',
    durationMs: 2_000,
    bytes: {logical: 50_000_000, stored: 50_000_000},
    manifestSha256: null,
    ...change,
  })
}
