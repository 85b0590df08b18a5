// One user has most of the load, and the report says where. Not here: moving his group away.
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const hotUser = {
  name: 'hot-user',
  kind: 'failover',
  summary: 'One user has four fifths of the writes: the report must name the slot group that is hot, and its shard',
  rationale:
    'All rows of a user are on one shard, so no number of shards helps against one user; what helps is a shard of ' +
    'his own, and for that his slot group has to be known. Nothing is broken, so nothing may fail.',
  expect: {kind: 'recovery'},
  failover: 'forbidden',
  sharded: {nodes: 2},
  clusters: [
    {name: 's2', settings: {}, archive: 'none'},
    {name: 's1', settings: {}, archive: 'none'},
  ],
  load: {...shardLoad, hotUserShare: 0.8},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'hold', forMs: 4_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 30_000},
  ],
  objectives: {lostWritesMax: 0},
} as const satisfies Scenario
