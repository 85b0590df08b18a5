// One request's time: its deadline, if it has one, and its caller's AbortSignal, on one monotonic clock.
// Invariants: a request with neither costs no timer and no listener; dispose() takes both back, so a finished request
// leaves nothing behind.

/** ms of the monotonic clock that all of the router's times are on. */
export function nowMs(): number {
  return performance.now()
}

/** The longest that a timer can run (2^31 - 1 ms); longer ones would fire at once. */
const timerMostMs = 2_147_483_647

export class Deadline {
  readonly startedMs: number
  /** Infinity where only the caller's signal ends it. */
  readonly untilMs: number
  /** Called once when the time is over: what is under way is cut. */
  onOver: (() => void) | null = null
  readonly #timer: NodeJS.Timeout | undefined
  readonly #outer: AbortSignal | undefined
  #controller: AbortController | null = null
  #over: 'DEADLINE' | 'ABORTED' | null = null

  /** `ms` undefined: no deadline. `startedMs`: when the request began, where that was earlier. */
  constructor(ms: number | undefined, outer?: AbortSignal, startedMs = nowMs()) {
    this.startedMs = startedMs
    this.untilMs = ms === undefined ? Infinity : startedMs + ms
    if (ms !== undefined) this.#timer = setTimeout(expire, Math.min(ms, timerMostMs), this)
    if (outer === undefined) return
    this.#outer = outer
    outer.addEventListener('abort', this.#abort)
    if (outer.aborted) this.#abort()
  }

  /** Aborted when the time is over, for whichever reason. Made on demand: most requests never wait. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#over !== null) this.#controller.abort()
    return this.#controller.signal
  }

  /** Why the time is over; null while it is not. */
  get over(): 'DEADLINE' | 'ABORTED' | null {
    return this.#over
  }

  elapsedMs(): number {
    return nowMs() - this.startedMs
  }

  /** Settles with `work`, or rejects when the time is over first; `work` is then left alone, its rejection handled. */
  race<T>(work: Promise<T>): Promise<T> {
    return raceAbort(work, this.signal)
  }

  dispose(): void {
    clearTimeout(this.#timer)
    this.#outer?.removeEventListener('abort', this.#abort)
  }

  /** The time is over, now. Called by the timer. */
  end(why: 'DEADLINE' | 'ABORTED'): void {
    if (this.#over !== null) return
    this.#over = why
    this.#controller?.abort()
    this.onOver?.()
  }

  readonly #abort = (): void => this.end('ABORTED')
}

/** A named function and an argument: no closure per request. */
function expire(deadline: Deadline): void {
  deadline.end('DEADLINE')
}

/** Settles with `work`, or rejects with the signal's reason on abort. */
function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void =>
      reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)))
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
