// A copy beside the lab that follows it at a delay. Not here: one that stands at a point (../copy.test.ts).
import {expect, test} from 'vitest'
import {askedOfCopy} from '../archived-lab.ts'
import {sqlOnPrimary} from '../on-primary.ts'
import {docker, useLab} from '../use-lab.ts'

const lab = useLab('e2e-copy-more', {profile: 'small', up: ['--nodes', '2', '--archive', 'command']})
const sql = async (statement: string): Promise<string> => sqlOnPrimary(lab, ['pg1', 'pg2'], statement)

test('a copy stands still until its delay is over, and is moved on without the backup that it was made of', async () => {
  await sql("CREATE TABLE hl.note AS SELECT unnest(ARRAY['a', 'b']) AS text")
  await lab.json('backups', 'create')
  const {result} = await lab.json<{readonly mode: string; readonly target: string}>('copy', 'create', '--delay', '1h')
  expect(result).toMatchObject({
    mode: 'follow',
    target: expect.stringContaining('no backup was that old, so until') as string,
  })
  await sql("INSERT INTO hl.note VALUES ('late')")
  const late = await sql('SELECT pg_current_wal_insert_lsn()')
  expect(await askedOfCopy(lab, 'SELECT count(*) FROM hl.note')).toEqual(['0'])
  await docker('exec', '-u', 'root', lab.container('archive'), 'sh', '-euc', 'rm -r /archive/*/backups/*')
  await lab.json('copy', 'forward', '--to-lsn', late)
  expect(await askedOfCopy(lab, "SELECT string_agg(text, ' ' ORDER BY text) FROM hl.note")).toEqual(['a b late'])
  // The WAL tells that nothing of that number is there, before the copy is touched.
  expect(await lab.refused('copy', 'forward', '--to-xid', '4000000000')).toContain('TARGET_UNREACHABLE')
  expect((await lab.json<{readonly mode: string}>('copy', 'show')).result.mode).toBe('paused')
  expect((await lab.json<{readonly mode: string}>('copy', 'forward', '--to', 'latest')).result.mode).toBe('follow')
  await sql("DELETE FROM hl.note WHERE text = 'late'")
  await lab.json('copy', 'drop')
}, 600_000)
