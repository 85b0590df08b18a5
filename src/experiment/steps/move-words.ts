// PURE: steps that move groups, in words. Not here: carrying them out (move.ts, stale-client.ts).
import {shardMoveWords, type MoveStep, type StaleClientStep} from '../../model/shard-move.ts'

/** For people. */
export function moveStepWords(step: MoveStep): string {
  switch (step.do) {
    case 'begin':
      return `move ${shardMoveWords(step.move)}${heldWords(step.stopBefore)}`
    case 'go-on':
      return `let the move go on${heldWords(step.stopBefore)}`
    case 'second':
      return 'a second engineer begins the same move, and must be refused'
    case 'finish':
      return 'finish the move: no way back, rows removed from where they came'
    case 'abort':
      return 'abort the move'
    case 'rollback':
      return 'roll the move back'
  }
}

const heldWords = (stop: string | undefined): string => (stop === undefined ? '' : `, held before ${stop}`)

export const staleClientWords: Readonly<Record<StaleClientStep['do'], string>> = {
  freeze: 'a client of its own learns the map, and is frozen',
  wake: 'the frozen client wakes, and writes with its old map',
}
