// Going back in time by hand: a copy beside the lab, and the lab itself in its own place. Invariant: what is lost at
// each step is counted by a row that was written for it.
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterEach, describe, expect, test} from 'vitest'
import {sqlOnPrimary} from './on-primary.ts'
import {docker, useLab} from './use-lab.ts'

const testMs = 600_000

describe('a lab with an archive', () => {
  const lab = useLab('e2e-rewind', {profile: 'small', up: ['--nodes', '2', '--archive', 'command']})
  const sql = async (statement: string): Promise<string> => sqlOnPrimary(lab, ['pg1', 'pg2'], statement)
  const point = async (name: string): Promise<string> => sql(`SELECT pg_create_restore_point('${name}')`)
  const notes = async (): Promise<string> => sql("SELECT string_agg(text, ' ' ORDER BY text) FROM hl.note")
  const refused = async (...words: readonly string[]): Promise<string> => {
    const {exitCode, stderr} = await lab.hl(...words)
    expect(exitCode, stderr).not.toBe(0)
    return stderr
  }

  test(
    'gives a copy that is read where it stands, moved forward on its data, and never back',
    async () => {
      await sql('CREATE TABLE hl.note (text text)')
      // As a pattern it would name the other one too, or none.
      await sql('CREATE TABLE hl."Odd.Name*" AS SELECT 1 AS n; CREATE TABLE hl."oddxname1" AS SELECT 1 AS n')
      await lab.json('backups', 'create')
      const lsns: string[] = []
      const before = await sql('SELECT clock_timestamp()')
      for (const text of ['a', 'b', 'c']) {
        await sql(`INSERT INTO hl.note VALUES ('${text}')`)
        lsns.push(await sql('SELECT pg_current_wal_insert_lsn()'))
      }
      const [first = '', second = ''] = lsns
      expect(await refused('copy', 'show')).toContain('LAB_MISSING')
      await lab.json('copy', 'create', '--to-lsn', first)
      const seen = async (): Promise<readonly string[]> =>
        (await lab.json<{readonly rows: readonly string[]}>('copy', 'sql', 'SELECT text FROM hl.note ORDER BY text'))
          .result.rows
      expect(await seen()).toEqual(['a'])
      await lab.json('copy', 'forward', '--to-lsn', second)
      expect(await seen()).toEqual(['a', 'b'])
      const stood = (await lab.json('copy', 'show')).result
      expect(await refused('copy', 'forward', '--to-lsn', first)).toContain('never goes back')
      expect(await refused('copy', 'forward', '--to', before)).toContain('never goes back')
      expect((await lab.json('copy', 'show')).result).toEqual(stood)
      expect(await refused('copy', 'forward', '--before-statement', 'update hl.never_was')).toContain(
        'TARGET_UNREACHABLE',
      )
      expect(await refused('copy', 'forward', '--before-drop', 'hl.never_was')).toContain('TARGET_UNREACHABLE')
      expect(await seen()).toEqual(['a', 'b'])
      expect(await refused('copy', 'create', '--to', 'latest')).toContain('LAB_SETTINGS_DIFFER')
      const readOnly = await refused('copy', 'sql', "INSERT INTO hl.note VALUES ('d')")
      expect(readOnly).toContain('asking the copy failed: ERROR: cannot execute INSERT in a read-only transaction')
      expect(readOnly).not.toContain('PGOPTIONS')
      expect(await notes()).toBe('a b c')
    },
    testMs,
  )

  test(
    'brings a table back out of it, whole, and overwrites none',
    async () => {
      expect(await refused('copy', 'table', 'hl.note')).toContain('nothing is overwritten')
      expect(await refused('copy', 'table', 'hl.nothing')).toContain('TARGET_INVALID')
      await sql('DROP TABLE hl.note')
      expect((await lab.json<{readonly rows: number}>('copy', 'table', 'hl.note')).result.rows).toBe(2)
      expect(await notes()).toBe('a b')
      await sql('DROP TABLE hl."Odd.Name*"')
      expect((await lab.json<{readonly rows: number}>('copy', 'table', 'hl."Odd.Name*"')).result.rows).toBe(1)
      // Nobody noted that: its server says so.
      expect((await lab.json<{readonly mode: string}>('copy', 'show')).result.mode).toBe('ended')
      expect(await refused('copy', 'forward', '--to', 'latest')).toContain('was promoted')
      await lab.json('copy', 'drop')
      expect(await refused('copy', 'show')).toContain('LAB_MISSING')
    },
    testMs,
  )

  test(
    'gives a copy that stands still until its delay is over, and is moved on without the backup that it was made of',
    async () => {
      const {result} = await lab.json<{readonly mode: string; readonly target: string}>(
        'copy',
        'create',
        '--delay',
        '1h',
      )
      expect(result).toMatchObject({
        mode: 'follow',
        target: expect.stringContaining('no backup was that old, so until') as string,
      })
      await sql("INSERT INTO hl.note VALUES ('late')")
      const late = await sql('SELECT pg_current_wal_insert_lsn()')
      expect((await lab.json('copy', 'sql', 'SELECT count(*) FROM hl.note')).result).toEqual({rows: ['0']})
      await docker('exec', '-u', 'root', lab.container('archive'), 'sh', '-euc', 'rm -r /archive/*/backups/*')
      await lab.json('copy', 'forward', '--to-lsn', late)
      expect((await lab.json('copy', 'sql', "SELECT string_agg(text, ' ' ORDER BY text) FROM hl.note")).result).toEqual(
        {rows: ['a b late']},
      )
      // The WAL tells that nothing of that number is there, before the copy is touched.
      expect(await refused('copy', 'forward', '--to-xid', '4000000000')).toContain('TARGET_UNREACHABLE')
      expect((await lab.json<{readonly mode: string}>('copy', 'show')).result.mode).toBe('paused')
      expect((await lab.json<{readonly mode: string}>('copy', 'forward', '--to', 'latest')).result.mode).toBe('follow')
      await sql("DELETE FROM hl.note WHERE text = 'late'")
      await lab.json('copy', 'drop')
    },
    testMs,
  )

  test(
    'leaves nothing of a copy whose making is interrupted',
    async () => {
      await lab.json('backups', 'create')
      expect(await refused('copy', 'create', '--delay', '1h', '--to', 'latest')).toContain('TARGET_INVALID')
      const running = lab.start('copy', 'create', '--to', 'latest')
      const works = async (): Promise<boolean> =>
        (await docker('ps', '-q', '--filter', `name=^hl-${lab.name}-copy$`)).trim() !== ''
      await expect.poll(works, {timeout: 120_000, interval: 50}).toBe(true)
      running.kill('SIGINT')
      expect(await running.finished).toMatchObject({
        exitCode: 130,
        stderr: expect.stringContaining('taking the copy away') as string,
      })
      expect(await refused('copy', 'show')).toContain('LAB_MISSING')
      expect((await docker('volume', 'ls', '-q', '--filter', `name=^hl-${lab.name}_copy-data$`)).trim()).toBe('')
    },
    testMs,
  )

  test(
    'goes back in its own place when that is confirmed, and again to what it was before',
    async () => {
      await lab.json('backups', 'create')
      await sql("INSERT INTO hl.note VALUES ('kept')")
      await point('good')
      await sql("INSERT INTO hl.note VALUES ('unwanted')")
      expect(await refused('restore', '--in-place', '--to-name', 'good', '--no-input')).toContain(
        'CONFIRMATION_MISSING',
      )
      expect(await refused('restore', '--in-place', '--into', 'other', '--to', 'latest')).toContain('USAGE')
      const identity = join(lab.cwd, 'identity')
      writeFileSync(identity, 'AGE-SECRET-KEY-1X')
      expect(await refused('restore', '--in-place', '--to', 'latest', '--identity', identity)).toContain(
        'is not encrypted',
      )
      expect(await refused('backups', 'verify', '--decrypt')).toContain('is not encrypted')
      expect(await notes()).toContain('unwanted')
      await lab.json('restore', '--in-place', '--to-name', 'good', '--confirm', lab.name)
      expect(await notes()).toBe('a b kept')
      // Another one would lose what was moved aside, and that cannot come back: its timelines' numbers are taken.
      expect(await refused('restore', '--in-place', '--to', 'latest', '--confirm', lab.name)).toContain('safety copy')
      expect(await refused('restore', '--put-back', '--confirm', lab.name)).toContain('was in use')
      await sql("INSERT INTO hl.note VALUES ('newer')")
      await lab.json('backups', 'create')
      await point('better')
      await sql("INSERT INTO hl.note VALUES ('again')")
      await lab.json('restore', '--in-place', '--discard-copy', '--to-name', 'better', '--confirm', lab.name)
      expect(await notes()).toBe('a b kept newer')
      // The archive takes what the new timeline writes.
      await lab.json('switchover', '--yes')
      await lab.json('backups', 'create')
      await lab.json('copy', 'create', '--to', 'latest')
      await lab.json('copy', 'drop')
    },
    testMs,
  )

  test(
    'comes back from a restore in place that was killed in its middle',
    async () => {
      const running = lab.start('restore', '--in-place', '--discard-copy', '--to', 'latest', '--confirm', lab.name)
      const works = async (): Promise<boolean> =>
        (await docker('ps', '-q', '--filter', `name=^hl-${lab.name}-restore$`)).trim() !== ''
      await expect.poll(works, {timeout: 120_000, interval: 50}).toBe(true)
      running.kill('SIGKILL')
      await running.finished.catch(() => undefined)
      expect(await refused('up')).toContain('--put-back')
      // It would start the old primary, and a second server on the data that is being restored.
      expect(await refused('faults', 'heal', '--all')).toContain('RESTORE_UNFINISHED')
      expect((await lab.hl('status')).stdout).toContain(`hl restore --resume --lab ${lab.name}`)
      expect((await lab.hl('doctor')).stdout).toContain(`hl restore --put-back --lab ${lab.name}`)
      await lab.json('restore', '--put-back', '--confirm', lab.name)
      expect(await notes()).toBe('a b kept newer')
      await lab.json('backups', 'create')
    },
    testMs,
  )

  test(
    'is finished and verified by one command after a restore in place that was killed with its data in use',
    async () => {
      const running = lab.start('restore', '--in-place', '--to', 'latest', '--confirm', lab.name)
      await running.saw('take-over: ', 120_000)
      running.kill('SIGKILL')
      await running.finished.catch(() => undefined)
      expect(await refused('up')).toContain('--resume')
      expect(await refused('restore', '--put-back', '--confirm', lab.name)).toContain('was in use')
      const {result} = await lab.json<{readonly checks: readonly unknown[]}>('restore', '--resume')
      expect(result.checks.length).toBeGreaterThan(4)
      expect((await lab.hl('status', '--check')).exitCode).toBe(0)
      expect(await notes()).toBe('a b kept newer')
      await lab.json('restore', '--discard-copy', '--confirm', lab.name)
      await lab.json('backups', 'create')
    },
    testMs,
  )

  test(
    'comes back by itself from a restore in place that is interrupted, in the middle of a phase',
    async () => {
      const running = lab.start('restore', '--in-place', '--to', 'latest', '--confirm', lab.name)
      await running.saw('fetch: ', 120_000)
      running.kill('SIGINT')
      const {exitCode, stderr} = await running.finished
      expect(exitCode, stderr).toBe(130)
      expect(stderr).toContain('is put back')
      expect(stderr).toContain('has the data again that it had before')
      expect(stderr).not.toContain('take-over: ')
      expect((await docker('ps', '-aq', '--filter', `name=^hl-${lab.name}-restore$`)).trim()).toBe('')
      expect(await notes()).toBe('a b kept newer')
      expect(await refused('restore', '--put-back', '--confirm', lab.name)).toContain('no member')
      await lab.json('up')
    },
    testMs,
  )

  test(
    'is as it was when a restore in place fails half way',
    async () => {
      const [backup] = (await lab.json<{readonly backups: readonly {readonly id: string}[]}>('backups')).result.backups
      await docker(
        'exec',
        lab.container('archive'),
        'sh',
        '-euc',
        `file=$(ls -S /archive/*/backups/${backup?.id ?? ''}/data/base/*/* | head -n 1); printf '\\377\\376' | dd of="$file" bs=1 seek=4242 conv=notrunc status=none`,
      )
      expect(await refused('restore', '--in-place', '--to', 'latest', '--confirm', lab.name)).toContain(
        'BACKUP_INVALID',
      )
      await lab.hl('faults', 'heal', '--all')
      expect(await notes()).toBe('a b kept newer')
      await lab.json('nodes', 'check')
    },
    testMs,
  )

  afterEach(async ({task}) => {
    // What is left of a test that failed would make the next ones say nothing.
    if (task.result?.state === 'fail') await lab.hl('copy', 'drop')
  })
})
