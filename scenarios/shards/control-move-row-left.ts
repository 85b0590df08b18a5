// A control: a row was left behind by a move, on the shard that had it. Not here: what a move does (src/shards/move).
import type {Scenario} from '../../src/model/scenario.ts'
import {shardLoad} from './shard-load.ts'

export const controlMoveRowLeft = {
  name: 'control-move-row-left',
  kind: 'failover',
  summary: 'Control: a row is left on the shard that it was moved from. Must come out as fail',
  rationale:
    'The move removes its rows from the source in small steps, and the last one could be missed. The row is on ' +
    'both shards then: its owner serves it, and whoever counts over all shards counts it twice.',
  expect: {kind: 'failing-checks', checks: ['rows-on-owner', 'transfers-total']},
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
    {kind: 'plant', what: 'row-on-both-shards'},
    {kind: 'hold', forMs: 2_000, as: 'aftermath'},
    {kind: 'await', until: 'healthy', withinMs: 60_000},
  ],
  objectives: {lostWritesMax: 0},
} as const satisfies Scenario
