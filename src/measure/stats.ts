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
  return search(sorted, value, false)
}

/** How many of the ascending values are at or below `value`. */
export function countUpTo(sorted: ArrayLike<number>, value: number): number {
  return search(sorted, value, true)
}

/** `equals`: do they count? */
function search(sorted: ArrayLike<number>, value: number, equals: boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const candidate = sorted[middle] ?? Infinity
    if (candidate < value || (equals && candidate === value)) low = middle + 1
    else high = middle
  }
  return low
}

/** The longest step between neighbours of ascending values, which are told one by one; 0 for fewer than two. */
export class Steps {
  #longest = 0
  #last: number | null = null

  get longest(): number {
    return this.#longest
  }

  add(value: number): void {
    if (this.#last !== null && value - this.#last > this.#longest) this.#longest = value - this.#last
    this.#last = value
  }

  /** What was before does not count. */
  beginAt(value: number): void {
    this.#longest = 0
    this.#last = value
  }
}

/**
 * Rule of three: none in n trials leaves an upper bound of 3/n for the share, at 95 %, never above 1; null for no
 * trial.
 * Source: Hanley and Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 1983.
 */
export function ruleOfThree(n: number): number | null {
  return n <= 0 ? null : Math.min(1, 3 / n)
}
