// What an error means for the statement that met it: was it sent, applied, or may it have been? And may it be tried
// again?
// Invariants: what may have been applied is `unknown` and never retried; an error that is not recognised counts as that
// once bytes were sent; an SQLSTATE alone is no verdict about the connection, since any function may raise any of them.
// The rows are the table "what the client saw" that docs/measuring.md builds on. Not here: who waits and how long
// (requests/dispatcher.ts, retry-delay.ts), how often (decide-repetition.ts).

/**
 * How far the caller was. connecting: no statement has left. autocommit: a statement outside a transaction was sent.
 * in-transaction: BEGIN was sent,
 * COMMIT was not. commit-sent: COMMIT was sent. read: a statement without effects was sent.
 */
export type Phase = 'connecting' | 'autocommit' | 'in-transaction' | 'commit-sent' | 'read'

/** not-sent, not-applied: surely without effect. unknown: it may have been applied. */
export type FailureOutcome = 'not-sent' | 'not-applied' | 'unknown'

/**
 * elsewhere: once the node's role is known anew. again: also on the same node, after a pause. never: the same answer
 * would come, or it is not safe.
 */
export type Retry = 'elsewhere' | 'again' | 'never'

/** What an error means for the statement that met it. */
export interface Judgement {
  /** Whether the statement can have had an effect. */
  readonly outcome: FailureOutcome
  /** Whether and where the same may be tried again. */
  readonly retry: Retry
  /** The connection cannot be used any more; a reason to look for the primary at once. */
  readonly connectionLost: boolean
}

/**
 * Thrown where the router itself holds a statement back: the deadline is over, or the pool was closed under the
 * request.
 */
export class NeverSent extends Error {
  override readonly name = 'NeverSent'
}

/** The statement was given up while it was under way: its time was over. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp'
}

/** What became of the connection on which an error came. alive: it answers the next statement. */
export type ConnectionAfter = 'alive' | 'ended'

/**
 * Pure: what became of the connection, by the error and by whether the socket is open. ask: only its next answer can
 * tell, since the server's word for the severity is not understood, or the code is one with which servers and proxies
 * end connections. Of what pg itself threw while the socket is open, only its words for a lost connection speak of it.
 */
export function connectionAfter(error: unknown, isOpen: boolean): ConnectionAfter | 'ask' {
  if (!isOpen) return 'ended'
  const state = sqlStateOf(error)
  if (state === null) return isWordForLoss(error) ? 'ended' : 'alive'
  if (isFatal(error)) return 'ended'
  return textOf(error as object, 'severity') === 'ERROR' && !speaksOfConnections(state) ? 'alive' : 'ask'
}

/** Outcome of a failed statement, from the error as `pg` gives it and the phase it came in. Pure; never throws. */
export function classifyError(error: unknown, phase: Phase): FailureOutcome {
  return judgeError(error, phase).outcome
}

/**
 * Outcome, retry and state of the connection. `after`: what became of that; where nobody looked, the worse is taken:
 * then an error that is not the server's, and one that speaks of connections, has ended it. Pure; never throws.
 */
export function judgeError(error: unknown, phase: Phase, after: ConnectionAfter = presumedAfter(error)): Judgement {
  const state = sqlStateOf(error)
  if (phase === 'connecting')
    return judgement('not-sent', neverLeft(error) ? 'elsewhere' : retryOfConnecting(error, state), true)
  if (after === 'ended') return judgeLoss(error, state, phase)
  if (state === null) return judgement('not-sent', 'never', false)
  if (completionUnknown.has(state)) return judgement(mayBeApplied(phase) ? 'unknown' : 'not-applied', 'never', false)
  return judgement('not-applied', retryOfRefusal(error, state, phase), false)
}

/**
 * SQLSTATE of a server's answer, or null. `EPIPE` has five capitals too, so the severity that only servers send is
 * asked for.
 */
export function sqlStateOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null
  const code = textOf(error, 'code')
  return textOf(error, 'severity') !== '' && /^[0-9A-Z]{5}$/.test(code) ? code : null
}

/** The server says that it is not a primary: 25006 to a write on a connection that did not ask to be read-only. */
export function saysNotPrimary(error: unknown, phase: Phase): boolean {
  return phase !== 'read' && (sqlStateOf(error) === readOnly || isReadWriteDuringRecovery(error))
}

const readOnly = '25006'
/** statement_completion_unknown, transaction_resolution_unknown */
const completionUnknown = new Set(['40003', '08007'])
/**
 * serialization_failure (on a standby also a conflict with recovery), deadlock_detected. Not lock_not_available: who
 * gets that has asked not to wait (NOWAIT, lock_timeout).
 */
const passing = new Set(['40001', '40P01'])
/**
 * Where the server, or a proxy, ends a connection with them it does so while that is being made: cannot_connect_now,
 * too_many_connections, invalid database, authorization. It calls them FATAL then; as an ERROR a statement raised them.
 */
const startupStates = /^(57P03|53300|3D000|28...)$/
/** At startup these pass by themselves: a server that starts, stops, is full, or a proxy that has no server yet. */
const startupPasses = /^(57P0[123]|53...|08...)$/
/** idle_in_transaction_session_timeout, transaction_timeout: bounds that the session set for itself. */
const ownBounds = new Set(['25P03', '25P04'])
/** Shutdown, crash, dropped database, timeouts of the session, lost connections. */
const endingStates = /^(57P0[1245]|25P0[34]|08...)$/

function judgement(outcome: FailureOutcome, retry: Retry, connectionLost: boolean): Judgement {
  return {outcome, retry, connectionLost}
}

function mayBeApplied(phase: Phase): boolean {
  return phase === 'autocommit' || phase === 'commit-sent'
}

/** The connection died, or the error says nothing that could be relied on. */
function judgeLoss(error: unknown, state: string | null, phase: Phase): Judgement {
  if (neverLeft(error)) return judgement('not-sent', 'elsewhere', true)
  if (state !== null && isFatal(error) && startupStates.test(state))
    return judgement('not-sent', retryOfConnecting(error, state), true)
  if (mayBeApplied(phase)) return judgement('unknown', 'never', true)
  return judgement('not-applied', state !== null && ownBounds.has(state) ? 'never' : 'elsewhere', true)
}

/** Said of what ends the connection, where it is not translated. */
function isFatal(error: unknown): boolean {
  return ['FATAL', 'PANIC'].includes(textOf(error as object, 'severity'))
}

function presumedAfter(error: unknown): ConnectionAfter {
  const state = sqlStateOf(error)
  if (state === null) return 'ended'
  const said = connectionAfter(error, true)
  return said === 'ask' ? (speaksOfConnections(state) ? 'ended' : 'alive') : said
}

function speaksOfConnections(state: string): boolean {
  return startupStates.test(state) || endingStates.test(state)
}

function retryOfConnecting(error: unknown, state: string | null): Retry {
  if (state !== null) return startupPasses.test(state) ? 'elsewhere' : 'never'
  if (typeof error !== 'object' || error === null) return 'never'
  // The rest of what can go wrong here (a password that is no text, a server without TLS) fails the same way next time.
  return /^E[A-Z_]+$/.test(textOf(error, 'code')) || /timeout|terminated|closed/i.test(textOf(error, 'message'))
    ? 'elsewhere'
    : 'never'
}

function retryOfRefusal(error: unknown, state: string, phase: Phase): Retry {
  if (passing.has(state) || isStalePlan(error, state)) return 'again'
  // On a read-only connection 25006 is the caller's mistake: a statement that writes was given to read().
  return saysNotPrimary(error, phase) ? 'elsewhere' : 'never'
}

/** A prepared statement's plan was refused before it was carried out: it was closed, and is prepared anew next time. */
function isStalePlan(error: unknown, state: string): boolean {
  return (
    state === '0A000' &&
    typeof error === 'object' &&
    error !== null &&
    textOf(error, 'routine') === 'RevalidateCachedQuery'
  )
}

/**
 * The connection was never made, or `pg` refused to use it: no byte of the statement can have left, whatever the
 * caller's phase.
 */
function neverLeft(error: unknown): boolean {
  if (error instanceof NeverSent) return true
  if (typeof error !== 'object' || error === null) return false
  return (
    ['connect', 'getaddrinfo'].includes(textOf(error, 'syscall')) ||
    notQueryable.test(textOf(error, 'message')) ||
    textOf(error, 'message') === 'timeout exceeded when trying to connect'
  )
}

const notQueryable = /^Client (has encountered a connection error|was closed) and is not queryable$/

/** Whatever the socket looks like, nobody can rely on the connection after these. */
function isWordForLoss(error: unknown): boolean {
  if (error instanceof NeverSent || error instanceof GivenUp) return true
  return error instanceof Error && (isReadTimeout(error) || notQueryable.test(error.message))
}

/** The caller's own bound was missed (query_timeout); the statement goes on in the server. */
export function isReadTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout'
}

function isReadWriteDuringRecovery(error: unknown): boolean {
  return (
    sqlStateOf(error) === '0A000' &&
    typeof error === 'object' &&
    error !== null &&
    textOf(error, 'message') === 'cannot set transaction read-write mode during recovery'
  )
}

function textOf(error: object, field: string): string {
  const value: unknown = Reflect.get(error, field)
  return typeof value === 'string' ? value : ''
}
