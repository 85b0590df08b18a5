// The primary of the shard that groups leave dies in the middle of the move. Not here: what a move does
// (src/shards/move).
import type {Scenario} from '../../src/model/scenario.ts'
import {crashDuringMove} from './crash-during-move.ts'

export const moveSourceCrash = {
  name: 'move-source-crash',
  summary:
    'SIGKILL to the primary of the shard that groups leave, when they are copied: the move must go on from the new one',
  rationale:
    "The move's slot is on the standby too, since it is a failover slot that the standby keeps a copy of; and " +
    'nothing was sent to the destination that the standby lacked. So replication goes on from the new primary at ' +
    'the same position. It stands still as long as a member is away that it waits for, which is the price.',
  clusters: [
    {name: 's1', settings: {synchronousMode: 'on'}, archive: 'none'},
    {name: 's2', settings: {}, archive: 'none'},
  ],
  ...crashDuringMove,
} as const satisfies Scenario
