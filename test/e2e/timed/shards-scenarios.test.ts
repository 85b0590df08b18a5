// Scenarios over the shards of a lab, through hl as a person uses it: one that must pass, and the controls that must
// come out as fail by exactly the checks that are for them. Not here: the others (nightly/).
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

test('shard-primary-crash passes: the other shard goes on, and nothing is lost, halved or misplaced', async () => {
  const {exitCode, result} = await lab.failover('shard-primary-crash', ...lightLoad)
  expect(failed(result.checks), result.run).toEqual([])
  expect({exitCode, verdict: result.verdict, shard: result.shard}).toEqual({exitCode: 0, verdict: 'pass', shard: 's2'})
  const [s1, s2] = result.shards?.services ?? []
  expect([s1?.name, s1?.subject, s1?.failed, s1?.unknown]).toEqual(['s1', false, 0, 0])
  expect([s2?.name, s2?.subject]).toEqual(['s2', true])
  expect(s2?.longestStallMs).toBeGreaterThan(s1?.longestStallMs ?? Infinity)
  expect(result.shards?.spanning.acknowledged).toBeGreaterThan(0)
  // What the run says that it wrote is counted on the servers by hand.
  const counted = await Promise.all(
    ['s1', 's2'].map(async shard =>
      Number(
        /^\s*(\d+)$/m.exec(
          await sql(shard, `SELECT count(*) FROM orders WHERE request_key LIKE '${result.run}:w:%'`),
        )?.[1],
      ),
    ),
  )
  const written = counted.reduce((sum, count) => sum + count, 0)
  const {acknowledged, unknown} = result.writes
  const orders = acknowledged + unknown.found - (await transfersOf(result.run))
  expect(written).toBe(orders)
  const shown = await lab.hl('runs', 'show', result.run, '--format', 'html')
  expect(shown.stdout).toContain('shard s1')
})

/** Halves that give: one for each transfer. */
async function transfersOf(run: string): Promise<number> {
  const counts = await Promise.all(
    ['s1', 's2'].map(async shard =>
      Number(
        /^\s*(\d+)$/m.exec(
          await sql(shard, `SELECT count(*) FROM orders WHERE request_key LIKE '${run}:t:%:give:%'`),
        )?.[1],
      ),
    ),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

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
