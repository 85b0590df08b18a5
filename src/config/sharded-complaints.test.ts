import {expect, it} from 'vitest'
import {failoverScenarios, shardScenarios} from '../../scenarios/index.ts'
import type {Scenario} from '../model/scenario.ts'
import {shardedComplaints} from './sharded-complaints.ts'

const spanning: Scenario = shardScenarios['shard-primary-crash']
const single: Scenario = failoverScenarios['primary-crash']
const [first] = spanning.clusters

it.each<readonly [string, Scenario, string | null]>([
  ['a scenario over shards', spanning, null],
  ['one of one cluster', single, null],
  ['one shard', {...spanning, clusters: [first]}, 'two shards or more'],
  ['a name twice', {...spanning, clusters: [first, first]}, 'a name is there twice'],
  [
    'an archive',
    {
      ...spanning,
      clusters: [
        {...first, archive: 'command'},
        {...first, name: 's1', settings: {}},
      ],
    },
    'archive',
  ],
  ['settings of another shard', {...spanning, clusters: [first, {...first, name: 's1'}]}, 'only those of the first'],
  ['pinned writes', {...spanning, load: {...spanning.load, pinnedWritesPerSecond: 1}}, 'both rates are 0'],
  ['the rates of one cluster', {...spanning, load: {}}, 'both rates are 0'],
  ['a plant in one cluster', {...single, steps: [{kind: 'plant', what: 'half-transaction'}]}, 'has a plant'],
  ['a hot user of one cluster', {...single, load: {hotUserShare: 0.5}}, 'load.hotUserShare'],
])('%s', (_what, scenario, complaint) => {
  const complaints = shardedComplaints(scenario)
  if (complaint === null) expect(complaints).toEqual([])
  else expect(complaints.join('; ')).toContain(complaint)
})
