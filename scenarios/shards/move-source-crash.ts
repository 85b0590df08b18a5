// The primary of the shard that groups leave dies in the middle of the move. Not here: what a move does
// (src/shards/move).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const moveSourceCrash = {
  name: 'move-source-crash',
  kind: 'failover',
  summary:
    'SIGKILL to the primary of the shard that groups leave, when they are copied: the move must go on from the new one',
  rationale:
    "The move's slot is on the standby too, since it is a failover slot that the standby keeps a copy of; and " +
    'nothing was sent to the destination that the standby lacked. So replication goes on from the new primary at ' +
    'the same position. It stands still as long as a member is away that it waits for, which is the price.',
  expect: {kind: 'recovery'},
  failover: 'required',
  sharded: {nodes: 2},
  clusters: [
    {name: 's1', settings: {synchronousMode: 'on'}, archive: 'none'},
    {name: 's2', settings: {}, archive: 'none'},
  ],
  load: shardLoad,
  steps: [
    {kind: 'hold', forMs: 6_000, as: 'baseline'},
    {kind: 'move', do: 'begin', move: {what: 'rebalance', weights: {s1: 1, s2: 3}}, stopBefore: 'verify'},
    {kind: 'inject', id: 'crash', fault: {kind: 'kill-container', target: {select: 'primary'}}},
    {kind: 'await', until: 'new-primary', withinMs: 60_000},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'heal', id: 'crash'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'move', do: 'finish'},
    {kind: 'hold', forMs: 4_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 60_000},
  ],
  objectives: {rtoMsMax: 45_000, lostWritesMax: 0},
} as const satisfies Scenario
