// The errors of the router. Invariants: `outcome` says whether the statement can have had an effect; an unknown one is
// a CommitUnknownError; the cause is the driver's own error. What a server refused is not one of these: that error is
// passed on as pg gave it.
import type {FailureOutcome} from './classify-error.ts'

/**
 * NO_PRIMARY, NO_STANDBY, NO_CONNECTION: none could be had before the deadline. DEADLINE, ABORTED: no reply in time, or
 * the caller gave up.
 * QUEUE_FULL: too many requests wait already. CONNECTION_LOST: it broke under the statement. CONFIG_INVALID: the
 * options cannot work.
 * TRANSACTION_LOST: the connection of a transaction or a session broke, and with it what was open. PRIMARY_NEEDED: a
 * READ ONLY transaction on a standby came to what only the primary does. TRANSACTION_OPEN: a statement opened or ended
 * a transaction by itself. TRANSACTION_ABORTED: COMMIT was answered with ROLLBACK. ENDED: end() was called.
 */
export type RouterErrorCode =
  | 'NO_PRIMARY'
  | 'NO_STANDBY'
  | 'NO_CONNECTION'
  | 'DEADLINE'
  | 'ABORTED'
  | 'QUEUE_FULL'
  | 'CONNECTION_LOST'
  | 'CONFIG_INVALID'
  | 'TRANSACTION_LOST'
  | 'PRIMARY_NEEDED'
  | 'TRANSACTION_OPEN'
  | 'TRANSACTION_ABORTED'
  | 'ENDED'

export interface RouterErrorDetails {
  readonly outcome: FailureOutcome
  readonly node?: string | null
  readonly sqlState?: string | null
  readonly cause?: unknown
  /** Instead of the code's own. */
  readonly hint?: string
}

/** True since reads are kept on the primary until the write is applied or never will be (requests/doubts.ts). */
const whenUnknown =
  'when the outcome is unknown, look the row up by its own unique key before trying again: reads of this session, ' +
  'and reads of this router outside of any, see it wherever it is applied; where the server may still be at work ' +
  'on it, only that key keeps a second try from being a second write'

const hints: Readonly<Record<RouterErrorCode, string>> = {
  NO_PRIMARY:
    'surely without effect: safe to try again; if it lasts, look at the cluster, or allow a longer deadline than ' +
    'a failover takes',
  NO_STANDBY: 'read from the primary, or without `strict`',
  NO_CONNECTION:
    'surely without effect: safe to try again; check that the address (natMap) and the credentials are right and ' +
    'that `max` fits the load',
  DEADLINE: whenUnknown,
  ABORTED: whenUnknown,
  QUEUE_FULL: 'surely without effect: slow down, or raise queueMax',
  CONFIG_INVALID: 'correct the option that the message names',
  TRANSACTION_LOST:
    'ROLLBACK, or release the client, and run the whole transaction again; transaction() does that by itself',
  PRIMARY_NEEDED:
    'surely without effect: begin the transaction with /* hl: primary */ BEGIN READ ONLY, or make this its first ' +
    'statement; in transaction(), leave rerun or leave readOnly away',
  CONNECTION_LOST: whenUnknown,
  TRANSACTION_OPEN: 'use transaction() instead of sending BEGIN or COMMIT',
  TRANSACTION_ABORTED: 'let errors of statements pass through the function given to transaction()',
  ENDED: 'make a new Router',
}

/** Why a request failed, and whether it can have had an effect. */
export class RouterError extends Error {
  /** What happened, for programs. */
  readonly code: RouterErrorCode
  /** Whether the statement can have had an effect. */
  readonly outcome: FailureOutcome
  /** The node it was on; null when it was on none. */
  readonly node: string | null
  /** The server's SQLSTATE, when it was the server that refused. */
  readonly sqlState: string | null
  /** What to do next. */
  readonly hint: string

  /** Made by the router; the cause is the driver's own error. */
  constructor(code: RouterErrorCode, message: string, details: RouterErrorDetails) {
    super(message, details.cause === undefined ? undefined : {cause: details.cause})
    this.name = 'RouterError'
    this.code = code
    this.outcome = details.outcome
    this.node = details.node ?? null
    this.sqlState = details.sqlState ?? null
    this.hint = details.hint ?? hints[code]
  }
}

/**
 * A write of which nobody can say whether it was applied: it was sent, and no answer came. It is never sent again by
 * the router. Look for it by its own key before doing so yourself, or give the write an idempotency key or a proof,
 * with which the router finds out.
 */
export class CommitUnknownError extends RouterError {
  /** Made by the router; `details.outcome` is always unknown here. */
  constructor(code: RouterErrorCode, message: string, details: RouterErrorDetails) {
    super(code, message, {...details, outcome: 'unknown'})
    this.name = 'CommitUnknownError'
  }
}

/** The class that fits the outcome. */
export function routerError(code: RouterErrorCode, message: string, details: RouterErrorDetails): RouterError {
  return details.outcome === 'unknown'
    ? new CommitUnknownError(code, message, details)
    : new RouterError(code, message, details)
}

/** What follows on a transaction whose connection broke. `cause`: what ended it, where that was told. */
export function transactionLost(cause: Error | undefined): RouterError {
  const why = cause === undefined ? '' : `: ${cause.message}`
  return new RouterError('TRANSACTION_LOST', `the transaction was lost with its connection${why}`, {
    outcome: 'not-sent',
    cause,
  })
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
