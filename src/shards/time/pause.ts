// Waiting: pauses that an end cuts short, and bounds. Invariants: a settled wait leaves neither timer nor listener
// behind; what is left behind by a bound has its rejection handled. Not here: a deadline that is told once
// (time-limit.ts).

/** ms of the monotonic clock. */
export function nowMs(): number {
  return performance.now()
}

/** The longest that a timer can run (2^31 - 1 ms); longer ones would fire at once. */
export const timerMostMs = 2_147_483_647

/** Resolves after that time, or at once on abort. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, Math.max(0, Math.min(ms, timerMostMs)))
    if (signal !== undefined) {
      signal.addEventListener('abort', done)
      if (signal.aborted) done()
    }
  })
}

/** Settles with `work`, or gives null when the time is over first. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  work.catch(() => undefined)
  const ended = new AbortController()
  try {
    return await Promise.race([work, pause(ms, ended.signal).then(() => null)])
  } finally {
    ended.abort()
  }
}

/** Has `work`, which never rejects, settled when the time is over? */
export async function settlesWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  return (
    (await within(
      ms,
      work.then(() => true),
    )) === true
  )
}

/** Before try `attempt + 1` (the first is 1): growing, bounded, spread by chance. */
export function backoffMs(attempt: number, mostMs: number): number {
  return Math.min(mostMs, 25 * 2 ** Math.min(attempt - 1, 12)) * (0.5 + Math.random() / 2)
}
