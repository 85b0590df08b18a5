// The shard that keeps the map for all is away. Not here: how containers are killed (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const catalogLost = {
  name: 'catalog-lost',
  kind: 'failover',
  summary: 'Every member of the shard that keeps the map dies: users of the other shard must go on as if nothing was',
  rationale:
    'A client has the map in memory, and each shard says of itself what it owns; the catalog is asked for changes ' +
    'and nothing else. So losing it costs what losing any shard costs: its own users, and what spans shards.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  sharded: {nodes: 2},
  clusters: [
    {name: 's1', settings: {synchronousMode: 'on'}, archive: 'none'},
    {name: 's2', settings: {}, archive: 'none'},
  ],
  load: shardLoad,
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
