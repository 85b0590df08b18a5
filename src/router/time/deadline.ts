// One request's time: its deadline and its caller's AbortSignal as one signal, on one monotonic clock.
// Invariant: dispose() takes back the timer and the listener, so a finished request leaves nothing behind.

/** ms of the monotonic clock that all of the router's times are on. */
export function nowMs(): number {
  return performance.now()
}

/** The longest that a timer can run (2^31 - 1 ms); longer ones would fire at once. */
const timerMostMs = 2_147_483_647

export class Deadline {
  readonly ms: number
  readonly startedMs = nowMs()
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #outer: AbortSignal | undefined
  #over: 'DEADLINE' | 'ABORTED' | null = null

  constructor(ms: number, outer?: AbortSignal) {
    this.ms = ms
    this.#outer = outer
    this.#timer = setTimeout(this.#expire, Math.min(ms, timerMostMs))
    outer?.addEventListener('abort', this.#abort)
    if (outer?.aborted === true) this.#abort()
  }

  /** Aborted when the time is over, for whichever reason. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Why the time is over; null while it is not. */
  get over(): 'DEADLINE' | 'ABORTED' | null {
    return this.#over
  }

  elapsedMs(): number {
    return nowMs() - this.startedMs
  }

  /** Settles with `work`, or rejects with the signal's reason when the time is over first; `work` is then left alone, its rejection handled. */
  race<T>(work: Promise<T>): Promise<T> {
    return raceAbort(work, this.signal)
  }

  dispose(): void {
    clearTimeout(this.#timer)
    this.#outer?.removeEventListener('abort', this.#abort)
  }

  readonly #expire = (): void => this.#end('DEADLINE')
  readonly #abort = (): void => this.#end('ABORTED')

  #end(why: 'DEADLINE' | 'ABORTED'): void {
    if (this.#over !== null) return
    this.#over = why
    this.#controller.abort()
  }
}

/** Settles with `work`, or rejects with the signal's reason on abort. */
export function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)))
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
