// The report as JUnit XML: a test case per objective and per check, for CI systems. Invariant: what failed in the
// report is a failure here.
// Not here: the document and how a control is turned round (junit-suite.ts).
import type {Report} from '../model/report.ts'
import {checkCases, controlCases, junitDocument, turned, type Case} from './junit-suite.ts'
import {objectiveActual, objectiveTitle, objectiveValue, objectiveVerdict} from './metric-rows.ts'
import {repeatCommand} from './next-step.ts'

/** The document, ending in a newline. */
export function toJunit(report: Report): string {
  return junitDocument({
    suite: `hl.${report.command}.${report.scenario}`,
    startedAt: report.startedAt,
    events: report.events,
    properties: properties(report),
    cases: [...controlCases(report), ...objectiveCases(report), ...checkCases(report)],
    repeat: repeatCommand(report),
  })
}

function objectiveCases(report: Report): readonly Case[] {
  return report.objectives.map(objective => {
    const detail = `${objectiveActual(report, objective)}, at most ${objectiveValue(objective.name, objective.limit)} owed`
    return turned(report, {
      group: 'objective',
      name: objectiveTitle(report, objective.name),
      verdict: objectiveVerdict(report, objective),
      detail,
    })
  })
}

function properties(report: Report): readonly (readonly [string, string])[] {
  return [
    ['run', report.run],
    ['seed', String(report.seed)],
    ['verdict', report.verdict],
    ['rtoMs', String(report.trials?.rtoMs?.p50 ?? report.rto?.ms ?? '')],
    ['lostWrites', String((report.trials ?? report.writes).lost)],
    ...(report.pointInTime === null ? [] : [['collateral', String(report.pointInTime.collateral)] as const]),
    ...(report.refusal === null ? [] : [['refusedWith', report.refusal.code] as const]),
  ]
}
