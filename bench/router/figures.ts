// Medians, spreads and ratios of rounds. PURE. Invariant: a ratio is the median of the rounds' ratios, since two
// figures of one round had the same neighbours on the machine; where that gets slower or faster over the rounds, a
// ratio of medians compares a good moment of the one with a bad one of the other. Not here: rounds (rounds.ts), how
// figures are written (format.ts).
import {ascending, percentile} from '../../src/measure/stats.ts'

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Nearest rank, `share` in (0, 1]; NaN for none. */
export function percentileOf(values: readonly number[], share: number): number {
  return percentile(ascending(values), share) ?? Number.NaN
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = ascending(values)
  const half = sorted.length / 2
  // Of an even number the mean of the two in the middle: the lower one alone makes every ratio smaller.
  const median = ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2
  return {median, min: Math.min(...values), max: Math.max(...values)}
}

/** The same with the quartiles for the ends: of many short rounds the least and the greatest are the host's. */
export function middleHalfOf(values: readonly number[]): Spread {
  return {median: spreadOf(values).median, min: percentileOf(values, 0.25), max: percentileOf(values, 0.75)}
}

/** How many times `base` the `values` are; both by round. */
export function ratioOf(values: readonly number[], base: readonly number[]): Spread {
  return spreadOf(ratiosOf(values, base))
}

export function ratiosOf(values: readonly number[], base: readonly number[]): readonly number[] {
  return values.map((value, round) => value / (base[round] ?? Number.NaN))
}

/** How much more than `base` the `values` are; both by round. The median is that of the differences. */
export function differenceOf(values: readonly number[], base: readonly number[]): Spread {
  return spreadOf(values.map((value, round) => value - (base[round] ?? Number.NaN)))
}
