// Scenarios over shards that do not fit into the time of the suite, and a lab of another shape, which is refused.
import {expect, test} from 'vitest'
import {failed} from '../count-by-hand.ts'
import {lightLoad} from '../expect-pass.ts'
import {useLab} from '../use-lab.ts'

const lab = useLab('shard-more', {up: ['--profile', 'small', '--shards', '2', '--nodes', '2']})

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
