// What a function given to transaction() works with. Invariants: it sends nothing once the function has returned; what
// its statements failed with is known, so that it can be told from the function's own errors. Not here: BEGIN, COMMIT
// and running again (transaction-request.ts).
import type {QueryConfig, Submittable} from 'pg'
import type {Connection, StatementResult} from '../connections/connection.ts'
import {submit} from '../connections/submittables.ts'
import {RouterError} from '../failures/router-error.ts'
import {
  alone,
  answer,
  clientCallback,
  failSubmittable,
  isSubmittable,
  sendable,
  type Call,
  type TextOfName,
} from './call.ts'

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

export class WorkClient {
  readonly #connection: Connection
  readonly #read: ReadArguments
  readonly #errors = new Set<unknown>()
  #isOpen = true

  constructor(connection: Connection, read: ReadArguments) {
    this.#connection = connection
    this.#read = read
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
    const call = this.#read(statement, values, name => this.#connection.textOfName(name))
    return answer(this.#send(call), clientCallback(statement, values, callback))
  }

  async #send(call: Call): Promise<StatementResult> {
    this.#refuseIfOver()
    const {statement, values} = alone(sendable(call))
    try {
      return await this.#connection.send(statement, values)
    } catch (error) {
      this.#errors.add(error)
      throw error
    }
  }

  #submit(submittable: Submittable, values: unknown, callback: unknown): Submittable {
    try {
      this.#refuseIfOver()
      submit(this.#connection.client, submittable, values, callback)
    } catch (error) {
      failSubmittable(submittable, error)
    }
    return submittable
  }

  #refuseIfOver(): void {
    if (!this.#isOpen)
      throw new RouterError('TRANSACTION_OPEN', 'the transaction is over', {
        outcome: 'not-sent',
        node: this.#connection.node,
      })
  }
}
