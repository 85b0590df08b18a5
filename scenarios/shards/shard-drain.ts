// A shard becomes empty under load. Not here: what a move does (src/shards/move).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const shardDrain = {
  name: 'shard-drain',
  kind: 'failover',
  summary:
    'All groups leave one shard while the load writes: it must end with no row, and every user must be served by ' +
    'the other',
  rationale:
    'A shard that is to be taken away has to be empty first. Its groups go in one move; afterwards it owns ' +
    'nothing, and refuses whoever still thinks that it does.',
  expect: {kind: 'recovery'},
  failover: 'forbidden',
  sharded: {nodes: 2},
  clusters: [
    {name: 's2', settings: {}, archive: 'none'},
    {name: 's1', settings: {}, archive: 'none'},
  ],
  load: shardLoad,
  steps: [
    {kind: 'hold', forMs: 6_000, as: 'baseline'},
    {kind: 'move', do: 'begin', move: {what: 'drain', shard: 's2'}},
    {kind: 'move', do: 'finish'},
    {kind: 'hold', forMs: 4_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 60_000},
  ],
  objectives: {lostWritesMax: 0, writeErrorsMax: 0, longestStallMsMax: 1_000},
} as const satisfies Scenario
