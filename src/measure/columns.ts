// What many operations say by the columns of their table, without one being made for each. Invariant: the answer is
// that of looking at each, as is done with arrays, which have no columns. Not here: how columns are walked (rows.ts).
import {Rows, type Bounds, type FieldOf, type Rest} from './rows.ts'
import {growingRows, orderOf, type GrowingRows, type Sequence} from './sequence.ts'
import {lsnNumber} from './stored-op.ts'

/** Those that are so, by what they say beside their numbers. */
export function where<T>(values: Sequence<T>, is: (rest: Rest<T>) => boolean): Sequence<T> {
  return isRows(values) ? values.where(is) : values.filter(one => is(one as Rest<T>))
}

export function countWhere<T>(values: Sequence<T>, is: (rest: Rest<T>) => boolean): number {
  return isRows(values) ? values.countWhere(is) : values.filter(one => is(one as Rest<T>)).length
}

/** Of those that say the same beside their numbers the first at least, in order. */
export function firsts<T>(values: Sequence<T>): Sequence<T> {
  return isRows(values) ? values.firsts() : values
}

/** One number of each, in pieces that are gone afterwards; NaN: it has none. */
function eachPiece<T>(values: Sequence<T>, field: FieldOf<T>, tell: (numbers: Float64Array) => void): void {
  if (isRows(values)) values.eachPiece(field, tell)
  else tell(Float64Array.from(values, one => numberIn(one, field)))
}

/** The same one by one. */
export function eachNumber<T>(values: Sequence<T>, field: FieldOf<T>, tell: (value: number) => void): void {
  eachPiece(values, field, numbers => {
    for (let at = 0; at < numbers.length; at += 1) tell(numbers[at] ?? 0)
  })
}

/** All of them in memory: 8 bytes for each. */
export function column<T>(values: Sequence<T>, field: FieldOf<T>): Float64Array {
  const numbers = new Float64Array(values.length)
  let at = 0
  eachPiece(values, field, piece => {
    numbers.set(piece, at)
    at += piece.length
  })
  return numbers
}

/** Those with a number that is so. */
export function whose<T>(values: Sequence<T>, field: FieldOf<T>, is: (value: number) => boolean): Sequence<T> {
  return isRows(values) ? values.whose(field, is) : values.filter(one => is(numberIn(one, field)))
}

/** Those with a number within bounds. */
export function within<T>(values: Sequence<T>, field: FieldOf<T>, bounds: Bounds): Sequence<T> {
  if (isRows(values)) return values.within(field, bounds)
  const {above = -Infinity, from = -Infinity, upTo = Infinity, below = Infinity} = bounds
  return whose(values, field, value => value >= from && value <= upTo && value > above && value < below)
}

/** Infinity of none. */
export function leastOf<T>(values: Sequence<T>, field: FieldOf<T>): number {
  let least = Infinity
  eachPiece(values, field, numbers => {
    let before = least
    for (let at = 0; at < numbers.length; at += 1) if ((numbers[at] ?? 0) < before) before = numbers[at] ?? 0
    least = before
  })
  return least
}

/** -Infinity of none. */
export function greatestOf<T>(values: Sequence<T>, field: FieldOf<T>): number {
  let greatest = -Infinity
  eachPiece(values, field, numbers => {
    let before = greatest
    for (let at = 0; at < numbers.length; at += 1) if ((numbers[at] ?? 0) > before) before = numbers[at] ?? 0
    greatest = before
  })
  return greatest
}

/** Two numbers of each. */
export function eachPair<T>(
  values: Sequence<T>,
  fields: readonly [FieldOf<T>, FieldOf<T>],
  tell: (one: number, other: number) => void,
): void {
  const tellAll = (ones: Float64Array, others: Float64Array): void => {
    for (let at = 0; at < ones.length; at += 1) tell(ones[at] ?? 0, others[at] ?? 0)
  }
  if (isRows(values)) values.eachPieceOfTwo(fields, tellAll)
  else tellAll(column(values, fields[0]), column(values, fields[1]))
}

/** How many have the second number more than `by` above the first. */
export function countAbove<T>(values: Sequence<T>, fields: readonly [FieldOf<T>, FieldOf<T>], by = 0): number {
  let count = 0
  eachPair(values, fields, (one, other) => {
    if (other - one > by) count += 1
  })
  return count
}

/** Equals stay in their order. */
export function sortedByNumber<T>(values: Sequence<T>, field: FieldOf<T>): Sequence<T> {
  if (isAscending(values, field)) return values
  const keys = column(values, field)
  return picked(
    values,
    orderOf(keys.length, (a, b) => (keys[a] ?? 0) - (keys[b] ?? 0)),
  )
}

function isAscending<T>(values: Sequence<T>, field: FieldOf<T>): boolean {
  let before = -Infinity
  let is = true
  eachNumber(values, field, value => {
    if (!(value >= before)) is = false
    before = value
  })
  return is
}

/** By what `key` makes of one number of each: groups in the order of their first values, and each in order. */
export function groupByNumber<T>(
  values: Sequence<T>,
  field: FieldOf<T>,
  key = (value: number): number => value,
): ReadonlyMap<number, Sequence<T>> {
  const groups = new Map<number, GrowingRows>()
  let at = 0
  eachNumber(values, field, value => {
    const of = key(value)
    let group = groups.get(of)
    if (group === undefined) groups.set(of, (group = growingRows()))
    group.push(at)
    at += 1
  })
  return new Map([...groups].map(([of, group]) => [of, picked(values, group.end())]))
}

/** As values of another kind, which have the same numbers and a rest that follows from the one before. */
export function viewed<T, Other>(
  values: Sequence<T>,
  of: (one: T) => Other,
  restOf: (rest: Rest<T>) => Rest<Other>,
): Sequence<Other> {
  return isRows(values) ? values.as(of, restOf) : values.map(of)
}

/** Those at `positions`, which the caller does not need any more. */
function picked<T>(values: Sequence<T>, positions: Uint32Array): Sequence<T> {
  return isRows(values) ? values.picked(positions) : Array.from(positions, at => values.at(at) as T)
}

/** What a column would have of a value. */
function numberIn<T>(one: T, field: FieldOf<T>): number {
  const value = one[field] as number | string | null
  return (typeof value === 'string' ? lsnNumber(value) : value) ?? Number.NaN
}

const isRows = <T>(values: Sequence<T>): values is Rows<T> => values instanceof Rows
