// Budgets and trends in words, the same for text and HTML. PURE. Not here: layout (slo-text.ts, slo-html.ts).
import type {RtoSeen, SloName, SloReport, SloResult, Trend} from '../model/stored-figures.ts'
import {formatMs} from '../model/time.ts'
import {formatCount, formatRatio, formatShare, plural} from '../model/quantity.ts'

const titles: Readonly<Record<SloName, string>> = {
  availability: 'writes succeed',
  rto: 'back within the RTO',
  rpo: 'lost within the RPO',
}

export const sloColumns = ['OBJECTIVE', 'TARGET', 'GOOD', 'BAD', 'UNKNOWN', 'SPENT', 'OF'] as const

/** In the order of sloColumns. */
export function sloCells(slo: SloResult): readonly string[] {
  const {name, target, good, bad, unknown, spent, allowed, isLeast} = slo
  const share = allowed === 0 ? '' : ` (${isLeast ? 'at least ' : ''}${formatShare(spent / allowed)})`
  const amount = (value: number): string => (slo.unit === 'ms' ? formatMs(value) : runsText(value))
  return [
    titles[name],
    targetText(target),
    ...[good, bad, unknown].map(formatCount),
    `${isLeast && allowed === 0 ? 'at least ' : ''}${amount(spent)}${share}`,
    amount(allowed),
  ]
}

/** A budget of runs is a share of them, so rarely a whole number. */
const runsText = (runs: number): string =>
  Number.isInteger(runs) ? plural(runs, 'run') : `${Math.round(runs * 100) / 100} runs`

/** 0.999 -> `99.9%`, whatever digits it has. */
export const targetText = (share: number): string => `${Math.round(share * 1e8) / 1e6}%`

export function countedText({counted, leftOut, from, to}: SloReport): string {
  const out = leftOut === 0 ? '' : `; ${plural(leftOut, 'control or refusal', 'controls and refusals')} left out`
  return `${plural(counted, 'run')} from ${dayOf(from)} to ${dayOf(to)}${out}`
}

const dayOf = (iso: string): string => iso.slice(0, 10)

export function rtoSeenText(rto: RtoSeen): string {
  if (rto.kind === 'never') return 'never'
  if (rto.kind === 'measured') return formatMs(rto.ms)
  if (rto.bounds === null) return 'unknown'
  const {leastMs, mostMs} = rto.bounds
  return mostMs === null ? `unknown, at least ${formatMs(leastMs)}` : `${formatMs(leastMs)} .. ${formatMs(mostMs)}`
}

export const trendColumns = [
  'SCENARIO',
  'THROUGH',
  'RUNS',
  'NEVER',
  'UNKNOWN',
  'LAST',
  'OLDER HALF',
  'NEWER HALF',
  'RATIO',
  'LOST',
] as const

/** In the order of trendColumns. */
export function trendCells({scenario, through, points, never, unknown, halves, lost}: Trend): readonly string[] {
  const last = points.at(-1)
  return [
    scenario,
    through,
    ...[points.length, never, unknown].map(formatCount),
    last === undefined ? '-' : rtoSeenText(last.rto),
    ...(halves === null ? ['-', '-', '-'] : halfCells(halves)),
    formatCount(lost),
  ]
}

function halfCells({earlier, later}: NonNullable<Trend['halves']>): readonly string[] {
  const isBoth = earlier.kind === 'measured' && later.kind === 'measured'
  return [rtoSeenText(earlier), rtoSeenText(later), isBoth ? formatRatio(earlier.ms, later.ms) : '-']
}
