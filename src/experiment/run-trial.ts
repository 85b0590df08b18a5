// One trial: gate, plan, run, judge, write. Invariant: the report is made from the stored files, as `hl runs check`
// does it later.
import {hint} from '../model/command-hint.ts'
import {collectLogs} from '../lab/docker/collect-logs.ts'
import type {Docker} from '../lab/docker/docker.ts'
import {docker} from '../lab/docker/local-docker.ts'
import {hostFacts} from '../lab/host/host-facts.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {untilHealthy} from '../lab/lifecycle/until-healthy.ts'
import {HlError, messageOf} from '../model/errors.ts'
import type {Origin, Plan} from '../model/plan.ts'
import type {Clock, EventSink} from '../model/ports.ts'
import type {Report} from '../model/report.ts'
import type {Scenario} from '../model/scenario.ts'
import {redact} from '../report/redact.ts'
import {monotonicClock} from '../waiting/monotonic-clock.ts'
import {guardSink, watchedFirst} from './guarded-sink.ts'
import {healFailed} from './heal-failed.ts'
import type {LabChoices} from './lab-choices.ts'
import {notKept} from './not-kept.ts'
import {planScenario, type PlanChoices} from './plan-experiment.ts'
import {seededRandom} from './random.ts'
import {newParameters, requireParameters} from './require-parameters.ts'
import {createRun, type OpenRunFolder} from './store/run-folder.ts'
import {newRunId} from './store/run-id.ts'
import {judgeStored, pastReports, writeReports} from './store/stored-report.ts'
import {runPlan, type RunResult} from './walk.ts'
import {wireWorld} from './wire.ts'

export interface TrialOptions {
  readonly lab: ConnectedLab
  readonly scenario: Scenario
  readonly choices: PlanChoices
  readonly up: LabChoices
  /** The lab is taken down after the trial. */
  readonly transient: boolean
  readonly runsRoot: string
  readonly trial: number
  readonly trials: number
  readonly origin?: Origin | undefined
  readonly watch: EventSink
  readonly note: (text: string) => void
  readonly signal: AbortSignal
  /** Asked before each step (`--interactive`). */
  readonly beforeStep?: ((label: string) => Promise<void>) | undefined
}

/** What a trial needs from outside, for tests to replace. */
export interface TrialPorts {
  readonly docker: Docker
  readonly newClock: () => Clock
  readonly wire: typeof wireWorld
  readonly createRun: typeof createRun
}

const realPorts: TrialPorts = {docker, newClock: monotonicClock, wire: wireWorld, createRun}

/**
 * A lab that nobody broke is healthy at once, or after a moment in which a busy host did not answer; one that a trial
 * has just healed may be rebuilding a node.
 */
const firstHealthMs = 5_000

/**
 * The plan for the lab as it is now; LAB_UNHEALTHY when it is not fully redundant, CONFIG_INVALID for what its servers
 * do not take.
 */
export async function planTrial({
  lab: {cluster, clusters},
  scenario,
  choices,
}: Pick<TrialOptions, 'lab' | 'scenario' | 'choices'>): Promise<Plan> {
  const [state, settings] = [await cluster.state(), await cluster.settings()]
  const shard = clusters.length > 1 ? {shard: cluster.name} : {}
  const plan = planScenario(scenario, {name: cluster.lab, ...shard, state, settings}, choices)
  const parameters = newParameters(settings.parameters, plan.settings.parameters)
  await requireParameters(cluster, state.primary ?? '', parameters)
  return plan
}

/**
 * Runs one trial and returns its report. INTERRUPTED after Ctrl-C, when everything is healed; HEAL_FAILED when it is
 * not; DISK_FULL or FILE_UNWRITABLE, also when everything is healed, where its files could not be kept.
 */
export async function runTrial(options: TrialOptions, outside: TrialPorts = realPorts): Promise<Report> {
  const {lab, runsRoot, trial, trials, origin, up, transient, watch, note, signal, beforeStep} = options
  const gate = outside.newClock()
  await untilHealthy(lab, gate, {signal, ...(trial === 1 ? {withinMs: firstHealthMs} : {})})
  const plan = await planTrial(options)
  const clock = outside.newClock()
  const startedAt = clock.wallTime()
  // What the gate took, to the nanosecond, is another number for each of two runs that begin in the same second.
  const random = seededRandom(Math.round(gate.nowMs() * 1e6))
  const folder = outside.createRun(runsRoot, () => newRunId(startedAt, random))
  const {run} = folder
  const sink = guardSink(watchedFirst(watch, event => folder.appendEvent(event)))
  const wired = outside.wire({
    lab,
    plan,
    run,
    clock,
    signal,
    up,
    transient,
    note,
    earlier: () => pastReports(runsRoot),
    // Told from timers and event handlers: what they throw would end hl with its faults in place.
    emit: sink.emit,
    onOp: op => folder.appendOp(op),
    save: record => folder.saveRecord(record),
  })
  const unkept: unknown[] = []
  try {
    const result = await runPlan(
      plan,
      {...wired.world, emit: sink.strict, ...(beforeStep === undefined ? {} : {beforeStep})},
      {run, trial, trials, startedAt, origin, host: await hostFacts(outside.docker)},
    )
    // What is still broken is the news, and the report needs no logs.
    await saveLogs(folder, lab, wired.restoredLabs(), startedAt).catch((error: unknown) =>
      note(`the logs of run ${run} could not be saved: ${messageOf(error)}`),
    )
    requireHealed(result, run, lab.cluster.lab)
    if (result.unsaved !== null) unkept.push(result.unsaved)
  } finally {
    await wired.close()
    // After what is still broken: that is the news.
    attempt(() => folder.close(), unkept)
  }
  if (unkept.length > 0) throw notKept(run, unkept[0])
  const report = judgeStored(runsRoot, run)
  watch({kind: 'run.done', atMs: clock.nowMs(), verdict: report.verdict})
  const secrets = [lab, ...wired.restoredLabs()].flatMap((each): readonly string[] =>
    Object.values<string | null>({...each.secrets}).flatMap(secret => secret ?? []),
  )
  attempt(() => writeReports((name, text) => folder.saveFile(name, text), report, secrets), unkept)
  if (unkept.length > 0) throw notKept(run, unkept[0], report.verdict)
  return report
}

function attempt(work: () => void, failures: unknown[]): void {
  try {
    work()
  } catch (error) {
    failures.push(error)
  }
}

function requireHealed({undoFailures, ending}: RunResult, run: string, lab: string): void {
  const [failure] = undoFailures
  if (failure !== undefined) throw healFailed(`run ${run}`, failure, lab)
  if (ending.kind === 'interrupted')
    throw new HlError('INTERRUPTED', `run ${run} was interrupted by ${ending.signal}; every fault is healed`, {
      next: [
        hint('runs check', {args: [run], why: 'tells what was seen until then'}),
        hint('status', {lab, why: 'shows the lab'}),
        'run it again',
      ],
    })
}

/** Those of a lab that came back bear its name. */
async function saveLogs(
  folder: OpenRunFolder,
  lab: ConnectedLab,
  others: readonly ConnectedLab[],
  sinceIso: string,
): Promise<void> {
  for (const {cluster, secrets, description} of [lab, ...others]) {
    const prefix = cluster.lab === lab.cluster.lab ? '' : `${cluster.lab}-`
    const logs = await collectLogs(
      cluster,
      description.services.map(service => service.name),
      sinceIso,
    )
    for (const [service, text] of Object.entries(logs))
      folder.saveFile(`logs/${prefix}${service}.log`, redact(text, Object.values(secrets)))
  }
}
