// PURE: is the schema the same on all shards? Invariant: only shards that have applied the same migrations are
// compared; of several, what most of them have is taken for right. Not here: reading a schema (schema-snapshot.ts).
import {differenceText, schemaDifference, type SchemaDifference, type SchemaSnapshot} from './schema-difference.ts'

export interface ShardSchema {
  readonly shard: string
  /** The migrations that it has applied, as one text. */
  readonly level: string
  readonly schema: SchemaSnapshot
}

/** The first difference between two shards of one level. */
export interface Drift {
  /** One of those that agree with most others. */
  readonly left: string
  readonly right: string
  readonly difference: SchemaDifference
  /** All of it as a sentence. */
  readonly message: string
}

/** null: shards of one level are the same. */
export function findDrift(shards: readonly ShardSchema[]): Drift | null {
  for (const level of new Set(shards.map(one => one.level))) {
    const drift = driftWithin(shards.filter(one => one.level === level))
    if (drift !== null) return drift
  }
  return null
}

function driftWithin(shards: readonly ShardSchema[]): Drift | null {
  const agreeing = (one: ShardSchema): number =>
    shards.filter(other => schemaDifference(one.schema, other.schema) === null).length
  const [left] = [...shards].sort((a, b) => agreeing(b) - agreeing(a))
  if (left === undefined) return null
  for (const {shard: right, schema} of shards) {
    const difference = schemaDifference(left.schema, schema)
    if (difference !== null)
      return {left: left.shard, right, difference, message: differenceText(difference, left.shard, right)}
  }
  return null
}
