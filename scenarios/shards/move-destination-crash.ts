// The primary of the shard to which groups go dies in the middle of the move. Not here: what a move does
// (src/shards/move).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const moveDestinationCrash = {
  name: 'move-destination-crash',
  kind: 'failover',
  summary:
    'SIGKILL to the primary of the shard to which groups go, when they are copied: the move must go on, and the ' +
    'source must serve',
  rationale:
    'The source owns the groups until the switch, so whoever writes to them notices nothing. The subscription is ' +
    'in the data of the destination, and its position too: the new primary goes on where the old one was.',
  expect: {kind: 'recovery'},
  failover: 'required',
  sharded: {nodes: 2},
  clusters: [
    {name: 's2', settings: {synchronousMode: 'on'}, archive: 'none'},
    {name: 's1', settings: {}, archive: 'none'},
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
