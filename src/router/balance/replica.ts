// What is known of one standby that serves reads; mutable, because every request changes it. Invariant: each started()
// is followed by exactly one of finished(), failed() and abandoned(), so `inFlight` is what it says. Not here: the
// rules (ejection.ts), the choice (choose-replica.ts), who samples lag and position.
import {countsAgainst, ejectionMs, ejects, type Ejection, type ReplicaFailure} from './ejection.ts'

type Mutable<T> = {-readonly [Field in keyof T]: T[Field]}

export interface Replica extends Mutable<Ejection> {
  readonly node: string
  /** Timeline and replayed position, from one answer of the node; null: not known. */
  timeline: number | null
  position: number | null
  /**
   * Behind the primary. Infinity: not known, or it is on another timeline than the primary; then only a read without
   * limits goes there.
   */
  lagBytes: number
  lagMs: number
  /** From started() to finished(), a moving average; null: never measured. */
  latencyMs: number | null
  inFlight: number
  /** The beginning of the last ejection. */
  ejectedAtMs: number
}

/** Weight of the newest latency in the average. */
const latencyWeight = 0.2
/**
 * More than this above the average, a latency counts as this much: one long query says nothing about the node, and
 * without a bound it would keep the node out of the latency window until it is forgotten. So a node is out when most of
 * its answers are slow, not when a few are very slow.
 */
const latencyStepMs = 5
/**
 * A latency that nobody has measured for this long says nothing any more: otherwise a replica that was slow once would
 * never be asked again, and stay slow on paper.
 */
const latencyTrustMs = 1_000

/** One that has served nothing yet. */
export function newReplica(node: string): Replica {
  return {
    node,
    timeline: null,
    position: null,
    lagBytes: Infinity,
    lagMs: Infinity,
    latencyMs: null,
    inFlight: 0,
    failures: 0,
    ejections: 0,
    answeredAtMs: -Infinity,
    ejectedAtMs: -Infinity,
    ejectedUntilMs: -Infinity,
    probing: false,
  }
}

/** A request goes to it. */
export function started(replica: Replica): void {
  replica.inFlight++
  replica.probing = replica.ejections > 0
}

/** It answered, `latencyMs` after started(): well, or with an error that is the statement's own. */
export function finished(replica: Replica, latencyMs: number, nowMs: number): void {
  ended(replica)
  const known = replica.latencyMs
  replica.latencyMs = averageOf(known, latencyMs, isLatencyOld(replica, nowMs))
  replica.answeredAtMs = nowMs
  // An answer to a request from before the ejection proves nothing about the time after it.
  if (nowMs - latencyMs >= replica.ejectedAtMs) readmit(replica)
}

/** The very first answer counts as quick: it opened a connection, and the first query of a router is a heavy one. */
function averageOf(known: number | null, latencyMs: number, isOld: boolean): number {
  if (known === null) return Math.min(latencyStepMs, latencyMs)
  return isOld ? latencyMs : known + latencyWeight * Math.min(latencyStepMs, latencyMs - known)
}

/** It did not serve the request, for a reason of its own; `waitedMs` since started(). */
export function failed(replica: Replica, failure: ReplicaFailure, waitedMs: number, nowMs: number): void {
  ended(replica)
  replica.probing = false
  if (!countsAgainst(replica, failure, nowMs - waitedMs)) return
  replica.failures++
  if (!ejects(replica, failure, nowMs)) return
  replica.ejections++
  replica.ejectedAtMs = nowMs
  replica.ejectedUntilMs = nowMs + ejectionMs(replica.ejections)
}

/** The request ended without a word on the replica: its caller gave up, or there was a conflict with recovery. */
export function abandoned(replica: Replica): void {
  ended(replica)
}

/** The average is too old to believe. */
export function isLatencyOld(replica: Replica, nowMs: number): boolean {
  return nowMs - replica.answeredAtMs > latencyTrustMs
}

function ended(replica: Replica): void {
  replica.inFlight--
  // Whichever of them was the trial: it has ended, and the next may begin.
  if (replica.inFlight === 0) replica.probing = false
}

function readmit(replica: Replica): void {
  replica.failures = 0
  replica.ejections = 0
  replica.ejectedUntilMs = -Infinity
  replica.probing = false
}
