// An encrypted archive, from outside: what its volume holds, what its node can do, and that a restore opens it. Invariant: each absence is shown to be one, by the same search
// finding what it looks for where it must be.
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {BackupRecord} from '../../src/model/backup.ts'
import {runHl} from '../run-hl.ts'
import {docker, labelled, useLab} from './use-lab.ts'

/** A lab is copied from the archive of another. */
const restoreMs = 300_000
const name = 'e2e-encrypted'
const second = `${name}-two`
/** Nothing else has it; the row is short, so PostgreSQL does not compress it. */
const marker = 'PLAINTEXT-MARKER-7f3a91c2'

describe('an encrypted archive', () => {
  const lab = useLab(name, '--archive', 'command', '--encrypt')
  const remove = async (): Promise<unknown> => runHl(['down', '--lab', second, '--volumes', '--confirm', second], {cwd: lab.cwd})
  beforeAll(remove)
  afterAll(remove)

  const primary = async (): Promise<string> => (await lab.json<{readonly state: {readonly primary: string}}>('status')).result.state.primary
  const sql = async (of: string, node: string, text: string): Promise<string> => (await docker('exec', '-u', 'postgres', `hl-${of}-${node}-1`, 'psql', '-X', '-q', '-A', '-t', '-d', 'hl', '-c', text)).trim()
  /** Files of a volume that hold the text, looked at by a container of its own. */
  const filesWith = async (volume: string, text: string): Promise<readonly string[]> =>
    (await docker('run', '--rm', '--network', 'none', '-v', `hl-${name}_${volume}:/look:ro`, '--entrypoint', 'sh', 'hl-archive:17', '-c', 'grep -rlaF -e "$1" /look || [ $? -eq 1 ]', 'sh', text)).split('\n').filter(line => line !== '')
  const inArchive = async (...argv: readonly string[]): Promise<string> => docker('exec', '-u', 'root', lab.container('archive'), ...argv)
  const backups: BackupRecord[] = []

  test('takes full, incremental and logical backups, sealed on the node', async () => {
    const node = await primary()
    await sql(name, node, `CREATE TABLE hl.marked (n int PRIMARY KEY, text text); INSERT INTO hl.marked VALUES (1, '${marker}')`)
    backups.push((await lab.json<BackupRecord>('backups', 'create')).result)
    await sql(name, node, `INSERT INTO hl.marked VALUES (2, '${marker}')`)
    backups.push((await lab.json<BackupRecord>('backups', 'create', '--kind', 'incremental', '--from', 'primary', '--compress', 'server-zstd:3')).result)
    backups.push((await lab.json<BackupRecord>('backups', 'create', '--kind', 'logical')).result)
    const [full, incremental] = backups
    expect(backups.map(({kind, sealed}) => [kind, sealed?.recipient.startsWith('age1')])).toEqual([['full', true], ['incremental', true], ['logical', true]])
    expect(incremental?.parent).toBe(full?.id)
    // From another node: the parent's manifest was brought there.
    expect(incremental?.node).not.toBe(full?.node)
    await sql(name, node, `INSERT INTO hl.marked VALUES (3, '${marker}')`)
  }, restoreMs)

  test('hl up knows it again, and hl sees no gap', async () => {
    expect((await lab.hl('up', '--no-encrypt')).stderr).toContain('LAB_SETTINGS_DIFFER')
    expect((await lab.hl('up', '--encrypt')).exitCode).toBe(0)
    const {result} = await lab.json<{readonly gaps: readonly string[]; readonly windows: readonly string[]}>('backups')
    expect(result).toMatchObject({gaps: [], windows: [expect.stringContaining('can be restored')]})
  })

  test('is verified by its hashes without the key, and opened with it', async () => {
    expect(await lab.hl('backups', 'verify')).toMatchObject({exitCode: 0, stdout: expect.stringContaining('only the key shows') as string})
    expect(await lab.hl('backups', 'verify', '--decrypt')).toMatchObject({exitCode: 0, stdout: expect.stringContaining('successfully verified') as string})
  }, restoreMs)

  test('restores to the end of the WAL, into a lab with a key of its own', async () => {
    const {exitCode, stderr} = await runHl(['restore', '--lab', name, '--into', second, '--to', 'latest'], {cwd: lab.cwd})
    expect(exitCode, stderr).toBe(0)
    expect(await sql(second, 'pg1', 'SELECT string_agg(n || text, chr(10) ORDER BY n) FROM hl.marked')).toBe([1, 2, 3].map(n => `${n}${marker}`).join('\n'))
    const key = async (of: string): Promise<string> => (await runHl(['backups', 'key', '--lab', of], {cwd: lab.cwd})).stdout
    expect(await key(second)).toContain('AGE-SECRET-KEY-')
    expect(await key(second)).not.toBe(await key(name))
    await remove()
  }, restoreMs)

  test('holds nothing in plain, and the search would have found it', async () => {
    expect(await filesWith(`${await primary()}-data`, marker)).not.toEqual([])
    expect(await filesWith('archive-data', marker)).toEqual([])
    // There is WAL behind every one of the rows.
    expect((await inArchive('sh', '-c', 'ls /archive/*/wal')).split('\n').length).toBeGreaterThan(3)
    expect(await filesWith('archive-data', 'age-encryption.org/v1')).not.toEqual([])
    expect(await filesWith('archive-data', 'backup_manifest')).toEqual([])
  })

  test('has no key, no password of the cluster, and cannot open what it holds', async () => {
    const mounts = JSON.parse(await docker('inspect', '--format', '{{json .Mounts}}', lab.container('archive'))) as readonly {readonly Name?: string; readonly RW: boolean}[]
    expect(mounts.map(({Name, RW}) => [Name, RW]).toSorted()).toEqual([[`hl-${name}_archive-data`, true], [`hl-${name}_archive-secrets`, false]])
    const identity = (await lab.hl('backups', 'key')).stdout.split('\n').find(line => line.startsWith('AGE-SECRET-KEY-')) ?? 'none'
    const search = 'grep -rlaF -e "$1" /archive /run /etc /tmp /root /home /var/lib /usr/local 2>/dev/null || [ $? -le 2 ]'
    expect(await inArchive('sh', '-c', `echo ${identity} >/tmp/planted; ${search}; rm /tmp/planted`, 'sh', identity)).toContain('/tmp/planted')
    expect(await inArchive('sh', '-c', search, 'sh', identity)).toBe('')
    await expect(inArchive('sh', '-c', 'unseal file "$(ls -d /archive/*/wal/0* | head -n 1)" /tmp/opened')).rejects.toThrow(/identity/)
    await expect(inArchive('sh', '-c', '. /run/hl-archive/secrets/archive.env; PGPASSWORD=$BACKUP_PASSWORD psql -w -d "host=pg1 user=hl_backup dbname=postgres" -c "SELECT 1"')).rejects.toThrow(/password authentication failed/)
    await expect(inArchive('touch', '/run/hl-archive/secrets/archive.env')).rejects.toThrow(/Read-only/)
  })

  test('takes the same file again however it was sealed, and refuses another one and one in plain', async () => {
    const put = async (sealed: string, tag: string): Promise<string> => docker('exec', '-u', 'postgres', lab.container('archive'), 'sh', '-c', `printf '${sealed}' >/tmp/put; SSH_ORIGINAL_COMMAND="wal 1 000000090000000000000001 $(sha256sum </tmp/put | cut -d' ' -f1) $(printf ${tag} | sha256sum | cut -d' ' -f1) 9 -" sealed-gate </tmp/put`)
    await put('age-encryption.org/v1 once', 'a')
    await put('age-encryption.org/v1 other bytes', 'a')
    await expect(put('age-encryption.org/v1 once', 'b')).rejects.toThrow('another 000000090000000000000001 is there already')
    await expect(put('plain', 'a')).rejects.toThrow('that is not sealed')
    expect(await inArchive('sh', '-c', 'cat /archive/1/wal/000000090000000000000001; rm -r /archive/1 /tmp/put')).toBe('age-encryption.org/v1 once')
    await expect(docker('exec', '-u', 'postgres', '-e', 'SSH_ORIGINAL_COMMAND=backup 1 none base.tar.age', lab.container('archive'), 'sealed-gate')).rejects.toThrow('no backup none is being taken')
  })

  test('retention takes the seals with their files, and what stays can be verified', async () => {
    const paired = async (): Promise<{readonly files: readonly string[]; readonly seals: readonly string[]}> => {
      const names = (await inArchive('sh', '-c', 'ls -A /archive/*/wal')).split('\n').filter(line => line !== '')
      return {files: names.filter(file => !file.startsWith('.')), seals: names.filter(file => file.startsWith('.')).map(file => file.slice(1, -'.seal'.length))}
    }
    const before = await paired()
    expect(before.seals.toSorted()).toEqual(before.files.toSorted())
    await lab.json('backups', 'create', '--from', 'primary', '--compress', 'lz4')
    expect(await lab.hl('backups', 'prune', '--keep-full', '1', '--confirm', name)).toMatchObject({exitCode: 0})
    const after = await paired()
    expect(after.files).not.toContain(before.files[0])
    expect(after.seals.toSorted()).toEqual(after.files.toSorted())
    expect(await lab.hl('backups', 'verify', '--decrypt')).toMatchObject({exitCode: 0, stdout: expect.stringContaining('successfully verified') as string})
    expect(await lab.hl('backups', 'create', '--content')).toMatchObject({exitCode: 2, stderr: expect.stringContaining('CONFIG_INVALID') as string})
  }, restoreMs)

  test('is refused without its key before anything is made, and restored with the one that was kept, to before a DROP TABLE behind a switchover', async () => {
    const kept = join(lab.cwd, 'identity')
    writeFileSync(kept, (await lab.hl('backups', 'key')).stdout)
    await docker('volume', 'rm', `hl-${name}_archive-identity`)
    expect(await lab.hl('restore', '--into', second, '--to', 'latest')).toMatchObject({exitCode: 4, stderr: expect.stringContaining('ARCHIVE_KEY_MISSING') as string})
    writeFileSync(join(lab.cwd, 'other'), await docker('run', '--rm', '--network', 'none', '--entrypoint', 'age-keygen', 'hl-archive:17'))
    expect(await lab.hl('restore', '--into', second, '--to', 'latest', '--identity', join(lab.cwd, 'other'))).toMatchObject({exitCode: 4, stderr: expect.stringContaining('ARCHIVE_KEY_MISSING') as string})
    expect(await labelled(second)).toEqual([])
    // Across a switch, whose history is sealed, and with a search in WAL that is.
    expect((await lab.hl('switchover', '--yes')).exitCode).toBe(0)
    await sql(name, await primary(), 'DROP TABLE hl.marked')
    const {exitCode, stderr} = await lab.hl('restore', '--into', second, '--before-drop', 'hl.marked', '--identity', kept)
    expect(exitCode, stderr).toBe(0)
    expect(await sql(second, 'pg1', 'SELECT count(*) FROM hl.marked')).toBe('3')
  }, restoreMs)

  test.each([['stream'], ['sync'], ['none']])('is refused with archive %s, where the archive would see WAL in plain or there is none', async archive => {
    expect(await runHl(['up', '--lab', second.replace('two', 'three'), '--archive', archive, '--encrypt'], {cwd: lab.cwd})).toMatchObject({exitCode: 2, stderr: expect.stringContaining('CONFIG_INVALID') as string})
  })
})
