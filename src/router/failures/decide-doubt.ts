// Can a write without an answer still be applied? Pure. Invariant: over means that the present primary shows it now, or
// that nobody ever will; a position that is asked for after that lies above it. Not here: asking (requests/doubts.ts),
// whether it was applied (decide-settlement.ts, which needs more: an absence that is final).

/** Where it was sent. */
export interface SentTo {
  /** Of the primary, as it was known; null: not known. */
  readonly timeline: number | null
  /** Process id of its backend; null: none was told. */
  readonly pid: number | null
}

/** answered: the connection has outlived the statement. pending: it was given up and still waits. cut: it is gone. */
export type ItsConnection = 'answered' | 'pending' | 'cut'

/** What pg_stat_activity says of the backend. idle: between two statements. */
export type ItsBackend = 'not-asked' | 'gone' | 'idle' | 'busy'

/** over: see above. ask: the backend has to be looked for. wait: it may still be applied. */
export type Doubtful = 'over' | 'ask' | 'wait'

/**
 * How long what a closed socket had to send may still arrive, in ms: Linux gives up an orphaned connection after about
 * 100 s (tcp_orphan_retries). An idle backend is only then one that will not get the statement any more.
 */
export const orphanMostMs = 120_000

/**
 * `primary` is the timeline of the present one. On a higher timeline it is over at once: that one takes nothing that
 * happens on the timeline it left. On the same one it is over with its backend, whose commit is visible before it ends;
 * a backend that waits for a synchronous standby has written its commit, shows it to nobody, and is busy.
 */
export function decideDoubt(
  sentTo: SentTo,
  connection: ItsConnection,
  primary: number | null,
  backend: ItsBackend,
  sinceMs: number,
): Doubtful {
  if (primary === null) return 'wait'
  if (connection === 'answered') return 'over'
  if (sentTo.timeline !== null && primary > sentTo.timeline) return 'over'
  if (connection === 'pending') return 'wait'
  if (sentTo.pid === null) return 'over'
  if (backend === 'not-asked') return 'ask'
  if (backend === 'idle') return sinceMs > orphanMostMs ? 'over' : 'wait'
  return backend === 'gone' ? 'over' : 'wait'
}
