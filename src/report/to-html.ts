// The report as one HTML file: no script, nothing loaded, so it can be mailed and opened years later. Invariant: built from markup.ts nodes only;
// its Content-Security-Policy forbids everything but its own style. Not here: tables (html-tables.ts), charts (svg-*.ts).
import type {Report} from '../model/report.ts'
import {checksTable, countsTables, eventsTable, factsTable, objectivesTable, partsTable, tiles, trialsTables} from './html-tables.ts'
import {failedSteps, stepText} from './failed-steps.ts'
import {pageStyle} from './html-style.ts'
import {element, type Child, type Markup} from './markup.ts'
import {ruleOfThree} from './metric-rows.ts'
import {nextStep, repeatCommand} from './next-step.ts'
import {formatMs} from '../model/time.ts'
import {explainParts} from './rto-parts.ts'
import {hostFacts, loadFacts, settingFacts, versionFacts} from './setup-facts.ts'
import {partsBar, trialsStrip} from './svg-parts.ts'
import {runChart} from './svg-run.ts'
import {tellingEvents} from './run-marks.ts'
import {wayInText} from './way-in.ts'

const badgeWords = {pass: '✓ PASS', fail: '✗ FAIL', unknown: '? UNKNOWN'} as const

/** The whole document. */
export function toHtml(report: Report): string {
  const title = `${report.verdict.toUpperCase()} ${report.scenario}, run ${report.run}`
  const head = element('head', {},
    element('meta', {charset: 'utf-8'}), element('meta', {name: 'viewport', content: 'width=device-width, initial-scale=1'}),
    element('meta', {'http-equiv': 'Content-Security-Policy', content: "default-src 'none'; style-src 'unsafe-inline'"}),
    element('title', {}, title), element('style', {}, pageStyle))
  const body = element('body', {}, element('main', {},
    header(report), tiles(report), problems(report), trialsSection(report), runSection(report), partsSection(report), judgedSection(report),
    section(report.trials === null ? 'Operations' : 'Operations of the last trial', countsTables(report)), setupSection(report), repeatSection(report), eventsSection(report)))
  return `<!doctype html>\n${element('html', {lang: 'en'}, head, body).markup}\n`
}

function section(title: string, ...children: readonly Child[]): Markup {
  return element('section', {}, element('h2', {}, title), ...children)
}

function header(report: Report): Markup {
  const trials = report.trials === null ? '' : ` · ${report.trials.n} trials`
  const control = report.controlHeld === true ? 'A control: it must be rejected, and it was, by exactly the checks that must.' : 'A control: it must be rejected, and that did not happen as it must.'
  return element('header', {},
    element('div', {class: 'title'}, element('span', {class: `badge ${report.verdict}`}, badgeWords[report.verdict]), element('h1', {}, report.scenario)),
    element('p', {}, report.summary),
    report.nature === 'control' ? element('p', {class: report.controlHeld === true ? 'pass-text' : 'fail-text'}, control) : [],
    element('div', {class: 'meta'}, `run ${report.run} · ${report.startedAt} · seed ${report.seed}${trials} · through ${wayInText(report)}`))
}

function problems(report: Report): Child {
  const steps = failedSteps(report.events).map(step => element('p', {class: 'failed'}, element('strong', {}, 'Step failed: '), stepText(step)))
  const warnings = report.warnings.map(warning => element('p', {class: 'warning'}, element('strong', {}, 'Warning: '), `${warning.detail} `, element('code', {}, warning.code), element('br', {}), `Next: ${warning.next}`))
  return steps.length + warnings.length === 0 ? [] : section('Read this first', steps, warnings)
}

function trialsSection(report: Report): Child {
  const {trials} = report
  if (trials === null) return []
  const {pass, fail, unknown} = trials.verdicts
  const limit = report.objectives.find(objective => objective.name === 'rtoMsMax')?.limit ?? null
  const bound = ruleOfThree(report)
  return section(`RTO of ${trials.n} trials`, trialsStrip(trials, limit), element('p', {}, `${pass} pass, ${fail} fail, ${unknown} unknown; ${trials.neverRecovered} never recovered.`), bound === null ? [] : element('p', {}, `${bound}.`), trialsTables(trials))
}

function runSection(report: Report): Child {
  const chart = runChart(report)
  return chart === null ? [] : section(report.trials === null ? 'What happened' : 'What happened in the last trial', chart)
}

function partsSection(report: Report): Child {
  const parts = explainParts(report)
  if (parts.length === 0 || report.rto === null) return []
  const title = report.rto.ms === null ? 'Where the time went' : `Where the ${formatMs(report.rto.ms)} went`
  return section(report.trials === null ? title : `${title} in the last trial`, partsBar(parts), partsTable(parts), element('p', {class: 'meta'}, `Probes every ${formatMs(report.rto.resolutionMs)}: no part is known more exactly.`))
}

function judgedSection(report: Report): Child {
  return section('Objectives and checks', report.objectives.length === 0 ? element('p', {class: 'meta'}, 'No objective was set.') : objectivesTable(report), element('h3', {}, 'Checks'), checksTable(report))
}

function setupSection(report: Report): Markup {
  return section('What it ran on', element('div', {class: 'columns'},
    factsTable('Settings, as read back from Patroni', settingFacts(report)), factsTable('Load', loadFacts(report)), factsTable('Host and versions', [...hostFacts(report), ...versionFacts(report)])),
    element('details', {}, element('summary', {}, 'Patroni configuration as it came'), element('pre', {}, JSON.stringify(report.config.patroni, null, 2))))
}

function repeatSection(report: Report): Markup {
  const hint = nextStep(report)
  return section('Repeat it', element('pre', {}, repeatCommand(report)),
    hint === null ? [] : [element('p', {}, `Next: ${hint.text}`), hint.command === null ? [] : element('pre', {}, hint.command)],
    Object.keys(report.files).length === 0 ? [] : factsTable('Files', Object.entries(report.files)))
}

function eventsSection(report: Report): Markup {
  return element('section', {}, element('details', {}, element('summary', {}, `Events (${tellingEvents(report.events).length})`), eventsTable(report)))
}
