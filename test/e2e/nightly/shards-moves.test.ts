// Scenarios that move groups between the shards of a lab, and those that must come out as fail.
import {expect, test} from 'vitest'
import {shardScenarios} from '../../../scenarios/index.ts'
import {failed} from '../count-by-hand.ts'
import {lightLoad} from '../expect-pass.ts'
import {useLab} from '../use-lab.ts'

const lab = useLab('shard-moves', {up: ['--profile', 'small', '--shards', '2', '--nodes', '2']})

test.each([
  'shard-rebalance',
  'shard-drain',
  'shard-add',
  'shard-isolate',
  'move-abort-late',
  'move-rollback',
  'move-two-engineers',
  'stale-client',
  'move-source-crash',
  'move-destination-crash',
] as const)('%s passes, and leaves the map as it was', async name => {
  const {exitCode, result} = await lab.failover(name, ...lightLoad)
  expect(failed(result.checks), result.run).toEqual([])
  expect({exitCode, verdict: result.verdict}).toEqual({exitCode: 0, verdict: 'pass'})
  const {result: map} = await lab.json<{readonly shards: readonly {readonly groupsOwned: number}[]}>('shards', 'map')
  expect(map.shards.map(({groupsOwned}) => groupsOwned)).toEqual([32, 32])
  const {result: verified} = await lab.json<{readonly checks: readonly {readonly verdict: string}[]}>(
    'shards',
    'verify',
  )
  expect(verified.checks.filter(({verdict}) => verdict !== 'pass')).toEqual([])
})

test.each(['control-move-row-left', 'control-move-row-changed', 'control-move-row-missing'] as const)(
  '%s fails by the checks that are for it',
  async name => {
    const {exitCode, result} = await lab.failover(name, ...lightLoad)
    expect(failed(result.checks).toSorted(), result.run).toEqual([...shardScenarios[name].expect.checks].toSorted())
    expect({exitCode, held: result.controlHeld}).toEqual({exitCode: 1, held: true})
  },
)
