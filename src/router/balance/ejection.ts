// When a replica is out for a while, and how it comes back. Pure. Invariant: whatever is out is on trial again within
// 30 s, by one request at a time.
// Not here: counting (replica.ts), and that ejections are ignored when nobody is left (choose-replica.ts): only the
// moment of the choice knows that.

/**
 * error: the node could not serve (refused, connection lost, shutting down). hang: the deadline passed without an
 * answer; a frozen node shows itself in no other way.
 */
export type ReplicaFailure = 'error' | 'hang'

export interface Ejection {
  /** In a row, as of now. */
  readonly failures: number
  /** In a row, without a success between them; 0: it is in. */
  readonly ejections: number
  /** When it last answered anything. */
  readonly answeredAtMs: number
  /** The end of the last ejection, in ms of the monotonic clock that everything here uses. */
  readonly ejectedUntilMs: number
  /** It is on trial, and the one request that may try it is under way. */
  readonly probing: boolean
}

/** half-open: its time is over, one request may try it. */
export type Standing = 'in' | 'half-open' | 'out'

const failuresMax = 3
const firstMs = 1_000
const longestMs = 30_000

/** Who may get a request now. */
export function standingOf(replica: Ejection, nowMs: number): Standing {
  if (replica.ejections === 0) return 'in'
  return nowMs < replica.ejectedUntilMs || replica.probing ? 'out' : 'half-open'
}

/**
 * Does the failure of a request that began at `beganMs` speak against the replica? A hang does when nothing else was
 * answered in the meantime. Else the query was too long for its deadline, and a few such queries would put out one
 * healthy replica after the other. A frozen node is found all the same: it answers nobody.
 */
export function countsAgainst(replica: Ejection, failure: ReplicaFailure, beganMs: number): boolean {
  return failure === 'error' || replica.answeredAtMs <= beganMs
}

/** Does this failure, which counts and is counted in `replica.failures`, put it out? */
export function ejects(replica: Ejection, failure: ReplicaFailure, nowMs: number): boolean {
  // Requests that were under way at the ejection fail after it, by the dozen: one outage counts once.
  if (nowMs < replica.ejectedUntilMs) return false
  return replica.ejections > 0 || failure === 'hang' || replica.failures >= failuresMax
}

/** How long, for the first ejection in a row (1), the second, ... */
export function ejectionMs(ejections: number): number {
  return Math.min(longestMs, firstMs * 2 ** (ejections - 1))
}
