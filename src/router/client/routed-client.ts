// What connect() gives: a client as pg's, that is bound to a node by its first statement.
// Invariant: statements run in the order in which they were given. Not here: what is open between them
// (conversation.ts).
import {EventEmitter} from 'node:events'
import {escapeIdentifier, escapeLiteral, type Submittable, type TransactionStatus} from 'pg'
import type {StatementResult} from '../connections/connection.ts'
import {hasSubmittable, submit, submittablesEnded} from '../connections/submittables.ts'
import {answer, clientCallback, failSubmittable, isSubmittable, sendable, type Call} from '../requests/call.ts'
import {PinnedConnection} from '../requests/pinned-connection.ts'
import {releasedError} from '../requests/trail.ts'
import type {ClientPorts} from './client-ports.ts'
import {Conversation} from './conversation.ts'
import {forwardEvents} from './forward-events.ts'
import {TypeParsers} from './type-parsers.ts'

/** What connect() gives: a client as pg's, bound to a node by its first statement. */
export class RoutedClient extends EventEmitter {
  /** As pg's. */
  readonly escapeIdentifier = escapeIdentifier
  /** As pg's. */
  readonly escapeLiteral = escapeLiteral
  readonly #ports: ClientPorts
  readonly #conversation: Conversation
  readonly #pinned: PinnedConnection
  readonly #types = new TypeParsers()
  #last: Promise<unknown> = Promise.resolve()
  #pending = 0
  #processID: number | null = null
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
        const id: unknown = Reflect.get(connection.client, 'processID')
        this.#processID = typeof id === 'number' ? id : null
        forward.from(connection.client)
        this.#types.applyTo(connection.client)
      },
      unbound: connection => {
        forward.stop(connection.client)
        this.#types.takeFrom(connection.client)
      },
    })
    this.#conversation = new Conversation(ports, this.#pinned)
  }

  /** Process id of the backend; null while the client is bound to none. After release() the last one's, as pg's. */
  get processID(): number | null {
    return this.#pinned.connection === null && !this.#released ? null : this.#processID
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
    return this.#conversation.transactionStatus
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
    const isLate = this.#released
    const call = this.#ports.read(statement, values, name => this.#pinned.connection?.textOfName(name))
    const done = clientCallback(statement, values, callback)
    return answer(
      this.#inOrder(() => this.#run(call, isLate)),
      done,
    )
  }

  /**
   * Gives the connection back once what was asked before has been carried out; with a reason, at once, by closing it.
   * Throws when called twice, as pg-pool does. A transaction that is still open is rolled back, by closing its
   * connection.
   */
  release(reason?: Error | boolean): void {
    if (this.#released) throw new Error('Release called on client which has already been released to the pool.')
    this.#released = true
    const {connection} = this.#pinned
    const isBusy = this.#pending > 0 || (connection !== null && hasSubmittable(connection.client))
    if (isBusy && !reason) void this.#releaseWhenDone()
    else this.#letGo(reason)
  }

  /** Closes the connection, as pg's Client does; the client is of no use afterwards but for release(). */
  end(callback?: () => void): Promise<void> | undefined {
    this.#pinned.connection?.retire()
    this.#cut(undefined)
    if (callback === undefined) return Promise.resolve()
    process.nextTick(callback)
    return undefined
  }

  /** Does nothing: the topology is watched in any case, which keeps the process. */
  ref(): void {}

  /** See ref(). */
  unref(): void {}

  async #releaseWhenDone(): Promise<void> {
    while (this.#pending > 0) await this.#last
    const {connection} = this.#pinned
    if (connection !== null) await submittablesEnded(connection.client)
    this.#letGo(undefined)
  }

  #letGo(reason: Error | boolean | undefined): void {
    this.#cut(reason)
    this.#onRelease(reason)
  }

  /** What is under way fails with its connection, what was asked behind it is not sent. */
  #cut(reason: Error | boolean | undefined): void {
    this.#conversation.end()
    this.#pinned.release(reason)
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const isFirst = this.#pending === 0
    this.#pending++
    const run = isFirst ? work() : this.#last.then(work)
    this.#last = run.then(this.#settled, this.#settled)
    return run
  }

  async #run(call: Call, isLate: boolean): Promise<StatementResult> {
    if (isLate) throw releasedError()
    return this.#conversation.run(sendable(call))
  }

  readonly #settled = (): void => {
    this.#pending--
  }

  /**
   * A cursor, a stream, COPY: it speaks with the connection by itself, so the client is bound for good before it is
   * handed over.
   */
  #submit<T extends Submittable>(submittable: T, values: unknown, callback: unknown): T {
    const isLate = this.#released
    void this.#inOrder(async () => {
      try {
        if (isLate) throw releasedError()
        const connection = await this.#conversation.bind(submittable)
        submit(connection.client, submittable, values, callback)
      } catch (error) {
        failSubmittable(submittable, error)
      }
    })
    return submittable
  }
}
