// Backups of a lab with a streamed archive: taken, verified, pruned, and what is refused. Not here: that they can be
// restored (backups-verify.test.ts, the drills).
import {createHash} from 'node:crypto'
import {describe, expect, test} from 'vitest'
import type {BackupRecord} from '../../src/model/backup.ts'
import {backupsOf} from './archived-lab.ts'
import {docker, labelled, useLab} from './use-lab.ts'

describe('backups of a lab', () => {
  const lab = useLab('e2e-backups', {profile: 'small', up: ['--nodes', '2', '--archive', 'stream'], beside: ['two']})
  const second = `${lab.name}-two`

  test('a full, an incremental and a logical one are taken from a standby, listed, and verified', async () => {
    // A standby that does not answer is not asked for one.
    await lab.healthy()
    const full = (await lab.json<BackupRecord>('backups', 'create', '--pin')).result
    const incremental = (await lab.json<BackupRecord>('backups', 'create', '--kind', 'incremental')).result
    const logical = (await lab.json<BackupRecord>('backups', 'create', '--kind', 'logical', '--label', 'dump')).result
    expect(incremental).toMatchObject({kind: 'incremental', parent: full.id})
    expect(logical).toMatchObject({kind: 'logical', labels: ['dump'], startLsn: null})
    const {state} = await lab.healthy()
    expect(full.node).not.toBe(state.primary)
    expect((await backupsOf(lab)).map(({id}) => id)).toEqual([logical.id, incremental.id, full.id])
    expect((await lab.hl('backups', 'verify')).exitCode).toBe(0)
    expect((await backupsOf(lab)).map(({verified}) => verified?.ok)).toEqual([true, true, true])
  })

  test('retention shows what it would remove, keeps what is pinned, and removes nothing without being told', async () => {
    const before = await backupsOf(lab)
    await lab.hl('backups', 'create')
    const {stdout, exitCode} = await lab.hl('backups', 'prune', '--keep-full', '1')
    expect({exitCode, stdout}).toEqual({exitCode: 0, stdout: expect.stringMatching(/keeps .*pinned/) as string})
    expect(await backupsOf(lab)).toHaveLength(before.length + 1)
    expect((await lab.hl('backups', 'prune', '--keep-full', '1', '--confirm', 'another')).exitCode).toBe(2)
    expect(await backupsOf(lab)).toHaveLength(before.length + 1)
  })

  test('a cluster with a tablespace is refused, and a backup with a link out of the archive is damaged', async () => {
    const before = await backupsOf(lab)
    const place = '/var/lib/postgresql/beside'
    const nodes = ['pg1', 'pg2'].map(node => lab.container(node))
    for (const node of nodes) await docker('exec', node, 'install', '-d', '-o', 'postgres', place)
    const sql = async (text: string): Promise<unknown> => lab.hl('psql', text)
    await sql(`CREATE TABLESPACE beside LOCATION '${place}'`)
    expect(await lab.hl('backups', 'create')).toMatchObject({
      exitCode: 4,
      stderr: expect.stringMatching(/nothing was begun.*beside at/) as string,
    })
    await sql('DROP TABLESPACE beside')
    expect(await backupsOf(lab)).toEqual(before)
    const [newest] = before
    const link = `/archive/${newest?.systemIdentifier ?? ''}/backups/${newest?.id ?? ''}/data/pg_tblspc/16761`
    const inArchive = async (...words: readonly string[]): Promise<string> =>
      docker('exec', '-u', 'postgres', lab.container('archive'), ...words)
    await inArchive('ln', '-s', '/tmp', link)
    expect(await lab.hl('backups', 'verify', newest?.id ?? '')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('files of it are not in the archive') as string,
    })
    await inArchive('rm', link)
    expect((await lab.hl('backups', 'verify', newest?.id ?? '')).exitCode).toBe(0)
  })

  test('a bit that changed in archived WAL is found and named, and no plan leads across it', async () => {
    const inArchive = async (script: string): Promise<string> =>
      (await docker('exec', '-u', 'postgres', lab.container('archive'), 'sh', '-euc', script)).trim()
    const newest = async (): Promise<string> => inArchive(`ls /archive/*/wal/* | grep -E '/[0-9A-F]{24}$' | tail -n 1`)
    // One that the newest backup needs on its way to the end.
    const before = await newest()
    await lab.hl('psql', 'CREATE TABLE hl.after_backup (); SELECT pg_switch_wal()')
    await expect.poll(newest, {timeout: 60_000}).not.toBe(before)
    const file = await newest()
    const segment = file.slice(-24)
    // Its hash was never taken where WAL is received by streaming: the first reading takes it.
    expect(await lab.hl('backups', 'verify', 'latest')).toMatchObject({exitCode: 0})
    await inArchive(`cp ${file} /tmp/kept; printf '\\377\\376' | dd of=${file} bs=1 seek=4242 conv=notrunc status=none`)
    expect(await lab.hl('backups', 'verify')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(`DAMAGED  WAL ${segment}: .*it is not what came into the archive`) as string,
    })
    expect(await lab.hl('restore', '--into', second, '--to', 'latest', '--dry-run')).toMatchObject({
      exitCode: 4,
      stderr: expect.stringMatching(`ARCHIVE_GAP[^]*${segment}|${segment}[^]*ARCHIVE_GAP`) as string,
    })
    await inArchive(`cat /tmp/kept >${file}`)
    expect(await lab.hl('backups', 'verify')).toMatchObject({exitCode: 0})
  })

  test('one unreadable backup.json is named, and the others go on', async () => {
    const [newest, older] = await backupsOf(lab)
    const inArchive = async (script: string): Promise<string> =>
      docker('exec', '-u', 'postgres', lab.container('archive'), 'sh', '-euc', script)
    const file = `/archive/${newest?.systemIdentifier ?? ''}/backups/${newest?.id ?? ''}/backup.json`
    await inArchive(`cp ${file} /tmp/kept.json; truncate -s 300 ${file}`)
    const {
      result: {backups, faults},
    } = await lab.json<{readonly backups: readonly BackupRecord[]; readonly faults: readonly string[]}>('backups')
    expect([backups[0]?.id, faults]).toEqual([
      older?.id,
      [expect.stringContaining(`${newest?.id ?? ''}/backup.json cannot be read`)],
    ])
    expect(await lab.hl('backups', 'prune', '--keep-full', '1')).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('BACKUP_INVALID') as string,
    })
    await inArchive(`cat /tmp/kept.json >${file}`)
    expect((await backupsOf(lab))[0]?.id).toBe(newest?.id)
  })

  test('one flipped byte is found', async () => {
    const [newest] = await backupsOf(lab)
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
    [['restore', '--into', second, '--to', '2026-11-24T10:00:00'], 2, 'TARGET_INVALID', 'Z'],
    [['restore', '--into', second, '--to', '2001-01-01T00:00:00Z'], 4, 'TARGET_UNREACHABLE', ''],
    [['restore', '--into', second, '--to-lsn', 'FF/0'], 4, 'TARGET_UNREACHABLE', ''],
    [['restore', '--into', lab.name, '--to', 'latest'], 4, 'LAB_SETTINGS_DIFFER', 'never writes over a lab'],
    [['restore', '--into', second, '--to', 'latest', '--before-drop', 'hl.ledger'], 2, 'TARGET_INVALID', ''],
    [['backups', 'show', 'nonsense'], 2, 'BACKUP_UNKNOWN', ''],
    [['backups', 'prune'], 2, 'USAGE', 'rule'],
  ] as const)('%j is refused before anything is made', async (words, exitCode, code, hint) => {
    const {exitCode: actual, stderr} = await lab.hl(...words)
    expect({actual, stderr}).toEqual({actual: exitCode, stderr: expect.stringContaining(code) as string})
    expect(stderr).toContain(hint)
    expect(await labelled(second)).toEqual([])
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
        `sum=$(printf '${text}' | sha256sum | cut -d' ' -f1); printf '${text}' | SSH_ORIGINAL_COMMAND="put 1 00000009.history $sum" archive-gate`,
      )
    await put('1 0/3000000 once')
    await put('1 0/3000000 once')
    await expect(put('1 0/4000000 other')).rejects.toThrow('another 00000009.history is there already')
    await expect(put('six bytes')).rejects.toThrow('00000009.history is not what its name says')
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
        'cat /archive/1/wal/00000009.history; rm -r /archive/1',
      ),
    ).toBe('1 0/3000000 once')
  })
})
