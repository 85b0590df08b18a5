// What connect() does next: it must mean what it means in pg-pool, whose connect() is the start-up check of many
// applications, and it must last through a failover. Pure. Invariants: a login that was refused is told at once; so is
// that no node can be reached; while some node can be, it is waited. Not here: doing it (checkout.ts).
import {errorCodeOf} from '../failures/failure.ts'
import {judgeError, sqlStateOf} from '../failures/classify-error.ts'
import {isLoginRefused} from '../failures/login-refused.ts'
import type {Target, Topology} from '../topology/decide-primary.ts'

export interface CheckoutView {
  readonly topology: Pick<Topology, 'primary' | 'standbys' | 'refused'>
  /** Of each source of the topology: why it cannot be asked; undefined while it can, or has not been asked yet. */
  readonly sourceFailures: readonly unknown[]
  /** Nodes that were tried in this round, with what they failed with. */
  readonly tried: ReadonlyMap<string, unknown>
}

export type CheckoutStep =
  | {readonly kind: 'try'; readonly target: Target; readonly role: 'primary' | 'standby'}
  | {readonly kind: 'fail'; readonly cause: unknown}
  /** Until the topology changes, or for a moment. `last`: what is to be told when the time is over. */
  | {readonly kind: 'wait'; readonly last: unknown}

export function decideCheckout({topology, sourceFailures, tried}: CheckoutView): CheckoutStep {
  const {primary, standbys, refused} = topology
  const final = [...tried.values()].find(isFinal)
  if (final !== undefined) return {kind: 'fail', cause: final}
  if (primary !== null && !tried.has(primary.node)) return {kind: 'try', target: primary, role: 'primary'}
  // While there is no primary a standby shows that one can log in; what needs the primary waits for it then.
  const standby = standbys.find(({node}) => !tried.has(node))
  if (standby !== undefined) return {kind: 'try', target: standby, role: 'standby'}
  if (primary !== null || standbys.length > 0) return afterFailures([...tried.values()])
  const failures = sourceFailures.filter(failure => failure !== undefined)
  if (refused.length > 0 || failures.length === 0 || failures.length < sourceFailures.length)
    return {kind: 'wait', last: failures[0] ?? null}
  return afterFailures(failures)
}

/** Nobody is left to ask. A server that answered, or has only been slow to, is there and may let us in soon. */
function afterFailures(failures: readonly unknown[]): CheckoutStep {
  const final = failures.find(isLoginRefused)
  if (final !== undefined) return {kind: 'fail', cause: final}
  const passing = failures.find(failure => !saysNobodyThere(failure))
  return passing === undefined ? {kind: 'fail', cause: failures[0]} : {kind: 'wait', last: passing}
}

/** The network's own word, and not that a time ran out. */
const nobodyThere: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
])

function saysNobodyThere(cause: unknown): boolean {
  return sqlStateOf(cause) === null && nobodyThere.has(errorCodeOf(cause))
}

/** A wrong password, a hook of the caller's that refuses the connection, a value that cannot be sent. */
function isFinal(cause: unknown): boolean {
  return judgeError(cause, 'connecting').retry === 'never'
}
