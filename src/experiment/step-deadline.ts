// Runs one step within its announced deadline. Invariant: the step is told to stop (at its deadline, by Ctrl-C), and is
// waited for until it has, so that nothing of it goes on behind the back of the way back; that wait is bounded and
// told.
import {hint, hintText} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {PlannedStep} from '../model/plan.ts'
import {formatMs} from '../model/time.ts'
import {within} from '../waiting/await-until.ts'
import {abortAfterMs, stopWithinMs} from './run-deadlines.ts'
import type {Walking} from './steps/step-kind.ts'
import {runStep} from './steps/step-kinds.ts'

/** TIMEOUT with what the step saw last, what the step threw, or the reason of the world's signal. */
export async function runWithin({step, label, withinMs}: PlannedStep, walking: Walking): Promise<string> {
  const {clock, signal: interrupted} = walking.world
  const over = new AbortController()
  const ended = new AbortController()
  const signal = AbortSignal.any([interrupted, over.signal])
  let seen = 'nothing'
  const work = runStep(step, {
    ...walking,
    signal,
    deadlineMs: clock.nowMs() + withinMs,
    see: text => {
      seen = text
    },
  })
  clock.wait(withinMs + abortAfterMs, ended.signal).then(
    () =>
      over.abort(
        new HlError('TIMEOUT', `waited ${formatMs(withinMs)} for "${label}" to end; last seen: ${seen}`, {
          next: [hint('status', {why: 'shows the cluster now'}), hint('logs', {why: 'shows what its members say'})],
        }),
      ),
    () => undefined,
  )
  try {
    return await Promise.race([work, stopped(work, signal, label, walking)])
  } catch (error) {
    interrupted.throwIfAborted()
    // Whatever a step says after its deadline is a consequence of that.
    over.signal.throwIfAborted()
    throw error
  } finally {
    ended.abort('ended')
    work.catch(() => undefined)
  }
}

/** Rejects once the aborted step has ended, or does not; never settles while nobody aborts it. */
async function stopped(
  work: Promise<unknown>,
  signal: AbortSignal,
  label: string,
  {world}: Pick<Walking, 'world'>,
): Promise<never> {
  await aborted(signal)
  const {clock, emit} = world
  await within(
    work.catch(() => undefined),
    {clock, withinMs: stopWithinMs, what: `"${label}" to stop`},
  ).catch(() =>
    emit({
      kind: 'warning',
      atMs: clock.nowMs(),
      code: 'step-not-stopped',
      detail: `"${label}" was told to stop and still goes on after ${formatMs(stopWithinMs)}`,
      next: hintText(hint('down', {why: 'takes the lab away with whatever still works on it'}), world.cluster.lab),
    }),
  )
  signal.throwIfAborted()
  throw new HlError('BUG', 'a signal that was aborted is not', {next: ['report this with the command you ran']})
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), {once: true}))
}
