// May the next piece be copied or removed now? Invariants: what protects the source comes first; a slot that is lost
// ends the copy, which could never be caught up with; what could not be asked slows nothing down, but is told. Pure.
// Not here: asking (throttle.ts).

/** What was seen just now; null: it could not be asked, or there is none. */
export interface Pressure {
  /** Of a trivial statement on the source. */
  readonly sourceLatencyMs: number | null
  /** WAL that the slowest standby of either side has not replayed yet. */
  readonly standbyLagBytes: number | null
  /** WAL that the source keeps for the move. */
  readonly retainedWalBytes: number | null
  /** Somebody asked the move to wait. */
  readonly isPaused: boolean
  /** Of the move's slot, as pg_replication_slots.wal_status has it. */
  readonly walStatus: string | null
}

/** Above which the copy waits, or ends. */
export interface ThrottleLimits {
  /** That a trivial statement may take on the source. */
  readonly sourceLatencyMs: number
  /** That a standby of either side may be behind. */
  readonly standbyLagBytes: number
  /** Waiting makes it worse: the move ends, before the disk of the source is full. */
  readonly retainedWalBytes: number
}

export const defaultThrottle: ThrottleLimits = {
  sourceLatencyMs: 100,
  standbyLagBytes: 64 * 1024 * 1024,
  retainedWalBytes: 16 * 1024 * 1024 * 1024,
}

/** WAL is kept on the disk that the source serves from: half of what is free there is the most. null: not known. */
export function withinDisk(limits: ThrottleLimits, freeBytes: number | null): ThrottleLimits {
  if (freeBytes === null) return limits
  return {...limits, retainedWalBytes: Math.min(limits.retainedWalBytes, freeBytes / 2)}
}

export type ThrottleDecision =
  {readonly kind: 'go'} | {readonly kind: 'wait'; readonly why: string} | {readonly kind: 'end'; readonly why: string}

export function decideThrottle(pressure: Pressure, limits: ThrottleLimits): ThrottleDecision {
  const {sourceLatencyMs, standbyLagBytes, retainedWalBytes, walStatus, isPaused} = pressure
  if (walStatus === 'lost')
    return {kind: 'end', why: 'the source has removed WAL that the move needs: abort the move, and start it again'}
  if (retainedWalBytes !== null && retainedWalBytes > limits.retainedWalBytes)
    return {
      kind: 'end',
      why:
        `the source keeps ${inMegabytes(retainedWalBytes)} of WAL for the move, more than ` +
        `${inMegabytes(limits.retainedWalBytes)}: abort it, and move fewer groups at once`,
    }
  if (isPaused) return {kind: 'wait', why: pausedWords}
  if (standbyLagBytes !== null && standbyLagBytes > limits.standbyLagBytes)
    return {kind: 'wait', why: `a standby is ${inMegabytes(standbyLagBytes)} behind`}
  if (sourceLatencyMs !== null && sourceLatencyMs > limits.sourceLatencyMs)
    return {kind: 'wait', why: `the source takes ${sourceLatencyMs.toFixed(0)} ms to answer`}
  return {kind: 'go'}
}

/** Told to whoever watches. */
export const pausedWords = 'it was asked to pause'

const inMegabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MB`
