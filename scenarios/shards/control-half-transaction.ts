// A control: a transaction over two shards of which one half was committed, so that the checks for that have something
// to find. Not here: the checks (src/measure), how it is done (src/experiment/shard-deeds.ts).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const controlHalfTransaction = {
  name: 'control-half-transaction',
  kind: 'failover',
  summary: 'Control: of a transfer between two shards only one half is committed. Must come out as fail',
  rationale:
    'Both halves are prepared by hand; one is committed and the other rolled back, as a coordinator without a ' +
    'record of its decision might do. Each shard by itself is in order. What was taken from one user never ' +
    'reached the other, so the sum over all shards is short, and the transfer is on one shard alone.',
  expect: {kind: 'failing-checks', checks: ['transactions-whole', 'transfers-total']},
  failover: 'forbidden',
  sharded: {nodes: 2},
  clusters: [
    {name: 's2', settings: {}, archive: 'none'},
    {name: 's1', settings: {}, archive: 'none'},
  ],
  load: shardLoad,
  steps: [
    {kind: 'hold', forMs: 4_000, as: 'baseline'},
    {kind: 'plant', what: 'half-transaction'},
    {kind: 'hold', forMs: 2_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 30_000},
  ],
  objectives: {lostWritesMax: 0},
} as const satisfies Scenario
