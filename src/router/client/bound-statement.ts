// One statement on the connection that a client has: what it came to, for its caller and for later reads. Invariants:
// what may have been committed is told as unknown and noted for later reads; a connection that is lost is destroyed.
// Not here: what is open then (conversation.ts), statements that find a node first (requests/).
import {afterError} from '../connections/after-error.ts'
import type {Connection, StatementResult} from '../connections/connection.ts'
import {judgeError, type Phase} from '../failures/classify-error.ts'
import {failedError} from '../failures/failure.ts'
import {mayHaveCommitted, type Failure} from '../requests/may-have-committed.ts'
import type {PinnedConnection} from '../requests/pinned-connection.ts'
import {attachRoute, type Route} from '../requests/request.ts'
import type {StatementPlan} from '../statements/statement-plan.ts'
import type {Deadline} from '../time/deadline.ts'
import type {ClientPorts} from './client-ports.ts'

export interface BoundStatement {
  readonly connection: Connection
  readonly plan: StatementPlan
  /** Was one open when it was given? */
  readonly inTransaction: boolean
}

type BoundPorts = Pick<ClientPorts, 'committed' | 'failed'>

/** The result with its route. */
export async function answered(
  statement: BoundStatement,
  {role}: PinnedConnection,
  ports: BoundPorts,
  result: StatementResult,
): Promise<StatementResult> {
  const {connection} = statement
  const token = mayBeSeen(statement, role, null) ? await ports.committed(connection) : null
  return attachRoute(result, {...boundRoute, node: connection.node, role, token}, connection.takeNotices())
}

const boundRoute: Omit<Route, 'node' | 'role' | 'token'> = {
  timeline: null,
  waitedMs: 0,
  attempts: 1,
  settled: null,
  reason: 'bound',
}

/** What its caller is told, and whether the connection is lost. */
export async function refused(
  statement: BoundStatement,
  {role, timeline}: PinnedConnection,
  ports: BoundPorts,
  error: unknown,
  deadline: Deadline,
): Promise<{readonly told: unknown; readonly isLost: boolean}> {
  const {connection} = statement
  const judgement = judgeError(error, phaseOf(statement, role), await afterError(connection, error))
  if (judgement.connectionLost) connection.destroy()
  ports.failed(judgement, {connection, timeline})
  if (mayBeSeen(statement, role, {error, judgement})) await ports.committed(connection)
  if (!judgement.connectionLost) return {told: error, isLost: false}
  const failed = {node: connection.node, judgement, cause: error, connecting: false}
  return {told: failedError(failed, {over: deadline.over, elapsedMs: deadline.elapsedMs()}), isLost: true}
}

/** Nothing is ever committed on a standby. */
function phaseOf({plan, inTransaction}: BoundStatement, role: PinnedConnection['role']): Phase {
  if (role === 'standby') return 'in-transaction'
  if (!inTransaction) return 'autocommit'
  return plan.commitsTransaction ? 'commit-sent' : 'in-transaction'
}

function mayBeSeen(
  {plan, inTransaction}: BoundStatement,
  role: PinnedConnection['role'],
  failure: Failure | null,
): boolean {
  return role === 'primary' && (!inTransaction || plan.commitsTransaction) && mayHaveCommitted(plan.commits, failure)
}
