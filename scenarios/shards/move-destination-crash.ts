// The primary of the shard to which groups go dies in the middle of the move. Not here: what a move does
// (src/shards/move).
import type {Scenario} from '../../src/model/scenario.ts'
import {crashDuringMove} from './crash-during-move.ts'

export const moveDestinationCrash = {
  name: 'move-destination-crash',
  summary:
    'SIGKILL to the primary of the shard to which groups go, when they are copied: the move must go on, and the ' +
    'source must serve',
  rationale:
    'The source owns the groups until the switch, so whoever writes to them notices nothing. The subscription is ' +
    'in the data of the destination, and its position too: the new primary goes on where the old one was.',
  clusters: [
    {name: 's2', settings: {synchronousMode: 'on'}, archive: 'none'},
    {name: 's1', settings: {}, archive: 'none'},
  ],
  ...crashDuringMove,
} as const satisfies Scenario
