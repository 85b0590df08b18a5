// Going back in time by hand, in the lab's own place, and what a restore leaves that was killed. Invariant: what is
// lost at each step is counted by a row that was written for it. Not here: a copy beside it (copy.test.ts), restores
// that are interrupted or fail (nightly/rewind-more.test.ts).
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, describe, expect, test} from 'vitest'
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
  beforeAll(async () => {
    await sql("CREATE TABLE hl.note AS SELECT unnest(ARRAY['a', 'b']) AS text")
  })

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
      await running.saw('take-over: ', 300_000)
      running.kill('SIGKILL')
      await running.finished.catch(() => undefined)
      expect(await refused('up')).toContain('--resume')
      expect(await refused('restore', '--put-back', '--confirm', lab.name)).toContain('was in use')
      const {result} = await lab.json<{readonly checks: readonly unknown[]}>('restore', '--resume')
      expect(result.checks.length).toBeGreaterThan(4)
      await lab.healthy()
      expect(await notes()).toBe('a b kept newer')
      await lab.json('restore', '--discard-copy', '--confirm', lab.name)
      await lab.json('backups', 'create')
    },
    testMs,
  )
})
