// The operations of a history in columns: some 44 bytes for each, whatever its line says, and one entry for each
// different rest of a line (kind, outcome, node, timeline, error, shards). Invariant: what was pushed comes out the
// same, to the last bit; rows are never changed. Not here: order and kinds (sort-ops.ts), lines
// (src/experiment/store).
import type {Op} from '../model/history.ts'
import {columnCount, columnOf, numberFieldsOf, timeColumns} from './number-fields.ts'
import {Rows, type Alike, type Rest, type Table} from './rows.ts'
import {orderOf} from './sequence.ts'
import {lsnNumber, lsnText, StoredOp, type Fixed, type Place} from './stored-op.ts'

const blockBits = 14
const blockRows = 2 ** blockBits
const [noTimes, noCodes] = [new Float64Array(0), new Int32Array(0)]
/** A number that is not there, or null. */
const none = -1

export class OpTable implements Iterable<Op>, Table {
  #length = 0
  readonly #blocks: Block[] = []
  readonly #fixed: Fixed[] = []
  readonly #fixedAt = new Map<string, number>()
  readonly #lately = new Map<Op['kind'], number>()
  /** Numbers that are no index of an array: they are rare, and told by their place here. */
  readonly #odd: number[] = []
  readonly #texts: string[] = []
  #ofRests = new Uint32Array(0)
  readonly #numbers = new Float64Array(columnCount)

  static of(ops: Iterable<Op>): OpTable {
    const table = new OpTable()
    for (const op of ops) table.push(op)
    return table
  }

  get rests(): number {
    return this.#fixed.length
  }

  alikeIn(rows: Uint32Array): readonly Alike[] {
    const counts = this.#zeros()
    const firsts: number[] = []
    for (let at = 0; at < rows.length; at += 1) {
      const row = rows[at] ?? 0
      const rest = this.#restOf(row)
      const count = counts[rest] ?? 0
      if (count === 0) firsts.push(row)
      counts[rest] = count + 1
    }
    return firsts.map(first => {
      const rest = this.#restOf(first)
      const count = counts[rest] ?? 0
      counts[rest] = 0
      return {rest, count, first}
    })
  }

  select(rows: Uint32Array, counts: Uint8Array, into: Uint32Array): number {
    let length = 0
    for (let at = 0; at < rows.length; at += 1) {
      const row = rows[at] ?? 0
      if (counts[this.#restOf(row)] === 0) continue
      into[length] = row
      length += 1
    }
    return length
  }

  read(rows: Uint32Array, column: number, into: Float64Array): void {
    for (let at = 0; at < rows.length;) {
      const block = (rows[at] ?? 0) >>> blockBits
      const end = this.#blockEnd(rows, at, block)
      if (column < timeColumns) {
        const times = this.#blocks[block]?.times[column] ?? noTimes
        for (; at < end; at += 1) into[at] = times[(rows[at] ?? 0) & (blockRows - 1)] ?? 0
      } else {
        const codes = this.#blocks[block]?.codes[column - timeColumns] ?? noCodes
        for (; at < end; at += 1) {
          const code = codes[(rows[at] ?? 0) & (blockRows - 1)] ?? 0
          into[at] = code >= 0 ? code : (this.decoded(code) ?? Number.NaN)
        }
      }
    }
  }

  get length(): number {
    return this.#length
  }

  push(op: Op): void {
    this.add(this.fixedOf(op), this.#numbersOf(op))
  }

  /** `numbers` by column, NaN for none and null; `fixed` is a place that `fixedOf` told. */
  add(fixed: number, numbers: Float64Array): void {
    const at = this.#length & (blockRows - 1)
    if (at === 0) this.#blocks.push(new Block(this))
    const block = this.#blocks[this.#length >>> blockBits]
    if (block === undefined) return
    block.fixed[at] = fixed
    block.dueMs[at] = numbers[0] ?? 0
    block.invokedMs[at] = numbers[1] ?? 0
    block.completedMs[at] = numbers[2] ?? 0
    block.id[at] = this.#code(numbers[3] ?? 0)
    block.first[at] = this.#code(numbers[4] ?? 0)
    block.second[at] = this.#code(numbers[5] ?? 0)
    block.third[at] = this.#code(numbers[6] ?? 0)
    this.#length += 1
  }

  /** The place of all that an operation says beside its numbers: one for all that say the same. */
  fixedOf(op: Op): number {
    const fixed: Fixed = {
      kind: op.kind,
      cluster: op.cluster,
      shards: op.shards,
      groups: op.groups,
      outcome: op.outcome,
      node: op.node,
      timeline: op.timeline,
      error: op.error,
      pinnedTo: op.kind === 'pinned-write' ? op.pinnedTo : undefined,
      table: op.kind === 'table-write' ? op.table : undefined,
      partial: op.kind === 'scatter-read' ? op.partial : undefined,
      missing: op.kind === 'scatter-read' ? op.missing : undefined,
      seen: 'seen' in op && op.seen === null ? null : undefined,
    }
    const before = this.#lately.get(op.kind)
    if (before !== undefined && isSame(fixed, this.#fixed[before])) return before
    const key = JSON.stringify(fixed)
    const at = this.#fixedAt.get(key) ?? this.#fixed.push(fixed) - 1
    this.#fixedAt.set(key, at)
    this.#lately.set(op.kind, at)
    return at
  }

  /** The same with `more` after it. */
  concat(more: readonly Op[]): OpTable {
    return more.length === 0 ? this : OpTable.of([...this, ...more])
  }

  /** In order of completion; each operation is made when it is looked at, from its columns. */
  byCompletion(): Rows<Op> {
    const completedMs = (row: number): number => this.#blockOf(row)?.completedMs[row & (blockRows - 1)] ?? 0
    const order = orderOf(this.#length, (a, b) => completedMs(a) - completedMs(b) || this.#compareNames(a, b))
    const restOf = (rest: number): Rest<Op> => this.fixedAt(rest) as unknown as Rest<Op>
    return new Rows(order, row => this.#at(row) as unknown as Op, {table: this, restOf})
  }

  /** Plain operations, in the order in which they were pushed. */
  *[Symbol.iterator](): Generator<Op, void> {
    for (let row = 0; row < this.#length; row += 1) {
      const op = this.#at(row) as unknown as Readonly<Record<string, unknown>>
      const {kind} = this.#at(row)
      const said = Object.entries(this.#at(row).fixed).filter(([, value]) => value !== undefined)
      const numbers = numberFieldsOf(kind).map(field => [field, op[field]] as const)
      yield Object.fromEntries([...said, ...numbers]) as unknown as Op
    }
  }

  /** One for each rest; who asks puts them back to zero, since there may be many rests and short lists. */
  #zeros(): Uint32Array {
    if (this.#ofRests.length < this.#fixed.length) this.#ofRests = new Uint32Array(this.#fixed.length)
    return this.#ofRests
  }

  #at(row: number): StoredOp {
    return new StoredOp(this.#blockOf(row) ?? new Block(this), row & (blockRows - 1))
  }

  #restOf(row: number): number {
    return this.#blockOf(row)?.fixed[row & (blockRows - 1)] ?? 0
  }

  /** Where the rows from `at` on leave the block that they are in: mostly those of one stand together. */
  #blockEnd(rows: Uint32Array, at: number, block: number): number {
    let end = at + 1
    while (end < rows.length && (rows[end] ?? 0) >>> blockBits === block) end += 1
    return end
  }

  #blockOf(row: number): Block | undefined {
    return this.#blocks[row >>> blockBits]
  }

  #compareNames(a: number, b: number): number {
    const [one, other] = [this.#at(a), this.#at(b)]
    return one.id - other.id || (one.cluster ?? '').localeCompare(other.cluster ?? '')
  }

  #numbersOf(op: Op): Float64Array {
    const numbers = this.#numbers.fill(Number.NaN)
    const values = op as unknown as Readonly<Record<string, number | null>>
    for (const field of numberFieldsOf(op.kind))
      if (field !== 'lsn') numbers[columnOf[field]] = values[field] ?? Number.NaN
    if (op.kind === 'pinned-write') this.#addLsn(op.lsn, numbers)
    return numbers
  }

  /** What PostgreSQL does not print so is kept as it is. */
  #addLsn(lsn: string | null, numbers: Float64Array): void {
    if (lsn === null) return
    const bytes = lsnNumber(lsn)
    if (bytes === null) numbers[columnOf.to] = this.#texts.push(lsn) - 1
    else numbers[columnOf.lsn] = bytes
  }

  #code(value: number): number {
    const whole = value | 0
    if (whole === value && (whole > 0 || Object.is(value, 0))) return whole
    return Number.isNaN(value) ? none : none - this.#odd.push(value)
  }

  /** For rows alone: what a code of a column stands for. */
  decoded(code: number): number | null {
    return code >= 0 ? code : code === none ? null : (this.#odd[none - code - 1] ?? null)
  }

  /** For rows alone. */
  fixedAt(place: number): Fixed {
    const fixed = this.#fixed[place]
    if (fixed === undefined) throw new RangeError(`there is no row with ${place}`)
    return fixed
  }

  /** For rows alone: a position in the WAL as it was said. */
  lsnOf(bytes: number | null, text: number | null): string | null {
    return text !== null ? (this.#texts[text] ?? null) : bytes === null ? null : lsnText(bytes)
  }
}

class Block implements Place {
  readonly table: OpTable
  readonly dueMs = new Float64Array(blockRows)
  readonly invokedMs = new Float64Array(blockRows)
  readonly completedMs = new Float64Array(blockRows)
  readonly fixed = new Int32Array(blockRows)
  readonly id = new Int32Array(blockRows)
  readonly first = new Int32Array(blockRows)
  readonly second = new Int32Array(blockRows)
  readonly third = new Int32Array(blockRows)
  /** As `columnOf` numbers them. */
  readonly times = [this.dueMs, this.invokedMs, this.completedMs]
  readonly codes = [this.id, this.first, this.second, this.third]

  constructor(table: OpTable) {
    this.table = table
  }
}

function isSame(a: Fixed, b: Fixed | undefined): boolean {
  return (
    b !== undefined &&
    a.outcome === b.outcome &&
    a.node === b.node &&
    a.timeline === b.timeline &&
    a.error === b.error &&
    a.cluster === b.cluster &&
    a.shards === b.shards &&
    a.groups === b.groups &&
    a.pinnedTo === b.pinnedTo &&
    a.table === b.table &&
    a.partial === b.partial &&
    a.missing === b.missing &&
    a.seen === b.seen
  )
}
