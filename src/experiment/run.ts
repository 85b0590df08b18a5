// Walks a plan: settings, load, steps, and always the way back. Invariant: whatever happens, every fault is healed and
// every setting restored before runPlan returns or throws, each heal tried even when another failed. Not here: single
// steps (run-step.ts), the end (end-run.ts), judging (src/measure), files (run-folder.ts).
import {HlError} from '../model/errors.ts'
import type {Plan} from '../model/plan.ts'
import {schemaVersion} from '../model/report.ts'
import type {EffectiveConfig, RunRecord} from '../model/report.ts'
import {within} from '../waiting/await-until.ts'
import {closeLoad, endRun, restoreSettings} from './end-run.ts'
import {endingOf} from './ending.ts'
import type {Ending} from './ending.ts'
import {guardSink} from './guarded-sink.ts'
import type {GuardedSink} from './guarded-sink.ts'
import {prepareWithinMs} from './plan-run.ts'
import {readConfig} from './read-config.ts'
import {settle} from './run-settings.ts'
import {StepRunner} from './run-step.ts'
import {UndoStack} from './undo-stack.ts'
import type {UndoFailure} from './undo-stack.ts'
import type {World} from './world.ts'

/** Which run this is; known before it begins. */
export type Trial = Pick<RunRecord, 'run' | 'trial' | 'startedAt' | 'host'> & {readonly trials: number}

export interface RunResult {
  readonly record: RunRecord
  readonly ending: Ending
  /** Faults and settings that could not be undone: `hl faults heal --all` is needed. */
  readonly undoFailures: readonly UndoFailure[]
  /** Was the cluster fully redundant at the end? */
  readonly healthy: boolean
}

/**
 * Runs a plan to its end. A step that fails ends the walk, not the run: healing, convergence and the final read follow,
 * and the record tells.
 * Throws HlError when the run could not even begin (nothing was injected then), INTERRUPTED when Ctrl-C came before the
 * first step,
 * and DISK_FULL when the record could not be kept at the end (everything is healed then).
 */
export async function runPlan(plan: Plan, outside: World, trial: Trial): Promise<RunResult> {
  const sink = guardSink(outside.emit)
  const world = {...outside, emit: sink.emit}
  const {clock, emit} = world
  const settings = new UndoStack(clock)
  emit({
    kind: 'run.started',
    atMs: clock.nowMs(),
    run: trial.run,
    scenario: plan.scenario.name,
    seed: plan.seed,
    trial: trial.trial,
    trials: trial.trials,
    steps: plan.steps.map(step => step.label),
    startedAt: trial.startedAt,
  })
  const record = await prepare(plan, world, trial, settings)

  const steps = new StepRunner(plan, world)
  const ended = await endRun(world, steps, await walk(plan, world, steps, sink), plan.steps.length)
  const undoFailures = [...ended.undoFailures, ...(await restoreSettings(world, settings))]
  const final = {...record, final: ended.final}
  world.save(final)
  return {record: final, ending: ended.ending, undoFailures, healthy: ended.healthy}
}

async function prepare(plan: Plan, world: World, trial: Trial, settings: UndoStack): Promise<RunRecord> {
  const {clock, cluster, emit, load, signal} = world
  const deadline = {clock, withinMs: prepareWithinMs}
  try {
    signal.throwIfAborted()
    const primary = await settle(plan, world, settings)
    const config = await within(readConfig(cluster, primary, plan.load), {
      ...deadline,
      signal,
      what: 'the effective configuration',
    })
    await within(load.prepare(), {...deadline, what: 'the tables and connections of the load'})
    signal.throwIfAborted()
    const record = recordOf(plan, trial, config)
    world.save(record)
    return record
  } catch (error) {
    const ending = endingOf(error, signal, {step: 0, label: 'prepare'})
    if (ending.kind === 'interrupted') emit({kind: 'run.interrupted', atMs: clock.nowMs(), signal: ending.signal})
    await closeLoad(world)
    await restoreSettings(world, settings)
    throw ending.kind === 'interrupted'
      ? new HlError('INTERRUPTED', `interrupted by ${ending.signal} before the first step; nothing was injected`, {
          next: ['run it again'],
          cause: error,
        })
      : error
  }
}

function recordOf(plan: Plan, trial: Trial, config: EffectiveConfig): RunRecord {
  const {run, trial: number, startedAt, host} = trial
  return {
    schemaVersion,
    run,
    scenario: plan.scenario,
    seed: plan.seed,
    trial: number,
    startedAt,
    through: plan.through,
    ...(plan.directTo === undefined ? {} : {directTo: plan.directTo}),
    config,
    host,
    final: null,
  }
}

async function walk(plan: Plan, world: World, steps: StepRunner, sink: GuardedSink): Promise<Ending> {
  const {clock, emit, load, observer, signal} = world
  let at = {step: 0, label: 'start the load'}
  try {
    observer.start(emit)
    load.start()
    for (const planned of plan.steps) {
      signal.throwIfAborted()
      sink.check()
      at = {step: planned.index, label: planned.label}
      await world.beforeStep?.(planned.label)
      emit({kind: 'step.started', atMs: clock.nowMs(), ...at, withinMs: planned.withinMs})
      const detail = await steps.run(planned)
      emit({kind: 'step.done', atMs: clock.nowMs(), ...at, detail})
    }
    sink.check()
    return {kind: 'done'}
  } catch (error) {
    const ending = endingOf(error, signal, at)
    if (ending.kind === 'interrupted') emit({kind: 'run.interrupted', atMs: clock.nowMs(), signal: ending.signal})
    else emit({...ending, kind: 'step.failed', atMs: clock.nowMs()})
    return ending
  }
}
