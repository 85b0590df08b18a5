// Groups go from shard to shard while the load writes. Invariant: how the map becomes what it was is on the stack
// before the first move begins. Not here: how moves are run (../moving.ts).
import {moveStepWords} from './move-words.ts'
import type {StepKindOf} from './step-kind.ts'

/** Leases of old maps, a copy of what a load has written, a failover. */
const moveWithinMs = 420_000

export const move: StepKindOf<'move'> = {
  label: moveStepWords,
  withinMs: () => moveWithinMs,
  async run(step, {world, lastly, signal, see}) {
    const {moves} = world
    const hooks = {signal, see}
    switch (step.do) {
      case 'begin':
        if (!lastly.pending.includes(mapId)) lastly.push(mapId, moves.restore)
        return moves.begin(step.move, step.stopBefore ?? null, hooks)
      case 'go-on':
        return moves.goOn(step.stopBefore ?? null, hooks)
      case 'second':
        return moves.second()
      case 'finish':
      case 'abort':
      case 'rollback':
        return moves.end(step.do, hooks)
    }
  },
}

const mapId = 'the map of the shards'
