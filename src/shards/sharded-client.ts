// A client over shards, for libraries that send BEGIN and COMMIT as texts. Invariants: outside of a transaction each
// statement goes by itself, inside all are in one ShardTransaction; after a failed statement only ROLLBACK is taken, as
// with PostgreSQL; a transaction that is open at release() is rolled back. Not here: routing (planner.ts).
import {EventEmitter} from 'node:events'
import type {QueryResultRow} from 'pg'
import {runInTransaction} from './execute/run-in-transaction.ts'
import {runStatement, type RunOptions} from './execute/run-statement.ts'
import type {Fleet, Opened} from './fleet.ts'
import {readStatement} from './read-statement.ts'
import {ShardError} from './shard-error.ts'
import {withRoute, type ShardedResult} from './sharded-result.ts'
import {transactionCommand, type TransactionCommand} from './transaction-command.ts'
import type {ShardTransaction} from './transactions/shard-transaction.ts'

type Callback = (error: Error | null, result?: ShardedResult) => void

/** Made by ShardedPool.connect(). Its statements are carried out one after the other. */
export class ShardedClient extends EventEmitter {
  readonly #fleet: Fleet
  readonly #opened: Opened
  readonly #options: RunOptions
  #transaction: ShardTransaction | null = null
  #hasFailed = false
  #isReleased = false
  #last: Promise<unknown> = Promise.resolve()

  /** Made by ShardedPool.connect(). */
  constructor(fleet: Fleet, opened: Opened, options: RunOptions) {
    super()
    this.#fleet = fleet
    this.#opened = opened
    this.#options = options
  }

  /** In pg's forms, with a callback or a promise. Rejects as ShardedPool.query() does. */
  query<R extends QueryResultRow = QueryResultRow>(
    statement: unknown,
    values?: unknown,
    callback?: Callback,
  ): Promise<ShardedResult<R>> {
    const done = typeof values === 'function' ? (values as Callback) : callback
    // What was asked for before release() is still carried out, as pg does.
    const asked = this.#isReleased ? Promise.reject(released()) : this.#last.then(() => this.#run(statement, values))
    this.#last = asked.catch(() => undefined)
    if (done === undefined) return asked as Promise<ShardedResult<R>>
    asked.then(
      result => process.nextTick(done, null, result),
      (error: unknown) => process.nextTick(done, error as Error),
    )
    return asked.catch(() => undefined) as unknown as Promise<ShardedResult<R>>
  }

  /** Gives it back; an open transaction is rolled back. Throws when it was given back before. */
  release(): void {
    if (this.#isReleased) throw new Error('Release called on client which has already been released to the pool.')
    this.#isReleased = true
    this.#last = this.#last.then(() => this.#transaction?.rollback())
  }

  async #run(statement: unknown, values: unknown): Promise<ShardedResult> {
    try {
      const read = readStatement(statement, values)
      const command = this.#commandIn(read.text)
      if (command !== null) return await this.#obey(command)
      const transaction = this.#transaction
      if (transaction === null) return await runStatement(read, this.#fleet, this.#options)
      if (this.#hasFailed)
        throw new ShardError('TRANSACTION_OPEN', 'a statement of the transaction has failed: only ROLLBACK is taken')
      return await runInTransaction(read, transaction, this.#opened)
    } catch (error) {
      // A text of no sense too: the server would have refused it inside of the transaction.
      this.#hasFailed = this.#transaction !== null
      throw error
    }
  }

  /** null also for what is no SQL, which the planner refuses. */
  #commandIn(text: string): TransactionCommand | null {
    let tree: unknown
    try {
      tree = this.#opened.planner.parse(text)
    } catch {
      return null
    }
    return transactionCommand(tree)
  }

  async #obey(command: TransactionCommand): Promise<ShardedResult> {
    const transaction = this.#transaction
    if (command.kind === 'begin') {
      if (transaction !== null) throw new ShardError('TRANSACTION_OPEN', 'a transaction is open: COMMIT or ROLLBACK it')
      const {isolation, readOnly, word} = command
      this.#transaction = this.#opened.transactions.begin({readOnly, ...(isolation === undefined ? {} : {isolation})})
      return said(word, [])
    }
    const hasFailed = this.#hasFailed
    this.#transaction = null
    this.#hasFailed = false
    if (transaction === null) return said(command.kind.toUpperCase(), [])
    const {shards} = transaction
    // As PostgreSQL does: COMMIT of what has failed is answered ROLLBACK.
    if (command.kind === 'rollback' || hasFailed) await transaction.rollback()
    else await transaction.commit()
    return said(command.kind === 'rollback' || hasFailed ? 'ROLLBACK' : 'COMMIT', shards)
  }
}

function released(): ShardError {
  return new ShardError('ENDED', 'the client was released: connect() gives another')
}

function said(command: string, shards: readonly string[]): ShardedResult {
  return withRoute(
    {command, rowCount: null, oid: 0, fields: [], rows: []},
    {shards, missingShards: [], reason: 'a command of the transaction'},
  )
}
