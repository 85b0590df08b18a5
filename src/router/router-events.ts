// The events a Router emits, as one map. Invariant: facts only, in the order they were seen; a listener that throws
// does not stop the router.
import type {FailureOutcome} from './failures/classify-error.ts'
import type {Refused} from './topology/decide-primary.ts'
import type {CloseReason} from './topology/topology-change.ts'

/** A primary was accepted. */
export interface PrimaryEvent {
  /** Which node it is. */
  readonly node: string
  /** The timeline that it writes. */
  readonly timeline: number
  /** The primary before this one; null for the first. */
  readonly previous: string | null
}

/** The primary is none any more, or its word is too old. */
export interface PrimaryLostEvent {
  /** Which node it was. */
  readonly node: string
  /** The timeline that it wrote. */
  readonly timeline: number
  /** What each node last said, for people. */
  readonly lastSeen: string
}

/** All connections to a node were destroyed. */
export interface NodeClosedEvent {
  /** Which node. */
  readonly node: string
  /** What had changed. */
  readonly why: CloseReason
  /** How many connections were destroyed, busy ones included. */
  readonly connections: number
}

/** A source of the topology does not answer. */
export interface ProbeEvent {
  /** Which one. */
  readonly url: string
  /** Why, for people. */
  readonly error: string
}

/** One try of a request failed on a node. */
export interface AttemptFailedEvent {
  /** Where it failed. */
  readonly node: string
  /** Whether the try can have had an effect. */
  readonly outcome: FailureOutcome
  /** SQLSTATE or errno name; null when there was neither. */
  readonly errorCode: string | null
  /** 1 for the first try of the request. */
  readonly attempt: number
  /** The request goes on; its caller sees nothing of this. */
  readonly willRetry: boolean
}

/** A proof told what became of a write of unknown outcome. */
export interface SettledEvent {
  /** Who was asked. */
  readonly node: string
  /** The timeline that it was on. */
  readonly timeline: number | null
  /** applied: the write is there. send-again: it is not and never will be. */
  readonly as: 'applied' | 'send-again'
}

/** A request was answered. */
export interface ServedEvent {
  /** Who answered. */
  readonly node: string
  /** What that node was. */
  readonly role: 'primary' | 'standby'
  /** As it was asked for, or as its text was understood. */
  readonly kind: 'read' | 'write' | 'transaction'
  /** As in Route. */
  readonly reason: string
  /** 1: the first try succeeded. */
  readonly attempts: number
  /** From the call to the answer. */
  readonly ms: number
}

/** A request ended with an error. */
export interface RefusedEvent {
  /** As it was asked for, or as its text was understood. */
  readonly kind: 'read' | 'write' | 'transaction'
  /** RouterError's code, or the server's SQLSTATE. */
  readonly code: string
  /** Whether it can have had an effect. */
  readonly outcome: FailureOutcome
  /** From the call to the error. */
  readonly ms: number
}

/** Which functions of the database write was asked. */
export interface CatalogueEvent {
  /**
   * null: the functions of the database are known. Otherwise why not; statements that call functions go to the primary
   * until then.
   */
  readonly error: string | null
  /** How many are known. */
  readonly functions: number
}

/** A standby is left out of reads. */
export interface ReplicaEvent {
  /** Which node. */
  readonly node: string
  /** In ms; how long it is left out at least. */
  readonly forMs: number
}

/** The events of `router.events`, each with what its listener gets. */
export interface RouterEvents {
  /** A request was answered. Costs nothing while nobody listens. */
  'served': [ServedEvent]
  /** A request ended with an error. Costs nothing while nobody listens. */
  'refused': [RefusedEvent]
  /** Which functions of the database write was asked, after the first statement of query(). */
  'catalogue': [CatalogueEvent]
  /** A standby failed or hung, and serves no reads for a while. */
  'replica-ejected': [ReplicaEvent]
  /** A standby that was left out serves reads again. */
  'replica-readmitted': [{readonly node: string}]
  /** A new primary was accepted; waiting requests go to it. */
  'primary': [PrimaryEvent]
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
  'settled': [SettledEvent]
}
