// Sets of whole numbers as ascending ranges, as hl_shards.decided keeps those of transactions. Pure. Invariant: ranges
// of one set neither overlap nor touch.

/** From `from`, to before `to`. */
export interface NumberRange {
  readonly from: number
  readonly to: number
}

/** As PostgreSQL prints an int8multirange: `{[1,5),[7,9)}`. */
export function parseRanges(text: string): readonly NumberRange[] {
  return normal([...text.matchAll(/\[(\d+),(\d+)\)/g)].map(([, from, to]) => ({from: Number(from), to: Number(to)})))
}

/** Single numbers as a set. */
export function rangesOfNumbers(numbers: readonly number[]): readonly NumberRange[] {
  return normal(numbers.map(number => ({from: number, to: number + 1})))
}

/** What is in any of them. */
export function union(...sets: readonly (readonly NumberRange[])[]): readonly NumberRange[] {
  return normal(sets.flat())
}

/** What is in the one and not in the other. */
export function minus(one: readonly NumberRange[], other: readonly NumberRange[]): readonly NumberRange[] {
  const left: NumberRange[] = []
  for (const {from, to} of one) {
    let at = from
    for (const hole of other) {
      if (hole.to <= at || hole.from >= to) continue
      if (hole.from > at) left.push({from: at, to: hole.from})
      at = Math.max(at, hole.to)
    }
    if (at < to) left.push({from: at, to})
  }
  return left
}

export function countOf(ranges: readonly NumberRange[]): number {
  return ranges.reduce((sum, {from, to}) => sum + to - from, 0)
}

/** The first so many. */
export function firstOf(ranges: readonly NumberRange[], most: number): readonly number[] {
  const numbers: number[] = []
  for (const {from, to} of ranges) for (let at = from; at < to && numbers.length < most; at++) numbers.push(at)
  return numbers
}

function normal(ranges: readonly NumberRange[]): readonly NumberRange[] {
  const sorted = ranges.filter(({from, to}) => from < to).sort((one, other) => one.from - other.from)
  const merged: NumberRange[] = []
  for (const range of sorted) {
    const last = merged.at(-1)
    if (last !== undefined && range.from <= last.to)
      merged[merged.length - 1] = {from: last.from, to: Math.max(last.to, range.to)}
    else merged.push(range)
  }
  return merged
}
