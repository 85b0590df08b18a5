// One shard is gone, and comes back alone. Not here: all of them (shards-lost.ts).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from '../shards/shard-load.ts'

export const shardLost = {
  name: 'shard-lost',
  kind: 'recovery',
  summary:
    'all nodes of one shard of two and their volumes are gone at one moment under load; it comes back alone from its ' +
    'archive, in its place, and is brought in line with the other',
  rationale:
    'The other shard keeps all that it has acknowledged. The one that is lost comes back as far as its archive goes, ' +
    'serves nothing until its map is that of the other, and has lost its half of the transfers that were not ' +
    'archived: that is said, and it is all that is lost. A restore of all shards to a barrier keeps transfers whole ' +
    'instead, and takes from every shard what came after it.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  sharded: {nodes: 2},
  clusters: [
    {name: 's2', settings: {}, archive: 'command'},
    {name: 's1', settings: {}, archive: 'command'},
  ],
  load: shardLoad,
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 5_000, as: 'baseline'},
    {kind: 'barrier'},
    {kind: 'hold', forMs: 5_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'lose-shard'}},
    {kind: 'restore', target: 'latest', into: 'in-place'},
  ],
  objectives: {rtoMsMax: 300_000},
} as const satisfies Scenario
