// Takes a barrier over all shards, to which they can be restored together.
import {formatMs} from '../../model/time.ts'
import type {StepKindOf} from './step-kind.ts'

const barrierWithinMs = 120_000

export const barrier: StepKindOf<'barrier'> = {
  label: () => 'a barrier over all shards',
  withinMs: () => barrierWithinMs,
  async run(_step, {world, signal}) {
    const {name, heldMs} = await world.recovery.takeBarrier(signal)
    return `${name}, held for ${formatMs(heldMs)}`
  },
}
