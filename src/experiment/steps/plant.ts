// What a control plants among the rows, so that somebody must notice. Invariant: it is taken away after the final read,
// which has to see it, and not before.
import type {Plant} from '../../model/scenario.ts'
import type {StepKindOf} from './step-kind.ts'

const plantWithinMs = 60_000

/** For people. */
export const plantLabels: Readonly<Record<Plant, string>> = {
  'row-on-wrong-shard': 'put a row on a shard that does not own it',
  'half-transaction': 'commit half of a transaction over two shards',
  'row-on-both-shards': 'leave a row on the shard that it was moved from',
  'row-changed': 'change a row on the shard that it was moved to',
  'row-missing': 'take a row away from the shard that it was moved to',
}

export const plant: StepKindOf<'plant'> = {
  label: ({what}) => plantLabels[what],
  withinMs: () => plantWithinMs,
  async run({what}, {world, lastly}) {
    const deed = world.plant(what)
    lastly.push(what, deed.remove)
    return deed.plant()
  },
}
