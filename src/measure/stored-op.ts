// One row of a table of operations, read as an operation. Invariant: it has every field of its kind as it was stored,
// and undefined for all others. Not here: the columns (op-table.ts).
import type {Op, Outcome} from '../model/history.ts'

/** What an operation says beside its numbers; undefined: it does not say it. */
export interface Fixed {
  readonly kind: Op['kind']
  readonly cluster: string | undefined
  readonly shards: readonly string[] | undefined
  readonly groups: readonly number[] | undefined
  readonly outcome: Outcome
  readonly node: string | null
  readonly timeline: number | null
  readonly error: Op['error']
  readonly pinnedTo: string | undefined
  readonly table: string | undefined
  readonly partial: boolean | undefined
  readonly missing: readonly string[] | undefined
  /** null where nothing was; what was has a column. */
  readonly seen: null | undefined
}

/** The columns of some thousand rows. */
export interface Place {
  readonly table: {
    decoded(code: number): number | null
    fixedAt(place: number): Fixed
    lsnOf(bytes: number | null, text: number | null): string | null
  }
  readonly dueMs: Float64Array
  readonly invokedMs: Float64Array
  readonly completedMs: Float64Array
  readonly fixed: Int32Array
  readonly id: Int32Array
  readonly first: Int32Array
  readonly second: Int32Array
  readonly third: Int32Array
}

/** Its kind says which of the fields are those of an operation; the table hands it out as one. */
export class StoredOp {
  readonly #place: Place
  readonly #row: number

  constructor(place: Place, row: number) {
    this.#place = place
    this.#row = row
  }

  get fixed(): Fixed {
    return this.#place.table.fixedAt(this.#place.fixed[this.#row] ?? 0)
  }

  get kind(): Op['kind'] {
    return this.fixed.kind
  }

  get cluster(): string | undefined {
    return this.fixed.cluster
  }

  get shards(): readonly string[] | undefined {
    return this.fixed.shards
  }

  get groups(): readonly number[] | undefined {
    return this.fixed.groups
  }

  get outcome(): Outcome {
    return this.fixed.outcome
  }

  get node(): string | null {
    return this.fixed.node
  }

  get timeline(): number | null {
    return this.fixed.timeline
  }

  get error(): Op['error'] {
    return this.fixed.error
  }

  get pinnedTo(): string | undefined {
    return this.fixed.pinnedTo
  }

  get table(): string | undefined {
    return this.fixed.table
  }

  get partial(): boolean | undefined {
    return this.fixed.partial
  }

  get missing(): readonly string[] | undefined {
    return this.fixed.missing
  }

  get id(): number {
    return this.#number(this.#place.id) ?? 0
  }

  get dueMs(): number {
    return this.#place.dueMs[this.#row] ?? 0
  }

  get invokedMs(): number {
    return this.#place.invokedMs[this.#row] ?? 0
  }

  get completedMs(): number {
    return this.#place.completedMs[this.#row] ?? 0
  }

  get session(): number | null {
    return this.#number(this.#place.first)
  }

  get from(): number | null {
    return this.#number(this.#place.first)
  }

  get reader(): number | null {
    return this.#number(this.#place.first)
  }

  get version(): number | null {
    return this.#number(this.#place.second)
  }

  get to(): number | null {
    return this.#number(this.#place.second)
  }

  get of(): number | null {
    return this.#number(this.#place.second)
  }

  get amount(): number | null {
    return this.#number(this.#place.third)
  }

  get seen(): number | null {
    return this.#number(this.#place.third)
  }

  get lsn(): string | null {
    return this.#place.table.lsnOf(this.#number(this.#place.first), this.#number(this.#place.second))
  }

  #number(column: Int32Array): number | null {
    return this.#place.table.decoded(column[this.#row] ?? 0)
  }
}

/** Positions in the WAL that PostgreSQL printed, up to a petabyte, which a number holds to the byte. */
const printedLsn = /^(0|[1-9A-F][0-9A-F]{0,4})\/(0|[1-9A-F][0-9A-F]{0,7})$/
const half = 2 ** 32

/** null where `lsnText` would not give the same text back. */
export function lsnNumber(text: string): number | null {
  const match = printedLsn.exec(text)
  return match === null ? null : Number.parseInt(match[1] ?? '', 16) * half + Number.parseInt(match[2] ?? '', 16)
}

export function lsnText(bytes: number): string {
  const high = Math.floor(bytes / half)
  return `${high.toString(16)}/${(bytes - high * half).toString(16)}`.toUpperCase()
}
