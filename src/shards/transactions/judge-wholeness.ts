// Is every transaction over shards on all of its shards, or on none? By what each shard has recorded of its own part,
// so it holds of restored shards too. A pure judgement. Invariants: what is prepared is not lacking, since recovery
// ends it as the decision says; each look was made after the one that it is held against, so nothing that is under way
// is taken for a half. Not here: asking (read-decisions.ts), ending what is prepared (recovery.ts).
import {idParts} from './gid.ts'
import {countOf, firstOf, minus, rangesOfNumbers, union, type NumberRange} from './number-ranges.ts'

/** What one shard has recorded as committed on itself. */
export interface KnownDecisions {
  /** Not compacted yet; participants: empty on a participant. */
  readonly rows: readonly {readonly id: string; readonly participants: readonly string[]}[]
  /** Compacted: by coordinator and series. */
  readonly decided: readonly {
    readonly coordinator: string
    readonly series: string
    readonly numbers: readonly NumberRange[]
  }[]
}

/** Three looks at one shard, in this order, each after the one before was made on all shards. */
export interface SeenDecisions {
  readonly shard: string
  readonly first: KnownDecisions
  /** Ids of the transactions of which a part is prepared there. */
  readonly prepared: readonly string[]
  readonly last: KnownDecisions
}

/** A transaction that is on one shard, and lacks on another. */
export interface HalfTransaction {
  /** Of the transaction as far as it is known: `<coordinator>:<series>:<number>`. */
  readonly id: string
  /** Has committed its part. */
  readonly on: string
  /** Has not, and will not by itself; null: one of the others, nobody knows which any more. */
  readonly lackedBy: string | null
}

/** At most so many are named; the rest is counted. */
const namedMost = 20

/** Transactions that are on one shard alone. */
export interface Wholeness {
  /** How many there are. */
  readonly halves: number
  /** The first of them. */
  readonly named: readonly HalfTransaction[]
}

/** `shards`: all of the map; what a shard that is not among them has is not known. */
export function judgeWholeness(shards: readonly SeenDecisions[]): Wholeness {
  const byName = new Map(shards.map(seen => [seen.shard, seen]))
  const named: HalfTransaction[] = []
  let halves = 0
  const lacking = (on: string, lackedBy: string | null, series: Series, numbers: readonly NumberRange[]): void => {
    halves += countOf(numbers)
    for (const number of firstOf(numbers, namedMost - named.length))
      named.push({id: `${series.coordinator}:${series.series}:${number}`, on, lackedBy})
  }
  for (const {shard, first} of shards)
    for (const series of seriesOf(first)) {
      const own = numbersOf(first, series)
      if (series.coordinator !== shard) {
        const coordinator = byName.get(series.coordinator)
        if (coordinator !== undefined)
          lacking(shard, coordinator.shard, series, minus(own, numbersOf(coordinator.last, series)))
        continue
      }
      for (const [name, numbers] of toldParticipants(first, series)) {
        const participant = byName.get(name)
        if (participant !== undefined) lacking(shard, name, series, minus(numbers, hasOrPrepared(participant, series)))
      }
      // Whose they were is forgotten once they are compacted, and somebody's they were: exact where two shards are all.
      const others = shards.filter(seen => seen.shard !== shard).map(seen => hasOrPrepared(seen, series))
      lacking(shard, null, series, minus(compactedOf(first, series), union(...others)))
    }
  return {halves, named}
}

interface Series {
  readonly coordinator: string
  readonly series: string
}

const isOf = (one: Series, other: Series): boolean =>
  one.coordinator === other.coordinator && one.series === other.series

function seriesOf({rows, decided}: KnownDecisions): readonly Series[] {
  const all = [...rows.flatMap(({id}) => idParts(id) ?? []), ...decided]
  return [...new Map(all.map(({coordinator, series}) => [`${coordinator} ${series}`, {coordinator, series}])).values()]
}

function rowNumbers({rows}: KnownDecisions, series: Series, participant?: string): readonly NumberRange[] {
  return rangesOfNumbers(
    rows.flatMap(({id, participants}) => {
      const parts = idParts(id)
      if (parts === null || !isOf(parts, series)) return []
      return participant === undefined || participants.includes(participant) ? [parts.number] : []
    }),
  )
}

const compactedOf = ({decided}: KnownDecisions, series: Series): readonly NumberRange[] =>
  union(...decided.filter(one => isOf(one, series)).map(({numbers}) => numbers))

const numbersOf = (known: KnownDecisions, series: Series): readonly NumberRange[] =>
  union(rowNumbers(known, series), compactedOf(known, series))

function hasOrPrepared({prepared, last}: SeenDecisions, series: Series): readonly NumberRange[] {
  const inDoubt = prepared.flatMap(id => {
    const parts = idParts(id)
    return parts !== null && isOf(parts, series) ? [parts.number] : []
  })
  return union(rangesOfNumbers(inDoubt), numbersOf(last, series))
}

/** By participant, as the coordinator's rows name them. */
function toldParticipants(known: KnownDecisions, series: Series): ReadonlyMap<string, readonly NumberRange[]> {
  const names = new Set(known.rows.flatMap(({participants}) => participants))
  return new Map([...names].map(name => [name, rowNumbers(known, series, name)]))
}
