// One statement as a request: given with its kind by query(), or said outright by read() and write(). Not here: which
// kind a text is (statements/).
import type {Connection, StatementResult} from '../connections/connection.ts'
import {RouterError} from '../failures/router-error.ts'
import type {Consistency} from '../freshness/decide-freshness.ts'
import type {Session} from '../freshness/session.ts'
import {mayCommitInside} from '../statements/may-commit-inside.ts'
import type {StatementPlan} from '../statements/statement-plan.ts'
import {alone, type Call} from './call.ts'
import type {Proof} from './proof.ts'
import {attachRoute, inPhase, type From, type Place, type Request, type Route} from './request.ts'

export interface ReadWay {
  readonly from: From
  readonly consistency: Consistency
  readonly session: Session | null
}

/**
 * What query() was given, by its plan. `learn` hears of a text that a standby refused although the plan called it a
 * read.
 */
export function plannedRequest(
  call: Call,
  plan: StatementPlan,
  way: ReadWay,
  learn: (text: string) => void,
): Request<StatementResult> {
  const isRead = plan.kind === 'read'
  return {
    ...statement(
      call,
      isRead ? 'read' : 'write',
      isRead ? way.from : 'primary',
      plan.reason,
      plan.kind === 'session' ? retire : undefined,
    ),
    consistency: way.consistency,
    session: way.session,
    refusedByStandby: () => {
      learn(call.text)
      return plannedRequest(call, {...plan, kind: 'write', by: 'learned', reason: 'a standby refused it'}, way, learn)
    },
  }
}

/** One autocommitted statement on the primary, refused by the server when it is several. */
export function writeRequest(call: Call, session: Session | null, proof: Proof | null): Request<StatementResult> {
  return {
    ...statement(alone(call), 'write', 'primary', 'write()', refuseOpenTransaction),
    session,
    settlement:
      proof === null ? null : {proof, found: () => ({command: '', rowCount: null, oid: 0, fields: [], rows: []})},
  }
}

/** One statement that the caller vouches for: it has no effect, so it may be sent more than once. */
export function readRequest(call: Call, way: ReadWay): Request<StatementResult> {
  return {
    ...statement(alone(call), 'read', way.from, 'read()', refuseOpenTransaction),
    consistency: way.consistency,
    session: way.session,
  }
}

function statement(
  call: Call,
  kind: 'read' | 'write',
  from: From,
  reason: string,
  check?: (connection: Connection, call: Call) => void,
): Request<StatementResult> {
  const phase = kind === 'read' ? 'read' : 'autocommit'
  return {
    kind,
    from,
    reason,
    consistency: 'session',
    session: null,
    readOnly: false,
    writes: kind === 'write',
    idempotent: false,
    settlement: null,
    mayCommitInside: () => mayCommitInside(call.text),
    refusedByStandby: () => null,
    run: async ({connection}: Place) => {
      const result = await inPhase(phase, true, connection.send(call.statement, call.values))
      check?.(connection, call)
      return result
    },
    deliver: (result: StatementResult, route: Route, {connection}: Place) =>
      void attachRoute(result, route, connection.notices),
  }
}

function retire(connection: Connection): void {
  connection.retire()
}

function refuseOpenTransaction(connection: Connection, {text}: Call): void {
  // The connection is destroyed on release, which rolls back what the statement began.
  if (connection.inTransaction)
    throw new RouterError('TRANSACTION_OPEN', `the statement left a transaction open: ${text.slice(0, 60)}`, {
      outcome: 'not-applied',
      node: connection.node,
    })
}

/** Nothing is sent: only a connection is found, for what sends itself. */
export function bindRequest(plan: StatementPlan, way: ReadWay): Request<null> {
  const onStandby = plan.kind === 'read' || plan.readOnlyTransaction
  return {
    kind: onStandby ? 'read' : 'write',
    from: onStandby ? way.from : 'primary',
    reason: plan.reason,
    consistency: way.consistency,
    session: way.session,
    readOnly: false,
    writes: !onStandby,
    idempotent: false,
    settlement: null,
    mayCommitInside: () => false,
    refusedByStandby: () => null,
    run: () => Promise.resolve(null),
    deliver: () => undefined,
  }
}
