// What happens inside of a ShardedPool, for logs and metrics. Types only. Not here: what each router does (its events).
import type {Standing} from './map/decide-standing.ts'
import type {ShardMap} from './map/shard-map.ts'
import type {FinishTrouble} from './transactions/finisher.ts'

/** By name, with what a listener is given. */
export interface ShardedPoolEvents {
  /** There is a newer map; the first one too. */
  map: [ShardMap]
  /** A shard may serve, or may not any more. */
  standing: [shard: string, Standing]
  /** A server cannot tell of the map now; `shard` null: the catalog. */
  problem: [shard: string | null, error: unknown]
  /** A decided transaction is not finished on all shards yet. */
  trouble: [FinishTrouble]
}
