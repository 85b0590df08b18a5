// One shard as the library over shards knows it: a name in the map, and the router of its cluster. Pure vocabulary.
import type {Router} from '../router/index.ts'

/** A shard, for those who join the parts of the library by themselves. */
export interface Shard {
  /** As the map calls it. */
  readonly name: string
  /** Over the nodes of its cluster. */
  readonly router: Router
}
