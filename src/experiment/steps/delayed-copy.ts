// Makes a recovery copy that follows the archive with a delay.
import {formatMs} from '../../model/time.ts'
import {copyWithinMs} from '../run-deadlines.ts'
import type {StepKindOf} from './step-kind.ts'

export const delayedCopy: StepKindOf<'delayed-copy'> = {
  label: ({delayMs}) => `a recovery copy that follows ${formatMs(delayMs)} behind`,
  withinMs: () => copyWithinMs,
  run: ({delayMs}, {world, signal}) => world.recovery.delayedCopy(delayMs, signal),
}
