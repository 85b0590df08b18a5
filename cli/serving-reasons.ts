// Why each node would or would not serve a statement, from what the router says of the nodes. PURE.
// Invariant: the same rules as the router's, read from its own limits; nothing here decides anything, the router has
// decided already.
// Not here: asking the router (explain-statement.ts), and the rules themselves (src/router/requests/picker.ts,
// src/router/balance).
import {formatMs} from '../src/model/time.ts'
import {formatBytes} from '../src/report/quantity.ts'
import type {Consistency, NodeFacts, StatementKind, Token} from '../src/router/index.ts'

export interface AskedOf {
  readonly kind: StatementKind
  readonly consistency: Consistency
  /** What the reader must see; null: nothing in particular. */
  readonly token: Token | null
  readonly limits: {readonly lagBytesMax: number; readonly lagMsMax: number; readonly freshWaitMs: number}
}

/** `maybe`: it is asked first, and serves when its answer says so. */
export interface ServingReason {
  readonly serves: 'yes' | 'maybe' | 'no'
  readonly why: string
}

/** By node. A member of the lab that the router does not see is there too. */
export function servingReasons(
  members: readonly string[],
  nodes: readonly NodeFacts[],
  asked: AskedOf,
): ReadonlyMap<string, ServingReason> {
  const present = nodes.find(({role}) => role === 'primary')?.timeline ?? null
  const standbys = nodes
    .filter(({role}) => role === 'standby')
    .map(facts => [facts.node, ofStandby(facts, asked, present)] as const)
  const primary = ofPrimary(
    asked,
    standbys.map(([, {serves}]) => serves),
  )
  return new Map([
    ...members.map(node => [node, notSeen] as const),
    ...standbys,
    ...nodes.filter(({role}) => role === 'primary').map(({node}) => [node, primary] as const),
  ])
}

const notSeen: ServingReason = {
  serves: 'no',
  why: 'no fresh word of it: down, cut off, or neither primary nor standby now',
}

function ofPrimary({kind, consistency}: AskedOf, standbys: readonly ServingReason['serves'][]): ServingReason {
  if (kind !== 'read') return {serves: 'yes', why: 'what is not surely a read goes to the primary'}
  if (consistency === 'strict') return {serves: 'yes', why: 'strict: only the primary shows all that is committed'}
  if (standbys.includes('yes')) return {serves: 'no', why: 'a standby serves it; the primary only when none may'}
  return standbys.includes('maybe')
    ? {serves: 'maybe', why: 'when no standby shows the token in time'}
    : {serves: 'yes', why: 'no standby may serve it'}
}

function ofStandby(
  facts: NodeFacts,
  {kind, consistency, token, limits}: AskedOf,
  present: number | null,
): ServingReason {
  if (kind !== 'read') return {serves: 'no', why: 'a standby gets surely nothing but reads'}
  if (consistency === 'strict') return {serves: 'no', why: 'strict: it may be a moment behind'}
  const unfit = unfitness(facts, limits)
  if (unfit !== null) return {serves: 'no', why: unfit}
  return consistency === 'session' && token !== null
    ? afterToken(facts, token, present, limits)
    : {serves: 'yes', why: 'close enough; the less busy of two drawn gets it'}
}

/** Why it serves no read at all now; null when it may. */
function unfitness({ejected, lagBytes, lagMs}: NodeFacts, {lagBytesMax, lagMsMax}: AskedOf['limits']): string | null {
  if (ejected) return 'left out for a while: it failed or hung'
  if (lagBytes === null || lagMs === null) return 'how far it is behind is not known'
  if (lagBytes > lagBytesMax) return `${formatBytes(lagBytes)} behind, at most ${formatBytes(lagBytesMax)} wanted`
  return lagMs > lagMsMax ? `${formatMs(lagMs)} behind, at most ${formatMs(lagMsMax)} wanted` : null
}

/** The router knows its position from the last sample, or asks for it on the connection that would serve the read. */
function afterToken(
  {timeline}: NodeFacts,
  token: Token,
  present: number | null,
  {freshWaitMs}: AskedOf['limits'],
): ServingReason {
  if (present !== null && token.timeline > present)
    return {serves: 'no', why: `the token is of timeline ${token.timeline}, and no primary of it was seen`}
  if (present !== null && timeline !== present)
    return {serves: 'no', why: `it is on timeline ${timeline ?? 'unknown'}, the primary on ${present}`}
  return {serves: 'maybe', why: `when it shows the token, or does within ${formatMs(freshWaitMs)} of being asked`}
}
