// The client that stopped in the middle of its commit is killed.
import type {StepKindOf} from './step-kind.ts'

export const killClient: StepKindOf<'kill-client'> = {
  label: () => 'kill the client that stopped in its commit',
  withinMs: () => 10_000,
  async run(_step, {world}) {
    await world.crossing.kill()
    return 'its connections are gone'
  },
}
