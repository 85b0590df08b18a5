// What the run owes against what it gave. Invariant: what could not be measured is never met. Not here: the defaults of
// a scenario; lost writes and precision, which are owed whether or not an objective says so.
import type {ObjectiveResult} from '../model/report.ts'
import {formatMs} from '../model/time.ts'
import {isPointInTime, objectiveNames, stepOf, type ObjectiveName} from '../model/scenario.ts'
import {formatCount} from '../model/quantity.ts'
import {longestStallMs} from './availability.ts'
import type {Measures} from './claims.ts'
import {countWhere} from './columns.ts'
import {isWriteError} from './conflict.ts'
import {finding, type Checker, type Finding} from './run-checks.ts'

type Measured = Pick<Measures, 'facts' | 'rto' | 'rpo' | 'pointInTime'>

/** One result for each objective that is set. `actual` null: never recovered, or not measurable. None of a refusal. */
export function judgeObjectives(measured: Measured): readonly ObjectiveResult[] {
  const {objectives, expect} = measured.facts.record.scenario
  return objectiveNames.flatMap(name => {
    const limit = objectives[name]
    if (limit === undefined || expect.kind === 'refusal') return []
    const actual = actualOf(name, measured)
    return [{name, limit, actual, met: actual !== null && actual <= limit}]
  })
}

function actualOf(name: ObjectiveName, {facts, rto, rpo, pointInTime}: Measured): number | null {
  const {writes, ledger, recovery, moments} = facts
  switch (name) {
    case 'rtoMsMax':
      return rto === null && recovery === null && writes.length > 0 ? 0 : (rto?.ms ?? null)
    case 'lostWritesMax':
      return ledger.readable ? (pointInTime?.missing ?? rpo?.transactions ?? null) : null
    case 'collateralMax':
      return pointInTime?.collateral ?? null
    case 'writeErrorsMax':
      return writes.length === 0 ? null : countWhere(writes, isWriteError)
    case 'longestStallMsMax':
      return writes.length === 0 ? null : Math.round(longestStallMs(writes, moments.disturbedMs))
    default:
      return name satisfies never
  }
}

export const objectiveCheckers: readonly Checker<Measures>[] = [
  [
    'rto-within-limit',
    input =>
      verdictOf(
        input,
        'rtoMsMax',
        input.rto?.recovered === false && input.rto.bounds === undefined ? 'fail' : 'unknown',
      ),
  ],
  ['rpo-within-limit', input => (isOfLoss(input) ? verdictOf(input, 'lostWritesMax') : null)],
  ['collateral-within-limit', input => verdictOf(input, 'collateralMax')],
  ['write-errors-within-limit', input => verdictOf(input, 'writeErrorsMax')],
  ['stall-within-limit', input => verdictOf(input, 'longestStallMsMax')],
]

/** Of a failover lost-writes holds the objective, of a point-in-time restore precision. */
function isOfLoss({facts}: Measures): boolean {
  const {steps} = facts.record.scenario
  return stepOf(steps, 'disaster') !== null && !isPointInTime(steps)
}

function verdictOf({objectives}: Measures, name: ObjectiveName, unmeasured: 'fail' | 'unknown' = 'unknown'): Finding {
  const result = objectives.find(candidate => candidate.name === name)
  if (result === undefined) return null
  const {limit, actual, met} = result
  return finding(
    met,
    actual === null ? unmeasured : 'fail',
    `${words[name]} ` +
      `${actual === null ? (unmeasured === 'fail' ? 'never' : 'not measured') : valueText(name, actual)}, at most ` +
      valueText(name, limit),
  )
}

const words: Readonly<Record<ObjectiveName, string>> = {
  rtoMsMax: 'RTO',
  lostWritesMax: 'lost writes',
  collateralMax: 'collateral',
  writeErrorsMax: 'write errors',
  longestStallMsMax: 'longest stall',
}

const valueText = (name: ObjectiveName, value: number): string =>
  name.endsWith('MsMax') ? formatMs(value) : formatCount(value)
