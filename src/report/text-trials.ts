// Many trials in text: the spread, each trial as a bar, the parts at the median, the outliers with their reason.
// Invariant: a trial that never recovered has a row like every other. Not here: how a distribution is computed
// (src/measure).
import type {TrialSummary} from '../model/report.ts'
import {bar} from './bar.ts'
import {padEnd, padStart, printable, wrap} from './printable.ts'
import {plural} from '../model/quantity.ts'
import {endlessMs} from './rto-parts.ts'
import {verdictPaint, type Theme} from './theme.ts'
import {spreadCells, spreadNames} from './trial-spread.ts'

const rowsMax = 30
const barWidth = 24

/** Lines below the figures of the report. */
export function trialLines(trials: TrialSummary, theme: Theme, columns: number): readonly string[] {
  const {pass, fail, unknown} = trials.verdicts
  const width = columns < 100 ? 16 : barWidth
  const shown = trials.runs.slice(0, rowsMax)
  const more = trials.runs.length - shown.length
  return [
    `  verdicts  ${pass} pass, ${fail} fail, ${unknown} unknown`,
    ...distributionLines(trials),
    `  trials`,
    ...shown.map(run => trialLine(run, trials, theme, width)),
    ...(more > 0 ? [`    and ${plural(more, 'trial')} more in report.json`] : []),
    ...trials.outliers.flatMap(outlier =>
      wrap(
        `trial ${outlier.trial} is an outlier (${endlessMs(outlier.rtoMs)}): ${printable(outlier.reason)}`,
        columns - 9,
      ).map((line, index) => (index === 0 ? `${theme.warn('warning:')} ${line}` : `         ${line}`)),
    ),
  ]
}

function distributionLines(trials: TrialSummary): readonly string[] {
  const head = `  ${padEnd('', 14)}${spreadNames(trials)
    .map(name => padStart(name, 10))
    .join('')}`
  const rows = [
    ['RTO', trials.rtoMs] as const,
    ...Object.entries(trials.parts).map(([name, part]) => [`  ${name}`, part] as const),
  ]
  return [
    head,
    ...rows.flatMap(([name, spread]) =>
      spread === null
        ? []
        : [
            `  ${padEnd(name, 14)}${spreadCells(trials, spread)
              .map(text => padStart(text, 10))
              .join('')}`,
          ],
    ),
  ]
}

function trialLine(run: TrialSummary['runs'][number], trials: TrialSummary, theme: Theme, width: number): string {
  const longest = Math.max(1, ...trials.runs.map(other => other.rtoMs ?? 0))
  const value = run.unmeasured === true ? 'unknown' : endlessMs(run.rtoMs)
  const drawn = run.rtoMs === null ? '┄'.repeat(width) : padEnd(bar(run.rtoMs / longest, width), width)
  const lost = run.lost > 0 ? theme.fail(`  ${plural(run.lost, 'write')} lost`) : ''
  return (
    `    ${padStart(String(run.trial), 3)}  ${padStart(value, 8)}  ${theme.hint(drawn)}  ` +
    `${verdictPaint(theme, run.verdict)(run.verdict)}${lost}`
  )
}
