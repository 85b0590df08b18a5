// The one way to wait outside of the router: poll until something is so, or bound a promise. Invariant: every wait has
// a deadline, and a timeout says what was waited for and what was seen last.
import {hint, type NextStep} from '../model/command-hint.ts'
import {HlError, messageOf, type ErrorCode} from '../model/errors.ts'
import type {Clock} from '../model/ports.ts'
import {formatMs} from '../model/time.ts'

/** What one poll showed: `seen` is for the timeout's message; `failure` says that nothing could be seen. */
export type PollResult<T> =
  {readonly holds: true; readonly value: T} | {readonly holds: false; readonly seen: string; readonly failure?: HlError}

export const holds = <T>(value: T): PollResult<T> => ({holds: true, value})
export const notYet = (seen: string): PollResult<never> => ({holds: false, seen})

export interface Wait {
  readonly clock: Pick<Clock, 'nowMs' | 'wait'>
  readonly withinMs: number
  /** What is waited for, as it reads after "waited 60 s for". */
  readonly what: string
  readonly signal?: AbortSignal | undefined
  /** Between two polls; 200 unless told. */
  readonly everyMs?: number
  /** Of the error after the deadline; TIMEOUT unless told. */
  readonly code?: ErrorCode
  readonly next?: readonly NextStep[]
  /**
   * A poll that throws counts as "not yet": a cluster under a fault answers with errors. Otherwise it ends the wait.
   */
  readonly tolerant?: boolean
}

/** Often enough for a figure in tenths of a second, seldom enough not to be load itself. */
const pollMs = 200

/**
 * Polls at once and then again until the probe holds. Throws HlError after `withinMs`, a poll that hangs included; of a
 * tolerant wait with the code of the last HlError when the last poll saw nothing (Docker is away: nobody said no); or
 * the signal's reason.
 */
export async function awaitUntil<T>(probe: () => Promise<PollResult<T>>, wait: Wait): Promise<T> {
  const startedMs = wait.clock.nowMs()
  const leftMs = (): number => startedMs + wait.withinMs - wait.clock.nowMs()
  const poll = wait.tolerant === true ? async () => tolerate(probe) : probe
  let last: {readonly seen: string; readonly failure?: HlError} = {seen: 'nothing'}
  for (;;) {
    wait.signal?.throwIfAborted()
    if (leftMs() <= 0) throw timeout(wait, last.seen, last.failure)
    const result = await within(poll(), {...wait, withinMs: leftMs()}, () => timeout(wait, last.seen, last.failure))
    if (result.holds) return result.value
    last = result
    await wait.clock.wait(Math.max(1, Math.min(wait.everyMs ?? pollMs, leftMs())), wait.signal)
  }
}

/**
 * The promise's value, or HlError TIMEOUT after `withinMs`. The promise itself cannot be stopped and is left to end
 * alone.
 */
export async function within<T>(
  work: Promise<T>,
  wait: Wait,
  late = (): HlError => timeout(wait, 'no answer'),
): Promise<T> {
  const timer = new AbortController()
  const signal = wait.signal === undefined ? timer.signal : AbortSignal.any([timer.signal, wait.signal])
  const over = wait.clock.wait(wait.withinMs, signal).then(() => {
    throw late()
  })
  try {
    return await Promise.race([work, over])
  } finally {
    timer.abort('settled')
    over.catch(() => undefined)
    work.catch(() => undefined)
  }
}

async function tolerate<T>(probe: () => Promise<PollResult<T>>): Promise<PollResult<T>> {
  try {
    return await probe()
  } catch (error) {
    return {holds: false, seen: messageOf(error), ...(error instanceof HlError ? {failure: error} : {})}
  }
}

function timeout(wait: Wait, seen: string, failure?: HlError): HlError {
  const message = `waited ${formatMs(wait.withinMs)} for ${wait.what}; last seen: ${seen}`
  const next = wait.next ??
    failure?.steps ?? [
      hint('status', {why: 'shows the cluster now'}),
      hint('logs', {why: 'shows what its members say'}),
    ]
  return new HlError(failure?.code ?? wait.code ?? 'TIMEOUT', message, {next, cause: failure})
}
