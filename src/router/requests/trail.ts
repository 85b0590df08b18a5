// What is known of one request while it is served, and small questions about its errors. Not here: what follows from
// them (dispatcher.ts).
import type {Connection} from '../connections/connection.ts'
import {poolFull} from '../connections/node-pool.ts'
import {connectionAfter, isReadTimeout, sqlStateOf} from '../failures/classify-error.ts'
import {noRepetitions, type Repetitions} from '../failures/decide-repetition.ts'
import {unsettledError, type UnsettledTry, type FailedTry, type TimeOver} from '../failures/failure.ts'
import {CommitUnknownError, messageOf, RouterError} from '../failures/router-error.ts'
import type {Deadline} from '../time/deadline.ts'
import type {RefusedEvent, ServedEvent} from '../router-events.ts'
import type {Place, Request} from './request.ts'

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
  /** How often it was sent again. */
  repetitions: Repetitions
  /**
   * The try that may have been applied; null while a repetition is under way, since then the earlier one surely was
   * not.
   */
  doubt: UnsettledTry | null
  /**
   * With an idempotency key: the first try that may have been applied. No later failure to reach a server makes that
   * less unknown.
   */
  unknown: RouterError | null
  /** When the waiting that goes on now began. */
  waitingSinceMs: number
  /** How long it waited before that: what was under way in between does not count. */
  waitedMs: number
}

export type Tried<T> =
  | {readonly kind: 'done'; readonly value: T}
  /** About the try in doubt nothing can be concluded on this node. */
  | {readonly kind: 'still-open'; readonly node: string}
  | {readonly kind: 'failed'; readonly failed: FailedTry; readonly repeat: boolean; readonly doubt: UnsettledTry | null}

/**
 * pg itself failed while the connection lived: a value that cannot be sent, a parser of a type that threw, a prepared
 * statement of the same name. Neither the server nor another node has anything to do with it. A read that missed its
 * query_timeout is one too: that is the caller's own bound; a write was sent.
 */
export function isClientsOwn(cause: unknown, {alive}: Connection, kind: Request<unknown>['kind']): boolean {
  if (kind === 'read' && isReadTimeout(cause)) return true
  return cause instanceof Error && sqlStateOf(cause) === null && connectionAfter(cause, alive) === 'alive'
}

/** How its time stands. */
export function timeOf<T>({deadline}: Trail<T>): TimeOver {
  return {over: deadline.over, elapsedMs: deadline.elapsedMs()}
}

/**
 * What the caller is told in the end: an earlier try that may have been applied outweighs that a later one surely was
 * not. Of a transaction with a key, what its statements and its function failed with is told as it is once the key was
 * claimed.
 */
export function toldError<T>(error: unknown, {doubt, unknown, deadline, request}: Trail<T>): unknown {
  const isDecided = request.claim?.isMade() === true && !(error instanceof RouterError)
  const earlier = doubt?.error ?? (isDecided ? null : unknown)
  if (earlier === null) return error
  const why = messageOf(error)
  return unsettledError(earlier, deadline.elapsedMs(), why, request.claim === null ? 'proof' : 'key')
}

export function asRouterError(error: Error, {node, cause}: FailedTry): RouterError {
  return error instanceof RouterError
    ? error
    : new CommitUnknownError('CONNECTION_LOST', error.message, {outcome: 'unknown', node, cause})
}

export function endedError(): RouterError {
  return new RouterError('ENDED', 'Cannot use a pool after calling end on the pool', {outcome: 'not-sent'})
}

export function releasedError(): RouterError {
  return new RouterError('ENDED', 'Client was released and is not queryable', {outcome: 'not-sent'})
}

/** The pool gave nothing in time because all its connections are busy: no reason to suspect the node. */
export function isPoolFull(cause: unknown): boolean {
  return cause instanceof Error && cause.message === poolFull
}

export function newTrail<T>(request: Request<T>, deadline: Deadline): Trail<T> {
  return {
    request,
    deadline,
    tried: null,
    attempts: 0,
    looks: 0,
    last: null,
    repetitions: noRepetitions,
    doubt: null,
    unknown: null,
    waitingSinceMs: deadline.startedMs,
    waitedMs: 0,
  }
}

export function servedEvent<T>({connection, role}: Place, {request, deadline, attempts}: Trail<T>): ServedEvent {
  return {node: connection.node, role, kind: request.kind, reason: request.reason, attempts, ms: deadline.elapsedMs()}
}

export function refusedEvent<T>(error: unknown, {request, deadline}: Trail<T>): RefusedEvent {
  const [code, outcome] =
    error instanceof RouterError
      ? ([error.code, error.outcome] as const)
      : ([sqlStateOf(error) ?? 'ERROR', 'not-applied'] as const)
  return {kind: request.kind, code, outcome, ms: deadline.elapsedMs()}
}
