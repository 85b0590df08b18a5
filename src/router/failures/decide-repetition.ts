// May a statement that was sent, and failed, be sent once more? Pure. Invariant: whatever a server or a function
// raises, the answer is no in the end; waiting for a primary is no repetition, and has a bound of its own (waitMs).
// Not here: whether it is safe (classify-error.ts), the pause before it (retry-delay.ts).
import type {Judgement} from './classify-error.ts'

export interface RepetitionLimits {
  /** How often one request is sent again. */
  readonly repeatsMax: number
  /** How long after the first refusal that may pass another repetition may begin. */
  readonly repeatMs: number
}

/** What was sent again so far. */
export interface Repetitions {
  readonly count: number
  /** When the server first refused it for a reason that may pass, monotonic ms; null: it did not. */
  readonly refusedAtMs: number | null
}

export const noRepetitions: Repetitions = {count: 0, refusedAtMs: null}

/**
 * The repetitions with one more, or null: there must be none. A connection that broke has only its count: what comes
 * next may wait for a failover, which takes as long as it takes.
 */
export function oneMore(
  {outcome, retry}: Judgement,
  {count, refusedAtMs}: Repetitions,
  {repeatsMax, repeatMs}: RepetitionLimits,
  nowMs: number,
): Repetitions | null {
  if (outcome === 'not-sent') return {count, refusedAtMs}
  if (count >= repeatsMax) return null
  if (retry !== 'again') return {count: count + 1, refusedAtMs}
  const sinceMs = refusedAtMs ?? nowMs
  return nowMs - sinceMs < repeatMs ? {count: count + 1, refusedAtMs: sinceMs} : null
}
