// Undoes one fault, or all that are in place.
import {healWithinMs} from '../run-deadlines.ts'
import type {StepKindOf} from './step-kind.ts'

export const heal: StepKindOf<'heal'> = {
  label: ({id}) => `heal ${id}`,
  withinMs: ({id}, {open}) => healWithinMs * (id === 'all' ? open : 1),
  async run({id}, {stack, signal}) {
    const ids = id === 'all' ? stack.pending : [id]
    for (const each of ids) {
      // A heal that has begun goes on after Ctrl-C; the others are undone at the end of the run.
      signal.throwIfAborted()
      await stack.undo(each, healWithinMs)
    }
    return `healed ${ids.join(', ')}`
  },
}
