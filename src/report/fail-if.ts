// Conditions under which a comparison fails, for CI: `rto.p50>1.2x` holds when b's median RTO is more than 1.2 times
// a's, `lost>0` when b lost a write. PURE. Invariant: what was not measured is neither met nor unmet.
import {HlError} from '../model/errors.ts'
import type {Distribution, Report} from '../model/report.ts'
import {formatMs, parseDurationMs} from '../model/time.ts'
import type {Verdict} from '../model/verdict.ts'
import {formatCount} from '../model/quantity.ts'

/** null: not measured. Never recovered is infinity. */
type Figure = (report: Report) => number | null
type Rank = keyof Distribution

const ranks: readonly Rank[] = ['min', 'p50', 'p95', 'max']

/** Of one run every rank is its value. */
const rank =
  (one: Figure, spread: (report: Report) => Distribution | null) =>
  (name: Rank): Figure =>
  report => {
    if (report.trials === null) return one(report)
    const found = spread(report)
    return found === null ? null : (found[name] ?? Infinity)
  }

const rtoOf = rank(
  ({rto}) => (rto === null || rto.bounds !== undefined ? null : rto.recovered ? rto.ms : Infinity),
  ({trials}) => trials?.rtoMs ?? null,
)
const redundancyOf = rank(
  ({rto}) => rto?.timeToRedundancyMs ?? null,
  ({trials}) => trials?.timeToRedundancyMs ?? null,
)

const durations: Readonly<Record<string, Figure>> = {
  ...Object.fromEntries(ranks.map(name => [`rto.${name}`, rtoOf(name)])),
  ...Object.fromEntries(ranks.map(name => [`redundancy.${name}`, redundancyOf(name)])),
  stall: ({longestStallMs}) => longestStallMs,
}
const counts: Readonly<Record<string, Figure>> = {
  'lost': report => (report.trials ?? report.writes).lost,
  'failed-writes': ({writes}) => writes.failed,
}

/** What conditions may be about. */
export const conditionFigures: readonly string[] = [...Object.keys(durations), ...Object.keys(counts)]

export interface Condition {
  readonly text: string
  readonly figure: string
  /** Of a's figure, or in its own unit: ms, or a count. */
  readonly limit: {readonly times: number} | {readonly value: number}
}

/** USAGE naming what may be asked. */
export function parseCondition(text: string): Condition {
  const [, figure = '', bound = ''] = /^\s*([a-z0-9.-]+)\s*>\s*(\S+)\s*$/.exec(text) ?? []
  const times = /^(\d+(?:\.\d+)?)x$/.exec(bound)?.[1]
  const value = figure in durations ? parseDurationMs(bound) : /^\d+$/.test(bound) ? Number(bound) : null
  if (!conditionFigures.includes(figure) || (times === undefined && value === null))
    throw new HlError('USAGE', `--fail-if ${text} is no condition`, {
      next: [
        `write figure>limit, the figure one of ${conditionFigures.join(', ')}`,
        "the limit as a multiple of the other run's (1.2x), or as a duration (30s), or of counts as a number",
      ],
    })
  return {text, figure, limit: times === undefined ? {value: value ?? 0} : {times: Number(times)}}
}

export interface Judged {
  readonly condition: string
  /** fail: it holds. unknown: a figure was not measured. */
  readonly verdict: Verdict
  readonly detail: string
}

/** b against the limit, of a where it is a multiple. */
export function judgeCondition({text, figure, limit}: Condition, a: Report, b: Report): Judged {
  const of = durations[figure] ?? counts[figure]
  const show = figure in durations ? formatMs : formatCount
  const [before, now] = [of?.(a) ?? null, of?.(b) ?? null]
  const most = 'value' in limit ? limit.value : before === null ? null : before * limit.times
  if (now === null || most === null || Number.isNaN(most))
    return {condition: text, verdict: 'unknown', detail: `${figure} was not measured in ${now === null ? 'b' : 'a'}`}
  const detail = `${figure} is ${show(now)}, at most ${show(most)}`
  return {condition: text, verdict: now > most ? 'fail' : 'pass', detail}
}
