// Waiting with a deadline, twice: for a probe to hold, and for a promise to settle. Invariant: no wait of a run is
// endless, and a timeout says what was last seen.
// Not here: what is waited for (conditions.ts, run-step.ts).
import {HlError} from '../model/errors.ts'
import type {Clock} from '../model/ports.ts'

/** What one look showed: `seen` is for the timeout's message; `failure` says that nothing could be seen. */
export type Look<T> =
  {readonly holds: true; readonly value: T} | {readonly holds: false; readonly seen: string; readonly failure?: HlError}

export interface Wait {
  readonly clock: Clock
  readonly withinMs: number
  /** What is waited for, as it reads after "waited 60 s for". */
  readonly what: string
  readonly signal?: AbortSignal | undefined
  readonly everyMs?: number
}

/** Often enough for a figure in tenths of a second, seldom enough not to be load itself. */
const pollMs = 200

/**
 * Looks until the probe holds. A probe that throws counts as "not yet", with its message as what was seen: a cluster
 * under a fault answers with errors.
 * Throws HlError TIMEOUT after `withinMs`, with the code of the last HlError instead when the last look could not even
 * be taken (Docker is away: nobody said no);
 * or the signal's reason.
 */
export async function awaitUntil<T>(probe: () => Promise<Look<T>>, wait: Wait): Promise<T> {
  const startedMs = wait.clock.nowMs()
  let failure: HlError | undefined
  for (let seen = 'nothing'; ;) {
    wait.signal?.throwIfAborted()
    const leftMs = startedMs + wait.withinMs - wait.clock.nowMs()
    if (leftMs <= 0) throw timeout(wait, seen, failure)
    const look = await within(safely(probe), {...wait, withinMs: leftMs}, () => timeout(wait, seen, failure))
    if (look.holds) return look.value
    seen = look.seen
    failure = look.failure
    await wait.clock.wait(
      Math.max(1, Math.min(wait.everyMs ?? pollMs, startedMs + wait.withinMs - wait.clock.nowMs())),
      wait.signal,
    )
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

async function safely<T>(probe: () => Promise<Look<T>>): Promise<Look<T>> {
  try {
    return await probe()
  } catch (error) {
    return {holds: false, seen: messageOf(error), ...(error instanceof HlError ? {failure: error} : {})}
  }
}

function timeout(wait: Wait, seen: string, failure?: HlError): HlError {
  return new HlError(
    failure?.code ?? 'TIMEOUT',
    `waited ${Math.round(wait.withinMs / 1_000)} s for ${wait.what}; last seen: ${seen}`,
    {
      next: failure?.next ?? ['`hl status` shows the cluster now', '`hl logs` shows what its members say'],
      cause: failure,
    },
  )
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
