// DISTINCT, OFFSET and LIMIT of rows that pass by in order. Pure. Invariant: nothing is kept but one row. Not here: the
// order (merge-legs.ts, final-sort.ts).
import type {CompareRows, RawRow} from './compare-rows.ts'

export interface WindowOf {
  /** Rows that compare as equal to the one before are left out; null: none is. */
  readonly same: CompareRows | null
  readonly offset: number
  readonly limit: number | null
}

export class RowWindow {
  readonly #same: CompareRows | null
  #toSkip: number
  #left: number
  #last: RawRow | null = null

  constructor({same, offset, limit}: WindowOf) {
    this.#same = same
    this.#toSkip = offset
    this.#left = limit ?? Infinity
  }

  /** Nothing passes any more. */
  get isClosed(): boolean {
    return this.#left <= 0
  }

  /** Those of the next rows that pass. */
  pass(rows: readonly RawRow[]): readonly RawRow[] {
    const passed = this.#same === null ? rows : rows.filter(row => this.#isNew(row))
    const skipped = Math.min(this.#toSkip, passed.length)
    this.#toSkip -= skipped
    const given = skipped === 0 && passed.length <= this.#left ? passed : passed.slice(skipped, skipped + this.#left)
    this.#left -= given.length
    return given
  }

  #isNew(row: RawRow): boolean {
    const isNew = this.#last === null || this.#same === null || this.#same(this.#last, row) !== 0
    this.#last = row
    return isNew
  }
}
