// Two engineers start the same move. Not here: what a move does (src/shards/move).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const moveTwoEngineers = {
  name: 'move-two-engineers',
  kind: 'failover',
  summary:
    'A second engineer starts the same move while the first runs: he must be refused, and the first must come to ' +
    'its end',
  rationale:
    'The record of a move is on both of its shards, one on each; a second one is refused before anything of it is ' +
    'begun.',
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
    {kind: 'move', do: 'begin', move: {what: 'rebalance', weights: {s1: 1, s2: 3}}, stopBefore: 'verify'},
    {kind: 'move', do: 'second'},
    {kind: 'move', do: 'finish'},
    {kind: 'hold', forMs: 4_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 60_000},
  ],
  objectives: {lostWritesMax: 0, writeErrorsMax: 0, longestStallMsMax: 1_000},
} as const satisfies Scenario
