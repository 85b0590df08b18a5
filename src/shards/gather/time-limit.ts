// The only timers of a gathering. Invariant: dispose() and a settled wait leave neither timer nor listener behind. Not
// here: what follows when the time is over (gather.ts).

/** The longest that a timer can run (2^31 - 1 ms); longer ones would fire at once. */
const timerMostMs = 2_147_483_647

export type Over = 'TIMEOUT' | 'ABORTED'

/** A deadline and a caller's signal; whichever comes first is told, once. */
export class TimeLimit {
  readonly #onOver: (why: Over) => void
  readonly #signal: AbortSignal | undefined
  readonly #timer: NodeJS.Timeout | undefined

  /** `ms` undefined: no deadline. A signal that was aborted before is not told. */
  constructor(ms: number | undefined, signal: AbortSignal | undefined, onOver: (why: Over) => void) {
    this.#onOver = onOver
    this.#signal = signal
    if (ms !== undefined) this.#timer = setTimeout(() => this.#tell('TIMEOUT'), Math.min(ms, timerMostMs))
    signal?.addEventListener('abort', this.#abort)
  }

  dispose(): void {
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#abort)
  }

  #tell(why: Over): void {
    this.dispose()
    this.#onOver(why)
  }

  readonly #abort = (): void => this.#tell('ABORTED')
}

/** ms of the monotonic clock. */
export function nowMs(): number {
  return performance.now()
}

/** Has `work`, which never rejects, settled after `ms` at the latest? */
export function settlesWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, Math.max(0, Math.min(ms, timerMostMs)), false)
    void work.then(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}
