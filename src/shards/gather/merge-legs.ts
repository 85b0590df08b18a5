// Several sorted legs as one sorted sequence. Invariants: a row is taken only when no leg can come with an earlier one;
// a leg whose rows are not in that order is refused, since its server sorts otherwise. Not here: waiting (gather.ts),
// reading (leg.ts).
import {ShardError} from '../shard-error.ts'
import type {CompareRows, RawRow} from './compare-rows.ts'

/** What is merged. */
export interface Source {
  readonly shard: string
  readonly head: RawRow | null
  readonly isOver: boolean
  advance(): void
}

interface Place {
  readonly source: Source
  readonly index: number
  last: RawRow | null
}

export class Merge {
  readonly #compare: CompareRows | null
  /** Those with a row at hand, by that row; the last one is next. */
  #ready: Place[] = []
  /** Those of which no row is at hand. */
  #waiting: Place[]

  /** `compare` null: in whatever order they come. */
  constructor(sources: readonly Source[], compare: CompareRows | null) {
    this.#compare = compare
    this.#waiting = sources.map((source, index) => ({source, index, last: null}))
  }

  /** Nothing is left. */
  get isOver(): boolean {
    this.#look()
    return this.#ready.length === 0 && this.#waiting.length === 0
  }

  /** As many rows as can be told now, at most `most`. Throws ShardError SHARD_FAILED for a leg that is not in order. */
  take(most: number): RawRow[] {
    const rows: RawRow[] = []
    while (rows.length < most) {
      this.#look()
      const place = this.#waiting.length > 0 && this.#compare !== null ? undefined : this.#ready.pop()
      const row = place?.source.head ?? null
      if (place === undefined || row === null) return rows
      rows.push(row)
      place.last = row
      place.source.advance()
      if (place.source.head === null) this.#waiting.push(place)
      else this.#insert(place)
    }
    return rows
  }

  /** It counts as one without rows from now on. */
  drop(source: Source): void {
    this.#ready = this.#ready.filter(place => place.source !== source)
    this.#waiting = this.#waiting.filter(place => place.source !== source)
  }

  #look(): void {
    for (let at = this.#waiting.length - 1; at >= 0; at--) {
      const place = this.#waiting[at]
      if (place === undefined || (place.source.head === null && !place.source.isOver)) continue
      this.#waiting.splice(at, 1)
      if (place.source.head !== null) this.#insert(place)
    }
  }

  #insert(place: Place): void {
    const row = place.source.head
    if (row === null) return
    if (this.#compare !== null && place.last !== null && this.#compare(place.last, row) > 0)
      throw new ShardError(
        'SHARD_FAILED',
        `shard ${place.source.shard} sorts in another order than the merge: its collation or a type differs; ` +
          'order by columns of the same type, text COLLATE "C"',
        {shard: place.source.shard},
      )
    let low = 0
    let high = this.#ready.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#ready[middle]
      if (other !== undefined && this.#isBefore(place, row, other)) low = middle + 1
      else high = middle
    }
    this.#ready.splice(low, 0, place)
  }

  /** Of equal rows that of the first leg is first, whoever answered first. */
  #isBefore(place: Place, row: RawRow, other: Place): boolean {
    const {head} = other.source
    const order = this.#compare === null || head === null ? 0 : this.#compare(row, head)
    return order < 0 || (order === 0 && place.index < other.index)
  }
}
