// A client of its own begins a transfer over two shards and stops in the middle of its commit. Invariant: how to end it
// is on the stack before it begins.
import type {StepKindOf} from './step-kind.ts'

const beginWithinMs = 60_000

export const beginCommit: StepKindOf<'begin-commit'> = {
  label: ({at}) => `a client stops where its commit over two shards is ${at}`,
  withinMs: () => beginWithinMs,
  async run({at}, {world, lastly}) {
    lastly.push('the client', world.crossing.kill)
    return world.crossing.begin(at)
  },
}
