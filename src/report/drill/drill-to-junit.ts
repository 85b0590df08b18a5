// A drill's report as JUnit XML: a test case per objective and per check, for CI systems. Invariant: what failed in the
// report is a failure here.
// Not here: the document and how a control is turned round (junit-suite.ts). A refusal needs no turning: that hl
// refused is what its checks claim.
import type {DrillReport} from '../../model/drill.ts'
import {checkCases, controlCases, junitDocument, turned, type Case} from '../junit-suite.ts'
import {drillCommand} from './drill-next-step.ts'
import {drillObjectiveActual, drillObjectiveTitles, drillObjectiveValue, drillObjectiveVerdict} from './drill-rows.ts'

/** The document, ending in a newline. */
export function drillToJunit(report: DrillReport): string {
  return junitDocument({
    suite: `hl.drill.${report.scenario}`,
    startedAt: report.startedAt,
    events: report.events,
    properties: properties(report),
    cases: [...controlCases(report), ...objectiveCases(report), ...checkCases(report)],
    repeat: drillCommand(report),
  })
}

function objectiveCases(report: DrillReport): readonly Case[] {
  return report.objectives.map(objective => {
    const detail = `${drillObjectiveActual(report, objective)}, at most ${drillObjectiveValue(objective.name, objective.limit)} owed`
    return turned(report, {
      group: 'objective',
      name: drillObjectiveTitles[objective.name],
      verdict: drillObjectiveVerdict(report, objective),
      detail,
    })
  })
}

function properties(report: DrillReport): readonly (readonly [string, string])[] {
  const {rto, rewind, refusal} = report
  return [
    ['run', report.run],
    ['seed', String(report.seed)],
    ['verdict', report.verdict],
    ['rtoMs', String(rto?.ms ?? '')],
    ['lostWrites', String(report.writes.lost)],
    ...(rewind === null ? [] : [['collateral', String(rewind.collateral)] as const]),
    ...(refusal === null ? [] : [['refusedWith', refusal.code] as const]),
  ]
}
