// Drills on real labs: a disaster, a restore from the archive, and what was lost, counted again by hand. Invariant: no
// timed assertion beyond the objectives that the drills carry.
import {createHash} from 'node:crypto'
import {mkdtempSync, readFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {recoveryScenarios, type RecoveryName} from '../../scenarios/index.ts'
import type {BackupRecord} from '../../src/model/backup.ts'
import type {Report} from '../../src/model/report.ts'
import {runHl} from '../run-hl.ts'
import {docker, labelled, useLab} from './use-lab.ts'

/** Two labs are made, one is copied from the archive of the other, and both are taken away. */
const drillMs = 600_000
const cwd = mkdtempSync(join(tmpdir(), 'hl-e2e-drill-'))
const labs = ['drill', 'drill-restored']

async function remove(): Promise<void> {
  for (const lab of labs) await runHl(['down', '--lab', lab, '--volumes', '--confirm', lab], {cwd})
}

async function drill(name: RecoveryName): Promise<{readonly exitCode: number | null; readonly report: Report}> {
  const {exitCode, stdout, stderr} = await runHl(['drill', '--scenario', name, '--seed', '1', '--json'], {cwd})
  const answer = JSON.parse(stdout) as {readonly ok: boolean; readonly result: Report}
  expect(answer.ok, `${stdout.slice(0, 2_000)}${stderr}`).toBe(true)
  return {exitCode, report: answer.result}
}

const failed = ({checks}: Report): readonly string[] =>
  checks.filter(({verdict}) => verdict === 'fail').map(({name}) => name)

beforeAll(remove)
afterAll(remove)

describe('drills', () => {
  test.each([
    'dropped-table',
    'bad-update',
    'restored-in-place',
    'failover-during-backup',
    'across-timelines',
    'cluster-lost',
  ] as const)(
    '%s passes, and leaves nothing behind',
    async name => {
      const {exitCode, report} = await drill(name)
      expect(failed(report), report.run).toEqual([])
      expect({exitCode, verdict: report.verdict}, report.run).toEqual({exitCode: 0, verdict: 'pass'})
      expect(report.writes).toMatchObject({lost: 0, duplicated: 0, phantom: 0})
      expect(report.rto?.parts.reduce((sum, part) => sum + part.ms, 0)).toBeCloseTo(report.rto?.ms ?? Number.NaN, 3)
      expect(report.checks.map(check => check.name)).toEqual(
        expect.arrayContaining(['amcheck', 'dump-readable', 'checksums', 'sequences', 'roles', 'own-timeline']),
      )
      expect(report.restore?.chain.length, report.run).toBe(name === 'bad-update' ? 2 : 1)
      if (name === 'failover-during-backup') expect(report.checks.map(check => check.name)).toContain('backups-whole')
      if (name === 'cluster-lost') expect(report.rpo).toMatchObject({transactions: 0})
      // Traffic went on after the bad statement: a point-in-time restore that costs nothing went back to no time.
      else
        expect(report.pointInTime).toMatchObject({
          missing: 0,
          keptAfter: 0,
          collateral: expect.toSatisfy((count: number) => count > 50) as number,
        })
      expect((await Promise.all(labs.map(labelled))).flat()).toEqual([])
    },
    drillMs,
  )

  test.each(['one-table', 'delayed-standby', 'primary-volume-lost', 'corrupt-page'] as const)(
    '%s passes while the cluster goes on, and nothing that was acknowledged at any time is lost',
    async name => {
      const {exitCode, report} = await drill(name)
      expect(failed(report), report.run).toEqual([])
      expect({exitCode, verdict: report.verdict}, report.run).toEqual({exitCode: 0, verdict: 'pass'})
      expect(report.writes).toMatchObject({lost: 0, duplicated: 0, phantom: 0})
      expect(report.rpo).toMatchObject({transactions: 0})
      expect(report.pointInTime).toBeNull()
      expect(report.checks.map(check => check.name)).toEqual(
        expect.arrayContaining(['victim-intact', 'amcheck', 'lost-after-restore']),
      )
      // A table comes back without the clients noticing, and without anything else.
      if (name === 'one-table' || name === 'delayed-standby')
        expect(report.checks.map(check => check.name)).toEqual(
          expect.arrayContaining(['no-failed-writes', 'no-failover', 'only-the-table']),
        )
      else expect(report.checks.map(check => check.name)).toContain('pages-intact')
      if (name === 'delayed-standby') expect(report.checks.map(check => check.name)).toContain('nothing-fetched')
      expect((await Promise.all(labs.map(labelled))).flat()).toEqual([])
    },
    drillMs,
  )

  test.each(['archive-gap', 'wrong-host', 'control-segment-missing', 'control-byte-flipped'] as const)(
    '%s is refused, with the name of what is wrong and a way out, and the lab goes on',
    async name => {
      const {exitCode, report} = await drill(name)
      expect({exitCode, verdict: report.verdict, held: report.controlHeld}, report.run).toEqual({
        exitCode: 0,
        verdict: 'pass',
        held: true,
      })
      expect(report.refusal).toMatchObject({
        code: recoveryScenarios[name].expect.code,
        message: expect.stringMatching(recoveryScenarios[name].expect.saying) as string,
      })
      expect(report.refusal?.next.length).toBeGreaterThan(0)
      expect(report.restore).toBeNull()
    },
    drillMs,
  )

  test.each(['control-one-late', 'control-one-early'] as const)(
    '%s is rejected, by exactly the checks that must',
    async name => {
      const {exitCode, report} = await drill(name)
      expect(failed(report).toSorted(), report.run).toEqual([...recoveryScenarios[name].expect.checks].toSorted())
      expect({exitCode, verdict: report.verdict, held: report.controlHeld}).toEqual({
        exitCode: 1,
        verdict: 'fail',
        held: true,
      })
      if (name === 'control-one-early') expect(report.pointInTime?.missing).toBe(1)
    },
    drillMs,
  )

  test('a stored drill is listed, shown and judged again as it was', async () => {
    const json = async <T>(...words: readonly string[]): Promise<T> =>
      (JSON.parse((await runHl([...words, '--json'], {cwd})).stdout) as {readonly result: T}).result
    const shown = await json<Report>('runs', 'show', 'latest')
    const checked = await json<Report>('runs', 'check', 'latest')
    expect(checked).toMatchObject({
      verdict: shown.verdict,
      rto: shown.rto,
      pointInTime: shown.pointInTime,
      checks: shown.checks,
    })
    expect(
      await json<readonly {readonly run: string; readonly scenario: string; readonly verdict: string}[]>('runs'),
    ).toContainEqual(expect.objectContaining({run: shown.run, scenario: shown.scenario, verdict: shown.verdict}))
    expect(readFileSync(join(cwd, shown.files['html'] ?? ''), 'utf8')).toContain('<svg')
  })
})

describe('backups of a lab', () => {
  const lab = useLab('e2e-backups', '--archive', 'stream')
  const list = async (): Promise<readonly BackupRecord[]> =>
    (await lab.json<{readonly backups: readonly BackupRecord[]}>('backups')).result.backups

  test('a full, an incremental and a logical one are taken from a standby, listed, and verified', async () => {
    const full = (await lab.json<BackupRecord>('backups', 'create', '--pin')).result
    const incremental = (await lab.json<BackupRecord>('backups', 'create', '--kind', 'incremental')).result
    const logical = (await lab.json<BackupRecord>('backups', 'create', '--kind', 'logical', '--label', 'dump')).result
    expect(incremental).toMatchObject({kind: 'incremental', parent: full.id})
    expect(logical).toMatchObject({kind: 'logical', labels: ['dump'], startLsn: null})
    const {
      result: {state},
    } = await lab.json<{readonly state: {readonly primary: string}}>('status')
    expect(full.node).not.toBe(state.primary)
    expect((await list()).map(({id}) => id)).toEqual([logical.id, incremental.id, full.id])
    expect((await lab.hl('backups', 'verify')).exitCode).toBe(0)
    expect((await list()).map(({verified}) => verified?.ok)).toEqual([true, true, true])
  })

  test('retention shows what it would remove, keeps what is pinned, and removes nothing without being told', async () => {
    const before = await list()
    await lab.hl('backups', 'create')
    const {stdout, exitCode} = await lab.hl('backups', 'prune', '--keep-full', '1')
    expect({exitCode, stdout}).toEqual({exitCode: 0, stdout: expect.stringMatching(/keeps .*pinned/) as string})
    expect(await list()).toHaveLength(before.length + 1)
    expect((await lab.hl('backups', 'prune', '--keep-full', '1', '--confirm', 'another')).exitCode).toBe(2)
    expect(await list()).toHaveLength(before.length + 1)
  })

  test('one flipped byte is found', async () => {
    const [newest] = await list()
    if (newest === undefined) throw new Error('a backup was taken')
    const file = (
      await docker(
        'exec',
        lab.container('archive'),
        'sh',
        '-c',
        `ls -S /archive/*/backups/${newest.id}/data/base/*/* | head -n 1`,
      )
    ).trim()
    await docker(
      'exec',
      lab.container('archive'),
      'sh',
      '-c',
      `printf '\\377\\376' | dd of=${file} bs=1 seek=4242 conv=notrunc status=none`,
    )
    expect(await lab.hl('backups', 'verify', newest.id)).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('DAMAGED') as string,
    })
  })

  test.each([
    [['restore', '--into', 'e2e-backups-two', '--to', '2026-11-24T10:00:00'], 2, 'TARGET_INVALID', 'Z'],
    [['restore', '--into', 'e2e-backups-two', '--to', '2001-01-01T00:00:00Z'], 4, 'TARGET_UNREACHABLE', ''],
    [['restore', '--into', 'e2e-backups-two', '--to-lsn', 'FF/0'], 4, 'TARGET_UNREACHABLE', ''],
    [['restore', '--into', 'e2e-backups', '--to', 'latest'], 4, 'LAB_SETTINGS_DIFFER', 'never writes over a lab'],
    [['restore', '--into', 'e2e-backups-two', '--to', 'latest', '--before-drop', 'hl.ledger'], 2, 'TARGET_INVALID', ''],
    [['backups', 'show', 'nonsense'], 2, 'BACKUP_UNKNOWN', ''],
    [['backups', 'prune'], 2, 'USAGE', 'rule'],
  ] as const)('%j is refused before anything is made', async (words, exitCode, code, hint) => {
    const {exitCode: actual, stderr} = await lab.hl(...words)
    expect({actual, stderr}).toEqual({actual: exitCode, stderr: expect.stringContaining(code) as string})
    expect(stderr).toContain(hint)
    expect(await labelled('e2e-backups-two')).toEqual([])
  })

  test("the archive holds none of the lab's passwords but its own, and another file under a name that is taken is refused", async () => {
    const secrets = await docker('exec', '-u', 'root', lab.container('pg1'), 'cat', '/run/hl-secrets/secrets.env')
    const found = await docker(
      'exec',
      '-u',
      'root',
      lab.container('archive'),
      'sh',
      '-c',
      'cat /run/hl-archive/secrets/* /run/hl/* 2>/dev/null; env',
    )
    for (const line of secrets.split('\n').filter(text => text !== ''))
      expect(found).not.toContain(line.slice(line.indexOf('=') + 1))
    const put = async (text: string): Promise<string> =>
      docker(
        'exec',
        '-u',
        'postgres',
        lab.container('archive'),
        'sh',
        '-c',
        `sum=$(printf '${text}' | sha256sum | cut -d' ' -f1); printf '${text}' | SSH_ORIGINAL_COMMAND="put 1 000000090000000000000001 $sum" archive-gate`,
      )
    await put('once')
    await put('once')
    await expect(put('other')).rejects.toThrow('another 000000090000000000000001 is there already')
    // A name that leads elsewhere, of a file that would have the right hash.
    for (const name of ['/../../tmp/foo\\n00000001.history', '000000090000000000000001\\c/../../tmp/x'])
      await expect(
        docker(
          'exec',
          '-u',
          'postgres',
          '-e',
          `SSH_ORIGINAL_COMMAND=put 1 ${name} ${createHash('sha256').digest('hex')}`,
          lab.container('archive'),
          'archive-gate',
        ),
      ).rejects.toThrow('belongs in no argument')
    expect(
      await docker(
        'exec',
        lab.container('archive'),
        'sh',
        '-c',
        'cat /archive/1/wal/000000090000000000000001; rm -r /archive/1',
      ),
    ).toBe('once')
  })
})
