// Order statistics and searching in sorted lists. Invariant: percentiles are values that occurred (nearest rank), never
// interpolated. Not here: what is measured.

export function ascending(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => (a === b ? 0 : a - b))
}

/**
 * Nearest rank: the smallest value with at least `share` (0..1] of all values at or below it; null for none. `sorted`
 * is ascending and may hold Infinity.
 */
export function percentile(sorted: ArrayLike<number>, share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}

/** How many of the ascending values are below `value`: the index of the first that is not. */
export function countBelow(sorted: ArrayLike<number>, value: number): number {
  return search(sorted, candidate => candidate < value)
}

/** How many of the ascending values are at or below `value`. */
export function countUpTo(sorted: ArrayLike<number>, value: number): number {
  return search(sorted, candidate => candidate <= value)
}

function search(sorted: ArrayLike<number>, before: (value: number) => boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const value = sorted[middle]
    if (value !== undefined && before(value)) low = middle + 1
    else high = middle
  }
  return low
}

/** The longest step between neighbours of an ascending list; 0 for fewer than two. */
export function longestStep(sorted: Iterable<number>): number {
  let longest = 0
  let previous: number | null = null
  for (const value of sorted) {
    if (previous !== null && value - previous > longest) longest = value - previous
    previous = value
  }
  return longest
}

/**
 * Rule of three: none in n trials leaves an upper bound of 3/n for the share, at 95 %, never above 1; null for no
 * trial.
 * Source: Hanley and Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 1983.
 */
export function ruleOfThree(n: number): number | null {
  return n <= 0 ? null : Math.min(1, 3 / n)
}
