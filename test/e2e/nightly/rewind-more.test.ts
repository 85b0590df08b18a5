// A restore in place that is interrupted, killed or fails gives back what was there, or is ended by one command; and
// one after another. Not here: one that ends well (../rewind.test.ts).
import {beforeAll, describe, expect, test} from 'vitest'
import {backupsOf} from '../archived-lab.ts'
import {sqlOnPrimary} from '../on-primary.ts'
import {docker, useLab} from '../use-lab.ts'

const testMs = 600_000

describe('a lab with an archive', () => {
  const lab = useLab('e2e-rewind-more', {profile: 'small', up: ['--nodes', '2', '--archive', 'command']})
  const sql = async (statement: string): Promise<string> => sqlOnPrimary(lab, ['pg1', 'pg2'], statement)
  const notes = async (): Promise<string> => sql("SELECT string_agg(text, ' ' ORDER BY text) FROM hl.note")
  beforeAll(async () => {
    await sql("CREATE TABLE hl.note AS SELECT unnest(ARRAY['a', 'b']) AS text")
    await lab.json('backups', 'create')
  })

  test(
    'comes back by itself from a restore in place that is interrupted, in the middle of a phase',
    async () => {
      const running = lab.start('restore', '--in-place', '--to', 'latest', '--confirm', lab.name)
      await running.saw('fetch: ', 300_000)
      running.kill('SIGINT')
      const {exitCode, stderr} = await running.finished
      expect(exitCode, stderr).toBe(130)
      expect(stderr).toContain('is put back')
      expect(stderr).toContain('has the data again that it had before')
      expect(stderr).not.toContain('take-over: ')
      expect((await docker('ps', '-aq', '--filter', `name=^hl-${lab.name}-restore$`)).trim()).toBe('')
      expect(await notes()).toBe('a b')
      expect(await lab.refused('restore', '--put-back', '--confirm', lab.name)).toContain('no member')
      await lab.json('up')
    },
    testMs,
  )

  test(
    'comes back from a restore in place that was killed in its middle',
    async () => {
      const running = lab.start('restore', '--in-place', '--to', 'latest', '--confirm', lab.name)
      const works = async (): Promise<boolean> =>
        (await docker('ps', '-q', '--filter', `name=^hl-${lab.name}-restore$`)).trim() !== ''
      await expect.poll(works, {timeout: 120_000, interval: 50}).toBe(true)
      running.kill('SIGKILL')
      await running.finished.catch(() => undefined)
      expect(await lab.refused('up')).toContain('--put-back')
      // It would start the old primary, and a second server on the data that is being restored.
      expect(await lab.refused('faults', 'heal', '--all')).toContain('RESTORE_UNFINISHED')
      expect((await lab.hl('status')).stdout).toContain(`hl restore --resume --lab ${lab.name}`)
      expect((await lab.hl('doctor')).stdout).toContain(`hl restore --put-back --lab ${lab.name}`)
      await lab.json('restore', '--put-back', '--confirm', lab.name)
      expect(await notes()).toBe('a b')
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
      expect(await lab.refused('up')).toContain('--resume')
      expect(await lab.refused('restore', '--put-back', '--confirm', lab.name)).toContain('was in use')
      const {result} = await lab.json<{readonly checks: readonly unknown[]}>('restore', '--resume')
      expect(result.checks.length).toBeGreaterThan(4)
      await lab.healthy()
      expect(await notes()).toBe('a b')
      await lab.json('restore', '--discard-copy', '--confirm', lab.name)
      await lab.json('backups', 'create')
    },
    testMs,
  )

  test(
    'goes back a second time, and the archive takes what the new timeline writes',
    async () => {
      await lab.json('restore', '--in-place', '--to', 'latest', '--confirm', lab.name)
      await sql("INSERT INTO hl.note VALUES ('newer')")
      await lab.json('backups', 'create')
      await sql("SELECT pg_create_restore_point('better')")
      await sql("INSERT INTO hl.note VALUES ('again')")
      await lab.json('restore', '--in-place', '--discard-copy', '--to-name', 'better', '--confirm', lab.name)
      expect(await notes()).toBe('a b newer')
      // The archive takes what the new timeline writes.
      await lab.json('switchover', '--yes')
      await lab.json('backups', 'create')
      await lab.json('copy', 'create', '--to', 'latest')
      await lab.json('copy', 'drop')
      await lab.json('restore', '--discard-copy', '--confirm', lab.name)
    },
    testMs,
  )

  test(
    'can be restored again after a restore to before the last switch of the timeline',
    async () => {
      await lab.json('switchover', '--yes')
      await sql("INSERT INTO hl.note VALUES ('one')")
      const to = await sql(`SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`)
      await sql("INSERT INTO hl.note VALUES ('two')")
      await lab.json('switchover', '--yes')
      await sql("INSERT INTO hl.note VALUES ('three')")
      const restored = await lab.hl('restore', '--in-place', '--confirm', lab.name, '--to', to)
      expect(restored.stdout).toContain('restorable-again')
      expect(restored.exitCode, restored.stdout + restored.stderr).toBe(0)
      await sql("INSERT INTO hl.note VALUES ('four')")
      const {result} = await lab.json<{readonly exposed: string | null}>('backups')
      expect(result.exposed).toBeNull()
      await lab.json('copy', 'create', '--to', 'latest')
      const rows = await lab.hl('copy', 'sql', 'SELECT string_agg(text, $$ $$ ORDER BY text) FROM hl.note')
      expect(rows.stdout.trim()).toBe('a b four newer one')
      await lab.json('copy', 'drop')
      await lab.json('restore', '--discard-copy', '--confirm', lab.name)
      await lab.json('backups', 'create')
    },
    testMs,
  )

  test(
    'is as it was when a restore in place fails half way',
    async () => {
      const [backup] = await backupsOf(lab)
      await docker(
        'exec',
        lab.container('archive'),
        'sh',
        '-euc',
        `file=$(ls -S /archive/*/backups/${backup?.id ?? ''}/data/base/*/* | head -n 1); printf '\\377\\376' | dd of="$file" bs=1 seek=4242 conv=notrunc status=none`,
      )
      expect(await lab.refused('restore', '--in-place', '--to', 'latest', '--confirm', lab.name)).toContain(
        'BACKUP_INVALID',
      )
      await lab.hl('faults', 'heal', '--all')
      expect(await notes()).toBe('a b four newer one')
      await lab.json('nodes', 'check')
    },
    testMs,
  )
})
