// A control: a row was lost by a move. Not here: what a move does (src/shards/move).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const controlMoveRowMissing = {
  name: 'control-move-row-missing',
  kind: 'failover',
  summary: 'Control: a row that was acknowledged is missing after the move. Must come out as fail',
  rationale:
    'As a switch before the last write had come would leave it: the source has removed it, and the destination ' +
    'never had it.',
  expect: {kind: 'failing-checks', checks: ['lost-writes']},
  failover: 'forbidden',
  sharded: {nodes: 2},
  clusters: [
    {name: 's2', settings: {}, archive: 'none'},
    {name: 's1', settings: {}, archive: 'none'},
  ],
  load: {...shardLoad, scatterReadsPerSecond: 0},
  steps: [
    {kind: 'hold', forMs: 4_000, as: 'baseline'},
    {kind: 'move', do: 'begin', move: {what: 'drain', shard: 's2'}},
    {kind: 'move', do: 'finish'},
    {kind: 'plant', what: 'row-missing'},
    {kind: 'hold', forMs: 2_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 60_000},
  ],
  objectives: {lostWritesMax: 0},
} as const satisfies Scenario
