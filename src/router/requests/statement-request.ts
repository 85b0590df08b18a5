// One statement as a request: given with its kind by query(), or said outright by read() and write(). Not here: which
// kind a text is (statements/).
import type {Connection, StatementResult} from '../connections/connection.ts'
import {RouterError} from '../failures/router-error.ts'
import type {Consistency} from '../freshness/decide-freshness.ts'
import type {Session} from '../freshness/session.ts'
import {mayCommitInside} from '../statements/may-commit-inside.ts'
import type {StatementPlan} from '../statements/statement-plan.ts'
import {sendMeasured} from '../connections/send-measured.ts'
import {sqlStateOf} from '../failures/classify-error.ts'
import {learnedPlan} from '../statements/decide-plan.ts'
import {nowMs} from '../time/deadline.ts'
import type {WriteHabits} from './write-habits.ts'
import {alone, type Call} from './call.ts'
import type {Proof} from './proof.ts'
import {attachRoute, inPhase, type From, type Place, type Request, type Route} from './request.ts'

export interface ReadWay {
  readonly from: From
  readonly consistency: Consistency
  readonly session: Session | null
}

/** What is remembered of texts beyond one request. */
export interface StatementMemory {
  /** A standby refused the text with this SQLSTATE, and the primary served it. */
  learn(text: string, sqlState: string): void
  /** null: nothing is measured. */
  readonly habits: WriteHabits | null
}

/** What query() was given, by its plan. */
export function plannedRequest(
  call: Call,
  plan: StatementPlan,
  way: ReadWay,
  memory: StatementMemory,
): Request<StatementResult> {
  const isRead = plan.kind === 'read'
  const from = isRead && plan.node === 'any' ? way.from : 'primary'
  const made = statement(call, isRead ? 'read' : 'write', from, plan)
  return {
    ...made,
    ...(plan.kind === 'write' && plan.commits === 'perhaps' && memory.habits !== null
      ? measured(call, plan, memory.habits)
      : {}),
    consistency: way.consistency,
    session: way.session,
    refusedByStandby: (refusal, cause) => {
      const instead = refusal === 'conflict' ? plan : refusedPlan(plan, cause)
      const onPrimary = plannedRequest(call, instead, {...way, from: 'primary'}, memory)
      return {
        ...onPrimary,
        deliver: (result, route, place) => {
          onPrimary.deliver(result, route, place)
          if (refusal === 'only-primary') memory.learn(call.text, sqlStateOf(cause) ?? '')
        },
      }
    },
  }
}

/** What is known of it now: 25006 says that it was about to write. */
function refusedPlan(plan: StatementPlan, cause: unknown): StatementPlan {
  return learnedPlan(plan, sqlStateOf(cause) ?? '')
}

/** Asked in the same transaction whether it wrote, while it may be one that does not. */
function measured(
  call: Call,
  plan: StatementPlan,
  habits: WriteHabits,
): Pick<Request<StatementResult>, 'run' | 'wroteNothing'> {
  let wrote = true
  return {
    wroteNothing: () => !wrote,
    run: async ({connection}) => {
      wrote = true
      if (connection.inTransaction || !habits.mayBeRead(plan, nowMs()))
        return inPhase('autocommit', true, connection.send(call.statement, call.values))
      const answer = await inPhase('autocommit', true, sendMeasured(connection, call.statement, call.values))
      wrote = answer.wrote
      if (wrote) habits.noteWrite(plan, nowMs())
      return answer.result
    },
  }
}

/** One autocommitted statement on the primary, refused by the server when it is several. */
export function writeRequest(
  call: Call,
  {kind, commits}: StatementPlan,
  session: Session | null,
  proof: Proof | null,
): Request<StatementResult> {
  return {
    ...statement(alone(call), 'write', 'primary', {kind, reason: 'write()', commits}, refuseOpenTransaction),
    session,
    settlement:
      proof === null ? null : {proof, found: () => ({command: '', rowCount: null, oid: 0, fields: [], rows: []})},
  }
}

/**
 * One statement that the caller vouches for: it has no effect, so it may be sent more than once. Where it does not say
 * from which node, what only the primary answers comes from there.
 */
export function readRequest(
  call: Call,
  plan: StatementPlan,
  {from: wish, consistency, session}: Omit<ReadWay, 'from'> & {readonly from: From | null},
): Request<StatementResult> {
  // What surely writes is the caller's mistake: a standby says so, and the primary would do it.
  const mayBeRead = plan.commits === 'nothing' || plan.commits === 'perhaps'
  const isOfOneNode = mayBeRead && (plan.node === 'primary' || plan.node === 'bound')
  const from = wish ?? (isOfOneNode ? 'primary' : 'prefer-standby')
  const made = {
    ...statement(
      alone(call),
      'read',
      from,
      {kind: plan.kind, reason: 'read()', commits: 'nothing'},
      refuseOpenTransaction,
    ),
    consistency,
    session,
  }
  const mayMove = from === 'prefer-standby' && mayBeRead
  return {...made, refusedByStandby: () => (mayMove ? {...made, from: 'primary', refusedByStandby: () => null} : null)}
}

function statement(
  call: Call,
  kind: 'read' | 'write',
  from: From,
  {kind: planned, reason, commits}: Pick<StatementPlan, 'kind' | 'reason' | 'commits'>,
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
    writes: kind === 'write' && commits !== 'nothing',
    wroteNothing: () => false,
    commits,
    claim: null,
    settlement: null,
    mayCommitInside: () => mayCommitInside(call.text),
    refusedByStandby: () => null,
    run: async ({connection}: Place) => {
      // Before it is sent: what failed may have taken a lock all the same.
      if (planned === 'session') connection.retire()
      const result = await inPhase(phase, true, connection.send(call.statement, call.values))
      check?.(connection, call)
      return result
    },
    deliver: (result: StatementResult, route: Route, {connection}: Place) =>
      void attachRoute(result, route, connection.takeNotices()),
  }
}

function refuseOpenTransaction(connection: Connection, {text}: Call): void {
  // The connection is destroyed on release, which rolls back what the statement began.
  if (connection.inTransaction)
    throw new RouterError('TRANSACTION_OPEN', `the statement left a transaction open: ${text.slice(0, 60)}`, {
      outcome: 'not-applied',
      node: connection.node,
    })
}

/** A connection for what sends itself, on which `before` has been sent: what opens the transaction that it is in. */
export function bindRequest(
  plan: StatementPlan,
  onStandby: boolean,
  before: readonly Call[],
  way: ReadWay,
): Request<null> {
  return {
    kind: onStandby ? 'read' : 'write',
    from: onStandby ? way.from : 'primary',
    reason: plan.reason,
    consistency: way.consistency,
    session: way.session,
    readOnly: false,
    // What is sent later is noted when it has ended (client/).
    writes: false,
    wroteNothing: () => false,
    commits: 'nothing',
    claim: null,
    settlement: null,
    mayCommitInside: () => false,
    refusedByStandby: () => null,
    run: async ({connection}) => {
      for (const {statement, values} of before)
        await inPhase('in-transaction', true, connection.send(statement, values))
      return null
    },
    deliver: () => undefined,
  }
}
