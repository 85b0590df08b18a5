// A move is aborted at the last moment. Not here: what a move does (src/shards/move).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const moveAbortLate = {
  name: 'move-abort-late',
  kind: 'failover',
  summary:
    'A move is aborted just before its switch, when all is copied and compared: everything must be as it was before',
  rationale:
    'Until the destination owns the groups it has rows that nobody reads. They go away again, with slots, ' +
    'publications and subscriptions, and no pool ever asked there.',
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
    {kind: 'move', do: 'begin', move: {what: 'rebalance', weights: {s1: 1, s2: 3}}, stopBefore: 'fence'},
    {kind: 'move', do: 'abort'},
    {kind: 'hold', forMs: 4_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 60_000},
  ],
  objectives: {lostWritesMax: 0, writeErrorsMax: 0, longestStallMsMax: 1_000},
} as const satisfies Scenario
