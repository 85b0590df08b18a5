// What was left prepared is ended as far as it is decided, as hl tx resolve does; again while a shard cannot be asked
// or somebody is still at work on it.
import {awaitUntil, holds, notYet} from '../../waiting/await-until.ts'
import {leftMs, type StepKindOf} from './step-kind.ts'

export const resolveInDoubt: StepKindOf<'resolve-in-doubt'> = {
  label: () => 'end what is left prepared, as the recorded decisions say',
  withinMs: () => 60_000,
  async run(_step, context) {
    const {world, signal, see} = context
    const did: string[] = []
    const look = async () => {
      const {left, said} = await world.crossing.resolve()
      see(said)
      did.push(said)
      return left ? notYet(said) : holds(null)
    }
    const {clock} = world
    await awaitUntil(look, {
      clock,
      signal,
      withinMs: leftMs(context),
      what: 'all that is prepared to be ended',
      tolerant: true,
    })
    return did.find(said => said.includes('committed') || said.includes('rolled')) ?? did.at(-1) ?? ''
  },
}
