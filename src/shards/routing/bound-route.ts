// The outcome of planning a statement and binding its values: which text goes to which shard, and how the answers
// become one. Plain data. Not here: how it is found (bind-route.ts) and how it is carried out.
import type {GatherPlan} from './gather-plan.ts'

/** One statement for one shard. */
export interface Leg {
  readonly shard: string
  readonly text: string
  readonly values: readonly unknown[]
}

export interface BoundRoute {
  readonly kind: 'read' | 'write'
  /** Why these shards, for people. */
  readonly reason: string
  readonly legs: readonly Leg[]
  readonly merge: Merge
}

/** How the answers of the legs become one. */
export type Merge =
  /** One leg, its answer as it is. */
  | {readonly kind: 'alone'}
  /** Writes: row counts are added, no rows. */
  | {readonly kind: 'counts'}
  /** RETURNING of a split INSERT: leg i's row j is row places[i][j] of the answer. */
  | {readonly kind: 'placed'; readonly places: readonly (readonly number[])[]}
  /** Writes with RETURNING whose order PostgreSQL leaves open: rows leg after leg, row counts added. */
  | {readonly kind: 'appended'}
  /** The same write of a reference table on every shard: the answers must agree. */
  | {readonly kind: 'same'}
  | {readonly kind: 'gather'; readonly plan: GatherPlan}
