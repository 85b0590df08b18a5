// A deadline and a signal as one. Invariant: dispose() leaves neither timer nor listener behind. Not here: what follows
// when the time is over.
import {timerMostMs} from './pause.ts'

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
