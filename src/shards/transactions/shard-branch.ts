// One shard's part of a transaction: one client of its router, taken and begun at first use, given back once.
// Invariants: all statements of the part run on that client; it is given back only when its transaction is over, and
// cut otherwise; a statement that ended the transaction by itself is noticed. Not here: what follows from an answer
// (judge-answer.ts), the order of things over shards (two-phase.ts).
import type {PoolClient, QueryConfig, Submittable} from 'pg'
import type {Row, StatementResult} from '../../router/index.ts'
import {ShardError} from '../shard-error.ts'
import type {Shard} from '../shard.ts'
import type {Branch} from './commit-branches.ts'
import type {BranchState} from './decide-protocol.ts'
import {answerOfError, answerOfTag, isGone, isSwallowed, yes, type Answer} from './judge-answer.ts'
import {transactionWords} from './own-words.ts'
import {within} from '../time/pause.ts'
import {armText, inspectText, markText} from './transaction-sql.ts'
import {armedWith} from './two-phase.ts'

export interface BranchSettings {
  /** Rejects for a shard that must not serve; nothing is taken of it then. */
  readonly admit: (shard: string) => Promise<void>
  /** BEGIN with its modes. */
  readonly begin: string
  readonly readOnly: boolean
  /** null: the connections have one of their own. */
  readonly lockTimeoutMs: number | null
  /** How long a connection may be waited for while others are held. */
  readonly acquireMs: number
  /** How long a shard may take for one step of the end, before its connection is cut. */
  readonly answerMs: number
}

type Statement = string | QueryConfig<unknown[]>

export class ShardBranch implements Branch {
  readonly shard: string
  readonly #router: Shard['router']
  readonly #settings: BranchSettings
  /** What statements failed with, so that it can be told from the function's own errors. */
  readonly #errors: Set<unknown>
  #opening: Promise<PoolClient> | null = null
  #client: PoolClient | null = null
  #isClosed = false
  #pending = 0
  /** One changed rows: there is no need to ask. */
  #surelyWrote = false
  /** A statement ended the transaction by itself. */
  #endedByItself: ShardError | null = null
  /** Prepared, committed or rolled back by us. */
  #isOver = false

  constructor({name, router}: Shard, settings: BranchSettings, errors: Set<unknown>) {
    this.shard = name
    this.#router = router
    this.#settings = settings
    this.#errors = errors
  }

  /** A client was asked for. */
  get isOpened(): boolean {
    return this.#opening !== null
  }

  /** Takes the client. `holdsOthers`: somebody else may wait for what its transaction has on other shards. */
  async open(holdsOthers: boolean): Promise<void> {
    await this.#use(() => this.#opened(holdsOthers))
  }

  /** One statement of the function. Rejects with what the router or the server says, or a ShardError. */
  query(statement: Statement, values: readonly unknown[] | undefined, holdsOthers: boolean): Promise<StatementResult> {
    return this.#use(async () => {
      this.#refuseOwnWords(typeof statement === 'string' ? statement : statement.text)
      const client = await this.#opened(holdsOthers)
      const result = await client.query<Row>(statement as string, values as unknown[])
      this.#note(result, client)
      return result
    })
  }

  /** A cursor, a stream, COPY. It must have ended before the function returns. */
  submit<T extends Submittable>(submittable: T, holdsOthers: boolean): T {
    this.#surelyWrote = true
    this.#use(() => this.#opened(holdsOthers)).then(
      client => void client.query(submittable),
      (error: unknown) => {
        const handle: unknown = Reflect.get(submittable, 'handleError')
        if (typeof handle === 'function') Reflect.apply(handle, submittable, [error])
      },
    )
    return submittable
  }

  /** Notes a write that belongs together with others; a savepoint that takes the write back takes the note too. */
  async mark(mark: string): Promise<void> {
    await this.query({text: markText, values: [mark]}, undefined, true)
  }

  async inspect(isTied: boolean): Promise<BranchState> {
    const open = {
      shard: this.shard,
      state: 'open',
      wrote: false,
      isSerializable: false,
      marks: null,
      error: null,
    } as const
    const client = this.#client
    if (client === null) return {...open, state: this.#opening === null ? 'unused' : 'failed'}
    if (this.#endedByItself !== null) return {...open, state: 'failed', error: this.#endedByItself}
    if (client.getTransactionStatus() !== 'T') return {...open, state: 'failed'}
    if (this.#settings.readOnly) return open
    if (this.#surelyWrote && !isTied) return {...open, wrote: true}
    try {
      const asked = client.query<{wrote: boolean; level: string; marks: string}>(inspectText)
      const {rows} = await this.#bounded(asked)
      const wrote = this.#surelyWrote || rows[0]?.wrote !== false
      const marks = isTied ? (rows[0]?.marks ?? '') : null
      return {...open, wrote, isSerializable: rows[0]?.level === 'serializable', marks}
    } catch (error) {
      return {...open, state: 'failed', error: isSwallowed(error) ? null : error}
    }
  }

  async arm(id: string, part: string, participants: readonly string[]): ReturnType<Branch['arm']> {
    try {
      const asked = this.#begun().query<{max_prepared: number}>(armText, [id, part, participants])
      const {rows} = await this.#bounded(asked)
      return armedWith(rows[0]?.max_prepared ?? 0)
    } catch (error) {
      return {...answerOfError(error, this.shard), maxPrepared: 0}
    }
  }

  prepare(gid: string): Promise<Answer> {
    return this.#end('PREPARE', `PREPARE TRANSACTION '${gid}'`)
  }

  commit(): Promise<Answer> {
    return this.#end('COMMIT', 'COMMIT')
  }

  async finish(gid: string, how: 'COMMIT' | 'ROLLBACK'): Promise<Answer> {
    try {
      await this.#bounded(this.#begun().query(`${how} PREPARED '${gid}'`))
      return yes
    } catch (error) {
      return isGone(error) ? yes : answerOfError(error, this.shard)
    }
  }

  async rollBack(): Promise<void> {
    const client = this.#client
    if (this.#isOver || client === null) return
    this.#isOver = true
    if (this.#pending > 0) return this.#cut(client)
    if (client.getTransactionStatus() === 'I') return
    try {
      await this.#bounded(client.query('ROLLBACK'))
    } catch {
      this.#release(client, true)
    }
  }

  /** Gives the client back, or cuts it where its transaction is not over. */
  async close(): Promise<void> {
    this.#isClosed = true
    // A connection that is waited for is given back when it comes.
    const client = this.#client
    if (client === null) return
    if (this.#pending > 0) await this.#cut(client)
    else this.#release(client, client.getTransactionStatus() === 'I' ? undefined : true)
  }

  /** Whatever is under way fails, as when the connection breaks. */
  cut(): void {
    if (this.#client !== null) this.#release(this.#client, true)
  }

  async #end(tag: 'PREPARE' | 'COMMIT', text: string): Promise<Answer> {
    try {
      const {command} = await this.#bounded(this.#begun().query(text))
      this.#isOver = true
      return answerOfTag(tag, command, this.shard)
    } catch (error) {
      return answerOfError(error, this.shard)
    }
  }

  async #use<T>(work: () => Promise<T>): Promise<T> {
    this.#pending++
    try {
      return await work()
    } catch (error) {
      this.#errors.add(error)
      throw error
    } finally {
      this.#pending--
    }
  }

  /** A shard that does not answer in time is cut, and the statement fails as when its connection breaks. */
  async #bounded<T>(asked: Promise<T>): Promise<T> {
    const {answerMs} = this.#settings
    const answered = asked.then(value => ({value}))
    const first = await within(answerMs, answered)
    if (first !== null) return first.value
    this.cut()
    const last = await within(cancelMs, answered)
    if (last !== null) return last.value
    throw new ShardError('TIMEOUT', `shard ${this.shard} did not answer within ${answerMs} ms`, {
      shard: this.shard,
      outcome: 'unknown',
    })
  }

  #opened(holdsOthers: boolean): Promise<PoolClient> {
    return (this.#opening ??= this.#open(holdsOthers))
  }

  async #open(holdsOthers: boolean): Promise<PoolClient> {
    const client = await this.#acquire(holdsOthers)
    this.#client = client
    // The router answers it, and sends it with the first statement.
    await client.query(this.#settings.begin)
    const {lockTimeoutMs} = this.#settings
    if (lockTimeoutMs !== null)
      await client.query(`SELECT set_config('lock_timeout', '${Math.ceil(lockTimeoutMs)}', true)`)
    return client
  }

  async #acquire(holdsOthers: boolean): Promise<PoolClient> {
    const {acquireMs, admit} = this.#settings
    const connecting = admit(this.shard).then(() => this.#router.connect())
    const client = holdsOthers ? await within(acquireMs, connecting) : await connecting
    if (client !== null && !this.#isClosed) return client
    connecting.then(
      late => late.release(),
      () => undefined,
    )
    throw new ShardError(
      'TIMEOUT',
      `shard ${this.shard} gave no connection within ${acquireMs} ms, and those of other shards are not kept for ` +
        'longer: allow more connections (max), or fewer transactions at a time',
      {shard: this.shard},
    )
  }

  #begun(): PoolClient {
    if (this.#client === null) throw new Error(`there is no connection to ${this.shard} any more`)
    return this.#client
  }

  #note({command, rowCount}: StatementResult, client: PoolClient): void {
    if (changes.has(command) && (rowCount ?? 0) > 0) this.#surelyWrote = true
    if (client.getTransactionStatus() !== 'I' || this.#isOver) return
    const why = 'a statement ended the transaction by itself, so what it did before on that shard is applied or lost'
    this.#endedByItself = this.#notItsOwn(why, 'unknown')
    throw this.#endedByItself
  }

  #refuseOwnWords(text: string): void {
    if (this.#isClosed) throw this.#notItsOwn('the transaction is over', 'not-applied')
    const found = transactionWords(text)
    if (found !== null)
      throw this.#notItsOwn(`${found} is not the function's to send: it ends on all shards at once`, 'not-applied')
  }

  #notItsOwn(why: string, outcome: 'unknown' | 'not-applied'): ShardError {
    return new ShardError('TRANSACTION_OPEN', why, {shard: this.shard, outcome})
  }

  /** Nobody waits for its statement any more: it is cancelled on the server while the connection still is its own. */
  async #cut(client: PoolClient): Promise<void> {
    const pid: unknown = Reflect.get(client, 'processID')
    if (typeof pid === 'number')
      await within(cancelMs, this.#router.write('SELECT pg_cancel_backend($1)', [pid])).catch(() => null)
    this.#release(client, true)
  }

  #release(client: PoolClient, reason: true | undefined): void {
    if (this.#client === null) return
    this.#client = null
    this.#isClosed = true
    client.release(reason)
  }
}

/** Of results that say how many rows they changed. */
const changes: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])
const cancelMs = 1_000
