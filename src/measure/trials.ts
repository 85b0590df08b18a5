// Several runs of one scenario as a distribution. Invariant: no trial is dropped: one that never recovered counts as
// infinity, stored as null.
// Not here: why a trial stands out (outliers.ts).
import {recoveryPhaseNames} from '../model/recovery-record.ts'
import type {Distribution, Report, TrialCurve, TrialSummary} from '../model/report.ts'
import type {Rto, RtoPartName} from '../model/rto.ts'
import type {RunEvent} from '../model/run-event.ts'
import type {Verdict} from '../model/verdict.ts'
import {outliersOf} from './outliers.ts'
import {ascending, percentile, ruleOfThree} from './stats.ts'

/**
 * Trials are numbered from 1 in the order given. Percentiles by nearest rank over all trials, so with fewer than 20
 * trials p95 is the maximum.
 */
export function summarizeTrials(reports: readonly Report[]): TrialSummary {
  const rtos = reports.flatMap(({rto}) => (rto === null || rto.bounds !== undefined ? [] : [rto]))
  const unmeasured = reports.filter(isUnmeasured).length
  return {
    n: reports.length,
    rtoMs: distribution(rtos.map(rtoMs)),
    parts: partsOf(rtos),
    timeToRedundancyMs: distribution(rtos.map(rto => rto.timeToRedundancyMs ?? Infinity)),
    verdicts: countVerdicts(reports.map(report => report.verdict)),
    neverRecovered: rtos.filter(rto => !rto.recovered).length,
    ...(unmeasured === 0 ? {} : {unmeasured}),
    lost: sum(reports.map(lostIn)),
    acknowledged: sum(reports.map(report => report.writes.acknowledged)),
    outliers: outliersOf(reports),
    runs: reports.map((report, index) => ({
      run: report.run,
      trial: index + 1,
      verdict: report.verdict,
      rtoMs: isUnmeasured(report) ? null : (report.rto?.ms ?? (report.rto === null ? 0 : null)),
      ...(isUnmeasured(report) ? {unmeasured: true as const} : {}),
      lost: lostIn(report),
      startedAt: report.startedAt,
      ...curveOf(report),
    })),
  }
}

/** Nothing to lay over the others where nothing was disturbed, or nothing recorded over time. */
function curveOf({events, rto, timeline}: Report): {readonly curve?: TrialCurve} {
  const [first] = timeline
  const zeroMs = disturbance(events)?.atMs ?? rto?.outages[0]?.fromMs
  if (first === undefined || zeroMs === undefined) return {}
  return {curve: {fromMs: Math.round(first.atMs - zeroMs), writesOk: timeline.map(({writesOk}) => writesOk)}}
}

/** The first fault or disaster that was commanded. */
function disturbance(events: Report['events']): RunEvent | undefined {
  return events.find(({kind}) => kind === 'fault.commanded' || kind === 'disaster.commanded')
}

/** With what pinned writers lost; of a point-in-time restore what is missing. */
function lostIn({rpo, writes}: Report): number {
  return rpo?.transactions ?? writes.lost
}

/** Nothing written, or a part not seen. A run in which nothing was disturbed and nothing stopped has no RTO to see. */
function isUnmeasured({rto, writes}: Report): boolean {
  return rto === null ? writes.attempted === 0 : rto.bounds !== undefined
}

/**
 * Upper bound at 95 % of the share of trials that lose something, when none did (rule of three); null when some did.
 * Trials that could not be judged are no trials here.
 */
export function lossUpperBound(reports: readonly Report[]): number | null {
  if (reports.some(({rpo}) => rpo !== null && rpo.transactions > 0)) return null
  return ruleOfThree(reports.filter(({rpo, verdict}) => verdict !== 'unknown' && rpo?.upperBound != null).length)
}

/** One order for both: a failover elects and promotes where a recovery starts and replays. */
const partOrder: readonly RtoPartName[] = [
  'before-fault',
  'shutdown',
  ...recoveryPhaseNames.slice(0, recoveryPhaseNames.indexOf('promote')),
  'held',
  'elect',
  ...recoveryPhaseNames.slice(recoveryPhaseNames.indexOf('promote')),
  'restart',
  'sync-wait',
  'reroute',
  'unattributed',
]

/** Infinity for a run that never recovered. */
function rtoMs(rto: Rto): number {
  return rto.recovered && rto.ms !== null ? rto.ms : Infinity
}

/** Nearest rank; null for no values at all. Infinity becomes null within. */
export function distribution(values: readonly number[]): Distribution | null {
  const sorted = ascending(values)
  if (sorted.length === 0) return null
  const at = (share: number): number | null => {
    const value = percentile(sorted, share)
    return value !== null && Number.isFinite(value) ? value : null
  }
  return {min: at(0), p50: at(0.5), p95: at(0.95), max: at(1)}
}

/**
 * Over the trials that recovered from an outage with parts: a part that a trial does not have took 0 ms there. In the
 * order in which they follow each other, what is unattributed last.
 */
function partsOf(rtos: readonly Rto[]): TrialSummary['parts'] {
  const withParts = rtos.filter(rto => rto.recovered && rto.parts.length > 0)
  const names = new Set(withParts.flatMap(rto => rto.parts.map(({name}) => name)))
  const found: Partial<Record<RtoPartName, Distribution>> = {}
  for (const name of [...names].toSorted((a, b) => partOrder.indexOf(a) - partOrder.indexOf(b))) {
    const of = distribution(withParts.map(rto => rto.parts.find(part => part.name === name)?.ms ?? 0))
    if (of !== null) found[name] = of
  }
  return found
}

function countVerdicts(verdicts: readonly Verdict[]): Readonly<Record<Verdict, number>> {
  const count = (wanted: Verdict): number => verdicts.filter(verdict => verdict === wanted).length
  return {pass: count('pass'), fail: count('fail'), unknown: count('unknown')}
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
