// Scenarios over the shards of a lab, through hl as a person uses it: the controls, which must come out as fail by
// exactly the checks that are for them. Not here: a failover of one shard (shards.test.ts), the others (nightly/).
import {expect, test} from 'vitest'
import {shardScenarios} from '../../../scenarios/index.ts'
import type {Plan} from '../../../src/model/plan.ts'
import {failed} from '../count-by-hand.ts'
import {lightLoad} from '../expect-pass.ts'
import {useLab} from '../use-lab.ts'

const lab = useLab('shard-scenes', {up: ['--profile', 'small', '--shards', '2', '--nodes', '2']})

const sql = async (shard: string, statement: string): Promise<string> => {
  const {result} = await lab.json<{readonly rows: readonly object[]}>('psql', '--shard', shard, statement)
  return result.rows.map(row => Object.values(row).join('|')).join('\n')
}

test('a plan is about the shard that the scenario lists first, or that is named', async () => {
  const plan = async (...words: readonly string[]): Promise<string | undefined> =>
    (await lab.json<Plan>('failover', '--scenario', 'shard-primary-crash', '--dry-run', ...words)).result.shard
  expect([await plan(), await plan('--shard', 's1')]).toEqual(['s2', 's1'])
  const through = await lab.hl('failover', '--scenario', 'shard-primary-crash', '--through', 'direct')
  expect([through.exitCode, through.stderr]).toEqual([2, expect.stringContaining('USAGE') as string])
})

test.each(['control-row-misplaced', 'control-half-transaction'] as const)(
  '%s fails by the checks that are for it, and leaves nothing behind',
  async name => {
    const {exitCode, result} = await lab.failover(name, ...lightLoad)
    expect(failed(result.checks).toSorted(), result.run).toEqual([...shardScenarios[name].expect.checks].toSorted())
    expect({exitCode, held: result.controlHeld}).toEqual({exitCode: 1, held: true})
    for (const shard of ['s1', 's2']) {
      expect(await sql(shard, `SELECT count(*) FROM orders WHERE request_key LIKE '%:p'`)).toMatch(/^\s*0$/m)
      expect(await sql(shard, 'SELECT count(*) FROM pg_prepared_xacts')).toMatch(/^\s*0$/m)
    }
  },
)
