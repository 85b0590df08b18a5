// Walks a plan: settings, load, steps, and always the way back. Invariant: whatever happens, every fault is healed and
// every setting restored before runPlan returns or throws, each heal tried even when another failed.
import {HlError} from '../model/errors.ts'
import type {Origin, Plan} from '../model/plan.ts'
import type {RecoveryRecord} from '../model/recovery-record.ts'
import {schemaVersion} from '../model/report.ts'
import type {EffectiveConfig, RunRecord} from '../model/report.ts'
import type {StepKind} from '../model/scenario.ts'
import {within} from '../waiting/await-until.ts'
import {endRun, restoreSettings} from './end-run.ts'
import {endingOf} from './ending.ts'
import type {Ending} from './ending.ts'
import {guardSink} from './guarded-sink.ts'
import type {GuardedSink} from './guarded-sink.ts'
import {healFailed} from './heal-failed.ts'
import {Loads} from './loads.ts'
import {startOfProgress} from './progress.ts'
import {seenAfter, seenBefore} from './other-shards.ts'
import {readConfig} from './read-config.ts'
import {Redundancy} from './redundancy.ts'
import {prepareWithinMs} from './run-deadlines.ts'
import {settle} from './run-settings.ts'
import {runWithin} from './step-deadline.ts'
import type {Walking} from './steps/step-kind.ts'
import {createVictim} from './steps/victim.ts'
import {UndoStack} from './undo-stack.ts'
import type {UndoFailure} from './undo-stack.ts'
import type {World} from './world.ts'

/** Which run this is; known before it begins. */
export interface Trial extends Pick<RunRecord, 'run' | 'trial' | 'startedAt' | 'host'> {
  readonly trials: number
  readonly origin?: Origin | undefined
}

export interface RunResult {
  readonly record: RunRecord
  readonly ending: Ending
  /** Faults and settings that could not be undone: `hl faults heal --all` is needed. */
  readonly undoFailures: readonly UndoFailure[]
  /** Was the cluster fully redundant at the end? */
  readonly healthy: boolean
  /** Why the finished record could not be kept (a full disk); null when it was. */
  readonly unsaved: Error | null
}

/**
 * Runs a plan to its end. A step that fails ends the walk, not the run: healing, convergence and the final read follow,
 * and the record tells.
 * Throws HlError when the run could not even begin (nothing was injected then): INTERRUPTED when Ctrl-C came before the
 * first step, HEAL_FAILED when its settings could not be brought back.
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
  const stack = new UndoStack(clock)
  const walking: Walking = {
    world,
    plan,
    stack,
    lastly: settings,
    progress: startOfProgress(),
    redundancy: new Redundancy({cluster: world.cluster, settings: plan.settings}, world, stack),
    loads: new Loads(world),
  }
  const record = await prepare(walking, trial, settings)

  const {ending, undoFailures, healthy, final, recovery} = await endRun(walking, await walk(walking, sink))
  const all = [...undoFailures, ...(await restoreSettings(world, settings))]
  const otherShards = record.otherShards === undefined ? undefined : await seenAfter(record.otherShards, world)
  const finished = {
    ...record,
    ...(otherShards === undefined ? {} : {otherShards}),
    final,
    recovery: record.recovery === null ? null : recovery,
  }
  return {record: finished, ending, undoFailures: all, healthy, unsaved: failureOf(() => world.save(finished))}
}

/** What is still broken must be told whether or not the record could be kept. */
function failureOf(work: () => void): Error | null {
  try {
    work()
    return null
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

async function prepare(walking: Walking, trial: Trial, settings: UndoStack): Promise<RunRecord> {
  const {world, plan, loads} = walking
  const {clock, cluster, emit, load, signal} = world
  const untilMs = clock.nowMs() + prepareWithinMs
  const leftMs = (): number => Math.max(1, untilMs - clock.nowMs())
  try {
    signal.throwIfAborted()
    const primary = await settle(plan, world, settings, leftMs)
    const config = await within(readConfig(cluster, primary, plan.load), {
      clock,
      signal,
      withinMs: leftMs(),
      what: 'the effective configuration',
    })
    await loads.prepare(load, {withinMs: leftMs()})
    // On one shard alone it would be a difference between their schemas.
    if (plan.scenario.sharded === undefined && plan.scenario.steps.some(({kind}) => kind === 'disaster'))
      await within(createVictim(world.recovery.sql), {
        clock,
        signal,
        withinMs: leftMs(),
        what: 'the table that the disaster hits to be made',
      })
    signal.throwIfAborted()
    const record = {...recordOf(plan, trial, config), ...(await ofShard(plan, world))}
    world.save(record)
    return record
  } catch (error) {
    const ending = endingOf(error, signal, {step: 0, label: 'prepare'})
    if (ending.kind === 'interrupted') emit({kind: 'run.interrupted', atMs: clock.nowMs(), signal: ending.signal})
    await loads.close()
    const [failure] = await restoreSettings(world, settings)
    if (failure !== undefined)
      throw healFailed(`run ${trial.run} ended before its first step`, failure, cluster.lab, error)
    throw ending.kind === 'interrupted'
      ? new HlError('INTERRUPTED', `interrupted by ${ending.signal} before the first step; nothing was injected`, {
          next: ['run it again'],
          cause: error,
        })
      : error
  }
}

/** Which shard it is about, and how the others are; nothing in a lab of one cluster. */
async function ofShard({shard}: Plan, world: World): Promise<Pick<RunRecord, 'shard' | 'otherShards'>> {
  return shard === undefined ? {} : {shard, otherShards: await seenBefore(world)}
}

const ofRecovery: readonly StepKind[] = [
  'backup',
  'backup-during-failover',
  'delayed-copy',
  'barrier',
  'disaster',
  'sabotage',
  'restore',
  'recover-table',
  'rebuild',
]
const nothingYet: RecoveryRecord = {restore: null, refusal: null, verification: [], finalAfter: null}

function recordOf(plan: Plan, trial: Trial, config: EffectiveConfig): RunRecord {
  const {run, trial: number, startedAt, host, origin} = trial
  return {
    schemaVersion,
    run,
    scenario: plan.scenario,
    seed: plan.seed,
    trial: number,
    startedAt,
    through: plan.through,
    ...(plan.directTo === undefined ? {} : {directTo: plan.directTo}),
    ...(plan.asked === undefined ? {} : {asked: plan.asked}),
    ...(origin === undefined ? {} : {origin}),
    config,
    host,
    final: null,
    recovery: plan.scenario.steps.some(({kind}) => ofRecovery.includes(kind)) ? nothingYet : null,
  }
}

async function walk(walking: Walking, sink: GuardedSink): Promise<Ending> {
  const {world, plan, loads} = walking
  const {clock, emit, load, observer, signal} = world
  let at = {step: 0, label: 'start the load'}
  try {
    observer.start(emit)
    loads.start(load)
    for (const planned of plan.steps) {
      signal.throwIfAborted()
      sink.check()
      at = {step: planned.index, label: planned.label}
      await world.beforeStep?.(planned.label)
      emit({kind: 'step.started', atMs: clock.nowMs(), ...at, withinMs: planned.withinMs})
      const detail = await runWithin(planned, walking)
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
