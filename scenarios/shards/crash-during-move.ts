// A primary dies when groups are copied, and the move goes on: what both scenarios of it have in common. Not here:
// which shard it is (move-source-crash.ts, move-destination-crash.ts).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

/** It is the primary of the first cluster, whose standby has all that it acknowledged. */
export const crashDuringMove = {
  kind: 'failover',
  expect: {kind: 'recovery'},
  failover: 'required',
  sharded: {nodes: 2},
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
} as const satisfies Partial<Scenario>
