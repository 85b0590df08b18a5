// How fast to ask. Invariant: a kick while the questions are fast already wakes nobody, because that would only flood
// the nodes. Not here: the questions.
import {nowMs} from '../time/deadline.ts'
import type {AskTimes} from './discovery.ts'

/** How long a kick keeps the questions fast. */
const kickMs = 2_000

/**
 * However urgent, whoever is asked rests for so many times as long as the answer took: on a host that has no CPU left,
 * fast questions would be what keeps it from recovering, and each request that fails for that would make them fast
 * again.
 */
const restFactor = 4

export class PollInterval {
  readonly #times: AskTimes
  readonly #isUrgent: () => boolean
  #fastUntilMs = 0

  constructor(times: AskTimes, isUrgent: () => boolean) {
    this.#times = times
    this.#isUrgent = isUrgent
  }

  /** Asking is fast from now on, for a while. True when it was not: wake those who wait. */
  kick(): boolean {
    const wasSlow = nowMs() >= this.#fastUntilMs
    this.#fastUntilMs = nowMs() + kickMs
    return wasSlow
  }

  isFast(): boolean {
    return this.#isUrgent() || nowMs() < this.#fastUntilMs
  }

  /** From an answer, which took `tookMs`, to the next question. */
  pauseMs(tookMs: number): number {
    const {pollMs, fastPollMs} = this.#times
    return this.isFast() ? Math.min(pollMs, Math.max(fastPollMs, restFactor * tookMs)) : pollMs
  }
}
