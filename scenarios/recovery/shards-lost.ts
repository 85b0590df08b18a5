// Every shard is gone, and all come back together. Not here: what a barrier is (docs/shards.md).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from '../shards/shard-load.ts'

export const shardsLost = {
  name: 'shards-lost',
  kind: 'recovery',
  summary:
    'all nodes of all shards, their volumes and etcd are gone at one moment under load; the shards come back together ' +
    'at the newest barrier',
  rationale:
    'Each shard for itself could be restored to its last position, and a transfer of which one half was archived ' +
    'would be there by half. A barrier is a point that no transaction straddles: what was acknowledged before it is ' +
    'all there, what was sent after it is all gone, and the accounts add up.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  sharded: {nodes: 2},
  clusters: [
    {name: 's1', settings: {}, archive: 'command'},
    {name: 's2', settings: {}, archive: 'command'},
  ],
  load: shardLoad,
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 5_000, as: 'baseline'},
    {kind: 'barrier'},
    {kind: 'hold', forMs: 5_000, as: 'baseline'},
    // It carries the archive past the barrier, so that a restore which does not stop there is seen.
    {kind: 'backup', backup: 'incremental'},
    {kind: 'disaster', disaster: {kind: 'lose-cluster'}},
    {kind: 'restore', target: 'barrier', into: 'new-lab'},
  ],
  objectives: {rtoMsMax: 300_000},
} as const satisfies Scenario
