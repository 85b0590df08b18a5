// The report as one HTML file: no script, nothing loaded, so it can be mailed and opened years later. Invariant: built
// from markup.ts nodes only; its Content-Security-Policy forbids everything but its own style. Not here: the frame of a
// page (html-page.ts), tables (html-tables.ts), charts (svg-*.ts).
import type {Report} from '../model/report.ts'
import {chart, eventsSection, page, problems, section, titleLine} from './html-page.ts'
import {noLinks, readingSection, wordsSection, type PageLinks} from './html-reading.ts'
import {
  checksTables,
  countsTables,
  factsTable,
  objectivesTable,
  partsTable,
  table,
  tiles,
  trialsTables,
} from './html-tables.ts'
import {element, type Child, type Markup} from './markup.ts'
import {metricRows, ruleOfThree} from './metric-rows.ts'
import {nextStep, repeatCommand} from './next-step.ts'
import {originFacts} from './origin-facts.ts'
import {capitalized, plural} from '../model/quantity.ts'
import {restoreFacts} from './restore-facts.ts'
import {explainParts, partsTitle, probesText} from './rto-parts.ts'
import {shardFacts} from './shard-facts.ts'
import {hostFacts, loadFacts, settingFacts, versionFacts} from './setup-facts.ts'
import {overlayChart} from './svg-overlay.ts'
import {partsBar, trialsStrip} from './svg-parts.ts'
import {phasesChart} from './svg-phases.ts'
import {runChart} from './svg-run.ts'
import {accessPathText} from './access-path.ts'

/** The whole document; `links`: from where it will lie. */
export function toHtml(report: Report, links: PageLinks = noLinks): string {
  const title = `${report.verdict.toUpperCase()} ${report.scenario}, run ${report.run}`
  const said = sections(report, links)
  return page(title, said, wordsSection(element('main', {}, said)))
}

function sections(report: Report, links: PageLinks): readonly Child[] {
  return [
    header(report),
    refusalSection(report),
    tilesOf(report),
    problems(report),
    trialsSection(report),
    runSection(report),
    partsSection(report),
    restoreSection(report),
    shardsSection(report),
    judgedSection(report),
    section(report.trials === null ? 'Operations' : 'Operations of the last trial', countsTables(report)),
    setupSection(report),
    repeatSection(report),
    readingSection(report, links),
    eventsSection(report),
  ]
}

function header(report: Report): Markup {
  const trials = report.trials === null ? '' : ` · ${plural(report.trials.n, 'trial')}`
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
    originFacts(report).map(([name, value]) => element('div', {class: 'meta'}, `${name}: ${value}`)),
    element(
      'div',
      {class: 'meta'},
      `run ${report.run} · ${report.startedAt} · seed ${report.seed}${trials} · through ${accessPathText(report)}`,
    ),
  )
}

/** Of a run that owes a refusal the main thing, so it stands first. */
function refusalSection({refusal, nature}: Report): Child {
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

function tilesOf(report: Report): Child {
  const rows = metricRows(report)
  return rows.length === 0 ? [] : tiles(rows)
}

function trialsSection(report: Report): Child {
  const {trials} = report
  if (trials === null) return []
  const {pass, fail, unknown} = trials.verdicts
  const limit = report.objectives.find(objective => objective.name === 'rtoMsMax')?.limit ?? null
  const bound = ruleOfThree(report)
  const overlay = overlayChart(report)
  return section(
    `RTO of ${plural(trials.n, 'trial')}`,
    chart(trialsStrip(trials, limit)),
    element('p', {}, `${pass} pass, ${fail} fail, ${unknown} unknown; ${trials.neverRecovered} never recovered.`),
    bound === null ? [] : element('p', {}, `${capitalized(bound)}.`),
    overlay === null ? [] : [element('h3', {}, 'Writes of all trials'), chart(overlay)],
    trialsTables(trials),
  )
}

function runSection(report: Report): Child {
  const drawn = runChart(report)
  return drawn === null
    ? []
    : section(report.trials === null ? 'What happened' : 'What happened in the last trial', chart(drawn))
}

/** The phases of a recovery have a row each, since some take minutes and some no time; other parts share a bar. */
function partsSection(report: Report): Child {
  const parts = explainParts(report)
  if (parts.length === 0) return []
  const title = capitalized(partsTitle(report))
  const phases = phasesChart(report)
  const probes = probesText(report)
  return section(
    report.trials === null ? title : `${title} in the last trial`,
    chart(phases ?? partsBar(parts)),
    partsTable(report, parts, phases === null),
    probes === null ? [] : element('p', {class: 'meta'}, `${capitalized(probes)}: no part is known more exactly.`),
  )
}

function restoreSection(report: Report): Child {
  const facts = restoreFacts(report)
  return facts.length === 0 ? [] : section('Restored from', table([{name: '', className: 'tight'}, {name: ''}], facts))
}

function shardsSection(report: Report): Child {
  const facts = shardFacts(report)
  return facts.length === 0 ? [] : section('Shards', table([{name: '', className: 'tight'}, {name: ''}], facts))
}

function judgedSection(report: Report): Child {
  return section(
    'Objectives and checks',
    report.objectives.length === 0 ? element('p', {class: 'meta'}, 'No objective was set.') : objectivesTable(report),
    element('h3', {}, 'Checks'),
    checksTables(report),
  )
}

function setupSection(report: Report): Markup {
  return section(
    'What it ran on',
    element(
      'div',
      {class: 'columns'},
      factsTable('Settings, as read back from Patroni', settingFacts(report)),
      factsTable('Load', loadFacts(report)),
      factsTable('Host and versions', [...hostFacts(report), ...versionFacts(report)]),
    ),
    element(
      'details',
      {},
      element('summary', {}, 'Patroni configuration as it came'),
      element('pre', {}, JSON.stringify(report.config.patroni, null, 2)),
    ),
  )
}

function repeatSection(report: Report): Markup {
  const hint = nextStep(report)
  return section(
    'Repeat it',
    element('pre', {}, repeatCommand(report)),
    hint === null
      ? []
      : [element('p', {}, `Next: ${hint.text}`), hint.command === null ? [] : element('pre', {}, hint.command)],
  )
}
