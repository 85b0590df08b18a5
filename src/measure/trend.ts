// PURE: how the runs of one scenario change with time. Invariants: scenarios and access paths are never mixed; medians
// of halves are told where each half has enough runs to have one; no claim is made about significance. Not here: what a
// single run says (run-figure.ts).
import type {RunFigure, RtoSeen, Trend} from '../model/stored-figures.ts'
import {ascending, percentile} from './stats.ts'

/** Of each half. */
const enough = 5

/** Of runs that say anything of an RTO, those with most runs first. Controls and refusals are left out. */
export function trendsOf(figures: readonly RunFigure[]): readonly Trend[] {
  const told = figures.filter(({isControl, scenario, through}) => !isControl && scenario !== null && through !== null)
  const groups = Map.groupBy(told, ({scenario, through}) => `${scenario} ${through}`)
  return [...groups.values()]
    .flatMap(group => trendOf(group) ?? [])
    .toSorted((a, b) => b.points.length - a.points.length || (a.scenario < b.scenario ? -1 : 1))
}

function trendOf(group: readonly RunFigure[]): Trend | null {
  const ordered = group.toSorted((a, b) => ((a.startedAt ?? '') < (b.startedAt ?? '') ? -1 : 1))
  const points = ordered.flatMap(({run, startedAt, lost, verdict, rto}) => {
    const seen: RtoSeen | null =
      verdict === 'cut-off' || verdict === 'unreadable' ? {kind: 'unknown', bounds: null} : rto
    return seen === null ? [] : [{run, startedAt, lost, rto: seen}]
  })
  const [first] = ordered
  if (first === undefined || first.scenario === null || first.through === null || points.length === 0) return null
  // A run that never came back takes longer than any that did.
  const known = points.flatMap(({rto}) => (rto.kind === 'measured' ? [rto.ms] : rto.kind === 'never' ? [Infinity] : []))
  const half = Math.floor(known.length / 2)
  return {
    scenario: first.scenario,
    through: first.through,
    points,
    never: points.filter(({rto}) => rto.kind === 'never').length,
    unknown: points.filter(({rto}) => rto.kind === 'unknown').length,
    halves: half < enough ? null : {earlier: medianOf(known.slice(0, half)), later: medianOf(known.slice(-half))},
    limitMs: ordered.at(-1)?.rtoLimitMs ?? null,
    lost: points.reduce((sum, {lost}) => sum + (lost ?? 0), 0),
  }
}

function medianOf(values: readonly number[]): RtoSeen {
  const ms = percentile(ascending(values), 0.5)
  if (ms === null) return {kind: 'unknown', bounds: null}
  return Number.isFinite(ms) ? {kind: 'measured', ms} : {kind: 'never'}
}
