// How long a request pauses before it is tried again. Invariant: bounded, growing, spread by chance so that a thousand
// waiters do not return at once. Pure.

const firstMs = 25
const mostMs = 500

/**
 * Pause before try `attempt + 1`, in ms; `chance` in [0, 1). A change of the topology ends it early
 * (requests/dispatcher.ts).
 */
export function retryDelayMs(attempt: number, chance: number): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(attempt - 1, 10)) * (0.5 + chance / 2)
}
