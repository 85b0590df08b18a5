// The events a Router emits, as one map. Invariant: facts only, in the order they were seen; a listener that throws does not stop the router.
import type {FailureOutcome} from './failures/classify-error.ts'
import type {Refused} from './topology/decide-primary.ts'
import type {CloseReason} from './topology/topology-change.ts'

export interface PrimaryEvent {
  readonly node: string
  readonly timeline: number
  /** The primary before this one; null for the first. */
  readonly previous: string | null
}

export interface PrimaryLostEvent {
  readonly node: string
  readonly timeline: number
  /** What each node last said, for people. */
  readonly lastSeen: string
}

export interface NodeClosedEvent {
  readonly node: string
  readonly why: CloseReason
  /** How many connections were destroyed, busy ones included. */
  readonly connections: number
}

export interface ProbeEvent {
  readonly url: string
  readonly error: string
}

export interface AttemptFailedEvent {
  readonly node: string
  readonly outcome: FailureOutcome
  /** SQLSTATE or errno name; null when there was neither. */
  readonly errorCode: string | null
  readonly attempt: number
  readonly willRetry: boolean
}

export interface SettledEvent {
  readonly node: string
  readonly timeline: number | null
  /** applied: the write is there. send-again: it is not and never will be. */
  readonly as: 'applied' | 'send-again'
}

export interface RouterEvents {
  /** A new primary was accepted; waiting requests go to it. */
  primary: [PrimaryEvent]
  /** The primary is not one any more, or its word is too old; requests wait. */
  'primary-lost': [PrimaryLostEvent]
  /** A node calls itself primary and is not used; once per change. */
  'primary-refused': [Refused]
  /** All connections to a node were destroyed. */
  'node-closed': [NodeClosedEvent]
  /** A Patroni URL stopped answering, or fails in another way than before. */
  'probe-failed': [ProbeEvent]
  /** A Patroni URL that failed answers again. */
  'probe-recovered': [{readonly url: string}]
  /** A request failed on a node; with `willRetry` it goes on waiting. */
  'attempt-failed': [AttemptFailedEvent]
  /** A proof told, on this node, what became of a write whose outcome was unknown. */
  settled: [SettledEvent]
}
