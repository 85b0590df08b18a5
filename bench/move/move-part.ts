// What a part of the benchmark of moves is run with. Vocabulary, no IO. Not here: what it gives back
// (../router/part.ts).
import type {Bench, Findings} from '../router/part.ts'
import type {Sizes} from '../shards/sizes.ts'
import type {Pair} from './servers.ts'

export interface MoveBench extends Bench {
  readonly sizes: Sizes
  /** Started at the first call; the same for all parts of a run. */
  readonly pair: () => Promise<Pair>
}

export interface MovePart {
  readonly name: string
  readonly about: string
  readonly run: (bench: MoveBench) => Promise<Findings>
}
