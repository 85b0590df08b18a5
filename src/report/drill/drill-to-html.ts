// A drill's report as one HTML file: no script, nothing loaded, so it can be mailed and opened years later. Invariant:
// built from markup.ts nodes only.
// Not here: the frame of a page (html-page.ts), charts (svg-drill.ts), which figures there are (drill-rows.ts).
import type {DrillReport} from '../../model/drill.ts'
import {formatMs} from '../../model/time.ts'
import {eventsSection, page, problems, section, titleLine} from '../html-page.ts'
import {checksTable, factsTable, table, tiles, verdictText} from '../html-tables.ts'
import {element, type Child, type Markup} from '../markup.ts'
import {formatCount, formatShare} from '../quantity.ts'
import {hostFacts, loadFacts, settingFacts, versionFacts} from '../setup-facts.ts'
import {drillCommand, drillHint} from './drill-next-step.ts'
import {explainDrillParts, partsTitle} from './drill-parts.ts'
import {
  drillObjectiveActual,
  drillObjectiveTitles,
  drillObjectiveValue,
  drillObjectiveVerdict,
  drillRows,
} from './drill-rows.ts'
import {restoreFacts} from './restore-facts.ts'
import {drillChart, phasesChart} from './svg-drill.ts'
import {drillSetUp} from './told-of-drill.ts'

/** The whole document. */
export function drillToHtml(report: DrillReport): string {
  return page(
    `${report.verdict.toUpperCase()} ${report.scenario}, run ${report.run}`,
    header(report),
    refusalSection(report),
    tilesOf(report),
    problems(report),
    chartSection(report),
    partsSection(report),
    restoreSection(report),
    judgedSection(report),
    section('Operations', countsTable(report)),
    setupSection(report),
    repeatSection(report),
    eventsSection(report),
  )
}

function header(report: DrillReport): Markup {
  const control =
    report.controlHeld === true
      ? 'A control: it must be rejected, and it was, by exactly the checks that must.'
      : 'A control: it must be rejected, and that did not happen as it must.'
  return element(
    'header',
    {},
    titleLine(report),
    element('p', {}, report.summary),
    report.nature === 'control'
      ? element('p', {class: report.controlHeld === true ? 'pass-text' : 'fail-text'}, control)
      : [],
    element('div', {class: 'meta'}, `drill · run ${report.run} · ${report.startedAt} · seed ${report.seed}`),
  )
}

/** Of a refusal the main thing, so it stands first. */
function refusalSection({refusal, nature}: DrillReport): Child {
  if (refusal === null)
    return nature === 'refusal'
      ? section('Not refused', element('p', {class: 'fail-text'}, 'this restore had to be refused and was not.'))
      : []
  return section(
    `Refused with ${refusal.code}`,
    element('p', {}, refusal.message),
    refusal.next.map(step => element('p', {class: 'warning'}, `Next: ${step}`)),
  )
}

function tilesOf(report: DrillReport): Child {
  const rows = drillRows(report)
  return rows.length === 0 ? [] : tiles(rows)
}

function chartSection(report: DrillReport): Child {
  const chart = drillChart(report)
  return chart === null ? [] : section('What happened', chart)
}

function partsSection(report: DrillReport): Child {
  const parts = explainDrillParts(report)
  if (parts.length === 0) return []
  const title = partsTitle(report)
  const rows = parts.map(part => [part.name, formatMs(part.ms), formatShare(part.share), part.note])
  return section(
    `${title.charAt(0).toUpperCase()}${title.slice(1)}`,
    phasesChart(report) ?? [],
    table(
      [
        {name: 'part', className: 'tight'},
        {name: 'time', className: 'num tight'},
        {name: 'share', className: 'num tight'},
        {name: 'what was done'},
      ],
      rows,
    ),
  )
}

function restoreSection(report: DrillReport): Child {
  const facts = restoreFacts(report)
  return facts.length === 0 ? [] : section('Restored from', table([{name: '', className: 'tight'}, {name: ''}], facts))
}

function judgedSection(report: DrillReport): Child {
  const objectives = table(
    [
      {name: 'verdict', className: 'tight'},
      {name: 'objective', className: 'tight'},
      {name: 'at most', className: 'num tight'},
      {name: 'measured'},
    ],
    report.objectives.map(objective => [
      verdictText(drillObjectiveVerdict(report, objective)),
      drillObjectiveTitles[objective.name],
      drillObjectiveValue(objective.name, objective.limit),
      drillObjectiveActual(report, objective),
    ]),
  )
  return section(
    'Objectives and checks',
    report.objectives.length === 0 ? element('p', {class: 'meta'}, 'No objective was set.') : objectives,
    element('h3', {}, 'Checks'),
    checksTable(report),
  )
}

function countsTable({writes}: DrillReport): Markup {
  const counts: readonly (readonly [string, number])[] = [
    ['attempted', writes.attempted],
    ['acknowledged', writes.acknowledged],
    ['failed', writes.failed],
    ['unknown: found', writes.unknown.found],
    ['unknown: absent', writes.unknown.absent],
    ['unknown: unknowable', writes.unknown.unknowable],
    ['lost', writes.lost],
    ['duplicated', writes.duplicated],
    ['phantom', writes.phantom],
  ]
  return element(
    'div',
    {class: 'columns'},
    factsTable(
      'Writes',
      counts.map(([name, count]) => [name, formatCount(count)]),
    ),
  )
}

function setupSection(report: DrillReport): Markup {
  const setUp = drillSetUp(report)
  return section(
    'What it ran on',
    element(
      'div',
      {class: 'columns'},
      factsTable('Settings, as read back from Patroni', settingFacts(setUp)),
      factsTable('Load', loadFacts(setUp)),
      factsTable('Host and versions', [...hostFacts(setUp), ...versionFacts(setUp)]),
    ),
    element(
      'details',
      {},
      element('summary', {}, 'Patroni configuration as it came'),
      element('pre', {}, JSON.stringify(report.config.patroni, null, 2)),
    ),
  )
}

function repeatSection(report: DrillReport): Markup {
  const hint = drillHint(report)
  return section(
    'Repeat it',
    element('pre', {}, drillCommand(report)),
    hint === null
      ? []
      : [element('p', {}, `Next: ${hint.text}`), hint.command === null ? [] : element('pre', {}, hint.command)],
    Object.keys(report.files).length === 0 ? [] : factsTable('Files', Object.entries(report.files)),
  )
}
