// PURE: what one stored run says for budgets and trends. Invariant: the report of a series has the body of its last
// trial, and the worst losses of all: what is told here is that trial's own. Not here: what follows from several runs
// (error-budget.ts, trend.ts).
import type {Report} from '../model/report.ts'
import type {ObjectiveName} from '../model/scenario.ts'
import type {RtoSeen, RunFigure} from '../model/stored-figures.ts'

export function figureOf(report: Report): RunFigure {
  const {run, scenario, through, startedAt, nature, trials} = report
  const own = trials?.runs.find(trial => trial.run === run)
  return {
    run,
    scenario,
    through,
    startedAt,
    verdict: own?.verdict ?? report.verdict,
    isControl: nature === 'control' || nature === 'refusal',
    outage: outageOf(report),
    rto: own === undefined ? rtoOf(report) : trialRto(own),
    rtoLimitMs: limitOf(report, 'rtoMsMax'),
    lost: lostOf(report, own?.lost),
    lostLimit: limitOf(report, 'lostWritesMax'),
  }
}

const limitOf = ({objectives}: Report, name: ObjectiveName): number | null =>
  objectives.find(objective => objective.name === name)?.limit ?? null

function trialRto({rtoMs, unmeasured}: {readonly rtoMs: number | null; readonly unmeasured?: true}): RtoSeen {
  if (unmeasured === true) return {kind: 'unknown', bounds: null}
  return rtoMs === null ? {kind: 'never'} : {kind: 'measured', ms: rtoMs}
}

/** Of a failover no outage is an RTO of nothing; of a drill it means that nothing was to come back. */
function rtoOf({rto, command, writes}: Report): RtoSeen | null {
  if (rto === null) {
    if (command === 'drill') return null
    return writes.attempted > 0 ? {kind: 'measured', ms: 0} : {kind: 'unknown', bounds: null}
  }
  if (rto.bounds !== undefined) return {kind: 'unknown', bounds: rto.bounds}
  return rto.recovered && rto.ms !== null ? {kind: 'measured', ms: rto.ms} : {kind: 'never'}
}

function outageOf({rto, command, writes, timeline}: Report): RunFigure['outage'] {
  if (rto === null) return command === 'failover' && writes.attempted > 0 ? {ms: 0, isOver: true} : null
  if (rto.bounds !== undefined) return null
  const endMs = (timeline.at(-1)?.atMs ?? 0) + 1_000
  const isOver = rto.recovered && rto.outages.every(({toMs}) => toMs !== null)
  const ms = rto.outages.reduce((sum, {fromMs, toMs}) => sum + Math.max(0, (toMs ?? endMs) - fromMs), 0)
  // An RTO without a list of outages: of a run of an earlier version.
  if (rto.outages.length === 0) return rto.ms === null ? null : {ms: rto.ms, isOver}
  return {ms, isOver}
}

/** Of a point-in-time restore what was to stay and is missing. */
function lostOf({pointInTime, rpo, nature}: Report, ofTrial: number | undefined): number | null {
  if (nature === 'refusal') return null
  return ofTrial ?? pointInTime?.missing ?? rpo?.transactions ?? null
}
