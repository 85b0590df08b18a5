// A time in which nothing is done but the load.
import {formatMs} from '../../model/time.ts'
import type {StepKindOf} from './step-kind.ts'

export const hold: StepKindOf<'hold'> = {
  label: ({forMs, as}) => `hold ${formatMs(forMs)} (${as})`,
  withinMs: ({forMs}) => forMs,
  async run({forMs}, {world: {clock}, redundancy, signal}) {
    const untilMs = clock.nowMs() + forMs
    await redundancy.watchUntil(untilMs, signal)
    await clock.wait(Math.max(0, untilMs - clock.nowMs()), signal)
    return `held ${formatMs(forMs)}`
  },
}
