// Takes a backup under load.
import {formatMs} from '../../model/time.ts'
import {copyWithinMs} from '../run-deadlines.ts'
import type {StepKindOf} from './step-kind.ts'

export const backup: StepKindOf<'backup'> = {
  label: step => `${step.backup} backup under load`,
  withinMs: () => copyWithinMs,
  async run(step, {world, signal}) {
    const {kind, id, node, durationMs} = await world.recovery.takeBackup(step.backup, {signal})
    return `${kind} ${id} from ${node} in ${formatMs(durationMs)}`
  },
}
