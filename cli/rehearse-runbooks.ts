// Rehearsals for `hl runbooks rehearse`: which runbooks with which scenario, one after the other, each with its view
// and its folder. Not here: the rehearsal (src/runbooks/rehearse.ts).
import {scenarios} from '../scenarios/index.ts'
import type {Settings} from '../src/config/fields.ts'
import type {LabProfile} from '../src/lab/lifecycle/lab-shape.ts'
import {hint} from '../src/model/command-hint.ts'
import {HlError} from '../src/model/errors.ts'
import type {Scenario} from '../src/model/scenario.ts'
import {firingAlerts} from '../src/runbooks/alert-state.ts'
import {allRunbooks, soundRunbook} from '../src/runbooks/read-runbooks.ts'
import {rehearsalProblem, rehearse} from '../src/runbooks/rehearse.ts'
import type {Runbook} from '../src/runbooks/runbook.ts'
import {monotonicClock} from '../src/waiting/monotonic-clock.ts'
import {planOverrides} from './cluster-overrides.ts'
import {interruptible} from './interrupt.ts'
import {shapeFrom} from './lab-flags.ts'
import {openView, type ViewOptions} from './open-view.ts'
import {blockNotes, newIncident} from './runbook-flags.ts'
import {drawSeed} from './seed.ts'
import type {RehearsedLine} from './view/runbook-screen.ts'

export interface RehearseRequest {
  readonly settings: Settings
  readonly view: ViewOptions
  readonly note: (text: string) => void
  readonly keepLab: boolean
  readonly profile: LabProfile | undefined
  readonly prometheus: string | undefined
}

interface Planned {
  readonly runbook: Runbook
  readonly scenario: Scenario | null
}

const texts = {
  once: 'interrupted: healing the faults; again to leave them',
  twice: 'left as it is: hl faults heal --all, with --lab, mends it',
}

/** The one that is named, which must be sound, or all. */
export function rehearsalsOf(name: string | undefined): readonly Planned[] {
  const runbooks = name === undefined ? allRunbooks().map(({runbook}) => runbook) : [soundRunbook(name).runbook]
  const all: readonly Scenario[] = Object.values(scenarios)
  return runbooks.map(runbook => ({
    runbook,
    scenario: all.find(scenario => scenario.name === runbook.front.scenario) ?? null,
  }))
}

/**
 * One after the other. Of several, one that cannot be rehearsed says why and the others go on; USAGE of the only one.
 */
export async function rehearseAll(
  planned: readonly Planned[],
  request: RehearseRequest,
): Promise<readonly RehearsedLine[]> {
  const lines: RehearsedLine[] = []
  for (const {runbook, scenario} of planned) {
    const why = rehearsalProblem(runbook, scenario)
    if (scenario !== null && why === null) lines.push(await one({runbook, scenario}, request))
    else if (planned.length > 1)
      lines.push({runbook: runbook.name, verdict: 'unknown', incident: null, path: null, why})
    else
      throw new HlError('USAGE', `${runbook.name} cannot be rehearsed: ${why ?? 'it has no scenario'}`, {
        next: [hint('runbooks list', {why: 'shows which have a scenario'})],
      })
  }
  return lines
}

async function one(
  {runbook, scenario}: {readonly runbook: Runbook; readonly scenario: Scenario},
  {settings, view: viewOptions, note, keepLab, profile, prometheus}: RehearseRequest,
): Promise<RehearsedLine> {
  const {lab, reach, portBase, runs} = settings
  const view = openView(viewOptions)
  note(`rehearsing ${runbook.name}: ${scenario.name}`)
  const {incident, path} = await interruptible({...texts, note}, async signal =>
    rehearse({
      runbook,
      scenario,
      lab,
      runsRoot: runs,
      seed: settings.seed ?? drawSeed(),
      keepLab,
      overrides: planOverrides(settings),
      up: {
        ...(reach === 'auto' ? {} : {reach}),
        ...(portBase === null ? {} : {portBase}),
        ...shapeFrom({profile}),
      },
      alerts: prometheus === undefined ? null : firingAlerts(prometheus),
      clock: monotonicClock(),
      signal,
      watch: event => view.onEvent(event),
      note,
      ...blockNotes(note),
      newFolder: () => newIncident(settings.incidents),
    }),
  ).finally(() => view.close())
  return {runbook: runbook.name, verdict: incident.verdict, incident, path, why: null}
}
