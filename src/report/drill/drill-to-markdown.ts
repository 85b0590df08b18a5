// A drill's report as Markdown, for a pull request or a CI summary. Invariant: every string from outside goes through
// escapeMarkdown or a fence.
// Not here: which figures there are (drill-rows.ts).
import type {DrillReport} from '../../model/drill.ts'
import {formatMs} from '../../model/time.ts'
import {bar} from '../bar.ts'
import {escapeMarkdown, fencedBlock} from '../escape-markdown.ts'
import {failedSteps, stepText} from '../failed-steps.ts'
import {printable} from '../printable.ts'
import {formatShare} from '../quantity.ts'
import {setupLines} from '../setup-facts.ts'
import {laneLines} from '../text-lanes.ts'
import {plainTheme} from '../theme.ts'
import {checksText, controlText, markdownTable, verdictMarks} from '../to-markdown.ts'
import {drillCommand, drillHint} from './drill-next-step.ts'
import {explainDrillParts, partsTitle} from './drill-parts.ts'
import {drillRows} from './drill-rows.ts'
import {restoreFacts} from './restore-facts.ts'
import {drillSetUp, markText} from './told-of-drill.ts'

/** The whole document, ending in a newline. */
export function drillToMarkdown(report: DrillReport): string {
  const rows = drillRows(report)
  const facts = restoreFacts(report)
  const sections = [
    `## ${verdictMarks[report.verdict]}: ${escapeMarkdown(report.scenario)}`,
    escapeMarkdown(report.summary),
    controlText(report),
    refusalText(report),
    rows.length === 0
      ? ''
      : markdownTable(
          ['', 'measured', 'owed', '', ''],
          rows.map(row => [row.name, row.value, row.limit ?? '', row.verdict ?? '', row.note]),
          [1],
        ),
    facts.length === 0 ? '' : `**Restored from**\n\n${markdownTable(['', ''], facts)}`,
    partsText(report),
    lanesText(report),
    failedSteps(report.events)
      .map(step => `- **step failed** ${escapeMarkdown(stepText(step))}`)
      .join('\n'),
    checksText(report),
    report.warnings
      .map(
        warning =>
          `- **warning** ${escapeMarkdown(warning.detail)} (${escapeMarkdown(warning.code)}). Next: ${escapeMarkdown(warning.next)}`,
      )
      .join('\n'),
    `**Ran on**: ${setupLines(drillSetUp(report)).map(escapeMarkdown).join('; ')}`,
    `Run ${escapeMarkdown(report.run)}, started ${escapeMarkdown(report.startedAt)}, seed ${report.seed}. Repeat it:`,
    fencedBlock(printable(drillCommand(report))),
    hintText(report),
  ]
  return `${sections.filter(section => section !== '').join('\n\n')}\n`
}

function refusalText({refusal, nature}: DrillReport): string {
  if (refusal === null) return nature === 'refusal' ? 'this restore had to be refused and was **not**.' : ''
  return [
    `**Refused with ${escapeMarkdown(refusal.code)}**: ${escapeMarkdown(refusal.message)}`,
    refusal.next.map(step => `- next: ${escapeMarkdown(step)}`).join('\n'),
  ]
    .filter(text => text !== '')
    .join('\n\n')
}

function partsText(report: DrillReport): string {
  const parts = explainDrillParts(report)
  if (parts.length === 0) return ''
  const title = partsTitle(report)
  const rows = parts.map(part => [
    part.name,
    formatMs(part.ms),
    formatShare(part.share),
    bar(part.share, 12),
    part.note,
  ])
  return `**${title.charAt(0).toUpperCase()}${title.slice(1)}**\n\n${markdownTable(['part', 'time', 'share', '', ''], rows, [1, 2])}`
}

function lanesText(report: DrillReport): string {
  const lanes = laneLines(
    {timeline: report.timeline, roles: []},
    report.marks.map(mark => ({atMs: mark.atMs, text: markText(mark)})),
    plainTheme,
    100,
  )
  return lanes.length === 0 ? '' : fencedBlock(lanes.map(line => line.trimEnd()).join('\n'))
}

function hintText(report: DrillReport): string {
  const hint = drillHint(report)
  if (hint === null) return ''
  const text = `**Hint**: ${escapeMarkdown(hint.text)}`
  return hint.command === null ? text : `${text}\n\n${fencedBlock(printable(hint.command))}`
}
