// Rows of a table as a sequence of values. Invariant: a value is made when somebody looks at it, and lives as long as
// somebody holds it; what the columns answer is what the values would. Not here: the table (op-table.ts).
import {columnOf, type NumberField} from './number-fields.ts'
import type {Sequence} from './sequence.ts'

/** All that a value says but its numbers; of a number of its kind, which may be null, whether it is. */
export type Rest<T> = Omit<T, NumberField> & {readonly seen?: unknown}
/** Fields of a value that have a column. */
export type FieldOf<T> = NumberField & keyof T

/** Rows with the same rest. */
export interface Alike {
  /** The number of that rest. */
  readonly rest: number
  readonly count: number
  readonly first: number
}

/** What a table tells of its rows without making anything of them. */
export interface Table {
  /** How many different rests its rows have. */
  readonly rests: number
  /** All rests that the rows have, in the order of the first of each. */
  alikeIn(rows: Uint32Array): readonly Alike[]
  /** Puts the rows that have a rest with a 1 in `counts` into `into`; returns how many. */
  select(rows: Uint32Array, counts: Uint8Array, into: Uint32Array): number
  /** Puts the number of each row into `into`; NaN: none, or null. */
  read(rows: Uint32Array, column: number, into: Float64Array): void
}

export interface Columns<T> {
  readonly table: Table
  readonly restOf: (rest: number) => Rest<T>
}

/** Of numbers: with `from` and `upTo` themselves, without `above` and `below`. */
export interface Bounds {
  readonly above?: number
  readonly from?: number
  readonly upTo?: number
  readonly below?: number
}

const pieceRows = 2_048
const [noRows, noCounts] = [new Uint32Array(0), new Uint8Array(0)]

/**
 * Values by the numbers of their rows, 4 bytes each; a value lives as long as somebody holds it. What `where` keeps
 * has the rows that it was kept of until somebody goes through it twice.
 */
export class Rows<T> implements Sequence<T> {
  readonly length: number
  readonly #make: (row: number) => T
  readonly #columns: Columns<T>
  #rows: Uint32Array
  #alike: readonly Alike[] | null
  #wasWalked = false
  /** What was asked before: many measures want the writes that were acknowledged. */
  readonly #asked = new WeakMap<(rest: Rest<T>) => boolean, Rows<T>>()

  /** `alike`: those of the rows that count; null: all. */
  constructor(rows: Uint32Array, make: (row: number) => T, columns: Columns<T>, alike: readonly Alike[] | null = null) {
    this.length = alike === null ? rows.length : alike.reduce((sum, {count}) => sum + count, 0)
    this.#rows = rows
    this.#make = make
    this.#columns = columns
    this.#alike = alike
  }

  at(index: number): T | undefined {
    const row = this.#own()[index < 0 ? this.length + index : index]
    return row === undefined ? undefined : this.#make(row)
  }

  // Indexes and no iterators: these are the steps that are made for each row.

  forEach(tell: (one: T) => void): void {
    const rows = this.#own()
    for (let at = 0; at < rows.length; at += 1) tell(this.#make(rows[at] ?? 0))
  }

  filter<Some extends T>(is: (one: T) => one is Some): Rows<Some>
  filter(is: (one: T) => boolean): Rows<T>
  filter(is: (one: T) => boolean): Rows<T> {
    return this.#kept((rows, answers) => {
      for (let at = 0; at < rows.length; at += 1) answers[at] = is(this.#make(rows[at] ?? 0)) ? 1 : 0
    })
  }

  find(is: (one: T) => boolean): T | undefined {
    const rows = this.#own()
    for (let at = 0; at < rows.length; at += 1) {
      const one = this.#make(rows[at] ?? 0)
      if (is(one)) return one
    }
    return undefined
  }

  findLast(is: (one: T) => boolean): T | undefined {
    const rows = this.#own()
    for (let index = rows.length - 1; index >= 0; index -= 1) {
      const one = this.#make(rows[index] ?? 0)
      if (is(one)) return one
    }
    return undefined
  }

  some(is: (one: T) => boolean): boolean {
    return this.find(is) !== undefined
  }

  reduce<Sum>(step: (sum: Sum, one: T) => Sum, first: Sum): Sum {
    let sum = first
    this.forEach(one => (sum = step(sum, one)))
    return sum
  }

  map<Other>(of: (one: T) => Other): readonly Other[] {
    return Array.from(this, of)
  }

  /** No generator: millions of rows are looked at several times. */
  [Symbol.iterator](): Iterator<T, undefined> {
    const [rows, make] = [this.#own(), this.#make]
    let index = 0
    return {
      next() {
        const row = rows[index]
        if (row === undefined) return {done: true, value: undefined}
        index += 1
        return {done: false, value: make(row)}
      },
    }
  }

  /** As `filter`, where a value's rest alone says it: each different one is asked once. */
  where(is: (rest: Rest<T>) => boolean): Rows<T> {
    const before = this.#asked.get(is)
    if (before !== undefined) return before
    const {table, restOf} = this.#columns
    const all = this.#alikeIn(table)
    const alike = all.filter(({rest}) => is(restOf(rest)))
    const kept = alike.length === all.length ? this : this.#of(this.#own(), alike)
    this.#asked.set(is, kept)
    return kept
  }

  countWhere(is: (rest: Rest<T>) => boolean): number {
    const {table, restOf} = this.#columns
    return this.#alikeIn(table).reduce((sum, {rest, count}) => (is(restOf(rest)) ? sum + count : sum), 0)
  }

  /** The first value with each rest, in order. */
  firsts(): Rows<T> {
    return this.#of(Uint32Array.from(this.#alikeIn(this.#columns.table), ({first}) => first))
  }

  /** One number of each, some thousand at a time, in an array that is the next ones' afterwards; NaN: it has none. */
  eachPiece(field: FieldOf<T>, tell: (values: Float64Array) => void): void {
    const values = new Float64Array(pieceRows)
    this.#eachPiece(rows => tell(this.#numbers(rows, field, values)))
  }

  /** Two of each. */
  eachPieceOfTwo(
    [first, second]: readonly [FieldOf<T>, FieldOf<T>],
    tell: (ones: Float64Array, others: Float64Array) => void,
  ): void {
    const [ones, others] = [new Float64Array(pieceRows), new Float64Array(pieceRows)]
    this.#eachPiece(rows => tell(this.#numbers(rows, first, ones), this.#numbers(rows, second, others)))
  }

  /** As `filter`, by one number of each. */
  whose(field: FieldOf<T>, is: (value: number) => boolean): Rows<T> {
    const values = new Float64Array(pieceRows)
    return this.#kept((rows, answers) => {
      this.#columns.table.read(rows, columnOf[field], values)
      for (let at = 0; at < rows.length; at += 1) answers[at] = is(values[at] ?? 0) ? 1 : 0
    })
  }

  /** As `filter`, by bounds of one number of each. */
  within(field: FieldOf<T>, {above = -Infinity, from = -Infinity, upTo = Infinity, below = Infinity}: Bounds): Rows<T> {
    const values = new Float64Array(pieceRows)
    return this.#kept((rows, answers) => {
      this.#columns.table.read(rows, columnOf[field], values)
      for (let at = 0; at < rows.length; at += 1) {
        const value = values[at] ?? 0
        answers[at] = value >= from && value <= upTo && value > above && value < below ? 1 : 0
      }
    })
  }

  /** As values of another kind, which have the same numbers. */
  as<Other>(of: (one: T) => Other, restOf: (rest: Rest<T>) => Rest<Other>): Rows<Other> {
    const {table, restOf: before} = this.#columns
    const columns = {table, restOf: (rest: number) => restOf(before(rest))}
    return new Rows(this.#own(), row => of(this.#make(row)), columns, this.#alike)
  }

  /** Those at `positions`, which become the rows. */
  picked(positions: Uint32Array): Rows<T> {
    const rows = this.#own()
    for (let at = 0; at < positions.length; at += 1) positions[at] = rows[positions[at] ?? 0] ?? 0
    return this.#of(positions)
  }

  /** What stands side by side, as all before a moment does, stays where it is. */
  #kept(ask: (rows: Uint32Array, answers: Uint8Array) => void): Rows<T> {
    const rows = this.#own()
    const answers = new Uint8Array(pieceRows)
    let [from, to] = [0, 0]
    let kept: Uint32Array | null = null
    for (let at = 0; at < rows.length; at += 1) {
      const inPiece = at % pieceRows
      if (inPiece === 0) ask(rows.subarray(at, at + pieceRows), answers)
      if (answers[inPiece] === 0) continue
      if (from === to) from = to = at
      if (kept === null && at > to) {
        kept = new Uint32Array(rows.length)
        kept.set(rows.subarray(from, to))
        ;[from, to] = [0, to - from]
      }
      if (kept !== null) kept[to] = rows[at] ?? 0
      to += 1
    }
    return to - from === rows.length ? this : this.#of((kept ?? rows).subarray(from, to))
  }

  /** Its rows and no others. */
  #own(): Uint32Array {
    if (this.#rows.length !== this.length) {
      const own = new Uint32Array(this.length)
      this.#columns.table.select(this.#rows, this.#counts(), own)
      this.#rows = own
    }
    return this.#rows
  }

  /** 1 for each rest that counts. */
  #counts(): Uint8Array {
    const counts = new Uint8Array(this.#columns.table.rests)
    for (const {rest} of this.#alike ?? []) counts[rest] = 1
    return counts
  }

  /** All rows, so many at a time that what is asked of them is near when it is looked at. */
  #eachPiece(tell: (rows: Uint32Array) => void): void {
    const {table} = this.#columns
    if (this.#wasWalked || table.rests > this.length) this.#own()
    this.#wasWalked = true
    const isOwn = this.#rows.length === this.length
    const [counts, selected] = isOwn ? [noCounts, noRows] : [this.#counts(), new Uint32Array(pieceRows)]
    for (let at = 0; at < this.#rows.length; at += pieceRows) {
      const piece = this.#rows.subarray(at, at + pieceRows)
      tell(isOwn ? piece : selected.subarray(0, table.select(piece, counts, selected)))
    }
  }

  #numbers(rows: Uint32Array, field: FieldOf<T>, into: Float64Array): Float64Array {
    this.#columns.table.read(rows, columnOf[field], into)
    return rows.length === into.length ? into : into.subarray(0, rows.length)
  }

  #alikeIn(table: Table): readonly Alike[] {
    this.#alike ??= table.alikeIn(this.#rows)
    return this.#alike
  }

  #of(rows: Uint32Array, alike: readonly Alike[] | null = null): Rows<T> {
    return new Rows(rows, this.#make, this.#columns, alike)
  }
}
