// The statements of one client, one after the other: what is open between them, and on which connection. BEGIN is
// answered here and sent with the first statement of its transaction, so that one that only reads can go to a standby
// and one whose node dies at once can be sent again.
// Invariants: a transaction, and whatever has changed the state of its connection, stays on that connection or is told
// as lost; a connection whose state was changed is not used for anybody else. Not here: the order of statements
// (routed-client.ts), finding nodes (requests/), what a text is (statements/).
import {AsyncLocalStorage} from 'node:async_hooks'
import type {TransactionStatus} from 'pg'
import type {Connection, StatementResult} from '../connections/connection.ts'
import {asError} from '../failures/as-error.ts'
import {primaryNeeded, withWayOut} from '../failures/primary-needed.ts'
import {RouterError, transactionLost} from '../failures/router-error.ts'
import {standbyRefusal} from '../failures/standby-refusal.ts'
import {textOfSubmittable, type Call} from '../requests/call.ts'
import {firstOfTransaction, type Opening} from '../requests/first-of-transaction.ts'
import type {PinnedConnection} from '../requests/pinned-connection.ts'
import {unseenPlan} from '../statements/decide-plan.ts'
import type {StatementPlan} from '../statements/statement-plan.ts'
import {commandOfBegin} from '../statements/transaction-words.ts'
import type {Deadline} from '../time/deadline.ts'
import {answered, refused} from './bound-statement.ts'
import type {ClientPorts} from './client-ports.ts'
import {followSubmitted, isQuiet, untilQuiet} from './follow-submitted.ts'
import {localResult} from './local-result.ts'
import {decideOnStandby, deliveredNothing} from './on-standby.ts'
import {tellConflicts} from './tell-conflicts.ts'

/**
 * free: nothing is open. deferred: BEGIN was answered, not sent. lost: the transaction broke with its connection;
 * ROLLBACK ends it. gone: the session did.
 */
type State = 'free' | 'deferred' | 'lost' | 'gone'

export class Conversation {
  readonly #ports: ClientPorts
  readonly #pinned: PinnedConnection
  #state: State = 'free'
  #begin: Opening | null = null
  /** Of a READ ONLY transaction on a standby, while it gave the caller nothing: what to send to start it again. */
  #restartable: Opening | null = null
  /** May something in the open transaction have written? */
  #hasWritten = true
  /** What the last connection that broke was ended by, if it was told. */
  #lostBy: Error | undefined
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
    this.#become('gone')
  }

  /** Whoever is gone stays so, however what was under way ends. */
  #become(state: State): void {
    if (this.#state !== 'gone') this.#state = state
  }

  /** Answers one statement. Rejects with RouterError, or with the server's own error. */
  async run(call: Call): Promise<StatementResult> {
    const plan = this.#ports.planOf(call.text)
    // Only then: what is asked and released in the same turn is sent on the connection that the client has.
    if (this.#fixed) await this.#unfix(plan)
    this.#noticeLoss()
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
    if (plan.kind === 'session') this.#changedState = true
    return result
  }

  /**
   * The connection may have broken while nothing was under way: what was open on it must not go on elsewhere as if
   * nothing had happened.
   */
  #noticeLoss(): void {
    const {connection} = this.#pinned
    if (connection === null || !connection.broken) return
    if (this.#changedState || this.#fixed) this.#become('gone')
    else if (connection.inTransaction && this.#restartable !== null) this.#deferAgain(this.#restartable)
    else if (connection.inTransaction) this.#become('lost')
    this.#lostBy = connection.lostBy
    this.#pinned.letGo()
  }

  /** A standby ended a transaction of which the caller has nothing yet: it begins anew with the next statement. */
  #deferAgain(opening: Opening): void {
    this.#restartable = null
    this.#begin = {...opening, onPrimary: true}
    this.#become('deferred')
  }

  /** What sent itself has ended: the connection is like any other again. */
  async #unfix(plan: StatementPlan): Promise<void> {
    const {connection, role} = this.#pinned
    if (this.#changedState || connection === null || connection.broken) return
    // pg lets what follows wait for its end; here that must not go to this connection at all.
    if (role === 'standby' && plan.node === 'primary' && !connection.inTransaction) await untilQuiet(connection)
    if (isQuiet(connection) && !connection.inTransaction) this.#fixed = false
  }

  #defer(call: Call, plan: StatementPlan): StatementResult {
    this.#become('deferred')
    this.#begin = {begin: call, beginPlan: plan, before: [], onPrimary: false}
    return localResult(commandOfBegin(call.text))
  }

  /** BEGIN was answered; this is what follows. */
  async #first(call: Call, plan: StatementPlan): Promise<StatementResult> {
    const begin = this.#begin
    if (begin === null) throw new Error('there is no BEGIN that was answered')
    if (plan.kind === 'commit' || plan.kind === 'rollback') {
      this.#become('free')
      return localResult(plan.kind === 'commit' ? 'COMMIT' : 'ROLLBACK')
    }
    // Another BEGIN may say something else of the same transaction, also that it writes.
    const readOnlyTransaction = begin.beginPlan.readOnlyTransaction && plan.kind !== 'begin'
    return this.#open({...begin, beginPlan: {...begin.beginPlan, readOnlyTransaction}}, call, plan)
  }

  /** Sends what opens a transaction with its first statement, or with the one before which it is started again. */
  async #open(opening: Opening, call: Call, plan: StatementPlan): Promise<StatementResult> {
    const request = firstOfTransaction(opening, call, plan, this.#ports.request(call, plan))
    try {
      const result = await this.#ports.serve(request, this.#pinned)
      this.#become('free')
      this.#hasWritten = plan.commits !== 'nothing'
      this.#noteAnswer(opening, call, plan, result)
      if (plan.kind === 'session') this.#changedState = true
      return result
    } catch (error) {
      this.#notOpened()
      throw error
    }
  }

  /** The server refused the statement: its transaction is open, and failed. Otherwise there is none any more. */
  #notOpened(): void {
    this.#become(this.#pinned.connection?.inTransaction === true ? 'free' : 'lost')
  }

  /** A transaction can be started again for as long as its caller was given nothing by it. */
  #noteAnswer(opening: Opening | null, call: Call, plan: StatementPlan, result: StatementResult): void {
    const goesOn = opening !== null && this.#pinned.role === 'standby' && deliveredNothing(plan, result)
    this.#restartable = goesOn ? {...opening, before: [...opening.before, call]} : null
  }

  /** null: the statement may go on where it is. Otherwise the transaction was given up there, for the primary. */
  async #leaveStandby(connection: Connection, plan: StatementPlan): Promise<Opening | null> {
    const opening = connection.inTransaction ? this.#restartable : null
    const decision = this.#pinned.role === 'standby' ? decideOnStandby(plan.node, opening !== null) : 'stay'
    if (decision === 'refuse') throw primaryNeeded(connection.node, plan.reason)
    return decision === 'start-again' && opening !== null ? this.#givenUp(connection, opening) : null
  }

  async #givenUp(connection: Connection, opening: Opening): Promise<Opening> {
    this.#restartable = null
    await connection.ask('ROLLBACK').catch(() => connection.destroy())
    this.#pinned.letGo()
    return {...opening, onPrimary: true}
  }

  /** The connection of a transaction broke, and was told as broken; what follows must not run outside of it. */
  #afterLoss(plan: StatementPlan): StatementResult {
    if (plan.kind !== 'rollback') throw transactionLost(this.#lostBy)
    this.#become('free')
    return localResult('ROLLBACK')
  }

  async #onBound(connection: Connection, call: Call, plan: StatementPlan): Promise<StatementResult> {
    const opening = await this.#leaveStandby(connection, plan)
    if (opening !== null) return this.#open(opening, call, plan)
    const deadline = this.#ports.deadline()
    deadline.onOver = () => connection.destroy()
    try {
      return await this.#send(connection, call, plan, deadline)
    } finally {
      deadline.dispose()
    }
  }

  async #send(connection: Connection, call: Call, plan: StatementPlan, deadline: Deadline): Promise<StatementResult> {
    const inTransaction = connection.inTransaction
    const wroteNothing = plan.kind === 'commit' && !this.#hasWritten
    const statement = {connection, plan: wroteNothing ? {...plan, commits: 'nothing' as const} : plan, inTransaction}
    if (plan.kind === 'commit' || plan.commits !== 'nothing') this.#hasWritten = true
    if (plan.kind === 'session') connection.retire()
    try {
      const result = await connection.take().send(call.statement, call.values)
      if (plan.kind === 'session') this.#changedState = true
      this.#noteAnswer(this.#restartable, call, plan, result)
      return await answered(statement, this.#pinned, this.#ports, result)
    } catch (error) {
      const refusal = this.#pinned.role === 'standby' && inTransaction ? standbyRefusal(error) : null
      if (refusal !== null && this.#restartable !== null && connection.alive)
        return this.#open(await this.#givenUp(connection, this.#restartable), call, plan)
      const hinted = refusal === null ? error : withWayOut(error, connection.node, refusal)
      const {told, isLost} = await refused(statement, this.#pinned, this.#ports, hinted, deadline)
      if (isLost) this.#lose(plan, error)
      throw told
    }
  }

  /** The connection broke under the statement. */
  #lose({kind}: StatementPlan, error: unknown): void {
    const isOver = kind === 'commit' || kind === 'rollback'
    this.#become(this.#changedState || this.#fixed ? 'gone' : isOver ? 'free' : 'lost')
    this.#lostBy = asError(error)
    this.#pinned.letGo()
  }

  /** A connection for something that sends itself; whatever it commits is noted, for the session of its caller. */
  async bind(submittable: object): Promise<Connection> {
    const text = textOfSubmittable(submittable)
    const plan = text === null ? unseenPlan : this.#ports.planOf(text)
    const connection = await this.#connectionFor(plan)
    this.#fixed = true
    this.#restartable = null
    if (plan.commits !== 'nothing') this.#hasWritten = true
    if (text === null || plan.kind === 'session') {
      this.#changedState = true
      connection.retire()
    }
    if (this.#pinned.role === 'standby') tellConflicts(submittable, connection.node)
    else if (plan.commits !== 'nothing') this.#follow(connection)
    return connection
  }

  #follow(connection: Connection): void {
    const inSession = AsyncLocalStorage.snapshot()
    followSubmitted(connection, isLast => {
      const noted = inSession(() => this.#ports.submittedCommitted(connection, isLast))
      if (noted !== null) connection.holdFor(noted)
    })
  }

  /** An open transaction's own, or one on which the deferred BEGIN has been sent. */
  async #connectionFor(plan: StatementPlan): Promise<Connection> {
    if (this.#fixed) await this.#unfix(plan)
    this.#noticeLoss()
    const {connection} = this.#pinned
    let opening = this.#state === 'deferred' ? this.#begin : null
    if (connection !== null && this.#mustStay(connection)) {
      opening = await this.#leaveStandby(connection, plan)
      if (opening === null) return connection
    }
    if (this.#state === 'lost' || this.#state === 'gone') throw transactionLost(this.#lostBy)
    const isReadOnly = opening === null ? plan.kind === 'read' : opening.beginPlan.readOnlyTransaction
    const onStandby = isReadOnly && plan.node === 'any' && opening?.onPrimary !== true
    const before = opening === null ? [] : [opening.begin, ...opening.before]
    try {
      const request = this.#ports.bindRequest(opening?.beginPlan ?? plan, onStandby, before)
      await this.#ports.serve(request, this.#pinned)
      const bound = this.#pinned.connection
      if (bound === null)
        throw new RouterError('CONNECTION_LOST', 'the connection broke before it was used', {outcome: 'not-sent'})
      if (opening !== null) {
        this.#hasWritten = false
        this.#become('free')
      }
      return bound
    } catch (error) {
      if (opening !== null) this.#notOpened()
      throw error
    }
  }

  #mustStay(connection: Connection): boolean {
    return connection.inTransaction || this.#changedState || this.#fixed
  }
}
