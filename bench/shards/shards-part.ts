// What a part of the benchmark of shards is run with. Vocabulary, no IO. Not here: what it gives back
// (../router/part.ts).
import type {Bench, Findings} from '../router/part.ts'
import type {BenchServers} from './servers.ts'
import type {Sizes} from './sizes.ts'

export interface ShardsBench extends Bench {
  readonly sizes: Sizes
  /** Started at the first call; the same for all parts of a run. */
  readonly servers: () => Promise<BenchServers>
}

export interface ShardsPart {
  readonly name: string
  readonly about: string
  readonly run: (bench: ShardsBench) => Promise<Findings>
}
