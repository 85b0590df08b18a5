// What cannot be had from where a move stands, as an error with what can. Not here: the table (move-states.ts).
import {ShardError} from '../shard-error.ts'
import type {MoveGoal, MovePhase} from './move-states.ts'

/** MOVE_REFUSED with reason PHASE: it is not in the table. */
export function refused(goal: MoveGoal, phase: MovePhase, why: string, next: MoveGoal): ShardError {
  return new ShardError('MOVE_REFUSED', `${words[goal]} is not possible in phase ${phase}: ${why}; ${words[next]} is`, {
    detail: {reason: 'PHASE', phase, goal, next},
  })
}

const words: Readonly<Record<MoveGoal, string>> = {
  move: 'to go on',
  finish: 'to finish it',
  abort: 'to abort it',
  rollback: 'to roll it back',
}
