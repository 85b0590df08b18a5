// The point that a copy or a restore ends at is tied to what log and WAL show: statements that changed something, and
// those that did not; rewrites beside losses; what no WAL holds. One lab, one copy that is moved on. Not here: the
// rules as tables (src/backup/locate, src/backup/restore).
import {describe, expect, test} from 'vitest'
import {sqlOnPrimary} from './on-primary.ts'
import {useLab} from './use-lab.ts'

const nodes = ['pg1', 'pg2'] as const

interface CopyAnswer {
  readonly target: string
}

describe('where a restore ends', () => {
  const lab = useLab('e2e-target', {profile: 'small', up: ['--nodes', '2', '--archive', 'command']})
  const sql = async (...statements: readonly string[]): Promise<string> => sqlOnPrimary(lab, nodes, ...statements)
  const counted = async (table: string): Promise<string> =>
    (await lab.hl('copy', 'sql', `select count(*), count(*) filter (where id > 1000) from ${table}`)).stdout.trim()
  const tables = ['deleted', 'rewritten', 'truncated', 'undone', 'dropped']

  test('just before the transaction of the statement, whatever others changed more', async () => {
    await sql(
      'create schema t',
      'create table t.job (id int primary key, n int)',
      'insert into t.job select g, 0 from generate_series(1, 6000) g',
      ...tables.flatMap(table => [
        `create table t.${table} (id int primary key, v text)`,
        `insert into t.${table} select g, 'x' from generate_series(1, 500) g`,
      ]),
    )
    expect((await lab.hl('backups', 'create')).exitCode).toBe(0)
    // Each once with a good row before, the damage, a good row after, and a large innocent change.
    const damage: readonly (readonly [string, string])[] = [
      ['deleted', 'delete from t.deleted'],
      ['rewritten', 'vacuum full t.rewritten'],
      ['rewritten', 'delete from t.rewritten where id < 2000'],
      ['undone', 'begin; savepoint s; delete from t.undone; rollback to s; commit'],
      ['truncated', 'truncate t.truncated'],
      ['dropped', 'vacuum full t.dropped'],
      ['dropped', 'alter table t.dropped alter id type bigint'],
      ['dropped', 'drop table t.dropped'],
    ]
    await sql(
      ...damage.flatMap(([table, statement], index) => [
        `insert into t.${table} values (${1001 + index}, 'good')`,
        statement,
        'update t.job set n = n + 1',
      ]),
      'update t.job set n = 0 where id < 30',
    )
    const made = await lab.json<CopyAnswer>('copy', 'create', '--before-statement', 'delete from t\\.deleted')
    expect(made.result.target).toContain('deleted 501 rows of t.deleted')
    expect(await counted('t.deleted')).toBe('501|1')
    const moved = await lab.json<CopyAnswer>('copy', 'forward', '--before-statement', 'delete from t\\.rewritten')
    expect(moved.result.target).toContain('deleted 502 rows of t.rewritten')
    expect(await counted('t.rewritten')).toBe('502|2')
  })

  test('nowhere for a statement that was rolled back, and the copy stays where it stands', async () => {
    const lsn = async (): Promise<string> => (await lab.json<{readonly lsn: string}>('copy', 'show')).result.lsn
    const before = await lsn()
    const {exitCode, stderr} = await lab.hl('copy', 'forward', '--before-statement', 'delete from t\\.undone')
    expect({exitCode, stderr}).toMatchObject({
      exitCode: 4,
      stderr: expect.stringMatching(/was rolled back[^]*the copy stands where it stood/) as string,
    })
    expect(await lsn()).toBe(before)
    expect(await counted('t.rewritten')).toBe('502|2')
  })

  test('a rewrite is no loss, and hides none', async () => {
    const truncated = await lab.json<CopyAnswer>('copy', 'forward', '--before-drop', 't.truncated')
    expect(truncated.result.target).toContain('truncated t.truncated')
    // A copy stands: what the tables that were locked since are called by now cannot be looked at in it, and is said.
    const {exitCode, stderr} = await lab.hl('copy', 'forward', '--before-drop', 't.rewritten')
    expect({exitCode, stderr}).toMatchObject({
      exitCode: 4,
      stderr: expect.stringMatching(/nothing is known to have taken away t\.rewritten.*were not looked at/) as string,
    })
    const dropped = await lab.json<CopyAnswer>('copy', 'forward', '--before-drop', 't.dropped')
    expect(dropped.result.target).toContain('dropped t.dropped')
    expect((await lab.hl('copy', 'drop')).exitCode).toBe(0)
  })

  test('what came to nothing, and what no WAL holds, is refused; looking changes nothing', async () => {
    await sql(
      "select pg_create_restore_point('twice')",
      "select pg_create_restore_point('twice')",
      'select pg_switch_wal()',
    )
    // Otherwise the server itself goes on to the next file when a minute is over.
    await sql('alter system set archive_timeout = 0', 'select pg_reload_conf()')
    const whole = await sql(
      'begin; savepoint s; insert into t.job values (70001, 1); release s; commit',
      'select xmin from t.job where id = 70001',
    )
    const at = async (): Promise<string> => sql('select pg_walfile_name(pg_current_wal_lsn())')
    const before = await at()
    for (const [words, said] of [
      [['--to-xid', whole], 'is a subtransaction of'],
      [['--to-xid', '4000000000'], 'no WAL that can be replayed'],
      [['--to-name', 'never'], 'there are twice'],
      [['--to-name', 'twice'], '2 restore points are called twice'],
    ] as const) {
      const {exitCode, stderr} = await lab.hl('restore', '--in-place', '--dry-run', ...words)
      expect({words, exitCode, stderr}).toMatchObject({exitCode: 4, stderr: expect.stringContaining(said) as string})
    }
    expect(await at()).toBe(before)
    await sql('alter system reset archive_timeout', 'select pg_reload_conf()')
  })
})
