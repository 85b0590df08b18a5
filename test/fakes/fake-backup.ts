// A backup as a catalog lists it.
import type {BackupRecord} from '../../src/model/backup.ts'

export function backupOf(id: string): BackupRecord {
  return {
    schemaVersion: 1,
    id,
    kind: 'full',
    parent: null,
    lab: 'fake',
    systemIdentifier: '7300000000000000001',
    serverVersion: '18.0',
    node: 'pg2',
    timeline: 1,
    startLsn: '0/3000028',
    stopLsn: '0/3000120',
    startedAt: '2026-01-01T00:00:03.000Z',
    stoppedAt: '2026-01-01T00:00:05.000Z',
    durationMs: 1_500,
    compression: 'none',
    checkpoint: 'fast',
    bytes: {logical: 50_000_000, stored: 50_000_000},
    manifestSha256: null,
    checksumFailures: 0,
    labels: [],
    pinned: false,
    verified: null,
  }
}
