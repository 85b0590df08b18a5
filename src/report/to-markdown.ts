// The report as Markdown, for a pull request or a CI summary. Invariant: every string from outside goes through
// escapeMarkdown or a fence.
// Not here: which figures there are (metric-rows.ts).
import type {Report} from '../model/report.ts'
import {formatMs} from '../model/time.ts'
import type {Verdict} from '../model/verdict.ts'
import {bar} from './bar.ts'
import {failedSteps, stepText} from './failed-steps.ts'
import {escapeMarkdown, fencedBlock} from './escape-markdown.ts'
import {metricRows, ruleOfThree} from './metric-rows.ts'
import {nextStep, repeatCommand} from './next-step.ts'
import {originFacts} from './origin-facts.ts'
import {printable} from './printable.ts'
import {capitalized, formatShare, plural} from '../model/quantity.ts'
import {restoreFacts} from './restore-facts.ts'
import {endlessMs, explainParts, partsTitle} from './rto-parts.ts'
import {shardFacts} from './shard-facts.ts'
import {setupLines} from './setup-facts.ts'
import {laneLines} from './text-lanes.ts'
import {plainTheme} from './theme.ts'
import {spreadCells, spreadNames} from './trial-spread.ts'

const verdictMarks: Readonly<Record<Verdict, string>> = {pass: '✅ pass', fail: '❌ fail', unknown: '❔ unknown'}

/** A table; cells are escaped here, so callers hand in text. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const rule = head.map((_name, index) => (right.includes(index) ? '---:' : '---'))
  return [head, rule, ...rows.map(row => row.map(escapeMarkdown))].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** The whole document, ending in a newline: what a reviewer reads, and the rest folded. */
export function toMarkdown(report: Report): string {
  const {trials, timeline, warnings} = report
  const first = [
    `## ${verdictMarks[report.verdict]}: ${escapeMarkdown(report.scenario)}`,
    escapeMarkdown(report.summary),
    originText(report),
    controlText(report),
    refusalText(report),
    metricsText(report),
    partsText(report),
    failedSteps(report.events)
      .map(step => `- **step failed** ${escapeMarkdown(stepText(step))}`)
      .join('\n'),
    checksText(report),
    warnings
      .map(
        warning =>
          `- **warning** ${escapeMarkdown(warning.detail)} (${escapeMarkdown(warning.code)}). Next: ` +
          escapeMarkdown(warning.next),
      )
      .join('\n'),
    hintText(report),
  ]
  const rest = [
    trialsText(report),
    ruleOfThree(report) ?? '',
    restoreText(report),
    shardsText(report),
    trials === null && timeline.length > 0
      ? fencedBlock(
          laneLines(report, plainTheme, 100)
            .map(line => line.trimEnd())
            .join('\n'),
        )
      : '',
    passedText(report),
    `**Ran on**: ${setupLines(report).map(escapeMarkdown).join('; ')}`,
    `Run ${escapeMarkdown(report.run)}, started ${escapeMarkdown(report.startedAt)}, seed ${report.seed}. Repeat it:`,
    fencedBlock(printable(repeatCommand(report))),
  ]
  return `${[...first, '<details><summary>Everything else</summary>', ...rest, '</details>'].filter(section => section !== '').join('\n\n')}\n`
}

function originText(report: Report): string {
  return originFacts(report)
    .map(([name, value]) => `**${capitalized(name)}**: ${escapeMarkdown(value)}`)
    .join('  \n')
}

function controlText(report: Report): string {
  if (report.nature !== 'control') return ''
  return (
    'This is a control: it must be rejected, and ' +
    `${report.controlHeld === true ? 'it was, by exactly the checks that must' : 'that did **not** happen as it must'}.`
  )
}

function refusalText({refusal, nature}: Report): string {
  if (refusal === null) return nature === 'refusal' ? 'this restore had to be refused and was **not**.' : ''
  const next = refusal.next.map(step => `- next: ${escapeMarkdown(step)}`).join('\n')
  const refused = `**Refused with ${escapeMarkdown(refusal.code)}**: ${escapeMarkdown(refusal.message)}`
  return next === '' ? refused : `${refused}\n\n${next}`
}

function metricsText(report: Report): string {
  const rows = metricRows(report).map(row => [row.name, row.value, row.limit ?? '', row.verdict ?? '', row.note])
  return rows.length === 0 ? '' : markdownTable(['', 'measured', 'owed', '', ''], rows, [1])
}

function restoreText(report: Report): string {
  const facts = restoreFacts(report)
  return facts.length === 0 ? '' : `**Restored from**\n\n${markdownTable(['', ''], facts)}`
}

function shardsText(report: Report): string {
  const facts = shardFacts(report)
  return facts.length === 0 ? '' : `**Shards**\n\n${markdownTable(['', ''], facts)}`
}

function partsText(report: Report): string {
  const parts = explainParts(report)
  if (report.trials !== null || parts.length === 0) return ''
  const rows = parts.map(part => [
    part.name,
    formatMs(part.ms),
    formatShare(part.share),
    bar(part.share, 12),
    part.note,
  ])
  const title = report.command === 'failover' ? 'Where the outage went' : capitalized(partsTitle(report))
  return `**${title}**\n\n${markdownTable(['part', 'time', 'share', '', ''], rows, [1, 2])}`
}

function trialsText(report: Report): string {
  const {trials} = report
  if (trials === null) return ''
  const spreads = [['RTO', trials.rtoMs] as const, ...Object.entries(trials.parts)]
  const rows = spreads.flatMap(([name, spread]) => (spread === null ? [] : [[name, ...spreadCells(trials, spread)]]))
  const outliers = trials.outliers.map(
    outlier =>
      `- trial ${outlier.trial} is an outlier (${endlessMs(outlier.rtoMs)}): ${escapeMarkdown(outlier.reason)}`,
  )
  const {pass, fail, unknown} = trials.verdicts
  const never = trials.neverRecovered > 0 ? `, **${trials.neverRecovered} never recovered**` : ''
  return [
    `**${plural(trials.n, 'trial')}**: ${pass} pass, ${fail} fail, ${unknown} unknown${never}`,
    markdownTable(
      ['', ...spreadNames(trials)],
      rows,
      spreadNames(trials).map((_, index) => index + 1),
    ),
    outliers.join('\n'),
  ]
    .filter(text => text !== '')
    .join('\n\n')
}

function checksText({checks}: Report): string {
  if (checks.length === 0) return ''
  const rest = checks.filter(({verdict}) => verdict !== 'pass')
  const head = `**Checks**: ${checks.length - rest.length} of ${checks.length} passed`
  return rest.length === 0 ? head : `${head}\n\n${checkTable(rest)}`
}

function passedText({checks}: Report): string {
  const passed = checks.filter(({verdict}) => verdict === 'pass')
  return passed.length === 0 ? '' : checkTable(passed)
}

function checkTable(checks: Report['checks']): string {
  return markdownTable(
    ['', 'check', 'what it saw'],
    checks.map(check => [verdictMarks[check.verdict], check.name, check.detail]),
  )
}

function hintText(report: Report): string {
  const hint = nextStep(report)
  if (hint === null) return ''
  const text = `**Hint**: ${escapeMarkdown(hint.text)}`
  return hint.command === null ? text : `${text}\n\n${fencedBlock(printable(hint.command))}`
}
