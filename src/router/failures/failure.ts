// From failed tries to the error that the caller gets. Pure.
// Invariant: the outcome told is that of the last try, since an earlier one is repeated only when it surely had no
// effect; one in doubt stays `unknown`. Not here: when to stop trying (requests/dispatcher.ts).
import {sqlStateOf, type FailureOutcome, type Judgement} from './classify-error.ts'
import type {ServerLife} from './decide-settlement.ts'
import {CommitUnknownError, RouterError, routerError} from './router-error.ts'

/** The last try that failed. */
export interface FailedTry {
  readonly node: string
  readonly judgement: Judgement
  readonly cause: unknown
  readonly connecting: boolean
}

/** A try that may have been applied, while the request goes on looking for it. */
export interface UnsettledTry {
  readonly life: ServerLife
  /** May the request be sent again when that try surely was not applied? */
  readonly mayRepeat: boolean
  /** What the caller gets when nothing can be concluded in time. */
  readonly error: RouterError
}

/** How a request's time ended. */
export interface TimeOver {
  readonly over: 'DEADLINE' | 'ABORTED' | null
  readonly elapsedMs: number
}

/**
 * The error of a request whose last try cannot be repeated: the server's own, unchanged, where the server refused it.
 */
export function failedError(failed: FailedTry, time: TimeOver): Error {
  const {node, cause, judgement} = failed
  const sqlState = sqlStateOf(cause)
  const details = {outcome: judgement.outcome, node, sqlState, cause}
  const what = `${messageOf(cause)} (${node}, outcome ${judgement.outcome})`
  if (sqlState !== null && !judgement.connectionLost && cause instanceof Error) return cause
  if (failed.connecting && judgement.retry === 'never' && cause instanceof Error) return cause
  if (time.over !== null)
    return routerError(time.over, `${endOf(time)} on ${node}, outcome ${judgement.outcome}`, details)
  return routerError(failed.connecting ? 'NO_CONNECTION' : 'CONNECTION_LOST', what, details)
}

/**
 * The error of a request that could not be placed, or placed again, before its time was over. Between repetitions that
 * is the server's last word, since nothing was missing. `unasked`: what keeps a source of the topology from being
 * asked.
 */
export function neverPlacedError(
  time: TimeOver,
  attempts: number,
  missing: 'NO_PRIMARY' | 'NO_STANDBY' | null,
  last: FailedTry | null,
  lastSeen: string,
  unasked?: unknown,
): Error {
  if (last?.judgement.retry === 'again' && time.over !== 'ABORTED' && last.cause instanceof Error) return last.cause
  const outcome: FailureOutcome = last?.judgement.outcome ?? 'not-sent'
  const code = time.over === 'ABORTED' ? 'ABORTED' : (missing ?? 'NO_CONNECTION')
  const tries = last === null ? '' : `; ${attempts} tries, the last on ${last.node}: ${messageOf(last.cause)}`
  const message =
    `${endOf(time)} before ` +
    `${missing === null ? 'a connection could be had' : missing === 'NO_PRIMARY' ? 'there was a primary' : 'there was a standby'}${tries}; ` +
    `last seen: ${lastSeen}`
  return routerError(code, message, {
    outcome,
    node: last?.node ?? null,
    sqlState: sqlStateOf(last?.cause),
    cause: last?.cause ?? unasked,
  })
}

/**
 * The error of a write that stayed unknown although there was a proof or a key: what happened then, and why nothing
 * could be concluded since.
 */
export function unsettledError(lost: RouterError, elapsedMs: number, why: string, by: 'proof' | 'key'): RouterError {
  return new CommitUnknownError(lost.code, `${lost.message}; not settled within ${Math.round(elapsedMs)} ms: ${why}`, {
    outcome: 'unknown',
    node: lost.node,
    sqlState: lost.sqlState,
    cause: lost.cause,
    hint: hintsWhenUnsettled[by],
  })
}

const hintsWhenUnsettled = {
  proof:
    'run the proof yourself before trying again, once another primary has taken over; a deadline longer than a ' +
    'failover lets the router do that',
  key:
    'ask for the transaction with the same key again: it is applied once; a deadline longer than a failover lets ' +
    'the router do that',
} as const

/** The error of a transaction that a proof showed not to be applied, and whose function must not be called again. */
export function provenAbsentError(lost: RouterError): RouterError {
  return new RouterError(lost.code, `${lost.message}; a proof has shown since that it was not applied`, {
    outcome: 'not-applied',
    node: lost.node,
    sqlState: lost.sqlState,
    cause: lost.cause,
    hint: 'surely without effect: safe to try again; with `rerun` the router does that',
  })
}

/** SQLSTATE or errno name, for events. */
export function errorCodeOf(error: unknown): string | null {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null
}

function endOf({over, elapsedMs}: TimeOver): string {
  return `${over === 'ABORTED' ? 'aborted by the caller' : 'the deadline passed'} after ${Math.round(elapsedMs)} ms`
}

/** An AggregateError (all addresses of a name refused) has no message of its own. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message === '' ? (errorCodeOf(error) ?? error.name) : error.message
}
