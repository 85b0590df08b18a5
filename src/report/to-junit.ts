// JUnit XML: a test case per objective and per check, for CI systems. Invariant: unknown is an error, never a pass; fail is a failure.
// A control is turned round: its checks must reject the run, so one case says whether they did and a rejection is no failure.
// Not here: escaping (markup.ts).
import type {Report} from '../model/report.ts'
import type {Verdict} from '../model/verdict.ts'
import {element, type Markup} from './markup.ts'
import {objectiveActual, objectiveTitles, objectiveValue, objectiveVerdict} from './metric-rows.ts'
import {repeatCommand} from './next-step.ts'

interface Case {
  readonly group: 'objective' | 'check' | 'control'
  readonly name: string
  readonly verdict: Verdict
  readonly detail: string
}

/** The document, ending in a newline. */
export function toJunit(report: Report): string {
  const cases = [...controlCases(report), ...objectiveCases(report), ...report.checks.map((check): Case => ({group: 'check', ...check}))].map(one => turned(report, one))
  const counts = {
    tests: cases.length,
    failures: cases.filter(one => one.verdict === 'fail').length,
    errors: cases.filter(one => one.verdict === 'unknown').length,
    skipped: 0,
    time: seconds(report),
  }
  const suite = element('testsuite', {name: `hl.failover.${report.scenario}`, ...counts, timestamp: report.startedAt}, '\n',
    element('properties', {}, properties(report)), '\n', cases.map(one => [caseElement(report, one), '\n']))
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', {name: 'hl', ...counts}, '\n', suite, '\n').markup}\n`
}

function objectiveCases(report: Report): readonly Case[] {
  return report.objectives.map(objective => {
    const detail = `${objectiveActual(report, objective)}, at most ${objectiveValue(objective.name, objective.limit)} owed`
    return {group: 'objective', name: objectiveTitles[objective.name], verdict: objectiveVerdict(report, objective), detail}
  })
}

function controlCases(report: Report): readonly Case[] {
  if (report.nature !== 'control') return []
  const verdict: Verdict = report.controlHeld === null ? 'unknown' : report.controlHeld ? 'pass' : 'fail'
  return [{group: 'control', name: 'control is rejected', verdict, detail: 'exactly the checks that must reject this run have to do so'}]
}

/** In a control that held, what failed was meant to. */
function turned(report: Report, one: Case): Case {
  const meant = report.nature === 'control' && report.controlHeld === true && one.verdict === 'fail'
  return meant ? {...one, verdict: 'pass', detail: `rejected, as it must in a control: ${one.detail}`} : one
}

function caseElement(report: Report, one: Case): Markup {
  const attributes = {classname: `hl.failover.${report.scenario}.${one.group}`, name: one.name, time: 0}
  switch (one.verdict) {
    case 'pass':
      return element('testcase', attributes, element('system-out', {}, one.detail))
    case 'fail':
      return element('testcase', attributes, element('failure', {message: one.detail, type: 'fail'}, `${one.detail}\nrepeat: ${repeatCommand(report)}`))
    case 'unknown':
      return element('testcase', attributes, element('error', {message: one.detail, type: 'unknown'}, `${one.detail}\nrepeat: ${repeatCommand(report)}`))
    default:
      return one.verdict satisfies never
  }
}

function properties(report: Report): readonly Markup[] {
  const facts: readonly (readonly [string, string])[] = [['run', report.run], ['seed', String(report.seed)], ['verdict', report.verdict], ['rtoMs', String(report.trials?.rtoMs?.p50 ?? report.rto?.ms ?? '')], ['lostWrites', String((report.trials ?? report.writes).lost)]]
  return facts.map(([name, value]) => element('property', {name, value}))
}

function seconds(report: Report): string {
  const last = report.events.at(-1)
  return ((last?.atMs ?? 0) / 1_000).toFixed(3)
}
