// What the run owes against what it gave. Invariant: what could not be measured is never met. Not here: the defaults of
// a scenario.
import type {ObjectiveResult, Rto} from '../model/report.ts'
import type {Objectives} from '../model/scenario.ts'
import type {CheckName} from './check-table.ts'
import type {Checker, Finding} from './run-checks.ts'

/** What objectives are held against. */
export interface Measured {
  readonly rto: Rto | null
  /** null: the final state could not be read. */
  readonly lostWrites: number | null
  readonly writeErrors: number
  readonly longestStallMs: number
}

/** One result for each objective that is set. `actual` null: never recovered, or not measurable. */
export function judgeObjectives(objectives: Objectives, measured: Measured): readonly ObjectiveResult[] {
  const actuals: Readonly<Record<keyof Objectives, number | null>> = {
    rtoMsMax: measured.rto === null ? 0 : measured.rto.ms,
    lostWritesMax: measured.lostWrites,
    writeErrorsMax: measured.writeErrors,
    longestStallMsMax: measured.longestStallMs,
  }
  return (['rtoMsMax', 'lostWritesMax', 'writeErrorsMax', 'longestStallMsMax'] as const).flatMap(name => {
    const limit = objectives[name]
    const actual = actuals[name]
    return limit === undefined ? [] : [{name, limit, actual, met: actual !== null && actual <= limit}]
  })
}

const checkOf: readonly (readonly [CheckName, keyof Objectives])[] = [
  ['rto-within-limit', 'rtoMsMax'],
  ['write-errors-within-limit', 'writeErrorsMax'],
  ['stall-within-limit', 'longestStallMsMax'],
]

/** One check per objective that is set; lost writes have their own, whether an objective is set or not (claims.ts). */
export const objectiveCheckers: readonly Checker<{readonly objectives: readonly ObjectiveResult[]}>[] = checkOf.map(
  ([check, name]) => [check, ({objectives}) => verdictOf(objectives.find(result => result.name === name))],
)

function verdictOf(result: ObjectiveResult | undefined): Finding {
  if (result === undefined) return null
  const {name, limit, actual, met} = result
  return {verdict: met ? 'pass' : 'fail', detail: `${name}: ${actual ?? 'never'}, limit ${limit}`}
}
