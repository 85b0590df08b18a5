// A control: a row was changed by a move, on the shard that got it. Not here: what a move does (src/shards/move).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const controlMoveRowChanged = {
  name: 'control-move-row-changed',
  kind: 'failover',
  summary: 'Control: a row is not what it was before the move. Must come out as fail',
  rationale:
    'As a copy that mixed up two values would leave it. Every row is there, and on its owner; only the sum of all ' +
    'accounts tells.',
  expect: {kind: 'failing-checks', checks: ['transfers-total']},
  failover: 'forbidden',
  sharded: {nodes: 2},
  clusters: [
    {name: 's2', settings: {}, archive: 'none'},
    {name: 's1', settings: {}, archive: 'none'},
  ],
  load: shardLoad,
  steps: [
    {kind: 'hold', forMs: 4_000, as: 'baseline'},
    {kind: 'move', do: 'begin', move: {what: 'drain', shard: 's2'}},
    {kind: 'move', do: 'finish'},
    {kind: 'plant', what: 'row-changed'},
    {kind: 'hold', forMs: 2_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 60_000},
  ],
  objectives: {lostWritesMax: 0},
} as const satisfies Scenario
