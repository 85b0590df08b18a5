// What a barrier is: a moment of all shards that no transaction over shards straddles. Vocabulary. Not here: taking one
// (take-barrier.ts), restoring to it (the caller's).

/** Where one shard stands at it. */
export interface BarrierPosition {
  /** By name. */
  readonly shard: string
  /** The system identifier of its cluster. */
  readonly system: string
  /** Of the WAL that it lies in. */
  readonly timeline: number
  /** The end of its restore point, `0/3000028`: a recovery that ends just before this position has all of it. */
  readonly lsn: string
  /** Name of the restore point; of a later try it is not the barrier's own. */
  readonly point: string
  /** Epochs of the groups that the shard owns there, by group. */
  readonly groups: Readonly<Record<string, number>>
  /** Moves that were on record there. */
  readonly moves: readonly string[]
}

/** A moment of all shards. */
export interface Barrier {
  /** Of the barrier; each has one of its own. */
  readonly name: string
  /** By the clock of the first shard, ISO 8601 in UTC. */
  readonly takenAt: string
  /** How long decisions waited, at most. */
  readonly heldMs: number
  /** Of the map. */
  readonly mapId: string
  /** In order of the shards' names. */
  readonly positions: readonly BarrierPosition[]
}
