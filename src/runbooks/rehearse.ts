// A rehearsal: the runbook's own scenario breaks a lab under load, the runbook is followed before the scenario takes
// its fault back, and the cluster must be whole by then. Invariant: the verdict on the data is that of the stored run;
// the fault is taken back by the scenario, whatever became of the runbook. Not here: how a block is carried out
// (lab-machines.ts), how the parts are judged (rehearsal.ts).
import type {LabChoices} from '../experiment/lab-choices.ts'
import type {PlanOverrides} from '../experiment/plan-experiment.ts'
import {runExperiment} from '../experiment/run-experiment.ts'
import {docker} from '../lab/docker/local-docker.ts'
import {connectLab, type ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {untilHealthy} from '../lab/lifecycle/until-healthy.ts'
import {HlError, messageOf} from '../model/errors.ts'
import type {Clock, EventSink} from '../model/ports.ts'
import type {Report} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'
import {stepOf, type Scenario} from '../model/scenario.ts'
import {awaitUntil, holds, notYet} from '../waiting/await-until.ts'
import type {FiringAlerts} from './alert-state.ts'
import {blocksToFollow, checkChoices, followRunbook, type FollowOptions, type Machines} from './follow.ts'
import {placesOf, type FollowedIncident} from './follow-on-lab.ts'
import {startOfIncident, type Incident, type IncidentStep} from './incident.ts'
import type {IncidentFolder} from './keep-incident.ts'
import {labMachines} from './lab-machines.ts'
import {judgeRehearsal, rehearsalVerdict, type AlertSeen} from './rehearsal.ts'
import type {Runbook} from './runbook.ts'

export interface RehearseOptions {
  readonly runbook: Runbook
  readonly scenario: Scenario
  readonly lab: string
  readonly runsRoot: string
  readonly seed: number
  /** Leaves a lab running that was brought up for this. */
  readonly keepLab: boolean
  readonly up: LabChoices
  readonly overrides: PlanOverrides
  /** null: alerts are not looked at. */
  readonly alerts: FiringAlerts | null
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly watch: EventSink
  readonly note: (text: string) => void
  readonly onBlock?: NonNullable<FollowOptions['onBlock']>
  readonly onStep?: (step: IncidentStep) => void
  /** Made when the fault is in place. */
  readonly newFolder: () => IncidentFolder
}

/** What a rehearsal is made of, for tests to replace. */
export interface RehearsalPorts {
  readonly experiment: typeof runExperiment
  readonly connect: (lab: string, options: Pick<RehearseOptions, 'clock' | 'up'>) => Promise<ConnectedLab>
  readonly machines: (lab: ConnectedLab, clock: Clock) => Machines
  readonly healthy: typeof untilHealthy
}

const realPorts: RehearsalPorts = {
  experiment: runExperiment,
  connect: async (lab, {clock, up}) =>
    connectLab(docker, lab, {clock, ...(up.reach === undefined ? {} : {reach: up.reach})}),
  machines: labMachines,
  healthy: untilHealthy,
}

/** Why it cannot be rehearsed; null: it can. PURE. */
export function rehearsalProblem(runbook: Runbook, scenario: Scenario | null): string | null {
  const {front} = runbook
  if (scenario === null) return front.unrehearsed ?? `there is no scenario ${front.scenario ?? ''}`
  if (scenario.sharded !== undefined) return `${scenario.name} spans shards`
  if (stepOf(scenario.steps, 'inject') === null || stepOf(scenario.steps, 'heal') === null)
    return `${scenario.name} has no fault that somebody else could take back`
  const followed = blocksToFollow(runbook, {cases: casesOf(runbook), values: {}})
  return followed.some(({leftOut}) => leftOut === null) ? null : 'it has no block that is carried out on a lab'
}

/** The case that its scenario makes. */
const casesOf = ({front}: Runbook): readonly string[] => front.cases.slice(0, 1)

interface Seen {
  faultMs: number | null
  targets: readonly string[]
  followed: Incident | null
  interrupted: unknown
  alert: AlertSeen | null
  unhealthy: string | null
  tookMs: number | null
  hasBegun: boolean
  folder: IncidentFolder | null
}

/**
 * The incident with its parts, of a runbook that can be rehearsed. Errors: USAGE, TARGET_UNREACHABLE, those of
 * runExperiment; INTERRUPTED names the block where it stood.
 */
export async function rehearse(options: RehearseOptions, ports: RehearsalPorts = realPorts): Promise<FollowedIncident> {
  const {runbook, lab, alerts, clock, signal} = options
  checkChoices(runbook, {cases: casesOf(runbook), values: {lab, node: 'any', shard: 'any', cluster: 'any'}})
  // Before anything is made.
  await alerts?.(lab, signal)
  const [startedMs, startedAt] = [clock.nowMs(), clock.wallTime()]
  const seen: Seen = {
    faultMs: null,
    targets: [],
    followed: null,
    interrupted: null,
    alert: null,
    unhealthy: 'it did not come to that',
    tookMs: null,
    hasBegun: false,
    folder: null,
  }
  const report = await runScenario(options, ports, seen)
  const folder = seen.folder ?? options.newFolder()
  const begun = startOfIncident(runbook, {incident: folder.incident, lab, cases: casesOf(runbook), startedAt})
  const followed = {...(seen.followed ?? begun), tookMs: seen.tookMs ?? clock.nowMs() - startedMs}
  const incident = ended(followed, options, {seen, report})
  folder.keep(incident)
  return {incident, path: folder.path}
}

async function runScenario(options: RehearseOptions, ports: RehearsalPorts, seen: Seen): Promise<Report> {
  const {scenario, lab, runsRoot, seed, keepLab, up, overrides, clock, watch, note, signal} = options
  try {
    return await ports.experiment({
      scenario,
      lab,
      runsRoot,
      repeat: 1,
      seed,
      through: 'router',
      overrides,
      keep: keepLab,
      up,
      watch: event => {
        noteFault(event, seen, clock)
        watch(event)
      },
      note,
      signal,
      beforeStep: async label => {
        if (seen.hasBegun || !label.startsWith('heal ')) return
        seen.hasBegun = true
        await atFault(options, ports, seen)
      },
    })
  } catch (error) {
    // What could not be healed is the news; else where the runbook stood.
    throw stoodAt(error, seen.interrupted) ?? error
  }
}

/** null: something else ended it. */
function stoodAt(error: unknown, followed: unknown): HlError | null {
  if (!(error instanceof HlError && error.code === 'INTERRUPTED' && followed instanceof HlError)) return null
  return new HlError('INTERRUPTED', `${followed.message}; every fault is healed`, {next: error.steps, cause: error})
}

function noteFault(event: RunEvent, seen: Seen, clock: Clock): void {
  if (event.kind === 'fault.commanded') seen.targets = [...seen.targets, ...event.targets]
  if (event.kind === 'fault.verified') seen.faultMs ??= clock.nowMs()
}

/** The fault is in place, and nobody has taken it back. */
async function atFault(options: RehearseOptions, ports: RehearsalPorts, seen: Seen): Promise<void> {
  const {runbook, lab: name, alerts, clock, signal, newFolder, onBlock, onStep} = options
  const lab = await ports.connect(name, options)
  const fired = alerts === null ? null : await alertFires(options, alerts)
  const [node = ''] = seen.targets
  const folder = newFolder()
  seen.folder = folder
  try {
    seen.followed = await followRunbook({
      runbook,
      incident: folder.incident,
      lab: name,
      cases: casesOf(runbook),
      values: {...placesOf(lab), node},
      machines: ports.machines(lab, clock),
      clock,
      signal,
      mayChange: async () => true,
      ...(onBlock === undefined ? {} : {onBlock}),
      ...(onStep === undefined ? {} : {onStep}),
      keep: record => folder.keep(record),
    })
  } catch (error) {
    seen.interrupted = error
    throw error
  }
  seen.unhealthy = await ports
    .healthy(lab, clock, {signal})
    .then(() => null)
    .catch((error: unknown) => {
      signal.throwIfAborted()
      return messageOf(error)
    })
  if (seen.unhealthy === null && seen.faultMs !== null) seen.tookMs = clock.nowMs() - seen.faultMs
  if (alerts === null) return
  const alert = fired ?? runbook.front.alerts[0] ?? 'no alert'
  seen.alert = {
    name: alert,
    fired: fired !== null,
    cleared: fired !== null && (await alertClears(options, alerts, fired)),
  }
}

/** A rule waits minutes at most, and Prometheus looks every 15 s. */
const alertMs = 300_000
const lookEveryMs = 2_000

/** The first of the runbook's alerts that fires; null: none did. */
async function alertFires(
  {runbook, lab, clock, signal}: RehearseOptions,
  alerts: FiringAlerts,
): Promise<string | null> {
  const look = async () => {
    const firing = await alerts(lab, signal)
    const own = firing.find(name => runbook.front.alerts.includes(name))
    return own === undefined ? notYet(firing.join(', ')) : holds(own)
  }
  const what = `${runbook.front.alerts.join(' or ')} to fire`
  return await unlessLate(signal, awaitUntil(look, waitFor(what, {clock, signal})))
}

async function alertClears(
  {lab, clock, signal}: RehearseOptions,
  alerts: FiringAlerts,
  name: string,
): Promise<boolean> {
  const look = async () => ((await alerts(lab, signal)).includes(name) ? notYet('it fires') : holds(true))
  return (await unlessLate(signal, awaitUntil(look, waitFor(`${name} to clear`, {clock, signal})))) ?? false
}

const waitFor = (what: string, {clock, signal}: Pick<RehearseOptions, 'clock' | 'signal'>) =>
  ({what, clock, signal, withinMs: alertMs, everyMs: lookEveryMs, tolerant: true}) as const

async function unlessLate<T>(signal: AbortSignal, wait: Promise<T>): Promise<T | null> {
  return wait.catch(() => {
    signal.throwIfAborted()
    return null
  })
}

function ended(
  incident: Incident,
  {scenario, alerts, runbook}: RehearseOptions,
  {seen, report}: {readonly seen: Seen; readonly report: Report},
): Incident {
  const {alert, followed, unhealthy, tookMs} = seen
  const parts = judgeRehearsal({
    alert,
    followed: followed?.verdict ?? 'unknown',
    unhealthy,
    run: {id: report.run, verdict: report.verdict, checks: report.checks},
    tookMs,
    budgetMs: runbook.front.budgetMs,
  })
  return {
    ...incident,
    verdict: rehearsalVerdict(parts, alerts !== null),
    rehearsal: {scenario: scenario.name, run: report.run, tookMs, parts},
  }
}
