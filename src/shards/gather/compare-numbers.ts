// Numbers by the texts that PostgreSQL writes, in PostgreSQL's order. Pure. Invariant: no text becomes a JS number that
// cannot hold it exactly. Not here: NULLs and directions (compare-rows.ts).

type Compare = (a: string, b: string) => number

/** int2, int4, int8: no leading zeros, no sign but a minus. */
export const compareInts: Compare = (a, b) => {
  if (a === b) return 0
  const isNegative = a.startsWith('-')
  if (isNegative !== b.startsWith('-')) return isNegative ? -1 : 1
  const bySize = a.length - b.length || (a < b ? -1 : 1)
  return isNegative ? -bySize : bySize
}

/** numeric of any size: -Infinity, the numbers, Infinity, NaN; equal values may differ in their trailing zeros. */
export const compareNumerics: Compare = (a, b) => {
  if (a === b) return 0
  const byRank = rankOf(a) - rankOf(b)
  if (byRank !== 0 || rankOf(a) !== 0) return byRank
  const isNegative = a.startsWith('-')
  if (isNegative !== b.startsWith('-')) return isNegative ? -1 : 1
  return isNegative ? magnitudes(b, a, 1) : magnitudes(a, b, 0)
}

/** 0 for a number; PostgreSQL takes NaN as larger than everything. */
function rankOf(text: string): number {
  if (text === 'NaN') return 2
  if (text === 'Infinity') return 1
  return text === '-Infinity' ? -1 : 0
}

/** Of two numbers without a sign, which would be before `from`. */
function magnitudes(a: string, b: string, from: number): number {
  const pointA = pointOf(a)
  const pointB = pointOf(b)
  if (pointA !== pointB) return pointA - pointB
  const length = Math.min(a.length, b.length)
  for (let at = from; at < length; at++) {
    const difference = a.charCodeAt(at) - b.charCodeAt(at)
    if (difference !== 0) return difference
  }
  // What one has more is behind the point: zeros, or it is larger.
  if (hasDigitsFrom(a, length)) return 1
  return hasDigitsFrom(b, length) ? -1 : 0
}

function pointOf(text: string): number {
  const at = text.indexOf('.')
  return at === -1 ? text.length : at
}

function hasDigitsFrom(text: string, from: number): boolean {
  for (let at = from; at < text.length; at++) if (text[at] !== '.' && text[at] !== '0') return true
  return false
}

/** float4, float8: the shortest text that gives the same value back, so its JS number is that value; NaN is last. */
export const compareFloats: Compare = (a, b) => {
  if (a === b) return 0
  const left = Number(a)
  const right = Number(b)
  if (left < right) return -1
  if (left > right) return 1
  // 0 and -0, or a NaN.
  return Number(Number.isNaN(left)) - Number(Number.isNaN(right))
}
