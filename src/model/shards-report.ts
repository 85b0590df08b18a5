// What a report says of a load over the shards of a lab. Not here: the rest of the report (report.ts).

/**
 * How one shard served, by what went to it alone: what spans shards fails with any of them. `sinceMs` of all: the first
 * disturbance, or the start.
 */
export interface ShardService {
  readonly name: string
  /** Steps were about it. */
  readonly subject: boolean
  readonly attempted: number
  readonly acknowledged: number
  readonly failed: number
  readonly unknown: number
  /** Share of 100 ms buckets in which writes were due and none of those was acknowledged. */
  readonly unavailableShare: number
  readonly longestStallMs: number
}

/** The slot group that most writes went to. */
export interface HotGroup {
  readonly group: number
  readonly shard: string
  /** Of all writes, 0..1, and how many groups were written to. */
  readonly share: number
  readonly groups: number
}

/** Of a load over shards. */
export interface ShardsReport {
  readonly services: readonly ShardService[]
  readonly hotGroup: HotGroup | null
  /** Writes over several shards, and those that were acknowledged. */
  readonly spanning: {readonly attempted: number; readonly acknowledged: number}
  /** Reads over all shards: refused, whole, and those that named what they left out. */
  readonly scatter: {readonly attempted: number; readonly whole: number; readonly partial: number}
}
