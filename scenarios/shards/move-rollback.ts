// Groups are moved, written to, and brought back. Not here: what a move does (src/shards/move).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const moveRollback = {
  name: 'move-rollback',
  kind: 'failover',
  summary:
    'Groups are moved, written to for a while on their new shard, and rolled back: every write since must come ' +
    'back too',
  rationale:
    'An hour of writes, scaled down. The reverse replication has run since before the switch, so the way back is ' +
    'the same switch the other way round, and costs the same milliseconds.',
  expect: {kind: 'recovery'},
  failover: 'forbidden',
  sharded: {nodes: 2},
  clusters: [
    {name: 's1', settings: {}, archive: 'none'},
    {name: 's2', settings: {}, archive: 'none'},
  ],
  load: shardLoad,
  steps: [
    {kind: 'hold', forMs: 6_000, as: 'baseline'},
    {kind: 'move', do: 'begin', move: {what: 'rebalance', weights: {s1: 1, s2: 3}}},
    {kind: 'hold', forMs: 12_000, as: 'aftermath'},
    {kind: 'move', do: 'rollback'},
    {kind: 'hold', forMs: 4_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 60_000},
  ],
  objectives: {lostWritesMax: 0, writeErrorsMax: 0, longestStallMsMax: 1_000},
} as const satisfies Scenario
