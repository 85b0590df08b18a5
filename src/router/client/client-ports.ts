// What a client needs of the rest of the router. Pure vocabulary of this room.
import type {Connection, StatementResult} from '../connections/connection.ts'
import type {Judgement} from '../failures/classify-error.ts'
import type {Call} from '../requests/call.ts'
import type {PinnedConnection} from '../requests/pinned-connection.ts'
import type {Request, Route} from '../requests/request.ts'
import type {ReadArguments} from '../requests/transaction-client.ts'
import type {StatementPlan} from '../statements/statement-plan.ts'
import type {Deadline} from '../time/deadline.ts'

export interface ClientPorts {
  planOf(text: string): StatementPlan
  /** The arguments of query(); `prepared`: on the connection that the client has. */
  readonly read: ReadArguments
  /** The request of a statement outside of a transaction. */
  request(call: Call, plan: StatementPlan): Request<StatementResult>
  /** Only binds, on a connection on which `before` is sent: what opens the transaction. */
  bindRequest(plan: StatementPlan, onStandby: boolean, before: readonly Call[]): Request<null>
  /** Of one statement on the connection that the client has. */
  deadline(): Deadline
  serve<T>(request: Request<T>, pinned: PinnedConnection): Promise<T>
  /** Something may have been committed on it. */
  committed(connection: Connection): Promise<Route['token']>
  /** The same while something that sends itself may go on there; null: there is nothing to wait for. */
  submittedCommitted(connection: Connection, isLast: boolean): Promise<unknown> | null
  /** A statement of the client failed so, there. */
  failed(judgement: Judgement, place: {connection: Connection; timeline: number | null}): void
}
