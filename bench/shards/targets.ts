// A figure beside what it should be at most or at least. PURE. Invariant: a target that is missed is said to be missed,
// by the median; the spread stands beside it. Not here: what is measured.
import {spreadOf, type Spread} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'
import type {Table} from '../router/part.ts'

export interface Target {
  readonly what: string
  readonly figure: Spread
  readonly digits: number
  readonly unit: string
  readonly bound: {readonly atMost: number} | {readonly atLeast: number}
}

/** NaN, that is no figure, meets nothing. */
export function isMet({figure: {median}, bound}: Target): boolean {
  return 'atMost' in bound ? median <= bound.atMost : median >= bound.atLeast
}

export function targetsTable(title: string, targets: readonly Target[], note: string): Table {
  return {
    title,
    head: ['figure', 'measured', 'target', 'met'],
    rows: targets.map(target => [
      target.what,
      withUnit(spreadText(target.figure, target.digits), target.unit),
      'atMost' in target.bound
        ? withUnit(`at most ${target.bound.atMost}`, target.unit)
        : withUnit(`at least ${target.bound.atLeast}`, target.unit),
      isMet(target) ? 'yes' : 'no',
    ]),
    note,
  }
}

/**
 * How many ms `values` are above what `slowest` leg allows, by round: a tenth and one ms more. At most 0: it is
 * allowed.
 */
export function aboveLegs(values: readonly number[], legs: readonly (readonly number[])[]): Spread {
  return spreadOf(values.map((value, round) => value - allowedMs(slowestOf(legs, round))))
}

/** How many times the slowest leg of the round the `values` are. */
export function timesLegs(values: readonly number[], legs: readonly (readonly number[])[]): Spread {
  return spreadOf(values.map((value, round) => value / slowestOf(legs, round)))
}

export function allowedMs(slowestMs: number): number {
  return slowestMs * 1.1 + 1
}

/** NaN where a leg has no such round. */
function slowestOf(legs: readonly (readonly number[])[], round: number): number {
  return Math.max(...legs.map(leg => leg[round] ?? Number.NaN))
}

function withUnit(text: string, unit: string): string {
  return unit === '' ? text : `${text} ${unit}`
}
