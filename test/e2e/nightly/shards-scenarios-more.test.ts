// Scenarios over shards that do not fit into the time of the suite. Not here: the controls
// (../timed/shards-scenarios.test.ts).
import {expect, test} from 'vitest'
import {failed} from '../count-by-hand.ts'
import {lightLoad} from '../expect-pass.ts'
import {useLab} from '../use-lab.ts'

const lab = useLab('shard-more', {up: ['--profile', 'small', '--shards', '2', '--nodes', '2']})

const sql = async (shard: string, statement: string): Promise<string> => {
  const {result} = await lab.json<{readonly rows: readonly object[]}>('psql', '--shard', shard, statement)
  return result.rows.map(row => Object.values(row).join('|')).join('\n')
}

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

test.each(['shard-down-during-scatter', 'catalog-lost', 'coordinator-crash', 'hot-user'] as const)(
  '%s passes',
  async name => {
    const {exitCode, result} = await lab.failover(name, ...lightLoad)
    expect(failed(result.checks), result.run).toEqual([])
    expect({exitCode, verdict: result.verdict}).toEqual({exitCode: 0, verdict: 'pass'})
    if (name === 'shard-down-during-scatter') expect(result.shards?.scatter.partial).toBeGreaterThan(0)
    if (name === 'hot-user') expect(result.shards?.hotGroup?.share).toBeGreaterThan(0.5)
  },
)
