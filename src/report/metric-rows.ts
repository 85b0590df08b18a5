// The figures of a report, each with the objective it is held against. Text, Markdown and HTML show these same rows.
// Invariant: a figure that was not measured is never shown as zero or as met. Not here: layout.
import type {ObjectiveResult, PointInTime, Report, TrialSummary} from '../model/report.ts'
import type {Rto} from '../model/rto.ts'
import type {ObjectiveName} from '../model/scenario.ts'
import {formatMs} from '../model/time.ts'
import type {Verdict} from '../model/verdict.ts'
import {wordsOf} from './command-words.ts'
import {formatBytes, formatCount, formatRate, formatRatio, formatShare, plural} from '../model/quantity.ts'
import {endlessMs, rtoText} from './rto-parts.ts'
import {isFigure, middleText, rangeText, valuesText} from './trial-spread.ts'

export interface MetricRow {
  readonly name: string
  readonly value: string
  /** `at most 30.00 s`; null when nothing is owed. */
  readonly limit: string | null
  readonly verdict: Verdict | null
  readonly note: string
}

export const objectiveTitles: Readonly<Record<ObjectiveName, string>> = {
  rtoMsMax: 'RTO (writes)',
  lostWritesMax: 'lost writes',
  collateralMax: 'collateral',
  writeErrorsMax: 'write errors',
  longestStallMsMax: 'longest stall',
}

/** As this report says it. */
export function objectiveTitle(report: Pick<Report, 'command'>, name: ObjectiveName): string {
  return name === 'rtoMsMax' ? wordsOf(report).rto : objectiveTitles[name]
}

/** What an objective's number looks like: durations end in Ms. */
export function objectiveValue(name: ObjectiveName, value: number): string {
  return name === 'rtoMsMax' || name === 'longestStallMsMax' ? formatMs(value) : formatCount(value)
}

/** Not met, and nothing measured: unknown, unless the run never recovered, which no limit allows. */
export function objectiveVerdict(report: Report, objective: ObjectiveResult): Verdict {
  if (objective.met) return 'pass'
  const never = objective.name === 'rtoMsMax' && (isNever(report.rto) || (report.trials?.neverRecovered ?? 0) > 0)
  return objective.actual === null && !never ? 'unknown' : 'fail'
}

/** What was measured against an objective, in words. */
export function objectiveActual(report: Report, objective: ObjectiveResult): string {
  if (objective.actual !== null && Number.isFinite(objective.actual))
    return objectiveValue(objective.name, objective.actual)
  if (objective.name !== 'rtoMsMax') return 'not measured'
  if (report.trials !== null && report.trials.neverRecovered > 0)
    return `${report.trials.neverRecovered} of ${report.trials.n} never recovered`
  return report.rto?.bounds !== undefined || isNever(report.rto) ? rtoText(report.rto) : 'not measured'
}

/** Seen not to come back; what nobody saw is none of that. */
function isNever(rto: Rto | null): boolean {
  return rto?.recovered === false && rto.bounds === undefined
}

function owed(report: Report, name: ObjectiveName): Pick<MetricRow, 'limit' | 'verdict'> {
  const objective = report.objectives.find(candidate => candidate.name === name)
  if (objective === undefined) return {limit: null, verdict: null}
  return {limit: `at most ${objectiveValue(name, objective.limit)}`, verdict: objectiveVerdict(report, objective)}
}

interface Told {
  /** What is held against the objective; null where none is set. */
  readonly owed: string | null
  readonly note: string
}

/**
 * With trials the body of a report is the last trial's (measure/combine-trials.ts), its objectives and losses are the
 * worst of all: each figure says which it is.
 */
function ofWhich(report: Report, name: ObjectiveName | null, last: string, which = 'last'): Told {
  const objective = report.objectives.find(candidate => candidate.name === name)
  const held = objective === undefined ? null : objectiveActual(report, objective)
  if (report.trials === null) return {owed: held, note: last}
  if (held !== null) return {owed: held, note: 'in the worst trial'}
  return {owed: null, note: last === '' ? `in the ${which} trial` : `in the ${which} trial: ${last}`}
}

/** All rows, most asked for first; none of a refusal, in which nothing was measured. */
export function metricRows(report: Report): readonly MetricRow[] {
  if (report.nature === 'refusal') return []
  return [
    rtoRow(report),
    ...(report.pointInTime === null ? [lostRow(report)] : pointInTimeRows(report, report.pointInTime)),
    unknownRow(report),
    ...errorRows(report),
    ...stallRow(report),
    ...redundancyRow(report),
    ...splitBrainRow(report),
  ]
}

function rtoRow(report: Report): MetricRow {
  const {rto, trials} = report
  const base = {name: objectiveTitle(report, 'rtoMsMax'), ...owed(report, 'rtoMsMax')}
  if (trials !== null)
    return {
      ...base,
      value: trials.rtoMs === null ? 'not measured' : middleText(trials, trials.rtoMs),
      note: spreadNote(trials),
    }
  return {...base, value: rto === null ? wordsOf(report).noRto : rtoText(rto), note: rtoNote(report)}
}

function rtoNote({command, nature, rto, events}: Report): string {
  if (rto !== null && rto.predictedMs !== null)
    return (
      'predicted ' +
      `${formatMs(rto.predictedMs)}${rto.ms === null ? '' : `, it took ${formatRatio(rto.predictedMs, rto.ms)} of that`}`
    )
  if (command === 'drill') return 'from the disaster to the first write through the router'
  return rto === null
    ? ''
    : `no ok write in ${formatShare(rto.unavailableShare)} of the time ${sinceWhat(nature, events)}`
}

/** What the time is counted from, as src/measure does it. */
function sinceWhat(nature: Report['nature'], events: Report['events']): string {
  if (events.some(({kind}) => kind === 'fault.commanded')) return 'after the fault'
  return nature === 'planned' ? 'after the switchover began' : 'since the first of them'
}

/** p95, smallest and largest, of few trials each; and the trials that never came back. */
function spreadNote(trials: TrialSummary): string {
  const never = trials.neverRecovered > 0 ? `${trials.neverRecovered} of ${trials.n} never recovered` : ''
  const unknown = trials.unmeasured === undefined ? '' : `of ${trials.unmeasured} of ${trials.n} it is not known`
  const spread =
    trials.rtoMs === null
      ? ''
      : isFigure(trials)
        ? `p95 ${endlessMs(trials.rtoMs.p95)}, range ${rangeText(trials.rtoMs)}`
        : `${plural(trials.n, 'trial')}, too few for a percentile: ${valuesText(trials)}`
  return [spread, never, unknown].filter(text => text !== '').join('; ')
}

function lostRow(report: Report): MetricRow {
  const {command, rpo, trials} = report
  const {lost, acknowledged} = trials ?? report.writes
  const base = {name: objectiveTitles.lostWritesMax, ...owed(report, 'lostWritesMax')}
  const of = `of ${formatCount(acknowledged)} acknowledged`
  if (trials !== null) return {...base, value: formatCount(lost), note: of}
  if (rpo === null) return {...base, value: 'not measured', note: `${formatCount(acknowledged)} were acknowledged`}
  const span = formatMs(rpo.seconds * 1_000)
  const bytes = rpo.bytes === null ? '' : `, ${formatBytes(rpo.bytes)} of WAL`
  const newest = `${of}: the newest ${span}${bytes}, at ${formatRate(rpo.acknowledgedPerSecond, 'write')}`
  const pinned = rpo.transactions - report.writes.lost
  const own = pinned > 0 ? `; ${formatCount(pinned)} of them of writers pinned to a node` : ''
  const over = `${rpo.transactions > 0 ? `${of}, over ${span}${bytes}` : of}${own}`
  return {...base, value: formatCount(rpo.transactions), note: command === 'drill' ? newest : over}
}

/** Precision is owed whether or not an objective says so. */
function pointInTimeRows(report: Report, {missing, beside, collateral, keptAfter}: PointInTime): readonly MetricRow[] {
  const kept = keptAfter === 0 ? '' : `; ${formatCount(keptAfter)} are there all the same`
  const took = `good writes after it that the point-in-time restore took${kept}`
  const taken = ofWhich(report, 'collateralMax', took, 'worst')
  return [
    {
      name: 'precision',
      value: formatCount(missing),
      limit: 'at most 0',
      verdict: missing === 0 ? 'pass' : 'fail',
      note: ofWhich(
        report,
        null,
        `good writes before the bad statement that are missing; ${formatCount(beside)} were under way beside it`,
        'worst',
      ).note,
    },
    {
      name: objectiveTitles.collateralMax,
      value: taken.owed ?? formatCount(collateral),
      ...owed(report, 'collateralMax'),
      note: taken.note,
    },
  ]
}

function unknownRow(report: Report): MetricRow {
  const {found, absent, unknowable} = report.writes.unknown
  const total = found + absent + unknowable
  const unread = unknowable > 0 ? `, ${formatCount(unknowable)} unknowable` : ''
  const note =
    total === 0 ? '' : `${formatCount(found)} found, ${formatCount(absent)} absent${unread}; ${wordsOf(report).unknown}`
  return {
    name: 'unknown writes',
    value: formatCount(total),
    limit: null,
    verdict: null,
    note: ofWhich(report, null, note).note,
  }
}

/** After a disaster every write fails until the cluster is back, so a drill shows them only where a limit is set. */
function errorRows(report: Report): readonly MetricRow[] {
  const limit = owed(report, 'writeErrorsMax')
  if (report.command === 'drill' && limit.limit === null) return []
  const {failed, unknown, late, acknowledgedLocalOnly} = report.writes
  const local = acknowledgedLocalOnly > 0 ? `; ${formatCount(acknowledgedLocalOnly)} acknowledged by one node only` : ''
  const notes = `${formatCount(failed)} refused${late > 0 ? `, ${formatCount(late)} issued late` : ''}${local}`
  const told = ofWhich(report, 'writeErrorsMax', notes)
  return [
    {
      name: objectiveTitles.writeErrorsMax,
      value: told.owed ?? formatCount(failed + unknown.found + unknown.absent + unknown.unknowable),
      ...limit,
      note: told.note,
    },
  ]
}

function stallRow(report: Report): readonly MetricRow[] {
  const limit = owed(report, 'longestStallMsMax')
  if (limit.limit === null) return []
  const told = ofWhich(report, 'longestStallMsMax', 'longest time without an ok write')
  return [
    {
      name: objectiveTitles.longestStallMsMax,
      value: told.owed ?? formatMs(report.longestStallMs),
      ...limit,
      note: told.note,
    },
  ]
}

function redundancyRow(report: Report): readonly MetricRow[] {
  const name = 'redundancy'
  const spread = report.trials?.timeToRedundancyMs ?? null
  if (spread !== null && report.trials !== null)
    return [
      {
        name,
        value: middleText(report.trials, spread),
        limit: null,
        verdict: null,
        note: isFigure(report.trials) ? `range ${rangeText(spread)}` : '',
      },
    ]
  if (report.rto === null || report.trials !== null) return []
  const ms = report.rto.timeToRedundancyMs
  const {redundant, notRedundant} = wordsOf(report)
  const note = ms === null ? notRedundant : redundant
  return [{name, value: ms === null ? 'not reached' : formatMs(ms), limit: null, verdict: null, note}]
}

function splitBrainRow(report: Report): readonly MetricRow[] {
  const {acknowledgedMs, writableMs, reportedMs, pairs} = report.splitBrain
  if (acknowledgedMs <= 0 && writableMs <= 0 && reportedMs <= 0) return []
  const who = pairs.map(pair => `${pair.a} and ${pair.b}: ${plural(pair.acknowledged, 'write')}`).join('; ')
  const spans = [
    ['acknowledged', acknowledgedMs],
    ['writable', writableMs],
    ['reported', reportedMs],
  ] as const
  const worst = spans.find(([, ms]) => ms > 0) ?? spans[2]
  return [
    {
      name: 'two primaries',
      value: formatMs(worst[1]),
      limit: null,
      verdict: worst[0] === 'acknowledged' ? 'fail' : null,
      note: ofWhich(report, null, `dual-${worst[0]}${who === '' ? '' : `; ${who}`}`).note,
    },
  ]
}

/** Rule of three: none lost in n trials still allows this share; null when some were lost or there was one run only. */
export function ruleOfThree(report: Report): string | null {
  const bound = report.rpo?.upperBound ?? null
  if (report.trials === null || bound === null || report.trials.lost > 0) return null
  if (!isFigure(report.trials)) return `no trial of ${report.trials.n} lost a write: too few to say how often one would`
  return (
    `no trial of ${report.trials.n} lost a write: at most ${formatShare(Math.min(1, bound))} of such faults do ` +
    '(95%, rule of three)'
  )
}
