// Waiting with a deadline, twice: for a probe to hold, and for a promise to settle. Invariant: no wait of a run is endless, and a timeout says what was last seen.
// Not here: what is waited for (conditions.ts, run-step.ts).
import {HlError} from '../model/errors.ts'
import type {Clock} from '../model/ports.ts'

/** What one look showed: `seen` is for the timeout's message. */
export type Look<T> = {readonly holds: true; readonly value: T} | {readonly holds: false; readonly seen: string}

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
 * Looks until the probe holds. A probe that throws counts as "not yet", with its message as what was seen: a cluster under a fault answers with errors.
 * Throws HlError TIMEOUT after `withinMs`, or the signal's reason.
 */
export async function awaitUntil<T>(probe: () => Promise<Look<T>>, wait: Wait): Promise<T> {
  const startedMs = wait.clock.nowMs()
  for (let seen = 'nothing'; ; ) {
    wait.signal?.throwIfAborted()
    const leftMs = startedMs + wait.withinMs - wait.clock.nowMs()
    if (leftMs <= 0) throw timeout(wait, seen)
    const look = await within(safely(probe), {...wait, withinMs: leftMs}, seen)
    if (look.holds) return look.value
    seen = look.seen
    await wait.clock.wait(Math.max(1, Math.min(wait.everyMs ?? pollMs, startedMs + wait.withinMs - wait.clock.nowMs())), wait.signal)
  }
}

/** The promise's value, or HlError TIMEOUT after `withinMs`. The promise itself cannot be stopped and is left to end alone. */
export async function within<T>(work: Promise<T>, wait: Wait, seen = 'no answer'): Promise<T> {
  const timer = new AbortController()
  const signal = wait.signal === undefined ? timer.signal : AbortSignal.any([timer.signal, wait.signal])
  const late = wait.clock.wait(wait.withinMs, signal).then(() => {
    throw timeout(wait, seen)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    timer.abort('settled')
    late.catch(() => undefined)
    work.catch(() => undefined)
  }
}

async function safely<T>(probe: () => Promise<Look<T>>): Promise<Look<T>> {
  try {
    return await probe()
  } catch (error) {
    return {holds: false, seen: messageOf(error)}
  }
}

function timeout(wait: Wait, seen: string): HlError {
  return new HlError('TIMEOUT', `waited ${Math.round(wait.withinMs / 1_000)} s for ${wait.what}; last seen: ${seen}`, {next: ['`hl status` shows the cluster now', '`hl logs` shows what its members say']})
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
