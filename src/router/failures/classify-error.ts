// What an error means for the statement that met it: was it sent, applied, or may it have been? And may it be tried
// again?
// Invariant: what may have been applied is `unknown` and never retried; an error that is not recognised counts as that
// once bytes were sent. The rows are the table "what the client saw" that docs/measuring.md builds on. Not here: who
// waits and how long (requests/dispatcher.ts, retry-delay.ts).

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

/** Outcome of a failed statement, from the error as `pg` gives it and the phase it came in. Pure; never throws. */
export function classifyError(error: unknown, phase: Phase): FailureOutcome {
  return judgeError(error, phase).outcome
}

/** Outcome, retry and state of the connection. Pure; never throws. */
export function judgeError(error: unknown, phase: Phase): Judgement {
  const state = sqlStateOf(error)
  if (neverLeft(error)) return judgement('not-sent', 'elsewhere', true)
  if (phase === 'connecting') return judgement('not-sent', retryOfConnecting(error, state), true)
  if (state === null) return judgeWithoutAnswer(phase)
  if (onlyAtStartup(state)) return judgement('not-sent', retryOfConnecting(error, state), true)
  if (isFatal(error, state)) return judgeWithoutAnswer(phase)
  if (state === statementCompletionUnknown)
    return judgement(mayBeApplied(phase) ? 'unknown' : 'not-applied', 'never', false)
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
const statementCompletionUnknown = '40003'
/** serialization_failure (on a standby also a conflict with recovery), deadlock_detected, lock_not_available. */
const passing = new Set(['40001', '40P01', '55P03'])
/**
 * Raised only while a connection is being made: cannot_connect_now, too_many_connections, invalid database,
 * authorization.
 */
const startupStates = new Set(['57P03', '53300', '3D000'])
/** At startup these pass by themselves: a server that starts, stops, is full, or a proxy that has no server yet. */
const startupPasses = /^(57P0[123]|53...|08...)$/
/**
 * Sent as FATAL whatever the language of the server's messages: shutdown, crash, dropped database, idle timeouts, lost
 * connections.
 */
const fatalStates = /^(57P0[1245]|25P0[34]|08...)$/

function judgement(outcome: FailureOutcome, retry: Retry, connectionLost: boolean): Judgement {
  return {outcome, retry, connectionLost}
}

function mayBeApplied(phase: Phase): boolean {
  return phase === 'autocommit' || phase === 'commit-sent'
}

/** Something was sent and the connection died, or the error says nothing that could be relied on. */
function judgeWithoutAnswer(phase: Phase): Judgement {
  return mayBeApplied(phase) ? judgement('unknown', 'never', true) : judgement('not-applied', 'elsewhere', true)
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
  if (passing.has(state)) return 'again'
  // On a read-only connection 25006 is the caller's mistake: a statement that writes was given to read().
  return saysNotPrimary(error, phase) ? 'elsewhere' : 'never'
}

/**
 * The connection was never made, or `pg` refused to use it: no byte of the statement can have left, whatever the
 * caller's phase.
 */
function neverLeft(error: unknown): boolean {
  if (error instanceof NeverSent) return true
  if (typeof error !== 'object' || error === null) return false
  if (['connect', 'getaddrinfo'].includes(textOf(error, 'syscall'))) return true
  return (
    /^Client (has encountered a connection error|was closed) and is not queryable$/.test(textOf(error, 'message')) ||
    textOf(error, 'message') === 'timeout exceeded when trying to connect'
  )
}

function onlyAtStartup(state: string): boolean {
  return startupStates.has(state) || state.startsWith('28')
}

function isFatal(error: unknown, state: string): boolean {
  return (
    fatalStates.test(state) ||
    (typeof error === 'object' && error !== null && ['FATAL', 'PANIC'].includes(textOf(error, 'severity')))
  )
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
