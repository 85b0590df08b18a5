import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {ArchiveListing, BackupRecord} from '../../model/backup.ts'
import type {Outcome} from '../../backup/schedule/decide-due.ts'
import type {BackupFacts} from '../cluster-facts.ts'
import {exposition} from '../exposition.ts'
import {backupSamples} from './backup-samples.ts'

const record: BackupRecord = backupOf({
  serverVersion: '17',
  startedAt: '2026-11-24T00:00:00Z',
  stoppedAt: '2026-11-24T00:00:10Z',
  durationMs: 10_500,
  bytes: {logical: 10, stored: 4},
})
const listing: ArchiveListing = {
  systemIdentifier: '7',
  segmentBytes: 16_777_216,
  files: [1, 2, 4].map(number => ({name: `00000001000000000000000${number}`, bytes: 16_777_216})),
  histories: new Map(),
  backups: [record],
}
const facts: BackupFacts = {
  lab: 'a"b',
  cluster: 'hl',
  listing,
  outcomes: [],
  lagBytes: 96,
  lagSeconds: 30,
  lastCommitEpochMs: 1_795_478_500_000,
}
const outcomeOf = (task: Outcome['task'], at: string, ok: boolean): Outcome => ({
  task,
  at,
  ok,
  durationMs: 1_500,
  detail: '',
  backup: null,
})
const linesOf = async (change: Partial<BackupFacts>): Promise<readonly string[]> =>
  (await exposition(backupSamples({...facts, ...change})))
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.replace('lab="a\\"b",cluster="hl"', '').replace('{,', '{'))

describe('the state of backups', () => {
  it('is told in timestamps, bytes and counts', async () => {
    const outcomes = [
      outcomeOf('full', '2026-11-24T00:00:11Z', true),
      outcomeOf('full', '2026-11-24T01:00:00Z', false),
      outcomeOf('verify-restore', '2026-11-24T02:00:00Z', true),
    ]
    expect(await linesOf({outcomes})).toEqual([
      'hl_backup_last_success_timestamp_seconds{type="full"} 1795478410',
      'hl_backup_last_duration_seconds{type="full"} 10.5',
      'hl_backup_size_bytes{type="full",kind="logical"} 10',
      'hl_backup_size_bytes{type="full",kind="stored"} 4',
      'hl_backup_damaged{} 0',
      'hl_archive_lag_bytes{} 96',
      'hl_rpo_exposure_bytes{path="archive"} 96',
      'hl_rpo_exposure_seconds{path="archive"} 30',
      'hl_archive_missing_segments{} 1',
      'hl_recovery_window_start_timestamp_seconds{} 1795478410',
      'hl_recovery_window_end_timestamp_seconds{} 1795478500',
      'hl_backup_last_attempt_timestamp_seconds{type="full"} 1795482000',
      'hl_backup_runs_total{type="full",result="success"} 1',
      'hl_backup_runs_total{type="full",result="failure"} 1',
      // Of what was not tried too, so that increase() sees the first failure.
      'hl_backup_runs_total{type="incremental",result="success"} 0',
      'hl_backup_runs_total{type="incremental",result="failure"} 0',
      'hl_backup_runs_total{type="logical",result="success"} 0',
      'hl_backup_runs_total{type="logical",result="failure"} 0',
      'hl_verify_runs_total{level="l1",result="success"} 0',
      'hl_verify_runs_total{level="l1",result="failure"} 0',
      'hl_verify_runs_total{level="l3",result="success"} 1',
      'hl_verify_runs_total{level="l3",result="failure"} 0',
      'hl_verify_last_success_timestamp_seconds{level="l3"} 1795485600',
      'hl_verify_last_duration_seconds{level="l3"} 1.5',
    ])
  })

  it('leaves out what is not known', async () =>
    expect(
      await linesOf({
        listing: {...listing, files: [], backups: []},
        outcomes: null,
        lagBytes: null,
        lagSeconds: null,
        lastCommitEpochMs: null,
      }),
    ).toEqual(['hl_backup_damaged{} 0', 'hl_archive_missing_segments{} 0']))

  // M26: freshness is of each type for itself, and what cannot be restored is not fresh.
  it('has an age for each type, to which damaged backups do not count', async () => {
    const later = (id: string, day: number, change: Partial<BackupRecord>): BackupRecord =>
      backupOf({id, startedAt: `2026-11-2${day}T00:00:00Z`, stoppedAt: `2026-11-2${day}T00:00:10Z`, ...change})
    const backups = [
      record,
      later('bad', 5, {verified: {at: '2026-11-25T01:00:00Z', ok: false, detail: ''}}),
      later('incremental', 6, {parent: record.id}),
    ]
    const lines = await linesOf({listing: {...listing, backups}})
    expect(lines.filter(line => line.startsWith('hl_backup_last_success'))).toEqual([
      'hl_backup_last_success_timestamp_seconds{type="full"} 1795478410',
      'hl_backup_last_success_timestamp_seconds{type="incremental"} 1795651210',
    ])
    expect(lines).toContain('hl_backup_damaged{} 1')
  })

  it('is text as Prometheus reads it, with its help', async () => {
    const text = await exposition(backupSamples(facts))
    expect(text).toContain('# TYPE hl_archive_lag_bytes gauge\nhl_archive_lag_bytes{lab="a\\"b",cluster="hl"} 96\n')
    expect(text.endsWith('\n')).toBe(true)
    for (const line of text.split('\n').filter(one => one !== ''))
      expect(line).toMatch(/^(# (HELP|TYPE) hl_|hl_[a-z_0-9]+\{)/)
  })
})
