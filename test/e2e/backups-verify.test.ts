// Backups that are restored to see that they can be, on a real lab: what was recorded is compared, a lie in the catalog
// is found. Invariant: nothing of a scratch container stays, whatever came of it. Not here: the schedule
// (nightly/backups-schedule.test.ts).
import {describe, expect, test} from 'vitest'
import type {BackupRecord} from '../../src/model/backup.ts'
import type {Check} from '../../src/model/verdict.ts'
import {backupsOf, scratchOf} from './archived-lab.ts'
import {docker, useLab} from './use-lab.ts'

interface Verified {
  readonly verified: readonly BackupRecord[]
  readonly restored: readonly {readonly target: string; readonly ok: boolean; readonly checks: readonly Check[]}[]
}

describe('verified backups', () => {
  const lab = useLab('e2e-verify', {profile: 'small', up: ['--archive', 'command']})
  const failed = ({restored}: Verified): readonly string[] =>
    restored.flatMap(({checks}) =>
      checks.filter(({verdict}) => verdict !== 'pass').map(({name, detail}) => `${name}: ${detail}`),
    )
  const pauseState = async (node: string): Promise<string> =>
    (
      await docker(
        'exec',
        '-u',
        'postgres',
        lab.container(node),
        'psql',
        '-X',
        '-A',
        '-t',
        '-d',
        'postgres',
        '-c',
        "SELECT CASE WHEN pg_is_in_recovery() THEN pg_get_wal_replay_pause_state() ELSE 'not paused' END",
      )
    ).trim()

  test('content is recorded with a backup while writes go on, and replay goes on afterwards', async () => {
    await lab.hl(
      'psql',
      'CREATE SCHEMA app; CREATE TABLE app.notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text); CREATE TABLE app."Odd name" (v float8)',
    )
    await lab.hl(
      'psql',
      'INSERT INTO app.notes (v) SELECT md5(g::text) FROM generate_series(1, 1000) g; INSERT INTO app."Odd name" VALUES (0.1), (0.1)',
    )
    const {
      state: {primary},
    } = await lab.healthy()
    const writing = docker(
      'exec',
      '-u',
      'postgres',
      lab.container(primary ?? ''),
      'sh',
      '-c',
      'for i in $(seq 400); do psql -q -X -d hl -c "INSERT INTO app.notes (v) VALUES (random()); UPDATE app.notes SET v = v || 1 WHERE id < 9"; done',
    )
    const {result: record} = await lab.json<BackupRecord>('backups', 'create', '--content')
    await writing
    expect(record.content?.tables.map(({name}) => name)).toEqual(
      expect.arrayContaining(['app."Odd name"', 'app.notes', 'hl.ledger']),
    )
    for (const node of ['pg1', 'pg2', 'pg3']) expect(await pauseState(node), node).toBe('not paused')
  })

  test('a restore shows the same, row for row, and leaves nothing behind', async () => {
    const {exitCode, result} = await lab.json<Verified>('backups', 'verify', 'latest', '--restore')
    expect({exitCode, failed: failed(result)}).toEqual({exitCode: 0, failed: []})
    expect(result.restored[0]?.checks.map(({name}) => name)).toEqual(
      expect.arrayContaining([
        'target-reached',
        'content',
        'recorded-roles',
        'recorded-extensions',
        'amcheck',
        'dump-readable',
        'checksums',
        'sequences',
      ]),
    )
    expect((await backupsOf(lab))[0]?.verified?.restored).toMatchObject({ok: true})
    expect(await scratchOf(lab)).toBe('')
  })

  test('control: with a hash changed in the catalog it fails, and names the table', async () => {
    const [newest] = await backupsOf(lab)
    const file = `/archive/${newest?.systemIdentifier ?? ''}/backups/${newest?.id ?? ''}/backup.json`
    await docker(
      'exec',
      '-u',
      'postgres',
      lab.container('archive'),
      'sh',
      '-euc',
      `cp ${file} /tmp/kept.json; sed -i '/"name": "app.notes"/,/}/ s/"hash": "[-0-9]*"/"hash": "7"/' ${file}; ! cmp -s ${file} /tmp/kept.json`,
    )
    const {exitCode, result} = await lab.json<Verified>('backups', 'verify', newest?.id ?? '', '--restore')
    expect(exitCode).toBe(1)
    expect(failed(result)).toEqual([expect.stringMatching(/^content: app\.notes has/) as string])
    expect((await backupsOf(lab))[0]?.verified).toMatchObject({ok: false, restored: {ok: false}})
    expect(await scratchOf(lab)).toBe('')
    await docker('exec', '-u', 'postgres', lab.container('archive'), 'sh', '-euc', `cat /tmp/kept.json >${file}`)
  })

  test('control: with a byte changed in the stored backup the verification fails, and is noted', async () => {
    const [newest] = await backupsOf(lab)
    const folder = `/archive/${newest?.systemIdentifier ?? ''}/backups/${newest?.id ?? ''}`
    const inArchive = async (script: string): Promise<string> =>
      docker('exec', '-u', 'postgres', lab.container('archive'), 'sh', '-euc', script)
    await inArchive(
      `cp ${folder}/backup.json /tmp/kept.json; cp ${folder}/data/PG_VERSION /tmp/kept; printf x >${folder}/data/PG_VERSION`,
    )
    const {exitCode, result} = await lab.json<Verified>('backups', 'verify', newest?.id ?? '', '--restore')
    expect(exitCode).toBe(1)
    expect(failed(result)).toEqual([
      expect.stringMatching(/^stored .*PG_VERSION/) as string,
      expect.stringMatching(/^copied-bytes: .*PG_VERSION/) as string,
    ])
    expect((await backupsOf(lab))[0]?.verified).toMatchObject({ok: false, restored: {ok: false}})
    expect(await scratchOf(lab)).toBe('')
    await inArchive(`cat /tmp/kept >${folder}/data/PG_VERSION; cat /tmp/kept.json >${folder}/backup.json`)
  })

  test('a backup that cannot be restored does not keep the others from being verified', async () => {
    const [newest] = await backupsOf(lab)
    const folder = `/archive/${newest?.systemIdentifier ?? ''}/backups`
    const inArchive = async (script: string): Promise<string> =>
      docker('exec', '-u', 'postgres', lab.container('archive'), 'sh', '-euc', script)
    // An increment of a backup that is not there.
    await inArchive(
      `mkdir -p ${folder}/orphan/data; sed -e 's/"id": "[^"]*"/"id": "orphan"/; s/"kind": "full"/"kind": "incremental"/; s/"parent": null/"parent": "gone"/' ${folder}/${newest?.id ?? ''}/backup.json >${folder}/orphan/backup.json`,
    )
    const {exitCode, result} = await lab.json<
      Verified & {readonly notVerified: readonly {readonly backup: string; readonly code: string}[]}
    >('backups', 'verify', '--restore')
    expect(exitCode).toBe(1)
    expect(result.notVerified).toEqual([expect.objectContaining({backup: 'orphan', code: 'BACKUP_INVALID'})])
    expect(result.restored.map(({ok}) => ok)).toEqual([true])
    expect(await scratchOf(lab)).toBe('')
    await inArchive(`rm -r ${folder}/orphan`)
  })

  test('Ctrl-C takes the scratch container away', async () => {
    const running = lab.start('backups', 'verify', 'latest', '--restore')
    await running.saw('fetch: ', 120_000)
    running.kill('SIGINT')
    expect((await running.finished).exitCode).toBe(130)
    expect(await scratchOf(lab)).toBe('')
  })

  test('a logical backup has no content, and none is asked for in vain', async () => {
    expect(await lab.hl('backups', 'create', '--kind', 'logical', '--content')).toMatchObject({exitCode: 2})
    expect(await lab.hl('backups', 'schedule')).toMatchObject({exitCode: 2})
    expect(await lab.hl('backups', 'schedule', '--full-every', '1h', '--keep-full', '1', '--no-input')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('CONFIRMATION_MISSING') as string,
    })
  })

  test('content is refused where a person has paused replay, which stays paused', async () => {
    const {
      result: {
        state: {members},
      },
    } = await lab.json<{readonly state: {readonly members: readonly {readonly name: string; readonly role: string}[]}}>(
      'status',
    )
    const standbys = members.filter(({role}) => role !== 'primary').map(({name}) => name)
    const sql = async (node: string, text: string): Promise<string> =>
      docker('exec', '-u', 'postgres', lab.container(node), 'psql', '-X', '-q', '-d', 'postgres', '-c', text)
    const patronictl = async (word: string): Promise<string> =>
      docker('exec', lab.container('pg1'), 'patronictl', '-c', '/run/hl/patroni.yaml', word, '--wait')
    // Otherwise Patroni resumes replay at its next turn.
    await patronictl('pause')
    for (const node of standbys) {
      await sql(node, 'SELECT pg_wal_replay_pause()')
      // It is asked for, and comes into force a little later.
      await expect.poll(async () => pauseState(node)).toBe('paused')
    }
    expect(await lab.hl('backups', 'create', '--content', '--from', 'primary')).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('paused already, by somebody else') as string,
    })
    for (const node of standbys) expect(await pauseState(node), node).toBe('paused')
    for (const node of standbys) await sql(node, 'SELECT pg_wal_replay_resume()')
    await patronictl('resume')
  })
})
