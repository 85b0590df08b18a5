// Lines of a history that are like one before, read without JSON.parse. A line that was parsed and found right is
// learned: all of its bytes but its numbers. A line with the same bytes around other numbers says the same with those
// numbers, so it goes into the table as it is. Invariant: what is taken here is what JSON.parse and the shape of an
// operation would have given; whatever is not surely so is left to them. Not here: the shape (parse-record.ts).
import {columnCount, columnOf, numberFieldsOf, type NumberField} from '../../measure/number-fields.ts'
import type {OpTable} from '../../measure/op-table.ts'
import {lsnNumber} from '../../measure/stored-op.ts'
import type {Op} from '../../model/history.ts'
import {isPlainNumber, readLsn, readNumber, type NumberRule} from './plain-number.ts'
import {fieldsOf} from './line-fields.ts'
import {timeMsMax} from './shape.ts'

const fields = Object.keys(columnOf) as readonly NumberField[]
/** In a learned line a field's value is this byte and so many more. No line of JSON has such a byte. */
const firstSlot = 0x0e
const slotEnd = firstSlot + fields.length
const lsnSlot = fields.indexOf('lsn')

/** Lines that have nothing in common come to their end here: what is learned takes 17 bytes for each byte of it. */
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
  #byte: DataView = new DataView(new ArrayBuffer(4_096))
  #child = new Int32Array(4_096)
  #sibling = new Int32Array(4_096)
  /** How many nodes follow, each right behind the one before, that are the only way on and bytes of their own. */
  #run = new Int32Array(4_096)
  /** Where a line ends: one more than the place of what it says beside its numbers. */
  #fixed = new Int32Array(4_096)
  #nodes = 1
  /** Which node `#branch` took. */
  #next = 0
  /** The bytes that were asked about last. */
  #bytes: Buffer = Buffer.alloc(0)
  #view = viewOf(this.#bytes)

  constructor(table: OpTable) {
    this.#table = table
  }

  /** Takes the line from `from` up to `to` into the table. false: none that was learned is like it. */
  take(bytes: Buffer, from: number, to: number): boolean {
    if (bytes !== this.#bytes) [this.#bytes, this.#view] = [bytes, viewOf(bytes)]
    const numbers = this.#numbers
    for (let column = 0; column < columnCount; column += 1) numbers[column] = Number.NaN
    let node = 0
    let at = from
    for (;;) {
      const run = Math.min(this.#run[node] ?? 0, to - at)
      if (!isSame(this.#view, at, this.#byte, node + 1, run)) return false
      node += run
      at += run
      if (at >= to) break
      const end = this.#branch(node, bytes, at, to)
      if (end < 0) return false
      node = this.#next
      at = end
    }
    const fixed = this.#fixed[node] ?? 0
    if (fixed === 0) return false
    this.#table.add(fixed - 1, numbers)
    return true
  }

  /** `op`: what the line says. Nothing is learned of one that is written in another way than hl does. */
  learn(line: string, op: Op): void {
    if (this.#nodes + line.length > nodesMax) return
    const pattern = this.#patternOf(line, op)
    if (pattern === null) return
    const path = [0]
    for (const byte of pattern) {
      const node = path.at(-1) ?? 0
      path.push(this.#childOf(node, byte) ?? this.#grow(node, byte))
    }
    this.#fixed[path.at(-1) ?? 0] = this.#table.fixedOf(op) + 1
    for (let at = path.length - 2; at >= 0; at -= 1) this.#run[path[at] ?? 0] = this.#runFrom(path[at] ?? 0)
  }

  /** One step from `node` on: where the byte or the number at `at` ends; -1: none that was learned goes on so. */
  #branch(node: number, bytes: Buffer, at: number, to: number): number {
    for (let next = this.#child[node] ?? 0; next !== 0; next = this.#sibling[next] ?? 0) {
      const want = this.#byte.getUint8(next)
      const end = isSlot(want) ? this.#slot(want - firstSlot, bytes, at, to) : want === bytes[at] ? at + 1 : -1
      if (end < 0) continue
      this.#next = next
      return end
    }
    return -1
  }

  /** Where the value that begins at `at` ends; -1: it is none, or one that needs a second look. */
  #slot(slot: number, bytes: Buffer, at: number, to: number): number {
    const column = this.#columns[slot] ?? 0
    if (slot === lsnSlot) return readLsn(bytes, at, to, this.#numbers, column)
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
      if (this.#byte.getUint8(next) === byte) return next
    return null
  }

  #runFrom(node: number): number {
    const next = node + 1
    const isOnlyWay = this.#child[node] === next && this.#sibling[next] === 0 && !isSlot(this.#byte.getUint8(next))
    return isOnlyWay ? (this.#run[next] ?? 0) + 1 : 0
  }

  #grow(parent: number, byte: number): number {
    const node = this.#nodes
    if (node === this.#byte.byteLength) this.#widen()
    this.#byte.setUint8(node, byte)
    this.#sibling[node] = this.#child[parent] ?? 0
    this.#child[parent] = node
    this.#nodes += 1
    return node
  }

  #widen(): void {
    const wider = (before: Int32Array): Int32Array<ArrayBuffer> => {
      const after = new Int32Array(2 * before.length)
      after.set(before)
      return after
    }
    const byte = new Uint8Array(2 * this.#byte.byteLength)
    byte.set(new Uint8Array(this.#byte.buffer))
    this.#byte = viewOf(byte)
    this.#child = wider(this.#child)
    this.#sibling = wider(this.#sibling)
    this.#run = wider(this.#run)
    this.#fixed = wider(this.#fixed)
  }
}

const isSlot = (byte: number): boolean => byte >= firstSlot && byte < slotEnd

const viewOf = ({buffer, byteOffset, byteLength}: Uint8Array): DataView => new DataView(buffer, byteOffset, byteLength)

/** Are the `length` bytes at both places the same? Four at a time, the last four once more where some are left. */
function isSame(a: DataView, atA: number, b: DataView, atB: number, length: number): boolean {
  if (length < 4) {
    for (let at = 0; at < length; at += 1) if (a.getUint8(atA + at) !== b.getUint8(atB + at)) return false
    return true
  }
  for (let at = 0; at + 4 < length; at += 4) if (a.getInt32(atA + at) !== b.getInt32(atB + at)) return false
  return a.getInt32(atA + length - 4) === b.getInt32(atB + length - 4)
}
