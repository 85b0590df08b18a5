// Which standby gets a read; runs for every one of them. Pure: time and chance are handed in. Invariants: one that is
// out gets nothing while one that is in would do; when all are out the ejections are ignored, because something must be
// tried; nothing is allocated. Not here: the primary as the way out (the caller's).
import {standingOf} from './ejection.ts'
import {isLatencyOld, type Replica} from './replica.ts'

/** Infinity: no limit. */
export interface LagLimits {
  readonly lagBytesMax: number
  readonly lagMsMax: number
}

export interface Need {
  readonly limits: LagLimits
  /** Asked several times per choice; null: any state will do. */
  readonly fresh: ((replica: Replica) => boolean) | null
}

/**
 * Differences below this are noise of networks and queries: who is within it of the fastest is as good as the fastest.
 */
const latencyWindowMs = 15

/**
 * Of those that may serve the need, that are not in `tried` and about as fast as the fastest, the less busy of two
 * drawn by `chance1` and `chance2`, each in [0, 1);
 * null when there is none. Two are drawn because always taking the least busy sends every router of a fleet to the same
 * one.
 *
 * `standingOf(chosen, nowMs) === 'out'` says that all replicas are out and this is a shot in the dark: who has a
 * primary at hand may prefer it.
 */
export function chooseReplica(
  replicas: readonly Replica[],
  need: Need,
  tried: ReadonlySet<string> | null,
  nowMs: number,
  chance1: number,
  chance2: number,
): Replica | null {
  return (
    choose(replicas, need, tried, nowMs, chance1, chance2, false) ??
    (areAllOut(replicas, nowMs) ? choose(replicas, need, tried, nowMs, chance1, chance2, true) : null)
  )
}

/** Loops several times instead of collecting: there are few replicas and many reads. */
function choose(
  replicas: readonly Replica[],
  need: Need,
  tried: ReadonlySet<string> | null,
  nowMs: number,
  chance1: number,
  chance2: number,
  outToo: boolean,
): Replica | null {
  const slowestMs = slowestAllowedMs(replicas, need, tried, nowMs, outToo)
  let count = 0
  for (const replica of replicas)
    if (isFastEnough(replica, slowestMs, nowMs) && mayServe(replica, need, tried, nowMs, outToo)) count++
  const first = Math.floor(chance1 * count)
  const other = Math.floor(chance2 * (count - 1))
  const second = other < first ? other : other + 1
  let one: Replica | null = null
  let two: Replica | null = null
  let at = 0
  for (const replica of replicas) {
    if (!isFastEnough(replica, slowestMs, nowMs) || !mayServe(replica, need, tried, nowMs, outToo)) continue
    if (at === first) one = replica
    else if (at === second) two = replica
    at++
  }
  return one === null || two === null ? one : lessBusy(one, two)
}

/** Who answers later than this is not drawn: the fastest of those that may serve it, and the window. */
export function slowestAllowedMs(
  replicas: readonly Replica[],
  need: Need,
  tried: ReadonlySet<string> | null,
  nowMs: number,
  outToo: boolean,
): number {
  let fastestMs = Infinity
  for (const replica of replicas) {
    if (
      replica.latencyMs !== null &&
      replica.latencyMs < fastestMs &&
      !isLatencyOld(replica, nowMs) &&
      mayServe(replica, need, tried, nowMs, outToo)
    )
      fastestMs = replica.latencyMs
  }
  return fastestMs + latencyWindowMs
}

function mayServe(
  replica: Replica,
  need: Need,
  tried: ReadonlySet<string> | null,
  nowMs: number,
  outToo: boolean,
): boolean {
  return (
    (outToo || standingOf(replica, nowMs) !== 'out') &&
    tooFarBehind(replica, need.limits) === null &&
    (tried === null || !tried.has(replica.node)) &&
    (need.fresh === null || need.fresh(replica))
  )
}

/** null: it is close enough to the primary. An unknown lag is within no limit but Infinity. */
export function tooFarBehind(
  {lagBytes, lagMs}: Replica,
  {lagBytesMax, lagMsMax}: LagLimits,
): 'lag-unknown' | 'lag-bytes' | 'lag-ms' | null {
  // What is no number is within no limit either.
  if (!(lagBytes <= lagBytesMax)) return lagBytes < Infinity ? 'lag-bytes' : 'lag-unknown'
  if (!(lagMs <= lagMsMax)) return lagMs < Infinity ? 'lag-ms' : 'lag-unknown'
  return null
}

/**
 * Never measured counts as fast, so that a new one gets its share. One that was slow and not asked for a while may show
 * whether it still is, by one request at a time.
 */
export function isFastEnough(replica: Replica, slowestMs: number, nowMs: number): boolean {
  return (
    replica.latencyMs === null ||
    replica.latencyMs <= slowestMs ||
    (replica.inFlight === 0 && isLatencyOld(replica, nowMs))
  )
}

/**
 * A tie goes to the first drawn: among those within the window the faster one is not better, and a caller that reads
 * one thing after the other must not stay on one.
 */
function lessBusy(one: Replica, two: Replica): Replica {
  return one.inFlight <= two.inFlight ? one : two
}

export function areAllOut(replicas: readonly Replica[], nowMs: number): boolean {
  for (const replica of replicas) if (standingOf(replica, nowMs) !== 'out') return false
  return true
}
