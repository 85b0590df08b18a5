// The schedule of backups on a real lab: it does what is due, once and as a service. Not here: backups that a person
// verifies (../backups-verify.test.ts), when what is due (src/backup/schedule).
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {backupsOf, scratchOf} from '../archived-lab.ts'
import {useLab} from '../use-lab.ts'

const lab = useLab('e2e-schedule', {profile: 'small', up: ['--archive', 'command']})
beforeAll(async () => {
  await lab.json('backups', 'create', '--content')
})

test('the schedule does what is due, tells each outcome, writes the metrics, and then nothing is due', async () => {
  const metrics = join(lab.cwd, 'hl.prom')
  const words = [
    'backups',
    'schedule',
    '--full-every',
    '24h',
    '--incremental-every',
    '1s',
    '--verify-every',
    '24h',
    '--verify-restore-every',
    '24h',
    '--keep-full',
    '5',
    '--confirm',
    lab.name,
    '--once',
    '--seed',
    '1',
    '--metrics-file',
    metrics,
    '--json',
  ]
  const first = await lab.hl(...words)
  const lines = first.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as {readonly task?: string; readonly ok: boolean; readonly result?: unknown})
  expect(
    lines.every(({ok}) => ok),
    first.stdout + first.stderr,
  ).toBe(true)
  expect(first.exitCode).toBe(0)
  expect(new Set(lines.map(({task}) => task))).toEqual(
    new Set(['incremental', 'verify', 'prune', 'verify-restore', undefined]),
  )
  const text = readFileSync(metrics, 'utf8')
  for (const name of [
    'hl_backup_last_success_timestamp_seconds',
    'hl_verify_last_success_timestamp_seconds',
    'hl_archive_lag_bytes',
    'hl_archive_missing_segments',
    'hl_recovery_window_start_timestamp_seconds',
    'hl_recovery_window_end_timestamp_seconds',
  ])
    expect(text).toMatch(new RegExp(`^${name}\\{`, 'm'))
  expect(
    (
      await lab.hl(
        'backups',
        'schedule',
        '--full-every',
        '24h',
        '--verify-every',
        '24h',
        '--verify-restore-every',
        '24h',
        '--once',
        '--json',
      )
    ).stdout.trim(),
  ).toMatch(/"done":0,"failed":0/)
  expect(await scratchOf(lab)).toBe('')
})

test('as a service it takes a full backup after a switchover, refuses a second one, and ends with Ctrl-C', async () => {
  const service = lab.start('backups', 'schedule', '--incremental-every', '1h')
  await service.saw('Ctrl-C ends it', 60_000)
  expect(await lab.hl('backups', 'schedule', '--full-every', '1h')).toMatchObject({
    exitCode: 4,
    stderr: expect.stringContaining('LAB_BUSY') as string,
  })
  expect((await lab.hl('switchover', '--yes')).exitCode).toBe(0)
  await service.saw(/ok {3}full /, 180_000)
  service.kill('SIGINT')
  const {exitCode} = await service.finished
  expect(exitCode).toBe(0)
  expect((await backupsOf(lab))[0]).toMatchObject({kind: 'full', timeline: 2})
})
