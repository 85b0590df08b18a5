// The primary of one shard of two dies, under load over both. Not here: how a container is killed (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const shardPrimaryCrash = {
  name: 'shard-primary-crash',
  kind: 'failover',
  summary: 'SIGKILL to the primary of one shard under load over two; the other must go on serving, and nothing is lost',
  rationale:
    'Shards share etcd and nothing else: the standby of the one takes over as in any cluster, and whoever asks ' +
    'the other notices nothing. A transfer between the two that was under way is on both or on neither, for the ' +
    'shard with the decision says which; a prepared part survives the failover, since it is in the WAL that the ' +
    'sync standby has.',
  expect: {kind: 'recovery'},
  failover: 'required',
  sharded: {nodes: 2},
  clusters: [
    {name: 's2', settings: {synchronousMode: 'on'}, archive: 'none'},
    {name: 's1', settings: {}, archive: 'none'},
  ],
  load: shardLoad,
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'inject', id: 'crash', fault: {kind: 'kill-container', target: {select: 'primary'}}},
    {kind: 'await', until: 'new-primary', withinMs: 60_000},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
    {kind: 'heal', id: 'crash'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
  ],
  objectives: {rtoMsMax: 45_000, lostWritesMax: 0},
} as const satisfies Scenario
