// A restore in place that is interrupted or fails gives back what was there. Not here: one that is killed, or ends well
// (../rewind.test.ts).
import {beforeAll, describe, expect, test} from 'vitest'
import {sqlOnPrimary} from '../on-primary.ts'
import {docker, useLab} from '../use-lab.ts'

const testMs = 600_000

describe('a lab with an archive', () => {
  const lab = useLab('e2e-rewind-more', {profile: 'small', up: ['--nodes', '2', '--archive', 'command']})
  const sql = async (statement: string): Promise<string> => sqlOnPrimary(lab, ['pg1', 'pg2'], statement)
  const notes = async (): Promise<string> => sql("SELECT string_agg(text, ' ' ORDER BY text) FROM hl.note")
  const refused = async (...words: readonly string[]): Promise<string> => {
    const {exitCode, stderr} = await lab.hl(...words)
    expect(exitCode, stderr).not.toBe(0)
    return stderr
  }
  beforeAll(async () => {
    await sql("CREATE TABLE hl.note AS SELECT unnest(ARRAY['a', 'b']) AS text")
    await lab.json('backups', 'create')
  })

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
      expect(await notes()).toBe('a b')
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
      expect(await notes()).toBe('a b')
      await lab.json('nodes', 'check')
    },
    testMs,
  )
})
