// One shard is away whole, while others read over all. Not here: how containers are killed (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const shardDownDuringScatter = {
  name: 'shard-down-during-scatter',
  kind: 'failover',
  summary: 'Every member of one shard dies: reads over all shards must be refused, or name the shard that is missing',
  rationale:
    'A count over all shards that leaves one out without a word is the wrong answer that nobody notices. So a ' +
    'read fails by default while a shard is away; one that was given leave is answered by the others and says ' +
    'which it lacks. Statements about users of the other shard go on.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  sharded: {nodes: 2},
  clusters: [
    {name: 's2', settings: {synchronousMode: 'on'}, archive: 'none'},
    {name: 's1', settings: {}, archive: 'none'},
  ],
  load: {...shardLoad, scatterReadsPerSecond: 6},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'inject', id: 'down', fault: {kind: 'kill-container', target: {select: 'members'}}},
    {kind: 'hold', forMs: 10_000, as: 'fault'},
    {kind: 'heal', id: 'down'},
    {kind: 'await', until: 'writable', withinMs: 90_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
  ],
  objectives: {lostWritesMax: 0},
} as const satisfies Scenario
