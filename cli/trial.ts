// One trial of `hl failover`: gate, plan, run, judge, write. Invariant: the report is made from the stored files, as
// `hl runs check` does it later.
// Not here: bringing a lab up, repeating (experiment.ts).
import {collectLogs} from '../src/lab/docker/collect-logs.ts'
import {hostFacts} from '../src/lab/host/host-facts.ts'
import type {ConnectedLab} from '../src/lab/lifecycle/connect-lab.ts'
import {untilHealthy} from '../src/lab/lifecycle/up-lab.ts'
import {HlError} from '../src/model/errors.ts'
import type {Clock, EventSink} from '../src/model/ports.ts'
import type {Plan} from '../src/model/plan.ts'
import type {Report} from '../src/model/report.ts'
import type {Scenario} from '../src/model/scenario.ts'
import {planRun} from '../src/experiment/plan-run.ts'
import type {PlanChoices} from '../src/experiment/plan-run.ts'
import {seededRandom} from '../src/experiment/random.ts'
import {createRun} from '../src/experiment/store/run-folder.ts'
import type {OpenRunFolder} from '../src/experiment/store/run-folder.ts'
import {newRunId} from '../src/experiment/store/run-id.ts'
import {runPlan} from '../src/experiment/run.ts'
import type {RunResult} from '../src/experiment/run.ts'
import {redact} from '../src/report/redact.ts'
import {judgeStored, writeReports} from '../src/experiment/store/stored-report.ts'
import {monotonicClock} from '../src/waiting/monotonic-clock.ts'
import {docker, worldOf} from './wire.ts'

export interface TrialOptions {
  readonly lab: ConnectedLab
  readonly scenario: Scenario
  readonly choices: PlanChoices
  readonly runsRoot: string
  readonly trial: number
  readonly trials: number
  readonly watch: EventSink
  readonly signal: AbortSignal
  /** Asked before each step (`--interactive`). */
  readonly beforeStep?: (label: string) => Promise<void>
}

/**
 * A lab that nobody broke is healthy at once, or after a moment in which a busy host did not answer; one that a trial
 * has just mended may be rebuilding a node.
 */
const firstHealthMs = 5_000

/** The plan for the lab as it is now; LAB_UNHEALTHY when it is not fully redundant. */
export async function planTrial({
  lab,
  scenario,
  choices,
}: Pick<TrialOptions, 'lab' | 'scenario' | 'choices'>): Promise<Plan> {
  return planRun(scenario, await lab.cluster.state(), await lab.cluster.settings(), choices)
}

/**
 * Runs one trial and returns its report. INTERRUPTED after Ctrl-C, when everything is healed; HEAL_FAILED when it is
 * not.
 */
export async function runTrial(options: TrialOptions): Promise<Report> {
  const {lab, runsRoot, trial, trials, watch, signal} = options
  await untilHealthy(lab, monotonicClock(), {signal, ...(trial === 1 ? {withinMs: firstHealthMs} : {})})
  const plan = await planTrial(options)
  const clock = monotonicClock()
  const startedAt = clock.wallTime()
  const run = newRunId(startedAt, seededRandom(process.pid + Math.floor(performance.now())))
  const folder = createRun(runsRoot, run)
  const emit: EventSink = event => {
    folder.appendEvent(event)
    watch(event)
  }
  const world = worldOf(
    lab,
    plan,
    run,
    clock,
    {emit, onOp: op => folder.appendOp(op), save: record => folder.saveRecord(record)},
    signal,
  )
  try {
    const result = await runPlan(
      plan,
      {...world, ...(options.beforeStep === undefined ? {} : {beforeStep: options.beforeStep})},
      {run, trial, trials, startedAt, host: await hostFacts(docker)},
    )
    await saveLogs(folder, lab, startedAt)
    requireHealed(result, run, lab.cluster.lab)
  } finally {
    folder.close()
  }
  const report = judgeStored(runsRoot, run)
  emitDone(report, clock, watch)
  writeReports((name, text) => folder.saveFile(name, text), report, Object.values(lab.secrets))
  return report
}

function requireHealed(result: RunResult, run: string, lab: string): void {
  const [failure] = result.undoFailures
  if (failure !== undefined)
    throw new HlError('HEAL_FAILED', `run ${run}: could not undo ${failure.id}: ${failure.message}`, {
      next: [`hl faults heal --all --lab ${lab}`, `hl down --lab ${lab} --volumes --confirm ${lab} takes the lab away`],
    })
  if (result.ending.kind === 'interrupted')
    throw new HlError('INTERRUPTED', `run ${run} was interrupted by ${result.ending.signal}; every fault is healed`, {
      next: [`hl status --lab ${lab} shows the lab`, 'run it again'],
    })
}

function emitDone(report: Report, clock: Clock, watch: EventSink): void {
  watch({kind: 'run.done', atMs: clock.nowMs(), verdict: report.verdict})
}

async function saveLogs(
  folder: OpenRunFolder,
  {cluster, secrets, description}: ConnectedLab,
  sinceIso: string,
): Promise<void> {
  const logs = await collectLogs(
    cluster,
    description.services.map(service => service.name),
    sinceIso,
  )
  for (const [service, text] of Object.entries(logs))
    folder.saveFile(`logs/${service}.log`, redact(text, Object.values(secrets)))
}
