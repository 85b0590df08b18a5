// The statements of one client, one after the other: what is open between them, and on which connection. BEGIN is
// answered here and sent with the first statement of its transaction, so that one that only reads can go to a standby
// and one whose node dies at once can be sent again.
// Invariants: a transaction, and whatever has changed the state of its connection, stays on that connection or is told
// as lost; a connection whose state was changed is not used for anybody else. Not here: the order of statements
// (routed-client.ts), finding nodes (requests/), what a text is (statements/).
import type {TransactionStatus} from 'pg'
import {afterError} from '../connections/after-error.ts'
import type {Connection, StatementResult} from '../connections/connection.ts'
import {judgeError, type Judgement, type Phase} from '../failures/classify-error.ts'
import {failedError} from '../failures/failure.ts'
import {RouterError} from '../failures/router-error.ts'
import type {Call} from '../requests/call.ts'
import {firstOfTransaction} from '../requests/first-of-transaction.ts'
import type {PinnedConnection} from '../requests/pinned-connection.ts'
import {attachRoute, type Request, type Route} from '../requests/request.ts'
import type {ReadArguments} from '../requests/transaction-client.ts'
import type {StatementPlan} from '../statements/statement-plan.ts'
import {commandOfBegin} from '../statements/transaction-words.ts'
import {localResult} from './local-result.ts'

export interface ClientPorts {
  planOf(text: string): StatementPlan
  /** The arguments of query(); `prepared`: on the connection that the client has. */
  readonly read: ReadArguments
  /** The request of a statement outside of a transaction. */
  request(call: Call, plan: StatementPlan): Request<StatementResult>
  /** Only binds. */
  bindRequest(plan: StatementPlan): Request<null>
  serve<T>(request: Request<T>, pinned: PinnedConnection): Promise<T>
  /** A transaction that may have written was committed. */
  committed(connection: Connection): Promise<Route['token']>
  /** A statement of the client failed so, there. */
  failed(judgement: Judgement, place: {connection: Connection; timeline: number | null}): void
}

/**
 * free: nothing is open. deferred: BEGIN was answered, not sent. lost: the transaction broke with its connection;
 * ROLLBACK ends it. gone: the session did.
 */
type State = 'free' | 'deferred' | 'lost' | 'gone'

export class Conversation {
  readonly #ports: ClientPorts
  readonly #pinned: PinnedConnection
  #state: State = 'free'
  #begin: {readonly call: Call; readonly plan: StatementPlan} | null = null
  /** The state of the connection was changed: it is kept until release(), and then destroyed. */
  #changedState = false
  /** Something that sends itself was handed to the connection, so when it is free is not known here. */
  #fixed = false

  constructor(ports: ClientPorts, pinned: PinnedConnection) {
    this.#ports = ports
    this.#pinned = pinned
  }

  /** As pg's getTransactionStatus(). */
  get transactionStatus(): TransactionStatus {
    if (this.#state === 'deferred') return 'T'
    if (this.#state === 'lost') return 'E'
    return this.#pinned.connection?.client.getTransactionStatus() ?? 'I'
  }

  /** From now on nothing is answered. */
  end(): void {
    this.#state = 'gone'
  }

  /** The connection was handed to something that sends itself. */
  fix(): void {
    this.#fixed = true
  }

  /** Answers one statement. Rejects with RouterError, or with the server's own error. */
  async run(call: Call): Promise<StatementResult> {
    this.#noticeLoss()
    const plan = this.#ports.planOf(call.text)
    if (this.#state === 'gone')
      throw new RouterError('TRANSACTION_LOST', 'Client has encountered a connection error and is not queryable', {
        outcome: 'not-sent',
      })
    if (this.#state === 'lost') return this.#afterLoss(plan)
    if (this.#state === 'deferred') return this.#first(call, plan)
    const {connection} = this.#pinned
    if (connection !== null && this.#mustStay(connection)) return this.#onBound(connection, call, plan)
    if (plan.kind === 'begin') return this.#defer(call, plan)
    if (plan.kind === 'commit' || plan.kind === 'rollback')
      return localResult(plan.kind === 'commit' ? 'COMMIT' : 'ROLLBACK')
    const result = await this.#ports.serve(this.#ports.request(call, plan), this.#pinned)
    if (plan.kind === 'session') this.#pin()
    return result
  }

  /**
   * The connection may have broken while nothing was under way: what was open on it must not go on elsewhere as if
   * nothing had happened.
   */
  #noticeLoss(): void {
    const {connection} = this.#pinned
    if (connection === null || !connection.broken) return
    if (this.#changedState || this.#fixed) this.#state = 'gone'
    else if (connection.inTransaction) this.#state = 'lost'
    this.#pinned.letGo()
  }

  #pin(): void {
    this.#changedState = true
    this.#pinned.connection?.retire()
  }

  #defer(call: Call, plan: StatementPlan): StatementResult {
    this.#state = 'deferred'
    this.#begin = {call, plan}
    return localResult(commandOfBegin(call.text))
  }

  /** BEGIN was answered; this is what follows. */
  async #first(call: Call, plan: StatementPlan): Promise<StatementResult> {
    const begin = this.#begin
    if (begin === null) throw new Error('there is no BEGIN that was answered')
    if (plan.kind === 'commit' || plan.kind === 'rollback') {
      this.#state = 'free'
      return localResult(plan.kind === 'commit' ? 'COMMIT' : 'ROLLBACK')
    }
    // Another BEGIN may say something else of the same transaction, also that it writes.
    const readOnlyTransaction = begin.plan.readOnlyTransaction && plan.kind !== 'begin'
    const beginPlan = {...begin.plan, readOnlyTransaction}
    const request = firstOfTransaction(begin.call, beginPlan, call, this.#ports.request(call, plan))
    try {
      const result = await this.#ports.serve(request, this.#pinned)
      this.#state = 'free'
      if (plan.kind === 'session') this.#pin()
      return result
    } catch (error) {
      // The server refused the statement: its transaction is open, and failed. Otherwise there is none any more.
      this.#state = this.#pinned.connection?.inTransaction === true ? 'free' : 'lost'
      throw error
    }
  }

  /** The connection of a transaction broke, and was told as broken; what follows must not run outside of it. */
  #afterLoss(plan: StatementPlan): StatementResult {
    if (plan.kind !== 'rollback')
      throw new RouterError('TRANSACTION_LOST', 'the transaction was lost with its connection', {outcome: 'not-sent'})
    this.#state = 'free'
    return localResult('ROLLBACK')
  }

  async #onBound(connection: Connection, call: Call, plan: StatementPlan): Promise<StatementResult> {
    const inTransaction = connection.inTransaction
    try {
      const result = await connection.take().send(call.statement, call.values)
      if (plan.kind === 'session') this.#pin()
      return await this.#routed(result, connection, plan, inTransaction)
    } catch (error) {
      throw await this.#failed(error, connection, plan, inTransaction)
    }
  }

  async #routed(
    result: StatementResult,
    connection: Connection,
    plan: StatementPlan,
    wasInTransaction: boolean,
  ): Promise<StatementResult> {
    const {role} = this.#pinned
    const wrote = role === 'primary' && (wasInTransaction ? plan.kind === 'commit' : plan.kind !== 'read')
    const token = wrote ? await this.#ports.committed(connection) : null
    const route: Route = {
      node: connection.node,
      role,
      timeline: null,
      waitedMs: 0,
      attempts: 1,
      settled: null,
      reason: 'bound',
      token,
    }
    return attachRoute(result, route, connection.notices)
  }

  async #failed(error: unknown, connection: Connection, plan: StatementPlan, inTransaction: boolean): Promise<unknown> {
    const phase: Phase = !inTransaction ? 'autocommit' : plan.kind === 'commit' ? 'commit-sent' : 'in-transaction'
    const judgement = judgeError(error, phase, await afterError(connection, error))
    this.#ports.failed(judgement, {connection, timeline: this.#pinned.timeline})
    if (!judgement.connectionLost) return error
    connection.destroy()
    this.#state = this.#changedState || this.#fixed ? 'gone' : phase === 'commit-sent' ? 'free' : 'lost'
    return failedError({node: connection.node, judgement, cause: error, connecting: false}, {over: null, elapsedMs: 0})
  }

  /**
   * A connection for a text that somebody else sends; an open transaction's own, or one on which the deferred BEGIN has
   * been sent.
   */
  async bind(text: string | null): Promise<Connection> {
    this.#noticeLoss()
    const {connection} = this.#pinned
    if (connection !== null && this.#mustStay(connection)) return connection
    if (this.#state === 'lost' || this.#state === 'gone')
      throw new RouterError('TRANSACTION_LOST', 'the transaction was lost with its connection', {outcome: 'not-sent'})
    const begin = this.#state === 'deferred' ? this.#begin : null
    const plan = begin?.plan ?? this.#ports.planOf(text ?? '')
    await this.#ports.serve(this.#ports.bindRequest(plan), this.#pinned)
    const bound = this.#pinned.connection
    if (bound === null)
      throw new RouterError('CONNECTION_LOST', 'the connection broke before it was used', {outcome: 'not-sent'})
    if (begin !== null) {
      await bound.send(begin.call.statement, begin.call.values)
      this.#state = 'free'
    }
    return bound
  }
  #mustStay(connection: Connection): boolean {
    return connection.inTransaction || this.#changedState || this.#fixed
  }
}
