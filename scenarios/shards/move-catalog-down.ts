// Groups change their owner while the shard that keeps the map is away. Not here: what a move does (src/shards/move).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const moveCatalogDown = {
  name: 'move-catalog-down',
  kind: 'failover',
  summary:
    'The shard that keeps the map dies in the middle of a move between two others: the switch must come, and the ' +
    'map must hear of it',
  rationale:
    'Whose a group is, the two shards say themselves; the catalog is told afterwards. So a move goes on without ' +
    'it, and waits with telling. What must not be is a map that never hears.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  sharded: {nodes: 1},
  clusters: [
    {name: 's1', settings: {}, archive: 'none'},
    {name: 's2', settings: {}, archive: 'none'},
    {name: 's3', settings: {}, archive: 'none'},
  ],
  load: shardLoad,
  steps: [
    {kind: 'hold', forMs: 6_000, as: 'baseline'},
    {kind: 'move', do: 'begin', move: {what: 'groups', groups: [22, 23, 24], to: 's3'}, stopBefore: 'fence'},
    {kind: 'inject', id: 'down', fault: {kind: 'kill-container', target: {select: 'members'}}},
    {kind: 'move', do: 'go-on', stopBefore: 'tell-catalog'},
    {kind: 'hold', forMs: 5_000, as: 'fault'},
    {kind: 'heal', id: 'down'},
    {kind: 'await', until: 'writable', withinMs: 90_000},
    {kind: 'move', do: 'finish'},
    {kind: 'hold', forMs: 4_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 60_000},
  ],
  objectives: {lostWritesMax: 0},
} as const satisfies Scenario
