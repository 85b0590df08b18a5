// A control: a row on a shard that does not own it, so that the check for owners has something to find. Not here: the
// check (src/measure), how the row gets past the fence (src/experiment/shard-deeds.ts).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const controlRowMisplaced = {
  name: 'control-row-misplaced',
  kind: 'failover',
  summary: 'Control: a row is put on a shard that does not own it. Must come out as fail',
  rationale:
    "As a move that went wrong would leave it: the row comes in as a replication worker's, whom the fence lets " +
    'pass. No read of its user ever finds it, no write is lost, and every count over all shards has one too many. ' +
    "Only PostgreSQL's own hash of its key, held against the groups that the shard owns, tells.",
  expect: {kind: 'failing-checks', checks: ['rows-on-owner']},
  failover: 'forbidden',
  sharded: {nodes: 2},
  clusters: [
    {name: 's2', settings: {}, archive: 'none'},
    {name: 's1', settings: {}, archive: 'none'},
  ],
  load: shardLoad,
  steps: [
    {kind: 'hold', forMs: 4_000, as: 'baseline'},
    {kind: 'plant', what: 'row-on-wrong-shard'},
    {kind: 'hold', forMs: 2_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 30_000},
  ],
  objectives: {lostWritesMax: 0},
} as const satisfies Scenario
