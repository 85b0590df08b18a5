// A quarter of the groups goes to the other shard and comes back, under load. Not here: what a move does
// (src/shards/move).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const shardRebalance = {
  name: 'shard-rebalance',
  kind: 'failover',
  summary:
    'A quarter of the groups moves to the other shard and back while the load writes: no write may fail, none may ' +
    'be lost',
  rationale:
    'The copy is one snapshot, what is written meanwhile follows by logical replication, and the switch waits for ' +
    'a marker that comes through it. Writers wait for some milliseconds, and no longer than the switch may take ' +
    'before it is taken back.',
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
    {kind: 'move', do: 'finish'},
    {kind: 'hold', forMs: 3_000, as: 'aftermath'},
    {kind: 'move', do: 'begin', move: {what: 'rebalance', weights: {s1: 1, s2: 1}}},
    {kind: 'move', do: 'finish'},
    {kind: 'hold', forMs: 4_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 60_000},
  ],
  objectives: {lostWritesMax: 0, writeErrorsMax: 0, longestStallMsMax: 1_000},
} as const satisfies Scenario
