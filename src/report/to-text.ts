// The report for a terminal, and for a pipe: one screen. Invariant: understandable without colour; every string from
// outside is made printable.
// Not here: which figures there are (metric-rows.ts), the blocks of lines (text-blocks.ts), the lanes (text-lanes.ts),
// many trials (text-trials.ts).
import type {Report} from '../model/report.ts'
import {metricRows, ruleOfThree} from './metric-rows.ts'
import {nextStep} from './next-step.ts'
import {originFacts} from './origin-facts.ts'
import {plural} from '../model/quantity.ts'
import {restoreFacts} from './restore-facts.ts'
import {explainParts, partsTitle, probesText} from './rto-parts.ts'
import {failedSteps, stepText} from './failed-steps.ts'
import {shardFacts} from './shard-facts.ts'
import {setupLines} from './setup-facts.ts'
import {
  checkLines,
  controlLines,
  fileLines,
  headline,
  hintLines,
  labelled,
  metricLines,
  partBars,
  refusalLines,
  summary,
  warningLines,
} from './text-blocks.ts'
import {laneLines} from './text-lanes.ts'
import {trialLines} from './text-trials.ts'
import type {Theme} from './theme.ts'

export interface TextOptions {
  /** Width of the terminal; lines are kept below it where they can be. */
  readonly columns: number
}

/** The final report, ending in a newline. */
export function toText(report: Report, theme: Theme, options: TextOptions): string {
  const columns = Math.max(60, options.columns)
  const lines = [
    headline(report, report.trials === null ? '' : `${plural(report.trials.n, 'trial')}  `, theme, columns),
    ...summary(report.summary, theme, columns),
    ...originFacts(report).flatMap(([name, value]) => labelled(name, value, columns)),
    ...(report.nature === 'control' ? controlLines(report.controlHeld, theme, columns) : []),
    ...refusalLines(report, theme, columns),
    ...metricLines(metricRows(report), theme, columns),
    ...shardFacts(report).flatMap(([name, value]) => labelled(name, value, columns)),
    ...restoreFacts(report).flatMap(([name, value]) => labelled(name, value, columns)),
    ...checkLines(report.checks, theme, columns),
    ...failedSteps(report.events)
      .flatMap(step => labelled('step', `failed: ${stepText(step)}`, columns))
      .map(theme.fail),
    ...(report.trials === null ? partLines(report, theme, columns) : trialLines(report.trials, theme, columns)),
    ...labelled('bound', ruleOfThree(report), columns),
    ...(report.trials === null ? laneLines(report, theme, columns) : []),
    ...setupLines(report)
      .flatMap((line, index) => labelled(index === 0 ? 'setup' : '', line, columns))
      .map(theme.dim),
    ...report.warnings.flatMap(warning => warningLines(warning, theme, columns)),
    ...hintLines(nextStep(report), theme, columns),
    ...fileLines(report),
  ]
  return `${lines.map(line => line.trimEnd()).join('\n')}\n`
}

function partLines(report: Report, theme: Theme, columns: number): readonly string[] {
  const parts = explainParts(report)
  if (parts.length === 0) return []
  const probes = probesText(report)
  return [
    `  ${partsTitle(report)}${probes === null ? '' : theme.dim(`  (${probes})`)}`,
    ...partBars(parts, theme, columns),
  ]
}
