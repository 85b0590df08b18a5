// An encrypted archive, from outside: what its volume holds, what its node can do, and that a restore opens it.
// Invariant: each absence is shown to be one, by the same search finding what it looks for where it must be.
import {createHash} from 'node:crypto'
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import type {BackupRecord} from '../../../src/model/backup.ts'
import {runHl} from '../../run-hl.ts'
import {docker, labelled, useLab} from '../use-lab.ts'

/** A lab is copied from the archive of another. */
const restoreMs = 300_000
/** Nothing else has it; the row is short, so PostgreSQL does not compress it. */
const marker = 'PLAINTEXT-MARKER-7f3a91c2'
/** The SHA-256 of an empty file: what a gate gets that is asked without one. */
const nothing = createHash('sha256').digest('hex')

describe('an encrypted archive', () => {
  const lab = useLab('e2e-encrypted', {
    profile: 'small',
    up: ['--archive', 'command', '--encrypt'],
    beside: ['two', 'three'],
  })
  const {name} = lab
  const [second, third] = [`${name}-two`, `${name}-three`]
  const remove = async (): Promise<unknown> =>
    runHl(['down', '--lab', second, '--volumes', '--confirm', second], {cwd: lab.cwd})

  const primary = async (): Promise<string> =>
    (await lab.json<{readonly state: {readonly primary: string}}>('status')).result.state.primary
  const sql = async (of: string, node: string, text: string): Promise<string> =>
    (
      await docker(
        'exec',
        '-u',
        'postgres',
        `hl-${of}-${node}-1`,
        'psql',
        '-X',
        '-q',
        '-A',
        '-t',
        '-d',
        'hl',
        '-c',
        text,
      )
    ).trim()
  /** Files of a volume that hold the text, looked at by a container of its own. */
  const filesWith = async (volume: string, text: string): Promise<readonly string[]> =>
    (
      await docker(
        'run',
        '--rm',
        '--network',
        'none',
        '-v',
        `hl-${name}_${volume}:/look:ro`,
        '--entrypoint',
        'sh',
        'hl-archive:17',
        '-c',
        'grep -rlaF -e "$1" /look || [ $? -eq 1 ]',
        'sh',
        text,
      )
    )
      .split('\n')
      .filter(line => line !== '')
  const inArchive = async (...argv: readonly string[]): Promise<string> =>
    docker('exec', '-u', 'root', lab.container('archive'), ...argv)
  const gate = async (command: 'encrypted-gate' | 'archive-gate', asked: string): Promise<string> =>
    docker('exec', '-u', 'postgres', '-e', `SSH_ORIGINAL_COMMAND=${asked}`, lab.container('archive'), command)
  const backups: BackupRecord[] = []

  test(
    'takes full, incremental and logical backups, encrypted on the node',
    async () => {
      const node = await primary()
      await sql(
        name,
        node,
        `CREATE TABLE hl.marked (n int PRIMARY KEY, text text); INSERT INTO hl.marked VALUES (1, '${marker}')`,
      )
      backups.push((await lab.json<BackupRecord>('backups', 'create')).result)
      await sql(name, node, `INSERT INTO hl.marked VALUES (2, '${marker}')`)
      backups.push(
        (
          await lab.json<BackupRecord>(
            'backups',
            'create',
            '--kind',
            'incremental',
            '--from',
            'primary',
            '--compress',
            'server-zstd:3',
          )
        ).result,
      )
      backups.push((await lab.json<BackupRecord>('backups', 'create', '--kind', 'logical')).result)
      const [full, incremental] = backups
      expect(backups.map(({kind, encrypted}) => [kind, encrypted?.recipient.startsWith('age1')])).toEqual([
        ['full', true],
        ['incremental', true],
        ['logical', true],
      ])
      expect(incremental?.parent).toBe(full?.id)
      // From another node: the parent's manifest was brought there.
      expect(incremental?.node).not.toBe(full?.node)
      await sql(name, node, `INSERT INTO hl.marked VALUES (3, '${marker}')`)
    },
    restoreMs,
  )

  test('hl up knows it again, and hl sees no gap', async () => {
    expect((await lab.hl('up', '--no-encrypt')).stderr).toContain('LAB_SETTINGS_DIFFER')
    expect((await lab.hl('up', '--encrypt')).exitCode).toBe(0)
    const {result} = await lab.json<{readonly gaps: readonly string[]; readonly windows: readonly string[]}>('backups')
    expect(result).toMatchObject({gaps: [], windows: [expect.stringContaining('can be restored')]})
  })

  test(
    'is verified by its hashes without the key, and opened with it',
    async () => {
      expect(await lab.hl('backups', 'verify')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('only the key shows') as string,
      })
      expect(await lab.hl('backups', 'verify', '--decrypt')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('successfully verified') as string,
      })
      // No server comes of a logical one; what is restored of it is read all the same.
      expect(await lab.hl('backups', 'verify', backups[2]?.id ?? '', '--restore')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('the dump was opened') as string,
      })
    },
    restoreMs,
  )

  test(
    'a backup has all of its WAL, also when its node keeps less than what is written meanwhile',
    async () => {
      const node = await primary()
      const settle = async (...texts: readonly string[]): Promise<void> => {
        for (const text of [...texts, 'SELECT pg_reload_conf()']) await sql(name, node, text)
      }
      await settle('ALTER SYSTEM SET wal_keep_size = 0')
      const taking = lab.start('backups', 'create', '--from', 'primary', '--rate', '3M')
      await taking.saw('full backup', 60_000)
      for (let round = 0; round < 4; round++)
        await settle("SELECT pg_logical_emit_message(true, 'test', 'x'), pg_switch_wal()", 'CHECKPOINT')
      const {exitCode, stderr} = await taking.finished
      await settle('ALTER SYSTEM RESET wal_keep_size')
      expect(exitCode, stderr).toBe(0)
      expect(await sql(name, node, "SELECT count(*) FROM pg_replication_slots WHERE slot_name LIKE 'hl_backup%'")).toBe(
        '0',
      )
    },
    restoreMs,
  )

  test(
    'a second file beside the encrypted one is found',
    async () => {
      const {systemIdentifier = '', id = ''} = backups[0] ?? {}
      const other = `/archive/${systemIdentifier}/backups/${id}/data/base.tar.gz.age`
      await inArchive('sh', '-c', `cp ${other.replace('base.tar.gz.age', '*.age')} ${other}.age`)
      expect(await lab.hl('backups', 'verify', id)).toMatchObject({
        exitCode: 1,
        stdout: expect.stringContaining('not exactly one encrypted file') as string,
      })
      await inArchive('rm', `${other}.age`)
      expect(await lab.hl('backups', 'verify', id)).toMatchObject({exitCode: 0})
    },
    restoreMs,
  )

  test(
    'restores to the end of the WAL, into a lab with a key of its own',
    async () => {
      const {exitCode, stderr} = await runHl(['restore', '--lab', name, '--into', second, '--to', 'latest'], {
        cwd: lab.cwd,
      })
      expect(exitCode, stderr).toBe(0)
      expect(await sql(second, 'pg1', 'SELECT string_agg(n || text, chr(10) ORDER BY n) FROM hl.marked')).toBe(
        [1, 2, 3].map(n => `${n}${marker}`).join('\n'),
      )
      const key = async (of: string): Promise<string> =>
        (await runHl(['backups', 'key', '--lab', of], {cwd: lab.cwd})).stdout
      expect(await key(second)).toContain('AGE-SECRET-KEY-')
      expect(await key(second)).not.toBe(await key(name))
      await remove()
    },
    restoreMs,
  )

  test(
    "is copied beside the lab, by following it and at a target, with the lab's own key",
    async () => {
      const rows = async (): Promise<unknown> =>
        (await lab.json('copy', 'sql', 'SELECT count(*) FROM hl.marked')).result
      await lab.json('copy', 'create', '--to', 'latest')
      await expect.poll(rows, {timeout: 60_000}).toMatchObject({rows: [{count: '3'}]})
      await lab.json('copy', 'drop')
      await sql(name, await primary(), `INSERT INTO hl.marked VALUES (4, '${marker}')`)
      const lsn = await sql(name, await primary(), 'SELECT pg_current_wal_insert_lsn()')
      await lab.json('copy', 'create', '--delay', '1h')
      await lab.json('copy', 'forward', '--to-lsn', lsn)
      expect(await rows()).toEqual({rows: ['4']})
      await sql(name, await primary(), 'DROP TABLE hl.marked')
      expect((await lab.json<{readonly rows: number}>('copy', 'table', 'hl.marked')).result.rows).toBe(4)
      await sql(name, await primary(), 'DELETE FROM hl.marked WHERE n = 4')
      await lab.json('copy', 'drop')
    },
    restoreMs,
  )

  test('holds nothing in plain, and the search would have found it', async () => {
    expect(await filesWith(`${await primary()}-data`, marker)).not.toEqual([])
    expect(await filesWith('archive-data', marker)).toEqual([])
    // There is WAL behind every one of the rows.
    expect((await inArchive('sh', '-c', 'ls /archive/*/wal')).split('\n').length).toBeGreaterThan(3)
    expect(await filesWith('archive-data', 'age-encryption.org/v1')).not.toEqual([])
    expect(await filesWith('archive-data', 'backup_manifest')).toEqual([])
  })

  test('has no key, no password of the cluster, and cannot open what it holds', async () => {
    const mounts = JSON.parse(
      await docker('inspect', '--format', '{{json .Mounts}}', lab.container('archive')),
    ) as readonly {readonly Name?: string; readonly RW: boolean}[]
    expect(mounts.map(({Name, RW}) => [Name, RW]).toSorted()).toEqual([
      [`hl-${name}_archive-data`, true],
      [`hl-${name}_archive-secrets`, false],
    ])
    const identity =
      (await lab.hl('backups', 'key')).stdout.split('\n').find(line => line.startsWith('AGE-SECRET-KEY-')) ?? 'none'
    const search =
      'grep -rlaF -e "$1" /archive /run /etc /tmp /root /home /var/lib /usr/local 2>/dev/null || [ $? -le 2 ]'
    expect(
      await inArchive('sh', '-c', `echo ${identity} >/tmp/planted; ${search}; rm /tmp/planted`, 'sh', identity),
    ).toContain('/tmp/planted')
    expect(await inArchive('sh', '-c', search, 'sh', identity)).toBe('')
    await expect(
      inArchive('sh', '-c', 'decrypt file "$(ls -d /archive/*/wal/0* | head -n 1)" /tmp/opened'),
    ).rejects.toThrow(/identity/)
    await expect(
      inArchive(
        'sh',
        '-c',
        '. /run/hl-archive/secrets/archive.env; PGPASSWORD=$BACKUP_PASSWORD psql -w -d "host=pg1 user=hl_backup dbname=postgres" -c "SELECT 1"',
      ),
    ).rejects.toThrow(/password authentication failed/)
    await expect(inArchive('touch', '/run/hl-archive/secrets/archive.env')).rejects.toThrow(/Read-only/)
  })

  test('takes the same file again however it was encrypted, and refuses another one and one in plain', async () => {
    // As much as age adds to nine bytes, more or less.
    const headerBytes = 200
    const put = async (encrypted: string, tag: string, before = ':'): Promise<string> =>
      docker(
        'exec',
        '-u',
        'postgres',
        lab.container('archive'),
        'sh',
        '-c',
        `${before}; { printf '${encrypted}'; head -c ${headerBytes} /dev/zero; } >/tmp/put; export SSH_ORIGINAL_COMMAND="wal 1 00000009.history $(sha256sum </tmp/put | cut -d' ' -f1) $(printf ${tag} | sha256sum | cut -d' ' -f1) 9 -"; exec encrypted-gate </tmp/put`,
      )
    await put('age-encryption.org/v1 once', 'a')
    await put('age-encryption.org/v1 other bytes', 'a')
    // A draft that a killed one with the same process number left is the stored file.
    await put(
      'age-encryption.org/v1 more',
      'a',
      'cd /archive/1/wal; ln 00000009.history .00000009.history.$$; ln .00000009.history.seal .00000009.history.$$.new',
    )
    await expect(put('age-encryption.org/v1 once', 'b')).rejects.toThrow('another 00000009.history is there already')
    await expect(put('plain', 'a')).rejects.toThrow('that is not encrypted')
    await expect(gate('archive-gate', `put 1 000000090000000000000002 ${nothing}`)).rejects.toThrow(
      'what is here is encrypted',
    )
    const stored = '/archive/1/wal/00000009.history'
    expect(await inArchive('head', '-c', '26', stored)).toBe('age-encryption.org/v1 once')
    // One that was damaged there gives way to the same file.
    await inArchive('sh', '-c', `printf x | dd of=${stored} bs=1 seek=30 conv=notrunc status=none`)
    await put('age-encryption.org/v1 back', 'a')
    expect(await inArchive('head', '-c', '26', stored)).toBe('age-encryption.org/v1 back')
    const claimed = `wal 1 0000000900000000000000F0 $(sha256sum </tmp/put | cut -d' ' -f1) ${nothing}`
    for (const [bytes, said] of [
      ['9', 'no segment has 9 bytes'],
      ['16777216', 'does not hold the 16777216 bytes'],
    ])
      await expect(
        inArchive('sh', '-c', `SSH_ORIGINAL_COMMAND="${claimed} ${bytes ?? ''} -" encrypted-gate </tmp/put`),
      ).rejects.toThrow(said)
    // What is broken is a gap, and everything else can be listed.
    const listed = await inArchive(
      'sh',
      '-c',
      `cd /archive/1/wal; echo broken >.00000009.history.seal; printf '\\377' >0000000A.history; archive-list 2>&1; rm -r /archive/1 /tmp/put`,
    )
    expect(listed).toContain('{"name": "00000009.history", "bytes": 0}')
    expect(listed).toContain('the seal of 00000009.history is broken')
    expect(listed).toContain(`"systemIdentifier": "${backups[0]?.systemIdentifier ?? ''}"`)
    await expect(gate('encrypted-gate', 'backup 1 none base.tar.age')).rejects.toThrow('no backup none is being taken')
  })

  test.each([
    [`wal 1 000000090000000000000001\\c/../../tmp/x ${nothing} ${nothing} 9 -`],
    [`wal 1 /../../tmp/foo\\n00000001.history ${nothing} ${nothing} 9 -`],
    [`wal 7\\c/../../tmp/x 000000090000000000000001 ${nothing} ${nothing} 9 -`],
    [`wal 1 ../00000001.history ${nothing} ${nothing} 9 -`],
    ['backup 7\\c/../../tmp/x x base.tar.age'],
    ['backup 1 ../x base.tar.age'],
    ['backup 1 x ../base.tar.age'],
  ])('a name that leads elsewhere is refused: %s', async command => {
    const look = 'ls -A /tmp; ls -d /archive/1 /archive/7?c* 2>/dev/null || :'
    const before = await inArchive('sh', '-c', look)
    await expect(gate('encrypted-gate', command)).rejects.toThrow(
      /archive: (there is a character that belongs in no argument|that is no)/,
    )
    expect(await inArchive('sh', '-c', look)).toBe(before)
  })

  test(
    'a restore takes nothing that is not encrypted, and no second file',
    async () => {
      const restoring = async (script: string): Promise<string> =>
        docker(
          'run',
          '--rm',
          '--network',
          'none',
          '-v',
          `hl-${name}_archive-identity:/run/hl-identity:ro`,
          '--entrypoint',
          'sh',
          'hl-archive:17',
          '-euc',
          `mkdir -p /tmp/a/backups/x/data /tmp/a/wal; cd /tmp/a/backups/x/data; ${script}`,
        )
      const fetch = 'backup-fetch /tmp/a /tmp/d x'
      await expect(restoring(`tar -cf base.tar -T /dev/null; ${fetch}`)).rejects.toThrow('not one encrypted file')
      await expect(restoring(`mkdir base; ${fetch}`)).rejects.toThrow('not one encrypted file')
      await expect(
        restoring(
          `age-keygen -y /run/hl-identity/identity >/tmp/to; tar -cf - -T /dev/null | age -R /tmp/to | tee base.tar.age >base.tar.gz.age; ${fetch}`,
        ),
      ).rejects.toThrow('not one encrypted file')
      await expect(
        restoring(
          'echo plain >/tmp/a/wal/000000010000000000000001; wal-get /tmp/a/wal 000000010000000000000001 /tmp/out',
        ),
      ).rejects.toThrow('is not encrypted')
    },
    restoreMs,
  )

  test(
    'retention takes the seals and the hashes with their files, and what stays can be verified',
    async () => {
      const paired = async (): Promise<Readonly<Record<'files' | 'seals' | 'sums', readonly string[]>>> => {
        const names = (await inArchive('sh', '-c', 'ls -A /archive/*/wal')).split('\n').filter(line => line !== '')
        const besideOf = (suffix: string): readonly string[] =>
          names
            .filter(file => file.endsWith(suffix))
            .map(file => file.slice(1, -suffix.length))
            .toSorted()
        return {
          files: names.filter(file => !file.startsWith('.')).toSorted(),
          seals: besideOf('.seal'),
          sums: besideOf('.sum'),
        }
      }
      const before = await paired()
      expect(before).toEqual({files: before.files, seals: before.files, sums: before.files})
      await lab.json('backups', 'create', '--from', 'primary', '--compress', 'lz4')
      expect(await lab.hl('backups', 'prune', '--keep-full', '1', '--confirm', name)).toMatchObject({exitCode: 0})
      const after = await paired()
      expect(after.files).not.toContain(before.files[0])
      expect(after).toEqual({files: after.files, seals: after.files, sums: after.files})
      expect(await lab.hl('backups', 'verify', '--decrypt')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('successfully verified') as string,
      })
      expect(await lab.hl('backups', 'create', '--content')).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('CONFIG_INVALID') as string,
      })
    },
    restoreMs,
  )

  test(
    'gets another key, also where hl is killed meanwhile, and the old one opens nothing of it',
    async () => {
      const old = (await lab.hl('backups', 'key')).stdout
      // Two are killed: when the nodes know the new key, and while files are encrypted again.
      for (const line of [/at most \d+ files/, /the nodes encrypt for the new key/]) {
        const running = lab.start('backups', 'rotate-key')
        await running.saw(line, restoreMs)
        running.kill('SIGKILL')
        await running.finished
      }
      expect((await lab.hl('status')).stdout).toContain('hl backups rotate-key')
      expect(await lab.hl('backups', 'verify', '--decrypt')).toMatchObject({exitCode: 0})
      expect(await lab.hl('backups', 'rotate-key')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('alone') as string,
      })
      expect((await lab.hl('status')).stdout).not.toContain('rotate-key')
      const now = (await lab.hl('backups', 'key')).stdout
      expect(now.match(/AGE-SECRET-KEY-/g)).toHaveLength(1)
      expect(now).not.toBe(old)
      writeFileSync(join(lab.cwd, 'old'), old)
      const withOld = ['restore', '--into', second, '--to', 'latest', '--identity', join(lab.cwd, 'old')]
      expect(await lab.hl(...withOld)).toMatchObject({
        exitCode: 4,
        stderr: expect.stringContaining('ARCHIVE_KEY_MISSING') as string,
      })
      // What the nodes hand over from now on is for the new key too, and everything opens.
      await sql(name, await primary(), 'SELECT pg_logical_emit_message(true, $$x$$, $$y$$), pg_switch_wal()')
      await lab.json('backups', 'create', '--from', 'primary')
      expect(await lab.hl('backups', 'verify', '--decrypt')).toMatchObject({exitCode: 0})
    },
    restoreMs,
  )

  test(
    'is refused without its key before anything is made, and restored with the one that was kept, to before a DROP TABLE behind a switchover',
    async () => {
      const kept = join(lab.cwd, 'identity')
      writeFileSync(kept, (await lab.hl('backups', 'key')).stdout)
      await docker('volume', 'rm', `hl-${name}_archive-identity`)
      expect(await lab.hl('restore', '--into', second, '--to', 'latest')).toMatchObject({
        exitCode: 4,
        stderr: expect.stringContaining('ARCHIVE_KEY_MISSING') as string,
      })
      writeFileSync(
        join(lab.cwd, 'other'),
        await docker('run', '--rm', '--network', 'none', '--entrypoint', 'age-keygen', 'hl-archive:17'),
      )
      expect(
        await lab.hl('restore', '--into', second, '--to', 'latest', '--identity', join(lab.cwd, 'other')),
      ).toMatchObject({exitCode: 4, stderr: expect.stringContaining('ARCHIVE_KEY_MISSING') as string})
      expect(await labelled(second)).toEqual([])
      // Across a switch, whose history is encrypted, and with a search in WAL that is.
      expect((await lab.hl('switchover', '--yes')).exitCode).toBe(0)
      await sql(name, await primary(), 'DROP TABLE hl.marked')
      const {exitCode, stderr} = await lab.hl(
        'restore',
        '--into',
        second,
        '--before-drop',
        'hl.marked',
        '--identity',
        kept,
      )
      expect(exitCode, stderr).toBe(0)
      expect(await sql(second, 'pg1', 'SELECT count(*) FROM hl.marked')).toBe('3')
      expect(await lab.hl('copy', 'create', '--before-drop', 'hl.marked')).toMatchObject({
        exitCode: 4,
        stderr: expect.stringContaining('ARCHIVE_KEY_MISSING') as string,
      })
      await lab.json('copy', 'create', '--before-drop', 'hl.marked', '--identity', kept)
      expect(
        (await lab.json('copy', 'sql', "SELECT relname FROM pg_class WHERE relname = 'marked'")).result,
      ).toMatchObject({
        rows: [{relname: 'marked'}],
      })
      expect((await lab.json<{readonly rows: number}>('copy', 'table', 'hl.marked')).result.rows).toBe(3)
      await lab.json('copy', 'drop')
      // Put back by hand, its volume has no label.
      const identity = readFileSync(kept, 'utf8')
      await docker(
        'run',
        '--rm',
        '--network',
        'none',
        '-v',
        `hl-${name}_archive-identity:/put`,
        '--entrypoint',
        'sh',
        'hl-archive:17',
        '-c',
        'printf "%s" "$1" >/put/identity',
        'sh',
        identity,
      )
      expect((await lab.hl('backups', 'key')).stdout.trim()).toBe(identity.trim())
      await docker('volume', 'rm', `hl-${name}_archive-identity`)
    },
    restoreMs,
  )

  test(
    'goes back in its own place with the key that was kept, takes no plain WAL, and archives its new timelines encrypted',
    async () => {
      await remove()
      const inPlace = async (key: string) =>
        lab.hl(
          'restore',
          '--in-place',
          '--before-drop',
          'hl.marked',
          '--identity',
          join(lab.cwd, key),
          '--confirm',
          name,
        )
      expect(await inPlace('other')).toMatchObject({
        exitCode: 4,
        stderr: expect.stringContaining('ARCHIVE_KEY_MISSING') as string,
      })
      const wal = `/archive/${backups[0]?.systemIdentifier ?? ''}/wal`
      await inArchive('touch', `${wal}/planted`)
      expect(
        await lab.hl('copy', 'create', '--before-drop', 'hl.marked', '--identity', join(lab.cwd, 'identity')),
      ).toMatchObject({exitCode: 4, stderr: expect.stringContaining('planted is not encrypted') as string})
      await inArchive('rm', `${wal}/planted`)
      const {exitCode, stderr} = await inPlace('identity')
      expect(exitCode, stderr).toBe(0)
      expect(await sql(name, await primary(), 'SELECT count(*) FROM hl.marked')).toBe('3')
      const histories = (await inArchive('sh', '-c', `cd ${wal}; ls -A`))
        .split('\n')
        .filter(file => file.includes('.history'))
      expect(histories).toEqual(
        expect.arrayContaining([
          '00000003.history',
          '.00000003.history.seal',
          '00000004.history',
          '.00000004.history.seal',
        ]),
      )
      expect((await lab.json<BackupRecord>('backups', 'create')).result).toMatchObject({kind: 'full', timeline: 4})
    },
    restoreMs,
  )

  test(
    'is known to be encrypted when its key is gone, and nobody is told to go on in plain',
    async () => {
      await lab.hl('down')
      const {exitCode, stderr} = await lab.hl('up', '--archive', 'command', '--no-encrypt')
      expect(exitCode, stderr).toBe(4)
      expect(stderr).toMatch(/left is encrypted\n.*LAB_SETTINGS_DIFFER/)
      expect(stderr).not.toContain('--no-encrypt')
      expect(stderr).toContain('--archive command --encrypt')
    },
    restoreMs,
  )

  test.each([['stream'], ['sync'], ['none']])(
    'is refused with archive %s, where the archive would see WAL in plain or there is none',
    async archive => {
      expect(await runHl(['up', '--lab', third, '--archive', archive, '--encrypt'], {cwd: lab.cwd})).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('CONFIG_INVALID') as string,
      })
    },
  )
})
