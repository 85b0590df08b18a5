// The one error that the router throws. Invariant: `outcome` says whether the statement can have had an effect; the cause is the driver's own error.
import type {FailureOutcome} from './classify-error.ts'

/**
 * NO_PRIMARY, NO_STANDBY, NO_CONNECTION: none could be had before the deadline. DEADLINE, ABORTED: no reply in time, or the caller gave up.
 * QUEUE_FULL: too many requests wait already. SERVER_ERROR: the server refused the statement, `sqlState` says why. CONNECTION_LOST: it broke under the statement.
 * TRANSACTION_OPEN: a statement opened or ended a transaction by itself. TRANSACTION_ABORTED: COMMIT was answered with ROLLBACK. ENDED: end() was called.
 */
export type RouterErrorCode =
  | 'NO_PRIMARY' | 'NO_STANDBY' | 'NO_CONNECTION' | 'DEADLINE' | 'ABORTED' | 'QUEUE_FULL'
  | 'SERVER_ERROR' | 'CONNECTION_LOST' | 'TRANSACTION_OPEN' | 'TRANSACTION_ABORTED' | 'ENDED'

export interface RouterErrorDetails {
  readonly outcome: FailureOutcome
  readonly node?: string | null
  readonly sqlState?: string | null
  readonly cause?: unknown
  /** Instead of the code's own. */
  readonly hint?: string
}

const hints: Readonly<Record<RouterErrorCode, string>> = {
  NO_PRIMARY: 'surely without effect: safe to try again; if it lasts, look at the cluster, or allow a longer deadline than a failover takes',
  NO_STANDBY: 'read from the primary, or without `strict`',
  NO_CONNECTION: 'surely without effect: safe to try again; check that the address (natMap) and the credentials are right and that poolMax fits the load',
  DEADLINE: 'when the outcome is unknown, look the row up by its own key before trying again',
  ABORTED: 'when the outcome is unknown, look the row up by its own key before trying again',
  QUEUE_FULL: 'surely without effect: slow down, or raise queueMax',
  SERVER_ERROR: 'the statement had no effect; the SQLSTATE and the cause say why',
  CONNECTION_LOST: 'when the outcome is unknown, look the row up by its own key before trying again',
  TRANSACTION_OPEN: 'use transaction() instead of sending BEGIN or COMMIT',
  TRANSACTION_ABORTED: 'let errors of statements pass through the function given to transaction()',
  ENDED: 'make a new Router',
}

/** Why a request failed, and whether it can have had an effect. */
export class RouterError extends Error {
  readonly code: RouterErrorCode
  readonly outcome: FailureOutcome
  /** The node it was on; null when it was on none. */
  readonly node: string | null
  /** The server's SQLSTATE, when it was the server that refused. */
  readonly sqlState: string | null
  /** What to do next. */
  readonly hint: string

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
