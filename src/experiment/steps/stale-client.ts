// A client that slept while groups moved, and writes with its old map. Invariant: how to end it is on the stack before
// it begins. Not here: the client (src/sharding/stale-client.ts).
import {staleClientWords} from './move-words.ts'
import type {StepKindOf} from './step-kind.ts'

export const staleClient: StepKindOf<'stale-client'> = {
  label: ({do: what}) => staleClientWords[what],
  withinMs: () => 60_000,
  async run({do: what}, {world, lastly}) {
    if (what === 'wake') return world.staleClient.wake()
    lastly.push('the frozen client', world.staleClient.kill)
    return world.staleClient.freeze()
  },
}
