// One shard as the library over shards knows it: a name in the map, and the router of its cluster. Pure vocabulary.
import type {Router} from '../router/index.ts'

export interface Shard {
  /** As the map calls it. */
  readonly name: string
  readonly router: Router
}
