// Rows of text in the order of a SELECT: keys by position, NULLs first or last, descending or not. Pure. Invariant: 0
// exactly where PostgreSQL takes the keys as equal. Not here: numbers and times (compare-numbers.ts, compare-times.ts).
import type {Order, SortKey} from '../routing/gather-plan.ts'
import {compareFloats, compareInts, compareNumerics} from './compare-numbers.ts'
import {compareTimestamps, compareTimestamptzs} from './compare-times.ts'

/** What a server sent, by position: PostgreSQL's text form of each value. */
export type RawRow = readonly (string | null)[]

type CompareTexts = (a: string, b: string) => number

/** JS compares UTF-16, of which characters beyond U+FFFF are below U+E000 … U+FFFF; in UTF-8 they are above. */
const firstSurrogate = 0xd800

/** Text under "C": byte by byte of its UTF-8. */
export const compareBytewise: CompareTexts = (a, b) => {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right)
      return left < firstSurrogate || right < firstSurrogate ? left - right : raised(left) - raised(right)
  }
  return a.length - b.length
}

/** The same order as that of the characters: surrogates above all others. */
function raised(unit: number): number {
  return unit < 0xe000 ? unit + 0x10000 : unit
}

/** Texts of one length or of few letters, whose order is that of their characters. */
const compareAscii: CompareTexts = (a, b) => (a === b ? 0 : a < b ? -1 : 1)

const comparators: Readonly<Record<Order, CompareTexts>> = {
  'int': compareInts,
  'numeric': compareNumerics,
  'float': compareFloats,
  'bool': compareAscii,
  'text-c': compareBytewise,
  'bytea': compareAscii,
  'uuid': compareAscii,
  'timestamp': compareTimestamps,
  'timestamptz': compareTimestamptzs,
  'date': compareTimestamps,
  'time': compareAscii,
}

export type CompareRows = (a: RawRow, b: RawRow) => number

/** The order of all keys together; without keys all rows are equal. */
export function rowComparator(keys: readonly SortKey[]): CompareRows {
  const parts = keys.map(compareBy)
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  return (a, b) => {
    for (const part of parts) {
      const order = part(a, b)
      if (order !== 0) return order
    }
    return 0
  }
}

function compareBy({column, descending, nullsFirst, order}: SortKey): CompareRows {
  const compare = comparators[order]
  const direction = descending ? -1 : 1
  const nullBefore = nullsFirst ? -1 : 1
  return (a, b) => {
    const left = a[column] ?? null
    const right = b[column] ?? null
    if (left === null) return right === null ? 0 : nullBefore
    if (right === null) return -nullBefore
    return direction * compare(left, right)
  }
}
