// What is known of one request while it is served, and small questions about its errors. Not here: what follows from them (dispatcher.ts).
import {poolFull} from '../connections/node-pools.ts'
import {sqlStateOf} from '../failures/classify-error.ts'
import type {Doubt, FailedTry} from '../failures/failure.ts'
import type {Deadline} from '../time/deadline.ts'
import type {Request} from './request.ts'

/** The tries of one request so far. */
export interface Trail<T> {
  request: Request<T>
  readonly deadline: Deadline
  /** Nodes that failed it. Made on demand. */
  tried: Set<string> | null
  attempts: number
  /** Placements to look for a try in doubt. */
  looks: number
  last: FailedTry | null
  /** The try that may have been applied; null while a repetition is under way, since then the earlier one surely was not. */
  doubt: Doubt | null
  /** When the waiting that goes on now began. */
  waitingSinceMs: number
}

export type Tried<T> =
  | {readonly kind: 'done'; readonly value: T}
  /** About the try in doubt nothing can be concluded on this node. */
  | {readonly kind: 'still-open'; readonly node: string}
  | {readonly kind: 'failed'; readonly failed: FailedTry; readonly repeat: boolean; readonly doubt: Doubt | null}

/** What a server in recovery answers to what only a primary does: read_only_sql_transaction, object_not_in_prerequisite_state, feature_not_supported. */
const refusals = new Set(['25006', '55000', '0A000'])

/** A standby would not do it; a primary would. */
export function refusedInRecovery(cause: unknown): boolean {
  const state = sqlStateOf(cause)
  return state !== null && refusals.has(state)
}

/** The pool gave nothing in time because all its connections are busy: no reason to suspect the node. */
export function isPoolFull(cause: unknown): boolean {
  return cause instanceof Error && cause.message === poolFull
}

export function newTrail<T>(request: Request<T>, deadline: Deadline): Trail<T> {
  return {request, deadline, tried: null, attempts: 0, looks: 0, last: null, doubt: null, waitingSinceMs: deadline.startedMs}
}
