// Sorted rows cut into batches of complete groups. Pure. Invariant: rows with equal keys are in one batch, which is
// bounded. Not here: combining a batch (combining.ts).
import {rowComparator, type CompareRows, type RawRow} from './compare-rows.ts'
import type {SortKey} from '../routing/gather-plan.ts'
import {bytesOf, checkKept, type KeptLimits} from './kept-rows.ts'

/** One statement for so many partial rows: its round trip costs little then. */
const batchRows = 2_000
const batchBytes = 1_024 * 1_024

export class GroupBatches {
  readonly #limits: KeptLimits
  readonly #fullRows: number
  readonly #fullBytes: number
  /** null: all rows are one group. */
  readonly #compare: CompareRows | null
  #rows: RawRow[] = []
  #bytes = 0

  constructor(groupKeys: readonly SortKey[], limits: KeptLimits) {
    this.#compare = groupKeys.length === 0 ? null : rowComparator(groupKeys)
    this.#limits = limits
    // The group that a batch ends with may take as much again.
    this.#fullRows = Math.min(batchRows, limits.rowsMax / 2)
    this.#fullBytes = Math.min(batchBytes, limits.memoryBytesMax / 2)
  }

  /** The batches that are complete now. Throws ShardError LIMIT_EXCEEDED for a group that is too large. */
  add(rows: readonly RawRow[]): readonly (readonly RawRow[])[] {
    const complete: RawRow[][] = []
    for (const row of rows) {
      const last = this.#rows.at(-1)
      const isFull = this.#rows.length >= this.#fullRows || this.#bytes >= this.#fullBytes
      if (isFull && last !== undefined && this.#compare !== null && this.#compare(last, row) !== 0)
        complete.push(this.rest())
      this.#rows.push(row)
      this.#bytes += bytesOf(row)
      checkKept(
        {rows: this.#rows.length, bytes: this.#bytes},
        this.#limits,
        'one group of an aggregate',
        'leave DISTINCT or ORDER BY inside of the aggregate away, or name the key in WHERE',
      )
    }
    return complete
  }

  /** What is left: the last batch, once no row follows. */
  rest(): RawRow[] {
    const rows = this.#rows
    this.#rows = []
    this.#bytes = 0
    return rows
  }
}

/** A parameter for each column: PostgreSQL's text form of an array. */
export function columnArrays(rows: readonly RawRow[], columns: number): readonly string[] {
  return Array.from(
    {length: columns},
    (_, column) => `{${rows.map(row => arrayElement(row[column] ?? null)).join(',')}}`,
  )
}

function arrayElement(value: string | null): string {
  return value === null ? 'NULL' : `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
