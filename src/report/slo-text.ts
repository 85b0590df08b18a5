// Budgets and trends as text. PURE. Not here: what cells say (slo-rows.ts), tables of a terminal (cli/view).
import type {SloReport, Trend} from '../model/stored-figures.ts'
import {formatMs} from '../model/time.ts'
import {padEnd, padStart, printable} from './printable.ts'
import {formatCount, plural} from '../model/quantity.ts'
import {countedText, sloCells, sloColumns, trendCells, trendColumns} from './slo-rows.ts'
import {sparkline} from './sparkline.ts'
import {verdictPaint, type Theme} from './theme.ts'

/** Ends without a line break. */
export function sloText(report: SloReport, theme: Theme): string {
  const {objectives, scenarios, verdict} = report
  const verdicts = objectives.map(slo => verdictPaint(theme, slo.verdict)(slo.verdict))
  const [head = '', ...lines] = columns([sloColumns, ...objectives.map(sloCells)], 1)
  return [
    `${verdictPaint(theme, verdict)(verdict.toUpperCase())}  ${countedText(report)}`,
    '',
    theme.dim(head),
    ...lines.map((line, index) => `${line}  ${verdicts[index] ?? ''}`),
    ...(scenarios.length === 0 ? [] : ['', 'what it was spent on']),
    ...scenarios.map(
      ({scenario, runs, unknown, outageMs, lost}) =>
        `  ${printable(scenario)}: ${plural(runs, 'run')}${unknown === 0 ? '' : `, ${formatCount(unknown)} unknown`}, ` +
        `${formatMs(outageMs)} without writes, ${plural(lost, 'write')} lost`,
    ),
  ].join('\n')
}

/** A line for each scenario and access path, and below it the RTO of each of its runs. */
export function trendText(trends: readonly Trend[], theme: Theme): string {
  const [head = '', ...lines] = columns([trendColumns, ...trends.map(trendCells)], 2)
  return [theme.dim(head), ...lines.flatMap((line, index) => [line, ...sparkLines(trends[index])])].join('\n')
}

/** Oldest first; what is not known is a blank, what never ended an exclamation mark. */
function sparkLines(trend: Trend | undefined): readonly string[] {
  if (trend === undefined || trend.points.length < 2) return []
  const measured = trend.points.map(({rto}) => (rto.kind === 'measured' ? rto.ms : null))
  const max = Math.max(0, ...measured.filter(ms => ms !== null))
  const marks = trend.points.map(({rto}, index) =>
    rto.kind === 'never' ? '!' : sparkline([measured[index] ?? null], max),
  )
  return [`  ${marks.join('')}  highest ${formatMs(max)}`]
}

/** Cells below each other; those after the first `leftMost` to the right. */
function columns(rows: readonly (readonly string[])[], leftMost: number): readonly string[] {
  const clean = rows.map(row => row.map(printable))
  const widths = (clean[0] ?? []).map((_, at) => Math.max(...clean.map(row => (row[at] ?? '').length)))
  return clean.map(row =>
    row
      .map((cell, at) => (at < leftMost ? padEnd(cell, widths[at] ?? 0) : padStart(cell, widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
