// Walks a plan: settings, load, steps, and always the way back. Invariant: whatever happens, every fault is healed and every setting restored before
// runPlan returns or throws, each heal tried even when another failed. Not here: single steps (run-step.ts), judging (src/measure), files (run-folder.ts).
import {HlError} from '../model/errors.ts'
import type {FinalState} from '../model/history.ts'
import type {Plan} from '../model/plan.ts'
import {schemaVersion} from '../model/report.ts'
import type {EffectiveConfig, RunRecord} from '../model/report.ts'
import {messageOf, within} from './await-until.ts'
import {guardSink} from './guarded-sink.ts'
import type {GuardedSink} from './guarded-sink.ts'
import {endWithinMs, healWithinMs, prepareWithinMs} from './plan-run.ts'
import {readConfig} from './read-config.ts'
import {settle} from './run-settings.ts'
import {StepRunner} from './run-step.ts'
import {UndoStack} from './undo-stack.ts'
import type {UndoFailure} from './undo-stack.ts'
import type {World} from './world.ts'

/** Which run this is; known before it begins. */
export type Trial = Pick<RunRecord, 'run' | 'trial' | 'startedAt' | 'host'> & {readonly trials: number}

interface Failed {
  readonly kind: 'failed'
  readonly step: number
  readonly label: string
  readonly code: string
  readonly message: string
}

interface Interrupted {
  readonly kind: 'interrupted'
  readonly signal: string
}

export type Ending = {readonly kind: 'done'} | Failed | Interrupted

export interface RunResult {
  readonly record: RunRecord
  readonly ending: Ending
  /** Faults and settings that could not be undone: `hl heal --all` is needed. */
  readonly undoFailures: readonly UndoFailure[]
  /** Was the cluster fully redundant at the end? */
  readonly healthy: boolean
}

/**
 * Runs a plan to its end. A step that fails ends the walk, not the run: healing, convergence and the final read follow, and the record tells.
 * Throws HlError when the run could not even begin (nothing was injected then), INTERRUPTED when Ctrl-C came before the first step.
 */
export async function runPlan(plan: Plan, outside: World, trial: Trial): Promise<RunResult> {
  const sink = guardSink(outside.emit)
  const world = {...outside, emit: sink.emit}
  const {clock, emit} = world
  const settings = new UndoStack(clock)
  emit({kind: 'run.started', atMs: clock.nowMs(), run: trial.run, scenario: plan.scenario.name, seed: plan.seed, trial: trial.trial, trials: trial.trials, steps: plan.steps.map(step => step.label), startedAt: trial.startedAt})
  const record = await prepare(plan, world, trial, settings)

  const steps = new StepRunner(plan, world)
  const ended = await end(world, steps, await walk(plan, world, steps, sink))
  const undoFailures = [...ended.undoFailures, ...(await restore(world, settings))]
  const final = {...record, final: ended.final}
  world.save(final)
  return {record: final, ending: ended.ending, undoFailures, healthy: ended.healthy}
}

function recordOf(plan: Plan, trial: Trial, config: EffectiveConfig): RunRecord {
  const {run, trial: number, startedAt, host} = trial
  return {schemaVersion, run, scenario: plan.scenario, seed: plan.seed, trial: number, startedAt, through: plan.through, config, host, final: null}
}

async function prepare(plan: Plan, world: World, trial: Trial, settings: UndoStack): Promise<RunRecord> {
  const {clock, cluster, load, signal} = world
  const deadline = {clock, withinMs: prepareWithinMs}
  try {
    signal.throwIfAborted()
    const primary = await settle(plan, world, settings)
    const config = await within(readConfig(cluster, primary, plan.load), {...deadline, signal, what: 'the effective configuration'})
    await within(load.prepare(), {...deadline, what: 'the tables and connections of the load'})
    signal.throwIfAborted()
    const record = recordOf(plan, trial, config)
    world.save(record)
    return record
  } catch (error) {
    const ending = endingOf(error, world, 'prepare', 0)
    if (ending.kind === 'interrupted') world.emit({kind: 'run.interrupted', atMs: clock.nowMs(), signal: ending.signal})
    await tried(world, 'closing the load', within(load.close(), {...deadline, what: 'connections to close'}))
    await restore(world, settings)
    throw ending.kind === 'interrupted' ? new HlError('INTERRUPTED', `interrupted by ${ending.signal} before the first step; nothing was injected`, {next: ['run it again'], cause: error}) : error
  }
}

async function walk(plan: Plan, world: World, steps: StepRunner, sink: GuardedSink): Promise<Ending> {
  const {clock, emit, load, observer, signal} = world
  let at = plan.steps[0]
  try {
    observer.start(emit)
    load.start()
    for (at of plan.steps) {
      signal.throwIfAborted()
      sink.check()
      const {index: step, label, withinMs} = at
      emit({kind: 'step.started', atMs: clock.nowMs(), step, label, withinMs})
      const detail = await steps.run(at)
      emit({kind: 'step.done', atMs: clock.nowMs(), step, label, detail})
    }
    sink.check()
    return {kind: 'done'}
  } catch (error) {
    const ending = endingOf(error, world, at?.label ?? 'start', at?.index ?? 0)
    if (ending.kind === 'interrupted') emit({kind: 'run.interrupted', atMs: clock.nowMs(), signal: ending.signal})
    if (ending.kind === 'failed') emit({kind: 'step.failed', atMs: clock.nowMs(), step: ending.step, label: ending.label, code: ending.code, message: ending.message})
    return ending
  }
}

function endingOf(error: unknown, {signal}: World, label: string, step: number): Interrupted | Failed {
  if (signal.aborted) return {kind: 'interrupted', signal: messageOf(signal.reason)}
  return {kind: 'failed', step, label, code: error instanceof HlError ? error.code : 'BUG', message: messageOf(error)}
}

interface Ended {
  readonly ending: Ending
  readonly undoFailures: readonly UndoFailure[]
  readonly healthy: boolean
  readonly final: FinalState | null
}

/** Load goes on while a good run converges, so that the way back to redundancy is under load too; after a bad one it stops first. */
async function end(world: World, steps: StepRunner, walked: Ending): Promise<Ended> {
  const {clock, load, observer, signal} = world
  const good = walked.kind === 'done'
  const deadline = {clock, withinMs: endWithinMs / 4}
  const stopLoad = (): Promise<unknown> => tried(world, 'stopping the load', within(load.stop(), {...deadline, what: 'operations under way to end'}))
  if (!good) await stopLoad()
  const undoFailures = await steps.stack.unwind(healWithinMs)
  for (const {id, message} of undoFailures) warn(world, 'heal-failed', `${id}: ${message}`, 'hl heal --all')
  const healthy = await tried(world, 'waiting for full redundancy', steps.redundancy.wait(endWithinMs / 2, good ? signal : undefined))
  if (good) await stopLoad()
  const ending: Ending = good && signal.aborted ? {kind: 'interrupted', signal: messageOf(signal.reason)} : walked
  if (good && ending.kind === 'interrupted') world.emit({kind: 'run.interrupted', atMs: clock.nowMs(), signal: ending.signal})
  // An interrupted run is never judged, and whoever pressed Ctrl-C waits for this.
  const final = ending.kind === 'interrupted' ? null : await tried(world, 'the final read', within(load.finalState(), {...deadline, what: 'the final state of every node'}))
  await tried(world, 'stopping the observer', within(observer.stop(), {...deadline, what: 'the observer to stop'}))
  await tried(world, 'closing the load', within(load.close(), {...deadline, what: 'connections to close'}))
  return {ending, undoFailures, healthy: healthy ?? false, final}
}

/** Only after convergence: Patroni takes no settings while it has no primary or no etcd. */
async function restore(world: World, settings: UndoStack): Promise<readonly UndoFailure[]> {
  const failures = await settings.unwind(prepareWithinMs)
  for (const {id, message} of failures) warn(world, 'restore-failed', `${id}: ${message}`, 'hl down and hl up make a lab with its own settings')
  return failures
}

/** One part of the end must not keep the others from happening: what it threw becomes a warning, and null. */
async function tried<T>(world: World, what: string, work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    warn(world, 'end-failed', `${what}: ${messageOf(error)}`, 'hl status')
    return null
  }
}

function warn({clock, emit}: World, code: string, detail: string, next: string): void {
  emit({kind: 'warning', atMs: clock.nowMs(), code, detail, next})
}
