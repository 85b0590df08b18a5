// Rows that come in no order, sorted once all are there; with a limit only so many are kept. Pure. Invariants: what is
// kept is bounded; rows that are equal in all keys stay in the order in which they came. Not here: the limit itself
// (row-window.ts).
import type {CompareRows, RawRow} from './compare-rows.ts'
import {bytesOf, checkKept, type KeptLimits} from './kept-rows.ts'

/** Sorting now and then costs less than keeping an order all the time. */
const roomAtLeast = 1_024

export interface FinalOrder {
  readonly compare: CompareRows
  /** Of rows that compare as equal here only the first is kept; null: all are. */
  readonly same: CompareRows | null
  /** Only so many first rows are asked for; null: all. */
  readonly most: number | null
}

export class FinalSort {
  readonly #order: FinalOrder
  readonly #limits: KeptLimits
  #rows: RawRow[] = []
  #bytes = 0

  constructor(order: FinalOrder, limits: KeptLimits) {
    this.#order = order
    this.#limits = limits
  }

  /** Throws ShardError LIMIT_EXCEEDED. */
  add(rows: readonly RawRow[]): void {
    for (const row of rows) {
      this.#rows.push(row)
      this.#bytes += bytesOf(row)
    }
    const {most, same} = this.#order
    const {rowsMax, memoryBytesMax} = this.#limits
    const isFull = this.#rows.length > rowsMax || this.#bytes > memoryBytesMax
    const canShrink = same !== null || (most !== null && this.#rows.length > most)
    if (canShrink && (isFull || (most !== null && this.#rows.length >= Math.max(2 * most, roomAtLeast)))) this.#shrink()
    checkKept(
      {rows: this.#rows.length, bytes: this.#bytes},
      this.#limits,
      'an order that the shards do not have (by an aggregate)',
      most === null ? 'add a LIMIT' : 'ask for fewer rows (LIMIT and OFFSET)',
    )
  }

  /** All that is kept, in order. */
  rows(): readonly RawRow[] {
    this.#shrink()
    return this.#rows
  }

  #shrink(): void {
    const {compare, same, most} = this.#order
    const before = this.#rows.length
    let rows = this.#rows.sort(compare)
    if (same !== null) rows = rows.filter((row, at) => at === 0 || same(rows[at - 1] ?? row, row) !== 0)
    if (most !== null && rows.length > most) rows.length = most
    this.#rows = rows
    if (rows.length < before) this.#bytes = rows.reduce((sum, row) => sum + bytesOf(row), 0)
  }
}
