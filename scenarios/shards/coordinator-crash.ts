// The server that would decide, and the client, die between prepare and commit. Not here: the protocol (src/shards).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const coordinatorCrash = {
  name: 'coordinator-crash',
  kind: 'failover',
  summary:
    'Client and coordinator die between prepare and commit, then a client dies once it was decided: recovery must ' +
    'end both',
  rationale:
    'The first was prepared on one shard and never decided: the record of a decision is written with the work of ' +
    'the coordinator, and there is none, so the part is rolled back. The second was decided and not finished: the ' +
    'record is there, so the part is committed. Until then each part holds its locks, whoever has died; ' +
    'afterwards both halves are there, or none, and nothing is prepared.',
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
    {kind: 'begin-commit', at: 'prepared'},
    {kind: 'inject', id: 'crash', fault: {kind: 'kill-container', target: {select: 'primary'}}},
    {kind: 'kill-client'},
    {kind: 'await', until: 'new-primary', withinMs: 60_000},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'resolve-in-doubt'},
    {kind: 'heal', id: 'crash'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'begin-commit', at: 'decided'},
    {kind: 'kill-client'},
    {kind: 'resolve-in-doubt'},
    {kind: 'hold', forMs: 3_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 30_000},
  ],
  objectives: {rtoMsMax: 45_000, lostWritesMax: 0},
} as const satisfies Scenario
