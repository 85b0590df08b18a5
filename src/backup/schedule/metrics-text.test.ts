import {expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {ArchiveListing, BackupRecord} from '../../model/backup.ts'
import {metricsText} from './metrics-text.ts'

const record: BackupRecord = backupOf({
  serverVersion: '17',
  startedAt: '2026-11-24T00:00:00Z',
  stoppedAt: '2026-11-24T00:00:10Z',
  bytes: {logical: 10, stored: 4},
})
const listing: ArchiveListing = {
  systemIdentifier: '7',
  segmentBytes: 16_777_216,
  files: [1, 2, 4].map(number => ({name: `00000001000000000000000${number}`, bytes: 16_777_216})),
  histories: new Map(),
  backups: [record],
}
const linesOf = (text: string): readonly string[] =>
  text.split('\n').filter(line => line !== '' && !line.startsWith('#'))

it('the state is told in timestamps, bytes and counts', () => {
  const outcomes = [
    {task: 'full', at: '2026-11-24T00:00:11Z', ok: true},
    {task: 'full', at: '2026-11-24T01:00:00Z', ok: false},
    {task: 'verify-restore', at: '2026-11-24T02:00:00Z', ok: true},
  ] as const
  const text = metricsText({
    cluster: 'a"b',
    listing,
    outcomes: outcomes.map(one => ({...one, durationMs: 1, detail: '', backup: null})),
    lagBytes: 96,
    lastCommitEpochMs: 1_795_478_500_000,
  })
  expect(linesOf(text)).toEqual([
    'hl_backup_last_success_timestamp_seconds{cluster="a\\"b",type="full"} 1795478410',
    'hl_backup_last_attempt_timestamp_seconds{cluster="a\\"b",type="full"} 1795482000',
    'hl_backup_runs_total{cluster="a\\"b",type="full",result="success"} 1',
    'hl_backup_runs_total{cluster="a\\"b",type="full",result="failure"} 1',
    'hl_backup_size_bytes{cluster="a\\"b",type="full",kind="logical"} 10',
    'hl_backup_size_bytes{cluster="a\\"b",type="full",kind="stored"} 4',
    'hl_backup_damaged{cluster="a\\"b"} 0',
    'hl_archive_lag_bytes{cluster="a\\"b"} 96',
    'hl_archive_missing_segments{cluster="a\\"b"} 1',
    'hl_recovery_window_start_timestamp_seconds{cluster="a\\"b"} 1795478410',
    'hl_recovery_window_end_timestamp_seconds{cluster="a\\"b"} 1795478500',
    'hl_verify_last_success_timestamp_seconds{cluster="a\\"b",level="l3"} 1795485600',
    'hl_verify_runs_total{cluster="a\\"b",level="l3",result="success"} 1',
    'hl_verify_runs_total{cluster="a\\"b",level="l3",result="failure"} 0',
  ])
  for (const line of text.split('\n').filter(one => one !== ''))
    expect(line).toMatch(/^(# (HELP|TYPE) hl_|hl_[a-z_0-9]+\{)/)
})

it('what is not known is left out', () => {
  expect(
    linesOf(
      metricsText({
        cluster: 'lab',
        listing: {...listing, files: [], backups: []},
        outcomes: [],
        lagBytes: null,
        lastCommitEpochMs: null,
      }),
    ),
  ).toEqual(['hl_backup_damaged{cluster="lab"} 0', 'hl_archive_missing_segments{cluster="lab"} 0'])
})
