// Takes a backup under load, of each shard where there are several.
import {formatMs} from '../../model/time.ts'
import {copyWithinMs} from '../run-deadlines.ts'
import type {StepKindOf} from './step-kind.ts'

export const backup: StepKindOf<'backup'> = {
  label: step => `${step.backup} backup under load`,
  withinMs: () => copyWithinMs,
  async run(step, {world, signal}) {
    const taken = await world.recovery.takeBackups(step.backup, signal)
    return taken
      .map(({kind, id, node, durationMs}) => `${kind} ${id} from ${node} in ${formatMs(durationMs)}`)
      .join('; ')
  },
}
