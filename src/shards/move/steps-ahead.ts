// PURE: what would be done to reach a goal from where a move stands: the table, walked without doing anything. Not
// here: the table (move-states.ts), doing it (run-move.ts).
import type {MoveEffect} from './effect-sides.ts'
import {goalOf, moveStates, type MoveGoal, type MovePhase} from './move-states.ts'
import {refused} from './refuse-goal.ts'

/** What leads from one phase to the next. */
export interface StepAhead {
  /** Where it begins. */
  readonly phase: MovePhase
  /** In order. */
  readonly effects: readonly MoveEffect[]
  /** gone: nothing of the move is left. */
  readonly then: MovePhase | 'gone'
}

/** Empty where the move rests already. MOVE_REFUSED with reason PHASE where the goal cannot be had from there. */
export function stepsAhead(phase: MovePhase, goal: MoveGoal): readonly StepAhead[] {
  const steps: StepAhead[] = []
  for (let at = phase; ;) {
    const step = moveStates[at][goal]
    if (step.kind === 'rest') return steps
    if (step.kind === 'refuse') throw refused(goal, at, step.why, step.next)
    steps.push({phase: at, effects: step.effects, then: step.then})
    if (step.then === 'gone') return steps
    at = step.then
  }
}

/** What a person may ask for of a move that has stopped; `resume`: what it was about to do. */
export type WayOut = 'resume' | Exclude<MoveGoal, 'move'>

/** PURE: the best first; one that comes to its end only by way of another is not among them. */
export function waysOut(phase: MovePhase): readonly WayOut[] {
  const goal = goalOf(phase)
  const others = (['abort', 'rollback', 'finish'] as const).filter(other => ends(phase, other))
  if (moveStates[phase][goal].kind !== 'go') return others
  // To finish is to go on, and so is either way back once it is under way.
  const other = others.find(one => one !== goal && one !== (goal === 'move' ? 'finish' : 'rollback'))
  return ['resume', ...(other === undefined ? [] : [other])]
}

/** As the end of a sentence. */
export function waysOutText(phase: MovePhase): string {
  return waysOut(phase)
    .map(way => words[way])
    .join(', or ')
}

const words: Readonly<Record<WayOut, string>> = {
  resume: 'resume it',
  abort: 'abort it',
  rollback: 'roll it back',
  finish: 'finish it',
}

function ends(phase: MovePhase, goal: MoveGoal): boolean {
  try {
    return stepsAhead(phase, goal).at(-1)?.then === 'gone'
  } catch {
    return false
  }
}
