// Looking back in time by hand: a copy beside the lab, read, moved forward, and tables brought back out of it. Not
// here: a copy that follows (nightly/copy-more.test.ts), the lab itself in its own place (rewind.test.ts).
import {afterEach, describe, expect, test} from 'vitest'
import {askedOfCopy} from './archived-lab.ts'
import {sqlOnPrimary} from './on-primary.ts'
import {docker, useLab} from './use-lab.ts'

const testMs = 600_000

describe('a lab with an archive', () => {
  const lab = useLab('e2e-copy', {profile: 'small', up: ['--nodes', '2', '--archive', 'command']})
  const sql = async (statement: string): Promise<string> => sqlOnPrimary(lab, ['pg1', 'pg2'], statement)
  const notes = async (): Promise<string> => sql("SELECT string_agg(text, ' ' ORDER BY text) FROM hl.note")

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
      expect(await lab.refused('copy', 'show')).toContain('LAB_MISSING')
      await lab.json('copy', 'create', '--to-lsn', first)
      const seen = async (): Promise<readonly unknown[]> => askedOfCopy(lab, 'SELECT text FROM hl.note ORDER BY text')
      expect(await seen()).toEqual(['a'])
      await lab.json('copy', 'forward', '--to-lsn', second)
      expect(await seen()).toEqual(['a', 'b'])
      const stood = (await lab.json('copy', 'show')).result
      expect(await lab.refused('copy', 'forward', '--to-lsn', first)).toContain('never goes back')
      expect(await lab.refused('copy', 'forward', '--to', before)).toContain('never goes back')
      expect((await lab.json('copy', 'show')).result).toEqual(stood)
      expect(await lab.refused('copy', 'forward', '--before-statement', 'update hl.never_was')).toContain(
        'TARGET_UNREACHABLE',
      )
      expect(await lab.refused('copy', 'forward', '--before-drop', 'hl.never_was')).toContain('TARGET_UNREACHABLE')
      expect(await seen()).toEqual(['a', 'b'])
      expect(await lab.refused('copy', 'create', '--to', 'latest')).toContain('LAB_SETTINGS_DIFFER')
      const readOnly = await lab.refused('copy', 'sql', "INSERT INTO hl.note VALUES ('d')")
      expect(readOnly).toContain('asking the copy failed: ERROR: cannot execute INSERT in a read-only transaction')
      expect(readOnly).not.toContain('PGOPTIONS')
      expect(await notes()).toBe('a b c')
    },
    testMs,
  )

  test(
    'brings a table back out of it, whole, and overwrites none',
    async () => {
      expect(await lab.refused('copy', 'table', 'hl.note')).toContain('nothing is overwritten')
      expect(await lab.refused('copy', 'table', 'hl.nothing')).toContain('TARGET_INVALID')
      await sql('DROP TABLE hl.note')
      expect((await lab.json<{readonly rows: number}>('copy', 'table', 'hl.note')).result.rows).toBe(2)
      expect(await notes()).toBe('a b')
      await sql('DROP TABLE hl."Odd.Name*"')
      expect((await lab.json<{readonly rows: number}>('copy', 'table', 'hl."Odd.Name*"')).result.rows).toBe(1)
      // Nobody noted that: its server says so.
      expect((await lab.json<{readonly mode: string}>('copy', 'show')).result.mode).toBe('ended')
      expect(await lab.refused('copy', 'forward', '--to', 'latest')).toContain('was promoted')
      await lab.json('copy', 'drop')
      expect(await lab.refused('copy', 'show')).toContain('LAB_MISSING')
    },
    testMs,
  )

  test(
    'leaves nothing of a copy whose making is interrupted',
    async () => {
      await lab.json('backups', 'create')
      expect(await lab.refused('copy', 'create', '--delay', '1h', '--to', 'latest')).toContain('TARGET_INVALID')
      const running = lab.start('copy', 'create', '--to', 'latest')
      const works = async (): Promise<boolean> =>
        (await docker('ps', '-q', '--filter', `name=^hl-${lab.name}-copy$`)).trim() !== ''
      await expect.poll(works, {timeout: 120_000, interval: 50}).toBe(true)
      running.kill('SIGINT')
      expect(await running.finished).toMatchObject({
        exitCode: 130,
        stderr: expect.stringContaining('taking the copy away') as string,
      })
      expect(await lab.refused('copy', 'show')).toContain('LAB_MISSING')
      expect((await docker('volume', 'ls', '-q', '--filter', `name=^hl-${lab.name}_copy-data$`)).trim()).toBe('')
    },
    testMs,
  )

  afterEach(async ({task}) => {
    // What is left of a test that failed would make the next ones say nothing.
    if (task.result?.state === 'fail') await lab.hl('copy', 'drop')
  })
})
