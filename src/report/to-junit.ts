// The report as JUnit XML: a test case per objective and per check, for CI systems. Invariant: what failed in the
// report is a failure here.
// Not here: the document and how a control is turned round (junit-suite.ts).
import type {Report, TrialSummary} from '../model/report.ts'
import {checkCases, controlCases, junitDocument, turned, type Case, type Suite} from './junit-suite.ts'
import {objectiveActual, objectiveTitle, objectiveValue, objectiveVerdict} from './metric-rows.ts'
import {repeatCommand} from './next-step.ts'
import {plural} from '../model/quantity.ts'
import {endlessMs} from './rto-parts.ts'
import {isFigure} from './trial-spread.ts'

/** The document, ending in a newline. */
export function toJunit(report: Report): string {
  const whole: Suite = {
    suite: `hl.${report.command}.${report.scenario}`,
    startedAt: report.startedAt,
    events: report.events,
    properties: properties(report),
    cases: [...controlCases(report), ...objectiveCases(report), ...checkCases(report)],
    repeat: repeatCommand(report),
  }
  return junitDocument([whole, ...(report.trials?.runs ?? []).map(run => trialSuite(report, whole, run))])
}

type Trial = TrialSummary['runs'][number]

/** What is known of a trial here is what it came to; its own folder has the rest. */
function trialSuite(report: Report, {suite, startedAt, repeat}: Suite, {run, trial, verdict, ...found}: Trial): Suite {
  const rto = found.unmeasured === true ? 'not known' : endlessMs(found.rtoMs)
  const detail = `RTO ${rto}, ${plural(found.lost, 'write')} lost, run ${run}`
  return {
    suite: `${suite}.trial-${trial}`,
    startedAt: found.startedAt ?? startedAt,
    events: [],
    properties: [
      ['run', run],
      ['seed', String(report.seed + trial - 1)],
    ],
    cases: [turned(report, {group: 'trial', name: 'verdict', verdict, detail})],
    repeat,
  }
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

/** Of a service nobody need have looked. */
function lostText({through, rpo, trials, writes}: Report): string {
  return through === 'service' && rpo === null ? 'unknown' : String((trials ?? writes).lost)
}

function properties(report: Report): readonly (readonly [string, string])[] {
  return [
    ['run', report.run],
    ['seed', String(report.seed)],
    ['verdict', report.verdict],
    ['rtoMs', String(rtoMsOf(report) ?? '')],
    ['lostWrites', lostText(report)],
    ...(report.pointInTime === null ? [] : [['collateral', String(report.pointInTime.collateral)] as const]),
    ...(report.refusal === null ? [] : [['refusedWith', report.refusal.code] as const]),
    ...originProperties(report),
  ]
}

/** The whole hash: programs look it up. */
function originProperties({origin = {}}: Report): readonly (readonly [string, string])[] {
  return Object.entries(origin).map(([name, value]) => [name, String(value)])
}

/** The median of trials, of too few for one the longest. */
function rtoMsOf({trials, rto}: Report): number | null {
  if (trials === null) return rto?.ms ?? null
  return (isFigure(trials) ? trials.rtoMs?.p50 : trials.rtoMs?.max) ?? null
}
