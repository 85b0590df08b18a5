// The group of a hot user gets a shard for itself, under load. Not here: what a move does (src/shards/move).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const shardIsolate = {
  name: 'shard-isolate',
  kind: 'failover',
  summary: 'The group of a user with four fifths of the writes gets a shard for itself while he goes on writing',
  rationale:
    'One user is on one shard, however many there are; what helps is that nobody else is there. His group stays ' +
    'or goes to a shard of its own, and all others leave that shard.',
  expect: {kind: 'recovery'},
  failover: 'forbidden',
  sharded: {nodes: 2},
  clusters: [
    {name: 's1', settings: {}, archive: 'none'},
    {name: 's2', settings: {}, archive: 'none'},
  ],
  load: {...shardLoad, hotUserShare: 0.8},
  steps: [
    {kind: 'hold', forMs: 6_000, as: 'baseline'},
    // Of the first user of the load, who is the hot one (src/load/sharded/shard-users.ts); a test holds the two
    // together.
    {kind: 'move', do: 'begin', move: {what: 'isolate', group: 21, shard: 's2'}},
    {kind: 'move', do: 'finish'},
    {kind: 'hold', forMs: 4_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 60_000},
  ],
  objectives: {lostWritesMax: 0, writeErrorsMax: 0, longestStallMsMax: 1_000},
} as const satisfies Scenario
