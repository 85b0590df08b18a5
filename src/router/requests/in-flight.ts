// Who has asked for something and has not got it yet, or holds a client: end() lets all of them finish. Costs a count
// per request.
import {Wakeup} from '../time/wakeup.ts'

export class InFlight {
  #count = 0
  readonly #none = new Wakeup()

  enter(): void {
    this.#count++
  }

  /** Once per enter(). */
  leave(): void {
    this.#count--
    if (this.#count === 0) this.#none.wake()
  }

  /** Resolves when there is nobody, or after `mostMs`. Never rejects. */
  async drained(mostMs: number): Promise<void> {
    if (this.#count > 0) await this.#none.wait(new AbortController().signal, mostMs)
  }
}
