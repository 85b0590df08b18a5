// The end of every run, good or bad: heal, converge, stop the load, read what is there, restore settings. Invariant: no
// part keeps another from happening.
// Not here: the steps before (run.ts), single heals (run-step.ts).
import type {FinalState} from '../model/history.ts'
import {messageOf, within} from '../waiting/await-until.ts'
import {endingOf, interruption} from './ending.ts'
import type {Ending} from './ending.ts'
import {endWithinMs, healWithinMs, prepareWithinMs} from './plan-run.ts'
import type {StepRunner} from './run-step.ts'
import type {UndoFailure, UndoStack} from './undo-stack.ts'
import type {World} from './world.ts'

export interface Ended {
  readonly ending: Ending
  readonly undoFailures: readonly UndoFailure[]
  readonly healthy: boolean
  /** null when the run must not be judged: interrupted, or its history has a hole. */
  readonly final: FinalState | null
}

const partWithinMs = endWithinMs / 4

/**
 * Load goes on while a good run converges, so that the way back to redundancy is under load too; after a bad one it
 * stops first.
 * What fails here carries the number after the last step, so that nobody takes it for a failure of the cluster in that
 * step.
 */
export async function endRun(world: World, steps: StepRunner, walked: Ending, stepCount: number): Promise<Ended> {
  const {clock, emit, load, observer, signal} = world
  const good = walked.kind === 'done'
  const early = good ? null : await stopLoad(world)
  const undoFailures = await steps.stack.unwind(healWithinMs)
  for (const {id, message} of undoFailures) warn(world, 'heal-failed', `${id}: ${message}`, 'hl faults heal --all')
  const healthy = await tried(
    world,
    'waiting for full redundancy',
    steps.redundancy.wait(endWithinMs / 2, good ? signal : undefined),
  )
  const hole = early ?? (await stopLoad(world))

  const at = {step: stepCount, label: 'stop the load'}
  const ending = !good
    ? walked
    : signal.aborted
      ? interruption(signal)
      : hole.error === null
        ? walked
        : endingOf(hole.error, signal, at)
  if (good && ending.kind === 'interrupted') emit({kind: 'run.interrupted', atMs: clock.nowMs(), signal: ending.signal})
  if (good && ending.kind === 'failed') emit({...ending, kind: 'step.failed', atMs: clock.nowMs()})
  // An interrupted run is never judged, and whoever pressed Ctrl-C waits for this.
  const judged = ending.kind !== 'interrupted' && hole.error === null
  const final = judged
    ? await tried(
        world,
        'the final read',
        within(load.finalState(), {clock, withinMs: partWithinMs, what: 'the final state of every node'}),
      )
    : null
  await tried(
    world,
    'stopping the observer',
    within(observer.stop(), {clock, withinMs: partWithinMs, what: 'the observer to stop'}),
  )
  await closeLoad(world)
  return {ending, undoFailures, healthy: healthy ?? false, final}
}

/** Only after convergence: Patroni takes no settings while it has no primary or no etcd. */
export async function restoreSettings(world: World, settings: UndoStack): Promise<readonly UndoFailure[]> {
  const failures = await settings.unwind(prepareWithinMs)
  for (const {id, message} of failures)
    warn(world, 'restore-failed', `${id}: ${message}`, 'hl down and hl up make a lab with its own settings')
  return failures
}

/** Closes connections; never throws. */
export async function closeLoad(world: World): Promise<void> {
  await tried(
    world,
    'closing the load',
    within(world.load.close(), {clock: world.clock, withinMs: partWithinMs, what: 'connections to close'}),
  )
}

/** A load that cannot say what became of its operations leaves a history with a hole. */
async function stopLoad(world: World): Promise<{readonly error: unknown}> {
  try {
    await within(world.load.stop(), {clock: world.clock, withinMs: partWithinMs, what: 'operations under way to end'})
    return {error: null}
  } catch (error) {
    warn(
      world,
      'history-incomplete',
      messageOf(error),
      'free what was missing and run it again; this run cannot be judged',
    )
    return {error}
  }
}

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
