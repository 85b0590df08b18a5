// A client sleeps while groups move, and wakes with its old map. Not here: what a move does (src/shards/move).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const staleClient = {
  name: 'stale-client',
  kind: 'failover',
  summary:
    'A client is frozen while groups move, and writes with its old map when it wakes: the former owner must refuse it',
  rationale:
    'A map in memory is always a little old, and a process that was stopped has one of any age. So nobody relies ' +
    'on it: the shard that was the owner refuses the row, the pool learns from the refusal where it belongs, and ' +
    'sends it there once.',
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
    {kind: 'stale-client', do: 'freeze'},
    {kind: 'move', do: 'begin', move: {what: 'drain', shard: 's2'}},
    {kind: 'move', do: 'finish'},
    {kind: 'stale-client', do: 'wake'},
    {kind: 'hold', forMs: 4_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 60_000},
  ],
  objectives: {lostWritesMax: 0, writeErrorsMax: 0, longestStallMsMax: 1_000},
} as const satisfies Scenario
