import {expect, it} from 'vitest'
import {failoverScenarios, recoveryScenarios, shardScenarios} from '../../scenarios/index.ts'
import type {Scenario, Step} from '../model/scenario.ts'
import {shardedComplaints} from './sharded-complaints.ts'

const spanning: Scenario = shardScenarios['shard-primary-crash']
const single: Scenario = failoverScenarios['primary-crash']
const [first] = spanning.clusters
const lost: Scenario = recoveryScenarios['shards-lost']
/** With the steps of a kind changed, or left out. */
const changed = (kind: Step['kind'], to: readonly Step[]): Scenario => ({
  ...lost,
  steps: lost.steps.flatMap(step => (step.kind === kind ? to : [step])),
})
const lostOne: Scenario = recoveryScenarios['shard-lost']
const restore = {kind: 'restore', target: 'barrier', into: 'new-lab'} as const

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
  ['a recovery of all shards', lost, null],
  ['a recovery of shards without a barrier', changed('barrier', []), 'there is not one barrier before'],
  ['a barrier after the restore', changed('restore', [restore, {kind: 'barrier'}]), 'not one barrier before'],
  ['a barrier without a backup', changed('backup', []), 'no full backup before it'],
  [
    'shards that stream',
    {
      ...lost,
      clusters: [
        {...lost.clusters[0], archive: 'stream'},
        {...lost.clusters[0], name: 's2', archive: 'stream'},
      ],
    },
    'by command',
  ],
  ['a recovery of shards to the latest', changed('restore', [{...restore, target: 'latest'}]), 'target: of shards'],
  ['a recovery of one shard', lostOne, null],
  [
    'one shard at a barrier',
    {...lostOne, steps: lostOne.steps.map(step => (step.kind === 'restore' ? restore : step))},
    'lost it is latest',
  ],
  [
    'the loss of a shard of one cluster',
    {...single, steps: [{kind: 'disaster', disaster: {kind: 'lose-shard'}}]},
    'loses a shard',
  ],
  ['a recovery of shards in place', changed('restore', [{...restore, into: 'in-place'}]), 'lost it is new-lab'],
  [
    'a bad statement on shards',
    changed('disaster', [{kind: 'disaster', disaster: {kind: 'drop-table'}}]),
    'of shards it is lose-cluster',
  ],
  ['a rebuild of shards', changed('restore', [{kind: 'rebuild'}]), 'a recovery of shards has no rebuild'],
  [
    'shards that archive in other ways',
    {...lost, clusters: [lost.clusters[0], {...first, name: 's2'}]},
    'of the first',
  ],
  ['a barrier in one cluster', {...single, steps: [{kind: 'barrier'}]}, 'has a barrier'],
  ['a restore to a barrier in one cluster', {...single, steps: [restore]}, 'restores to a barrier'],
  ['a hot user of one cluster', {...single, load: {hotUserShare: 0.5}}, 'load.hotUserShare'],
])('%s', (_what, scenario, complaint) => {
  const complaints = shardedComplaints(scenario)
  if (complaint === null) expect(complaints).toEqual([])
  else expect(complaints.join('; ')).toContain(complaint)
})
