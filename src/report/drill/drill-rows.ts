// The figures of a drill, each with the objective it is held against. Text, Markdown and HTML show these same rows.
// Invariant: a figure that was not measured is never shown as zero or as met. Not here: layout.
import type {DrillReport} from '../../model/drill.ts'
import {formatMs} from '../../model/time.ts'
import type {Verdict} from '../../model/verdict.ts'
import type {MetricRow} from '../metric-rows.ts'
import {formatBytes, formatCount, formatRatio} from '../quantity.ts'

type Objective = DrillReport['objectives'][number]

export const drillObjectiveTitles: Readonly<Record<Objective['name'], string>> = {
  rtoMsMax: 'RTO',
  lostWritesMax: 'lost writes',
  collateralMax: 'collateral',
}

/** What an objective's number looks like: durations end in Ms. */
export function drillObjectiveValue(name: Objective['name'], value: number): string {
  return name === 'rtoMsMax' ? formatMs(value) : formatCount(value)
}

/** Not met, and nothing measured: unknown, unless it never recovered, which no limit allows. */
export function drillObjectiveVerdict({rto}: Pick<DrillReport, 'rto'>, {name, actual, met}: Objective): Verdict {
  if (met) return 'pass'
  return actual === null && !(name === 'rtoMsMax' && rto?.recovered === false) ? 'unknown' : 'fail'
}

/** What was measured against an objective, in words. */
export function drillObjectiveActual({rto}: Pick<DrillReport, 'rto'>, {name, actual}: Objective): string {
  if (actual !== null) return drillObjectiveValue(name, actual)
  return name === 'rtoMsMax' && rto?.recovered === false ? 'never recovered' : 'not measured'
}

/** All rows, most asked for first; none of a refusal, in which nothing was measured. */
export function drillRows(report: DrillReport): readonly MetricRow[] {
  if (report.nature === 'refusal') return []
  return [rtoRow(report), ...writeRows(report), unknownRow(report), ...redundancyRow(report)]
}

function owed(report: DrillReport, name: Objective['name']): Pick<MetricRow, 'limit' | 'verdict'> {
  const objective = report.objectives.find(candidate => candidate.name === name)
  if (objective === undefined) return {limit: null, verdict: null}
  return {
    limit: `at most ${drillObjectiveValue(name, objective.limit)}`,
    verdict: drillObjectiveVerdict(report, objective),
  }
}

/** `12.00 s`, `never recovered`, or that no disaster came. */
export function drillRtoText({rto}: Pick<DrillReport, 'rto'>): string {
  if (rto === null) return 'not measured'
  return rto.ms === null ? 'never recovered' : formatMs(rto.ms)
}

function rtoRow(report: DrillReport): MetricRow {
  const {rto} = report
  const predictedMs = rto?.predictedMs ?? null
  const ms = rto?.ms ?? null
  const note =
    predictedMs === null
      ? 'from the disaster to the first write through the router'
      : `predicted ${formatMs(predictedMs)}${ms === null ? '' : `, it took ${formatRatio(predictedMs, ms)} of that`}`
  return {name: drillObjectiveTitles.rtoMsMax, value: drillRtoText(report), ...owed(report, 'rtoMsMax'), note}
}

function writeRows(report: DrillReport): readonly MetricRow[] {
  if (report.rewind !== null) return rewindRows(report, report.rewind)
  const base = {name: drillObjectiveTitles.lostWritesMax, ...owed(report, 'lostWritesMax')}
  const {rpo, writes} = report
  if (rpo === null)
    return [{...base, value: 'not measured', note: `${formatCount(writes.acknowledged)} were acknowledged`}]
  const bytes = rpo.bytes === null ? '' : `, ${formatBytes(rpo.bytes)} of WAL`
  return [
    {
      ...base,
      value: formatCount(rpo.transactions),
      note: `of ${formatCount(writes.acknowledged)} acknowledged: the newest ${formatMs(rpo.seconds * 1_000)}${bytes}, at ${rpo.acknowledgedPerSecond} writes/s`,
    },
  ]
}

/** Precision is owed whether or not an objective says so. */
function rewindRows(
  report: DrillReport,
  {missing, beside, collateral, keptAfter}: NonNullable<DrillReport['rewind']>,
): readonly MetricRow[] {
  const kept = keptAfter === 0 ? '' : `; ${formatCount(keptAfter)} are there all the same`
  return [
    {
      name: 'precision',
      value: formatCount(missing),
      limit: 'at most 0',
      verdict: missing === 0 ? 'pass' : 'fail',
      note: `good writes before the bad statement that are missing; ${formatCount(beside)} were under way beside it`,
    },
    {
      name: drillObjectiveTitles.collateralMax,
      value: formatCount(collateral),
      ...owed(report, 'collateralMax'),
      note: `good writes after it that the rewind took${kept}`,
    },
  ]
}

function unknownRow({writes}: DrillReport): MetricRow {
  const {found, absent, unknowable} = writes.unknown
  const total = found + absent + unknowable
  const unread = unknowable > 0 ? `, ${formatCount(unknowable)} unknowable` : ''
  return {
    name: 'unknown writes',
    value: formatCount(total),
    limit: null,
    verdict: null,
    note:
      total === 0
        ? ''
        : `${formatCount(found)} found, ${formatCount(absent)} absent${unread}; nobody was promised these`,
  }
}

function redundancyRow({rto}: DrillReport): readonly MetricRow[] {
  if (rto === null) return []
  const ms = rto.timeToRedundancyMs
  return [
    {
      name: 'redundancy',
      value: ms === null ? 'not reached' : formatMs(ms),
      limit: null,
      verdict: null,
      note: ms === null ? 'not before the drill ended' : 'until all standbys of the restored cluster streamed',
    },
  ]
}
