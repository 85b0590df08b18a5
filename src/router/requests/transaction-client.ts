// What a function given to transaction() works with. Invariants: it sends nothing once the function has returned; what
// its statements failed with is known, so that it can be told from the function's own errors. Not here: BEGIN, COMMIT
// and running again (transaction-request.ts).
import type {QueryConfig, Submittable} from 'pg'
import type {Connection, StatementResult} from '../connections/connection.ts'
import {submit} from '../connections/submittables.ts'
import {primaryNeeded} from '../failures/primary-needed.ts'
import {RouterError} from '../failures/router-error.ts'
import type {StatementPlan} from '../statements/statement-plan.ts'
import {
  alone,
  answer,
  clientCallback,
  failSubmittable,
  isSubmittable,
  sendable,
  textOfSubmittable,
  type Call,
  type TextOfName,
} from './call.ts'
import type {Place} from './request.ts'

/** Valid until the function that it was given to returns. */
export interface TransactionClient {
  /**
   * A cursor, a stream, COPY, in the transaction. It must have ended when the function returns; the function is not
   * called again for what it fails with.
   */
  query<T extends Submittable>(submittable: T): T
  /**
   * Sends one statement in the transaction, text with several is refused by the server; rejects with the driver's
   * error.
   */
  query(statement: string | QueryConfig<unknown[]>, values?: readonly unknown[]): Promise<StatementResult>
}

export type ReadArguments = (statement: unknown, values: unknown, prepared: TextOfName) => Call

/** What it needs of its transaction. */
export interface WorkPorts {
  /** The arguments of query(). */
  readonly read: ReadArguments
  readonly planOf: (text: string) => StatementPlan
}

export class WorkClient {
  readonly #connection: Connection
  readonly #role: Place['role']
  readonly #ports: WorkPorts
  /** Something was sent that may write. */
  readonly #wrote: () => void
  readonly #errors = new Set<unknown>()
  #isOpen = true

  constructor({connection, role}: Pick<Place, 'connection' | 'role'>, ports: WorkPorts, wrote: () => void) {
    this.#connection = connection
    this.#role = role
    this.#ports = ports
    this.#wrote = wrote
  }

  /** To be given to the function. */
  readonly client: TransactionClient = {
    query: ((statement: unknown, values?: unknown, callback?: unknown) =>
      this.#query(statement, values, callback)) as TransactionClient['query'],
  }

  /** From now on nothing is sent. */
  close(): void {
    this.#isOpen = false
  }

  /** Is that what a statement failed with? */
  hasFailedWith(error: unknown): boolean {
    return this.#errors.has(error)
  }

  #query(statement: unknown, values: unknown, callback: unknown): unknown {
    if (isSubmittable(statement)) return this.#submit(statement, values, callback)
    const call = this.#ports.read(statement, values, name => this.#connection.textOfName(name))
    return answer(this.#send(call), clientCallback(statement, values, callback))
  }

  async #send(call: Call): Promise<StatementResult> {
    this.#refuseIfOver()
    const {statement, values} = alone(sendable(call))
    try {
      this.#judge(call.text)
      return await this.#connection.send(statement, values)
    } catch (error) {
      this.#errors.add(error)
      throw error
    }
  }

  #submit(submittable: Submittable, values: unknown, callback: unknown): Submittable {
    try {
      this.#refuseIfOver()
      const text = textOfSubmittable(submittable)
      if (text === null) this.#judgeUnseen()
      else this.#judge(text)
      submit(this.#connection.client, submittable, values, callback)
    } catch (error) {
      failSubmittable(submittable, error)
    }
    return submittable
  }

  /** A standby is left before it is asked what only the primary does. */
  #judge(text: string): void {
    const {kind, node, reason, commits, commitsTransaction} = this.#ports.planOf(text)
    const isOther = (kind === 'session' || kind === 'in-transaction') && commitsTransaction
    if (kind === 'commit' || kind === 'rollback' || isOther)
      throw this.#notOpen(`${reason} is not the function's to send`)
    if (commits !== 'nothing') this.#wrote()
    if (this.#role === 'standby' && node === 'primary') throw primaryNeeded(this.#connection.node, reason)
    // Nobody else inherits what is left on the connection.
    if (kind === 'session') this.#connection.retire()
  }

  /** A statement whose text is not known: it may do anything. */
  #judgeUnseen(): void {
    this.#wrote()
    this.#connection.retire()
  }

  #refuseIfOver(): void {
    if (!this.#isOpen) throw this.#notOpen('the transaction is over')
  }

  #notOpen(why: string): RouterError {
    return new RouterError('TRANSACTION_OPEN', why, {outcome: 'not-sent', node: this.#connection.node})
  }
}
