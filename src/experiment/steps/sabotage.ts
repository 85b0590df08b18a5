// What a control does wrong on purpose, so that somebody must notice.
import {copyWithinMs} from '../run-deadlines.ts'
import type {StepKindOf} from './step-kind.ts'

const labels = {
  'one-late': 'restore one transaction too many',
  'one-early': 'restore one transaction too few',
  'segment-missing': 'have a WAL segment go missing from the archive',
  'byte-flipped': 'flip a byte of the backup',
} as const

export const sabotage: StepKindOf<'sabotage'> = {
  label: step => labels[step.sabotage.kind],
  withinMs: () => copyWithinMs,
  async run(step, {world, progress, signal}) {
    progress.sabotage = step.sabotage
    return world.recovery.sabotage(step.sabotage, signal)
  },
}
