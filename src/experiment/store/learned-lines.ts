// Lines of a history that are like one before, read without JSON.parse. A line that was parsed and found right is
// learned: all of its bytes but its numbers. A line with the same bytes around other numbers says the same with those
// numbers, so it goes into the table as it is. Invariant: what is taken here is what JSON.parse and the shape of an
// operation would have given; whatever is not surely so is left to them. Not here: the shape (parse-record.ts).
import {columnCount, columnOf, numberFieldsOf, type NumberField, type OpTable} from '../../measure/op-table.ts'
import {lsnNumber} from '../../measure/stored-op.ts'
import type {Op} from '../../model/history.ts'
import {isPlainNumber, readNumber, type NumberRule} from './plain-number.ts'
import {fieldsOf} from './line-fields.ts'
import {timeMsMax} from './shape.ts'

const fields = Object.keys(columnOf) as readonly NumberField[]
/** In a learned line a field's value is this byte and so many more. No line of JSON has such a byte. */
const firstSlot = 0x0e
const slotEnd = firstSlot + fields.length
const lsnSlot = fields.indexOf('lsn')
const quote = 0x22

/** Lines that have nothing in common come to their end here: what is learned takes 13 bytes for each byte of it. */
const nodesMax = 1_000_000

const ruleOf = (field: NumberField): NumberRule => {
  if (field === 'amount') return {most: Infinity, whole: false}
  return field.endsWith('Ms') ? {most: timeMsMax, whole: false} : {most: Number.MAX_SAFE_INTEGER, whole: true}
}

/** A tree of bytes; each path from the root to a node with an operation is a learned line. */
export class LearnedLines {
  readonly #table: OpTable
  readonly #rules = fields.map(ruleOf)
  readonly #columns = fields.map(field => columnOf[field])
  readonly #numbers = new Float64Array(columnCount)
  #byte = new Uint8Array(4_096)
  #child = new Int32Array(4_096)
  #sibling = new Int32Array(4_096)
  /** Where a line ends: one more than the place of what it says beside its numbers. */
  #fixed = new Int32Array(4_096)
  #nodes = 1

  constructor(table: OpTable) {
    this.#table = table
  }

  /** Takes the line from `from` up to `to` into the table. false: none that was learned is like it. */
  take(bytes: Buffer, from: number, to: number): boolean {
    const [wanted, child, sibling] = [this.#byte, this.#child, this.#sibling]
    this.#numbers.fill(Number.NaN)
    let node = 0
    let at = from
    while (at < to) {
      const byte = bytes[at] ?? 0
      // Most bytes have one that may follow, which lies behind them.
      if (wanted[node + 1] === byte && byte >= slotEnd && child[node] === node + 1) {
        node += 1
        at += 1
        continue
      }
      let next = child[node] ?? 0
      for (; next !== 0; next = sibling[next] ?? 0) {
        const want = wanted[next] ?? 0
        if (want >= firstSlot && want < slotEnd) {
          const end = this.#slot(want - firstSlot, bytes, at, to)
          if (end < 0) continue
          at = end
          break
        }
        if (want === byte) {
          at += 1
          break
        }
      }
      if (next === 0) return false
      node = next
    }
    const fixed = this.#fixed[node] ?? 0
    if (fixed === 0) return false
    this.#table.add(fixed - 1, this.#numbers)
    return true
  }

  /** `op`: what the line says. Nothing is learned of one that is written in another way than hl does. */
  learn(line: string, op: Op): void {
    if (this.#nodes + line.length > nodesMax) return
    const pattern = this.#patternOf(line, op)
    if (pattern === null) return
    let node = 0
    for (const byte of pattern) node = this.#childOf(node, byte) ?? this.#grow(node, byte)
    this.#fixed[node] = this.#table.fixedOf(op) + 1
  }

  /** Where the value that begins at `at` ends; -1: it is none, or one that needs a second look. */
  #slot(slot: number, bytes: Buffer, at: number, to: number): number {
    const column = this.#columns[slot] ?? 0
    if (slot === lsnSlot) {
      const end = bytes.indexOf(quote, at)
      const value = end < 0 || end > to ? null : lsnNumber(bytes.toString('latin1', at, end))
      this.#numbers[column] = value ?? Number.NaN
      return value === null ? -1 : end
    }
    const rule = this.#rules[slot]
    return rule === undefined ? -1 : readNumber(bytes, at, to, rule, this.#numbers, column)
  }

  #patternOf(line: string, op: Op): Buffer | null {
    const spans = fieldsOf(line)
    if (spans === null) return null
    const slots = numberFieldsOf(op.kind).map(field => ({field, span: spans.get(field)}))
    const parts: string[] = []
    let at = 0
    for (const {field, span} of slots.toSorted((a, b) => (a.span?.from ?? 0) - (b.span?.from ?? 0))) {
      if (span === undefined) return null
      const value = line.slice(span.from, span.to)
      if (value === 'null') continue
      const isText = field === 'lsn'
      if (isText ? lsnNumber(value.slice(1, -1)) === null : !isPlainNumber(value)) return null
      const inset = isText ? 1 : 0
      parts.push(line.slice(at, span.from + inset), String.fromCharCode(firstSlot + fields.indexOf(field)))
      at = span.to - inset
    }
    return Buffer.from(`${parts.join('')}${line.slice(at)}`)
  }

  #childOf(node: number, byte: number): number | null {
    for (let next = this.#child[node] ?? 0; next !== 0; next = this.#sibling[next] ?? 0)
      if (this.#byte[next] === byte) return next
    return null
  }

  #grow(parent: number, byte: number): number {
    const node = this.#nodes
    if (node === this.#byte.length) this.#widen()
    this.#byte[node] = byte
    this.#sibling[node] = this.#child[parent] ?? 0
    this.#child[parent] = node
    this.#nodes += 1
    return node
  }

  #widen(): void {
    const length = 2 * this.#byte.length
    const wider = (before: Int32Array): Int32Array<ArrayBuffer> => {
      const after = new Int32Array(length)
      after.set(before)
      return after
    }
    const byte = new Uint8Array(length)
    byte.set(this.#byte)
    this.#byte = byte
    this.#child = wider(this.#child)
    this.#sibling = wider(this.#sibling)
    this.#fixed = wider(this.#fixed)
  }
}
