// Questions of a scrape to its sources, each under a deadline of its own. Invariants: a source that hangs costs the
// scrape its deadline and no more, whatever it does with the question; it is not asked again while the last question is
// open, so that nothing piles up. Not here: what is asked.
import type {Clock} from '../../model/ports.ts'
import type {Asked} from '../samples/scrape-samples.ts'

export type Source = Pick<Asked, 'cluster' | 'member' | 'source'>

export interface Reply<T> {
  /** null: it failed, or did not answer in time. */
  readonly value: T | null
  readonly asked: Asked
}

export class Questions {
  readonly #clock: Clock
  readonly #open = new Set<string>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async ask<T>(source: Source, withinMs: number, work: () => Promise<T | null>): Promise<Reply<T>> {
    const startMs = this.#clock.nowMs()
    const value = await this.#within(JSON.stringify(source), withinMs, work)
    return {value, asked: {...source, up: value !== null, tookMs: this.#clock.nowMs() - startMs}}
  }

  async #within<T>(key: string, withinMs: number, work: () => Promise<T | null>): Promise<T | null> {
    if (this.#open.has(key)) return null
    this.#open.add(key)
    const answered = new AbortController()
    const answer = work()
      .catch(() => null)
      .finally(() => {
        this.#open.delete(key)
        answered.abort()
      })
    const late = this.#clock.wait(withinMs, answered.signal).then(
      () => null,
      async () => answer,
    )
    return Promise.race([answer, late])
  }
}
