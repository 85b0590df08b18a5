// Which decisions may be made into numbers (see transaction-sql.ts). Pure.
// Invariants: none of a transaction of which a part is prepared, or may be on a shard that was not asked. Not here:
// doing it.
import type {DecisionRow} from './shard-records.ts'

export interface ShardRows {
  readonly shard: string
  readonly rows: readonly DecisionRow[]
}

/** What was seen just now, the rows before the lists of prepared parts. */
export interface Seen {
  readonly shards: readonly ShardRows[]
  /** Ids of which a part is prepared somewhere. */
  readonly prepared: ReadonlySet<string>
  /** Shards that could not be asked. */
  readonly notAsked: ReadonlySet<string>
  /** Of a map: shards that were asked. */
  readonly asked: ReadonlySet<string>
}

/** Ids by shard, participants before coordinators. */
export function decideCompaction({shards, prepared, notAsked, asked}: Seen): readonly {
  readonly shard: string
  readonly ids: readonly string[]
}[] {
  const isOver = ({id, participants}: DecisionRow): boolean => {
    if (prepared.has(id)) return false
    // A participant's row does not say who else there is.
    return participants.length === 0 ? notAsked.size === 0 : participants.every(shard => asked.has(shard))
  }
  const of = (isCoordinator: boolean): readonly {readonly shard: string; readonly ids: readonly string[]}[] =>
    shards.map(({shard, rows}) => ({
      shard,
      ids: rows.filter(row => row.participants.length > 0 === isCoordinator && isOver(row)).map(({id}) => id),
    }))
  return [...of(false), ...of(true)].filter(({ids}) => ids.length > 0)
}
