// PURE: what would be done to reach a goal from where a move stands: the table, walked without doing anything. Not
// here: the table (move-states.ts), doing it (run-move.ts).
import {moveStates, type MoveEffect, type MoveGoal, type MovePhase} from './move-states.ts'
import {refused} from './run-move.ts'

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
