// Several trials as one report: the last trial's body with the worst of all verdicts, checks, objectives, RTOs and
// losses, and the distribution. PURE.
// Invariant: a combined report never looks better than its worst trial. Not here: the distribution (trials.ts).
import type {ObjectiveResult, PointInTime, Report, Rpo, Warning} from '../model/report.ts'
import type {Rto} from '../model/rto.ts'
import {worst} from '../model/verdict.ts'
import type {Check} from '../model/verdict.ts'
import {plural} from '../model/quantity.ts'
import {checkNames} from './check-table.ts'
import {lossUpperBound, summarizeTrials} from './trials.ts'
import type {WarningCode} from './warnings.ts'

/** Said of each trial by itself, and not true of several. */
const oneTrial: WarningCode = 'one-trial'

/** `reports` in the order of the trials, at least one. */
export function combineTrials(reports: readonly [Report, ...Report[]]): Report {
  const last = reports.at(-1) ?? reports[0]
  const held = reports.map(report => report.controlHeld)
  return {
    ...last,
    // The seed of the first trial: with --repeat it draws all of them again.
    seed: reports[0].seed,
    startedAt: reports[0].startedAt,
    warnings: warningsOfAny(reports).filter(({code}) => code !== oneTrial),
    rto: worstRto(reports),
    verdict: worst(reports.map(report => report.verdict)),
    controlHeld: held.includes(false) ? false : last.controlHeld,
    checks: checksOfAny(reports).map(name => worstCheck(name, reports)),
    objectives: last.objectives.map(objective => worstObjective(objective, reports)),
    writes: {...last.writes, ...mostLost(reports)},
    rpo: worstRpo(reports),
    pointInTime: worstPointInTime(reports),
    trials: summarizeTrials(reports),
  }
}

function mostLost([first, ...rest]: readonly [Report, ...Report[]]): Pick<Report['writes'], 'lost' | 'lostIds'> {
  const {lost, lostIds} = rest.reduce((a, b) => (b.writes.lost > a.writes.lost ? b : a), first).writes
  return {lost, lostIds}
}

/** Each code once: as the last trial said it, else with the trial that did. */
function warningsOfAny(reports: readonly Report[]): readonly Warning[] {
  const last = reports.at(-1)?.warnings ?? []
  const found = new Map(last.map(({code}) => [code, true]))
  const earlier = reports.flatMap(({warnings}, index) =>
    warnings.flatMap(warning => {
      if (found.has(warning.code)) return []
      found.set(warning.code, true)
      return [{...warning, detail: `trial ${index + 1}: ${warning.detail}`}]
    }),
  )
  return [...last, ...earlier]
}

/** Never recovered, then not known, then the longest; null where none was measured. */
function worstRto(reports: readonly Report[]): Rto | null {
  const [first, ...rest] = reports.flatMap(({rto}) => (rto === null ? [] : [rto]))
  if (first === undefined) return null
  return rest.reduce((a, b) => (weightOf(b) > weightOf(a) ? b : a), first)
}

function weightOf({ms, bounds}: Rto): number {
  return bounds === undefined ? (ms ?? Infinity) : Number.MAX_SAFE_INTEGER
}

/** Of the trial that lost most; null where none was measured. */
function worstRpo(reports: readonly Report[]): Rpo | null {
  const [first, ...rest] = reports.flatMap(({rpo}) => (rpo === null ? [] : [rpo]))
  if (first === undefined) return null
  const most = rest.reduce((a, b) => (b.transactions > a.transactions ? b : a), first)
  return {...most, upperBound: lossUpperBound(reports)}
}

/** Each figure of the trial in which it is greatest: none of them is better when it is greater. */
function worstPointInTime(reports: readonly Report[]): PointInTime | null {
  const all = reports.flatMap(({pointInTime}) => (pointInTime === null ? [] : [pointInTime]))
  if (all.length === 0) return null
  const most = (of: (one: PointInTime) => number): number => Math.max(...all.map(of))
  return {
    missing: most(({missing}) => missing),
    beside: most(({beside}) => beside),
    collateral: most(({collateral}) => collateral),
    keptAfter: most(({keptAfter}) => keptAfter),
  }
}

/**
 * Names in the order of the table, and then those of verification: a trial that ended early has not run every check,
 * and one that failed in it must not vanish.
 */
function checksOfAny(reports: readonly Report[]): readonly string[] {
  const run = new Set(reports.flatMap(report => report.checks.map(check => check.name)))
  return [...new Set([...checkNames.filter(name => run.has(name)), ...run])]
}

function worstCheck(name: string, reports: readonly Report[]): Check {
  const all = reports.flatMap((report, index) =>
    report.checks.filter(check => check.name === name).map(check => ({...check, trial: index + 1})),
  )
  const verdict = worst(all.map(check => check.verdict))
  const found = all.find(check => check.verdict === verdict)
  const of = all.filter(check => check.verdict === verdict).length
  const detail =
    found === undefined
      ? 'not checked'
      : verdict === 'pass'
        ? found.detail
        : `${of} of ${plural(reports.length, 'trial')}; trial ${found.trial}: ${found.detail}`
  return {name, verdict, detail}
}

function worstObjective(objective: ObjectiveResult, reports: readonly Report[]): ObjectiveResult {
  const all = reports.flatMap(report => report.objectives.filter(({name}) => name === objective.name))
  const missed = all.filter(({met}) => !met)
  const candidates = missed.length > 0 ? missed : all
  // null stands for infinity or not measured: worse than any number.
  return candidates.reduce(
    (a, b) => ((b.actual ?? Infinity) > (a.actual ?? Infinity) ? b : a),
    candidates[0] ?? objective,
  )
}
