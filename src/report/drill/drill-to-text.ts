// A drill's report for a terminal, and for a pipe: one screen. Invariant: understandable without colour; every string
// from outside is made printable.
// Not here: which figures there are (drill-rows.ts), the blocks of lines (text-blocks.ts), the lanes (text-lanes.ts).
import type {DrillReport} from '../../model/drill.ts'
import {failedSteps, stepText} from '../failed-steps.ts'
import {setupLines} from '../setup-facts.ts'
import {
  checkLines,
  controlLines,
  fileLines,
  headline,
  hintLines,
  labelled,
  metricLines,
  partBars,
  summary,
  warningLines,
} from '../text-blocks.ts'
import {laneLines} from '../text-lanes.ts'
import type {Theme} from '../theme.ts'
import type {TextOptions} from '../to-text.ts'
import {drillHint} from './drill-next-step.ts'
import {explainDrillParts, partsTitle} from './drill-parts.ts'
import {drillRows} from './drill-rows.ts'
import {restoreFacts} from './restore-facts.ts'
import {drillSetUp, markText} from './told-of-drill.ts'

/** The final report, ending in a newline. */
export function drillToText(report: DrillReport, theme: Theme, options: TextOptions): string {
  const columns = Math.max(60, options.columns)
  const lines = [
    headline(report, '', theme, columns),
    ...summary(report.summary, theme, columns),
    ...(report.nature === 'control' ? controlLines(report.controlHeld, theme, columns) : []),
    ...refusalLines(report, theme, columns),
    ...metricLines(drillRows(report), theme, columns),
    ...restoreFacts(report).flatMap(([name, value]) => labelled(name, value, columns)),
    ...checkLines(report.checks, theme, columns),
    ...failedSteps(report.events)
      .flatMap(step => labelled('step', `failed: ${stepText(step)}`, columns))
      .map(theme.fail),
    ...partLines(report, theme, columns),
    ...laneLines(
      {timeline: report.timeline, roles: []},
      report.marks.map(mark => ({atMs: mark.atMs, text: markText(mark)})),
      theme,
      columns,
    ),
    ...setupLines(drillSetUp(report))
      .flatMap((line, index) => labelled(index === 0 ? 'setup' : '', line, columns))
      .map(theme.dim),
    ...report.warnings.flatMap(warning => warningLines(warning, theme, columns)),
    ...hintLines(drillHint(report), theme, columns),
    ...fileLines(report),
  ]
  return `${lines.map(line => line.trimEnd()).join('\n')}\n`
}

/** What hl refused, why, and what to do: of a refusal the main thing. */
function refusalLines({refusal, nature}: DrillReport, theme: Theme, columns: number): readonly string[] {
  if (refusal === null)
    return nature === 'refusal' ? labelled('refused', 'no: the restore was not refused', columns).map(theme.fail) : []
  const [head, ...more] = labelled('refused', `${refusal.code}: ${refusal.message}`, columns)
  const paint = nature === 'refusal' ? theme.strong : theme.fail
  return [
    paint(head ?? ''),
    ...more,
    ...refusal.next.flatMap((step, index) => labelled(index === 0 ? 'next' : '', step, columns)).map(theme.hint),
  ]
}

function partLines(report: DrillReport, theme: Theme, columns: number): readonly string[] {
  const parts = explainDrillParts(report)
  return parts.length === 0 ? [] : [`  ${partsTitle(report)}`, ...partBars(parts, theme, columns)]
}
