// Trials whose RTO stands apart from the others, and what sets them apart. Invariant: an outlier is shown, never
// removed; its reason claims no more than the report shows.
import type {Report, TrialSummary} from '../model/report.ts'
import type {RtoPartName} from '../model/rto.ts'
import {formatMs} from '../model/time.ts'
import {starvedBy} from './host.ts'
import {ascending, percentile} from './stats.ts'

/** Tukey's fences, quartiles by nearest rank. */
const fenceFactor = 1.5
/** With fewer trials the quartiles are single trials and everything stands apart. */
const trialsMin = 5

/**
 * Trials (numbered from 1) outside 1.5 times the interquartile range of the trials that recovered, and every trial that
 * never did.
 */
export function outliersOf(reports: readonly Report[]): TrialSummary['outliers'] {
  const finite = ascending(
    reports.flatMap(report => (report.rto?.recovered === true && report.rto.ms !== null ? [report.rto.ms] : [])),
  )
  const low = percentile(finite, 0.25) ?? 0
  const high = percentile(finite, 0.75) ?? 0
  const reach = finite.length < trialsMin ? Infinity : fenceFactor * (high - low)
  return reports.flatMap((report, index): TrialSummary['outliers'] => {
    const {rto} = report
    if (rto === null || rto.bounds !== undefined) return []
    if (rto.ms === null) return [{trial: index + 1, rtoMs: null, reason: join(['never recovered', starved(report)])}]
    return rto.ms < low - reach || rto.ms > high + reach
      ? [{trial: index + 1, rtoMs: rto.ms, reason: reasonOf(report, reports)}]
      : []
  })
}

/** The part that is furthest from its median over all trials, and whether the host starved. */
function reasonOf(report: Report, reports: readonly Report[]): string {
  const differences = (report.rto?.parts ?? []).map(({name, ms}) => ({name, ms: ms - medianOf(name, reports)}))
  const furthest = differences.reduce<{name: RtoPartName; ms: number} | null>(
    (most, part) => (most === null || Math.abs(part.ms) > Math.abs(most.ms) ? part : most),
    null,
  )
  const part =
    furthest === null
      ? null
      : `${furthest.name} ${formatMs(Math.abs(furthest.ms))} ${furthest.ms < 0 ? 'shorter' : 'longer'} than in the middle trial`
  return join([part ?? 'no part explains it', starved(report)])
}

function medianOf(name: RtoPartName, reports: readonly Report[]): number {
  const values = reports.flatMap(report =>
    report.rto === null || report.rto.ms === null ? [] : [report.rto.parts.find(part => part.name === name)?.ms ?? 0],
  )
  return percentile(ascending(values), 0.5) ?? 0
}

function starved(report: Report): string | null {
  const by = starvedBy(report.host)
  return by === null ? null : `the host starved: ${by}`
}

function join(reasons: readonly (string | null)[]): string {
  return reasons.filter(reason => reason !== null).join('; ')
}
