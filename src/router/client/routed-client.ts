// What connect() gives: a client as pg's, that is bound to a node by its first statement. BEGIN is answered here and
// sent with the first statement of its transaction, so that one that only reads can go to a standby and one whose node
// dies at once can be sent again.
// Invariants: statements run in the order in which they were given; a transaction, and whatever has changed the state
// of its connection, stays on that connection or is told as lost; a connection whose state was changed is not used for
// anybody else. Not here: finding nodes (requests/), what a text is (statements/).
import {EventEmitter} from 'node:events'
import {escapeIdentifier, escapeLiteral, type Submittable, type TransactionStatus} from 'pg'
import {afterError} from '../connections/after-error.ts'
import type {Connection, StatementResult} from '../connections/connection.ts'
import {judgeError, type Judgement, type Phase} from '../failures/classify-error.ts'
import {failedError} from '../failures/failure.ts'
import {RouterError} from '../failures/router-error.ts'
import {
  answer,
  callbackOf,
  failSubmittable,
  isSubmittable,
  readCall,
  textOfSubmittable,
  type Call,
} from '../requests/call.ts'
import {firstOfTransaction} from '../requests/first-of-transaction.ts'
import {PinnedConnection} from '../requests/pinned-connection.ts'
import {attachRoute, type Request, type Route} from '../requests/request.ts'
import type {StatementPlan} from '../statements/statement-plan.ts'
import {forwardEvents} from './forward-events.ts'
import {localResult} from './local-result.ts'
import {TypeParsers} from './type-parsers.ts'

export interface ClientPorts {
  planOf(text: string): StatementPlan
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

/** What connect() gives: a client as pg's, bound to a node by its first statement. */
export class RoutedClient extends EventEmitter {
  /** As pg's. */
  readonly escapeIdentifier = escapeIdentifier
  /** As pg's. */
  readonly escapeLiteral = escapeLiteral
  readonly #ports: ClientPorts
  readonly #pinned: PinnedConnection
  readonly #types = new TypeParsers()
  #state: State = 'free'
  #begin: {readonly call: Call; readonly plan: StatementPlan} | null = null
  /** The state of the connection was changed: it is kept until release(), and then destroyed. */
  #changedState = false
  /** Something that sends itself was handed to the connection, so when it is free is not known here. */
  #fixed = false
  #last: Promise<unknown> = Promise.resolve()
  #pending = 0
  #released = false
  #onRelease: (reason: Error | boolean | undefined) => void

  /** Made by Router.connect() and Router.client(). */
  constructor(ports: ClientPorts, onRelease: (reason: Error | boolean | undefined) => void = () => undefined) {
    super()
    this.#ports = ports
    this.#onRelease = onRelease
    const forward = forwardEvents(this)
    this.#pinned = new PinnedConnection({
      bound: connection => {
        forward.from(connection.client)
        this.#types.applyTo(connection.client)
      },
      unbound: connection => {
        forward.stop(connection.client)
        this.#types.takeFrom(connection.client)
      },
    })
  }

  /** Process id of the backend; null while the client is bound to none. */
  get processID(): number | null {
    const client: unknown = this.#pinned.connection?.client
    const id: unknown = typeof client === 'object' && client !== null ? Reflect.get(client, 'processID') : null
    return typeof id === 'number' ? id : null
  }

  /** Of the connection that it is bound to. */
  get user(): string | undefined {
    return this.#pinned.connection?.client.user
  }

  /** Of the connection that it is bound to. */
  get database(): string | undefined {
    return this.#pinned.connection?.client.database
  }

  /** The node that it is bound to; null while it is bound to none. */
  get node(): string | null {
    return this.#pinned.connection?.node ?? null
  }

  /** pg's protocol connection; undefined while the client is bound to none. */
  get connection(): unknown {
    return this.#pinned.connection?.client.connection
  }

  /**
   * As pg's: I none, T open, E failed; a BEGIN that was answered and is not sent yet counts as T, a transaction that
   * was lost as E.
   */
  getTransactionStatus(): TransactionStatus {
    if (this.#state === 'deferred') return 'T'
    if (this.#state === 'lost') return 'E'
    return this.#pinned.connection?.client.getTransactionStatus() ?? 'I'
  }

  /** As pg's, for whatever connection this client is bound to. */
  setTypeParser(...given: Parameters<TypeParsers['set']>): void {
    this.#types.set(...given)
    const {connection} = this.#pinned
    if (connection !== null) this.#types.applyTo(connection.client)
  }

  /** As pg's. */
  getTypeParser(...given: Parameters<TypeParsers['get']>): unknown {
    return this.#types.get(...given)
  }

  /** Takes a connection before the first statement, see bindEarly(). */
  async bind(bind: (pinned: PinnedConnection) => Promise<void>): Promise<this> {
    await bind(this.#pinned)
    return this
  }

  /** In all forms that pg's Client has. */
  query(statement: unknown, values?: unknown, callback?: unknown): unknown {
    if (isSubmittable(statement)) return this.#submit(statement, values, callback)
    const call = readCall(statement, values)
    const done = callbackOf(values, callback)
    return answer(
      this.#inOrder(() => this.#run(call)),
      done,
    )
  }

  /**
   * Gives the connection back. Throws when called twice, as pg-pool does. A transaction that is still open is rolled
   * back, by closing its connection.
   */
  release(reason?: Error | boolean): void {
    if (this.#released) throw new Error('Release called on client which has already been released to the pool.')
    this.#released = true
    this.#pinned.letGo(reason)
    this.#onRelease(reason)
  }

  /** Closes the connection, as pg's Client does; the client is of no use afterwards but for release(). */
  end(callback?: () => void): Promise<void> | undefined {
    this.#state = 'gone'
    this.#pinned.connection?.retire()
    this.#pinned.letGo()
    if (callback === undefined) return Promise.resolve()
    process.nextTick(callback)
    return undefined
  }

  /** Does nothing: the topology is watched in any case, which keeps the process. */
  ref(): void {}

  /** See ref(). */
  unref(): void {}

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const isFirst = this.#pending === 0
    this.#pending++
    const run = isFirst ? work() : this.#last.then(work)
    this.#last = run.then(this.#settled, this.#settled)
    return run
  }

  readonly #settled = (): void => {
    this.#pending--
  }

  async #run(call: Call): Promise<StatementResult> {
    if (this.#released)
      throw new RouterError('ENDED', 'Client was released and is not queryable', {outcome: 'not-sent'})
    this.#noticeLoss()
    const plan = this.#ports.planOf(call.text)
    if (this.#state === 'gone')
      throw new RouterError('TRANSACTION_LOST', 'Client has encountered a connection error and is not queryable', {
        outcome: 'not-sent',
      })
    if (this.#state === 'lost') return this.#afterLoss(plan)
    if (this.#state === 'deferred') return this.#first(call, plan)
    const {connection} = this.#pinned
    if (connection !== null && (connection.inTransaction || this.#changedState || this.#fixed))
      return this.#onBound(connection, call, plan)
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
    return localResult('BEGIN')
  }

  /** BEGIN was answered; this is what follows. */
  async #first(call: Call, plan: StatementPlan): Promise<StatementResult> {
    const begin = this.#begin
    if (begin === null || plan.kind === 'begin') return localResult('BEGIN')
    if (plan.kind === 'commit' || plan.kind === 'rollback') {
      this.#state = 'free'
      return localResult(plan.kind === 'commit' ? 'COMMIT' : 'ROLLBACK')
    }
    const request = firstOfTransaction(begin.call, begin.plan, call, this.#ports.request(call, plan))
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
   * A cursor, a stream, COPY: it speaks with the connection by itself, so the client is bound for good before it is
   * handed over.
   */
  #submit<T extends Submittable>(submittable: T, values: unknown, callback: unknown): T {
    void this.#inOrder(async () => {
      try {
        const connection = await this.#bind(textOfSubmittable(submittable))
        this.#fixed = true
        const client = connection.client as {
          query(submittable: Submittable, values: unknown, callback: unknown): unknown
        }
        client.query(submittable, values, callback)
      } catch (error) {
        failSubmittable(submittable, error)
      }
    })
    return submittable
  }

  /**
   * A connection for a text that somebody else sends; an open transaction's own, or one on which the deferred BEGIN has
   * been sent.
   */
  async #bind(text: string | null): Promise<Connection> {
    this.#noticeLoss()
    const {connection} = this.#pinned
    if (connection !== null && (connection.inTransaction || this.#changedState || this.#fixed)) return connection
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
}
