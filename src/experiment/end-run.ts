// The end of every run, good or bad: heal, converge, stop the loads, look at what is there, restore settings.
// Invariant: no part keeps another from happening, and each is bounded.
import {messageOf} from '../model/errors.ts'
import {hint, hintText, type NextStep} from '../model/command-hint.ts'
import type {FinalState} from '../model/history.ts'
import type {RecoveryRecord} from '../model/recovery-record.ts'
import {within} from '../waiting/await-until.ts'
import {endingOf, interruption} from './ending.ts'
import type {Ending} from './ending.ts'
import {healWithinMs, partWithinMs, redundancyWithinMs, settingsWithinMs, verifyWithinMs} from './run-deadlines.ts'
import type {Walking} from './steps/step-kind.ts'
import type {UndoFailure, UndoStack} from './undo-stack.ts'
import type {World} from './world.ts'

export interface Ended {
  readonly ending: Ending
  readonly undoFailures: readonly UndoFailure[]
  readonly healthy: boolean
  /** null when the run must not be judged: interrupted, or its history has a hole. */
  readonly final: FinalState | null
  readonly recovery: RecoveryRecord
}

interface Finals {
  readonly final: FinalState | null
  readonly finalAfter: FinalState | null
}

const unread: Finals = {final: null, finalAfter: null}

/**
 * Load goes on while a good run converges, so that the way back to redundancy is under load too; after a bad one it
 * stops first. Ctrl-C before all is read ends either as interrupted.
 * What fails here carries the number after the last step, so that nobody takes it for a failure of the cluster in that
 * step.
 */
export async function endRun(walking: Walking, walked: Ending): Promise<Ended> {
  const {world, loads, stack, plan, progress} = walking
  const {clock, emit, observer, signal} = world
  const good = walked.kind === 'done'
  if (!good) await loads.stop()
  const undoFailures = await stack.unwind(healWithinMs)
  for (const {id, message} of undoFailures)
    warn(world, 'heal-failed', `${id}: ${message}`, hint('faults heal', {flags: {all: true}}))
  const healthy = await converge(walking, walked)
  const hole = await loads.stop()

  const uninterrupted = walked.kind !== 'interrupted'
  let ending = walked
  if (uninterrupted && signal.aborted) ending = interruption(signal)
  else if (good && hole !== null)
    ending = endingOf(hole.error, signal, {step: plan.steps.length, label: 'stop the load'})
  // An interrupted run is never judged, and whoever pressed Ctrl-C waits for this.
  const judged = ending.kind !== 'interrupted' && hole === null
  if (judged) ending = await verify(walking, ending)
  if (good && ending.kind === 'failed') emit({...ending, kind: 'step.failed', atMs: clock.nowMs()})
  let read = judged && ending.kind !== 'interrupted' ? await readFinals(walking) : unread
  if (uninterrupted && signal.aborted) {
    ending = interruption(signal)
    read = unread
    emit({kind: 'run.interrupted', atMs: clock.nowMs(), signal: ending.signal})
  }
  await tried(
    world,
    'stopping the observer',
    within(observer.stop(), {clock, withinMs: partWithinMs, what: 'the observer to stop'}),
  )
  await loads.close()
  const {facts, refusal, verification} = progress
  return {
    ending,
    undoFailures,
    healthy,
    final: read.final,
    recovery: {restore: facts, refusal, verification, finalAfter: read.finalAfter},
  }
}

/** Only after convergence: Patroni takes no settings while it has no primary or no etcd. */
export async function restoreSettings(world: World, settings: UndoStack): Promise<readonly UndoFailure[]> {
  const failures = await settings.unwind(settingsWithinMs)
  for (const {id, message} of failures)
    warn(
      world,
      'restore-failed',
      `${id}: ${message}`,
      hint('down', {why: 'takes it away, for one with its own settings to be brought up'}),
    )
  return failures
}

/** Nobody waits for nodes that are gone for good, nor after Ctrl-C for a lab that is taken down next. */
async function converge({world, redundancy, progress}: Walking, walked: Ending): Promise<boolean> {
  if (progress.degraded || (walked.kind === 'interrupted' && world.transient)) return false
  const signal = walked.kind === 'interrupted' ? undefined : world.signal
  const healthy = await tried(world, 'waiting for full redundancy', redundancy.wait(redundancyWithinMs, signal))
  return healthy ?? false
}

/** A verification that could not be done is a failure of the run: what was not looked at must not pass. */
async function verify({world, progress, plan}: Walking, ending: Ending): Promise<Ending> {
  const {clock, signal} = world
  const over = new AbortController()
  try {
    for (const look of progress.atEnd) {
      const wait = {clock, signal, withinMs: verifyWithinMs, what: 'the verification to end'}
      progress.verification.push(...(await within(look(AbortSignal.any([signal, over.signal])), wait)))
    }
    return ending
  } catch (error) {
    // What nobody waits for any more ends too.
    over.abort(error)
    const failed = endingOf(error, signal, {step: plan.steps.length, label: 'verify what came back'})
    if (ending.kind === 'done') return failed
    warn(world, 'end-failed', `verification: ${messageOf(error)}`, hint('status'))
    return ending
  }
}

/** The rows of the first load, where its cluster is, and those of the load after a restore. */
async function readFinals({world, progress}: Walking): Promise<Finals> {
  const {clock, signal} = world
  const {restored, degraded} = progress
  const read = async (state: Promise<FinalState>, what: string): Promise<FinalState | null> =>
    tried(world, 'the final read', within(state, {clock, signal, withinMs: partWithinMs, what}))
  if (restored === null) {
    const gone = degraded && progress.hit?.disaster.kind === 'lose-cluster'
    return {final: gone ? null : await read(world.load.finalState(), 'the final state of every node'), finalAfter: null}
  }
  return {
    final: await read(restored.finalState(), 'what the restored cluster holds of the first load'),
    finalAfter: await read(restored.load.finalState(), 'what the restored cluster holds of its own load'),
  }
}

async function tried<T>(world: World, what: string, work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    warn(world, 'end-failed', `${what}: ${messageOf(error)}`, hint('status'))
    return null
  }
}

function warn({clock, cluster, emit}: World, code: string, detail: string, next: NextStep): void {
  emit({kind: 'warning', atMs: clock.nowMs(), code, detail, next: hintText(next, cluster.lab, cluster.name)})
}
