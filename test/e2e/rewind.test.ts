// Going back in time by hand, in the lab's own place. Invariant: what is lost at each step is counted by a row that was
// written for it. Not here: a copy beside it (copy.test.ts), a second time, and restores that are interrupted, killed,
// or fail (nightly/rewind-more.test.ts).
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, describe, expect, test} from 'vitest'
import {sqlOnPrimary} from './on-primary.ts'
import {useLab} from './use-lab.ts'

const testMs = 600_000

describe('a lab with an archive', () => {
  const lab = useLab('e2e-rewind', {profile: 'small', up: ['--nodes', '2', '--archive', 'command']})
  const sql = async (statement: string): Promise<string> => sqlOnPrimary(lab, ['pg1', 'pg2'], statement)
  const point = async (name: string): Promise<string> => sql(`SELECT pg_create_restore_point('${name}')`)
  const notes = async (): Promise<string> => sql("SELECT string_agg(text, ' ' ORDER BY text) FROM hl.note")
  beforeAll(async () => {
    await sql("CREATE TABLE hl.note AS SELECT unnest(ARRAY['a', 'b']) AS text")
  })

  test(
    'goes back in its own place when that is confirmed, and not again while what was moved aside would be lost',
    async () => {
      await lab.json('backups', 'create')
      await sql("INSERT INTO hl.note VALUES ('kept')")
      await point('good')
      await sql("INSERT INTO hl.note VALUES ('unwanted')")
      expect(await lab.refused('restore', '--in-place', '--to-name', 'good', '--no-input')).toContain(
        'CONFIRMATION_MISSING',
      )
      expect(await lab.refused('restore', '--in-place', '--into', 'other', '--to', 'latest')).toContain('USAGE')
      const identity = join(lab.cwd, 'identity')
      writeFileSync(identity, 'AGE-SECRET-KEY-1X')
      expect(await lab.refused('restore', '--in-place', '--to', 'latest', '--identity', identity)).toContain(
        'is not encrypted',
      )
      expect(await lab.refused('backups', 'verify', '--decrypt')).toContain('is not encrypted')
      expect(await notes()).toContain('unwanted')
      await lab.json('restore', '--in-place', '--to-name', 'good', '--confirm', lab.name)
      expect(await notes()).toBe('a b kept')
      // Another one would lose what was moved aside, and that cannot come back: its timelines' numbers are taken.
      expect(await lab.refused('restore', '--in-place', '--to', 'latest', '--confirm', lab.name)).toContain(
        'safety copy',
      )
      expect(await lab.refused('restore', '--put-back', '--confirm', lab.name)).toContain('was in use')
    },
    testMs,
  )
})
