// PURE: error budgets over stored runs: how much outage, how many runs beyond their RTO or RPO are allowed, and what of
// that is spent. Invariants: what is not known spends nothing and keeps nobody from failing, but nothing passes that
// depends on it; controls and refusals are not counted. Not here: what a single run says (run-figure.ts).
import type {RunFigure, SloReport, SloResult, SloScenario} from '../model/stored-figures.ts'
import {worst, type Verdict} from '../model/verdict.ts'

export interface SloTargets {
  /** Share of the window in which writes succeed. */
  readonly availability: number
  /** Share of the runs that are back within their limit. */
  readonly rtoWithin: number
  /** Share of the runs that lose no more than their limit. */
  readonly rpoWithin: number
  /** In the place of the limits that runs were made with; null: those. */
  readonly rtoMsMax: number | null
  readonly lostMax: number | null
}

export interface SloWindow {
  /** ISO 8601 in UTC, as runs are stored. */
  readonly from: string
  readonly to: string
  readonly ms: number
}

/** A run whose beginning is not known is counted, as unknown. */
export function errorBudget(figures: readonly RunFigure[], targets: SloTargets, {from, to, ms}: SloWindow): SloReport {
  const within = figures.filter(({startedAt}) => startedAt === null || (startedAt >= from && startedAt <= to))
  const counted = within.filter(({isControl}) => !isControl)
  const objectives = [
    availability(counted, targets.availability, ms),
    ofRuns(
      'rto',
      counted.map(figure => keptRto(figure, targets.rtoMsMax)),
      targets.rtoWithin,
    ),
    ofRuns(
      'rpo',
      counted.map(figure => keptRpo(figure, targets.lostMax)),
      targets.rpoWithin,
    ),
  ]
  return {
    from,
    to,
    counted: counted.length,
    leftOut: within.length - counted.length,
    objectives,
    scenarios: scenariosOf(counted),
    verdict: worst(objectives.map(({verdict}) => verdict)),
  }
}

/** What was stored whole and judged: of all else a good figure proves nothing. */
const isJudged = ({verdict, startedAt}: RunFigure): boolean =>
  startedAt !== null && (verdict === 'pass' || verdict === 'fail')

function availability(figures: readonly RunFigure[], target: number, windowMs: number): SloResult {
  const known = figures.flatMap(figure => (figure.outage === null ? [] : [{figure, outage: figure.outage}]))
  const spent = known.reduce((sum, {outage}) => sum + outage.ms, 0)
  const bad = known.filter(({outage}) => outage.ms > 0).length
  const good = known.filter(({figure, outage}) => outage.ms === 0 && isJudged(figure)).length
  const isLeast = known.some(({outage}) => !outage.isOver)
  const unknown = figures.length - good - bad
  const allowed = (1 - target) * windowMs
  const verdict: Verdict =
    spent > allowed ? 'fail' : unknown > 0 || isLeast || figures.length === 0 ? 'unknown' : 'pass'
  return {name: 'availability', target, good, bad, unknown, unit: 'ms', allowed, spent, isLeast, verdict}
}

type Kept = 'good' | 'bad' | 'unknown' | null

/** null: it owes none, so it is not counted. */
function keptRto(figure: RunFigure, asked: number | null): Kept {
  const {rto, verdict} = figure
  if (verdict === 'cut-off' || verdict === 'unreadable') return 'unknown'
  const limit = asked ?? figure.rtoLimitMs
  if (rto === null || limit === null) return null
  if (rto.kind === 'never') return 'bad'
  const least = rto.kind === 'measured' ? rto.ms : (rto.bounds?.leastMs ?? 0)
  const most = rto.kind === 'measured' ? rto.ms : (rto.bounds?.mostMs ?? Infinity)
  if (least > limit) return 'bad'
  return most <= limit && isJudged(figure) ? 'good' : 'unknown'
}

function keptRpo(figure: RunFigure, asked: number | null): Kept {
  const {lost, verdict} = figure
  if (verdict === 'cut-off' || verdict === 'unreadable') return 'unknown'
  const limit = asked ?? figure.lostLimit
  if (limit === null) return null
  if (lost === null) return 'unknown'
  return lost > limit ? 'bad' : isJudged(figure) ? 'good' : 'unknown'
}

function ofRuns(name: 'rto' | 'rpo', kept: readonly Kept[], target: number): SloResult {
  const count = (what: Kept): number => kept.filter(one => one === what).length
  const [good, bad, unknown] = [count('good'), count('bad'), count('unknown')]
  const total = good + bad + unknown
  // 0.95 of 20 is not quite 19 in binary.
  const allowed = Math.round((1 - target) * total * 1e6) / 1e6
  const verdict: Verdict = bad > allowed ? 'fail' : total === 0 || bad + unknown > allowed ? 'unknown' : 'pass'
  return {name, target, good, bad, unknown, unit: 'runs', allowed, spent: bad, isLeast: false, verdict}
}

/** In the place of the scenario of a run that cannot be read. */
const unreadable = '(unreadable)'

/** Those that cost most come first. */
function scenariosOf(figures: readonly RunFigure[]): readonly SloScenario[] {
  return [...Map.groupBy(figures, ({scenario}) => scenario ?? unreadable)]
    .map(([scenario, runs]) => ({
      scenario,
      runs: runs.length,
      unknown: runs.filter(run => !isJudged(run) || run.outage === null).length,
      outageMs: runs.reduce((sum, {outage}) => sum + (outage?.ms ?? 0), 0),
      lost: runs.reduce((sum, {lost}) => sum + (lost ?? 0), 0),
    }))
    .toSorted((a, b) => b.outageMs - a.outageMs || (a.scenario < b.scenario ? -1 : 1))
}
