// What the drill owes against what it gave. Invariant: what could not be measured is never met. Not here: precision,
// which is owed whether or not an objective says so.
import type {DrillObjectives, DrillReport} from '../../model/drill.ts'
import {finding, type Checker, type Finding} from '../run-checks.ts'
import type {DrillCheckName} from './check-table.ts'

type Measured = Pick<DrillReport, 'rto' | 'rpo' | 'rewind'>
type Result = DrillReport['objectives'][number]

/** One result for each objective that is set. `actual` null: never recovered, or not measurable. */
export function judgeDrillObjectives(objectives: DrillObjectives, {rto, rpo, rewind}: Measured): readonly Result[] {
  const actuals: Readonly<Record<keyof DrillObjectives, number | null>> = {
    rtoMsMax: rto?.ms ?? null,
    lostWritesMax: rpo?.transactions ?? rewind?.missing ?? null,
    collateralMax: rewind?.collateral ?? null,
  }
  return (['rtoMsMax', 'lostWritesMax', 'collateralMax'] as const).flatMap(name => {
    const limit = objectives[name]
    const actual = actuals[name]
    return limit === undefined ? [] : [{name, limit, actual, met: actual !== null && actual <= limit}]
  })
}

interface Judged extends Measured {
  readonly objectives: readonly Result[]
}

export const drillObjectiveCheckers: readonly Checker<Judged, DrillCheckName>[] = [
  ['rto-within-limit', input => verdictOf(input, 'rtoMsMax', input.rto?.recovered === false ? 'fail' : 'unknown')],
  // Of a rewind it is precision, which has a check of its own.
  ['rpo-within-limit', input => (input.rewind === null ? verdictOf(input, 'lostWritesMax', 'unknown') : null)],
  ['collateral-within-limit', input => verdictOf(input, 'collateralMax', 'unknown')],
]

function verdictOf({objectives}: Judged, name: Result['name'], unmeasured: 'fail' | 'unknown'): Finding {
  const result = objectives.find(candidate => candidate.name === name)
  if (result === undefined) return null
  const {limit, actual, met} = result
  return finding(
    met,
    actual === null ? unmeasured : 'fail',
    `${name}: ${actual ?? (unmeasured === 'fail' ? 'never' : 'not measured')}, limit ${limit}`,
  )
}
