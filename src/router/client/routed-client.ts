// What connect() gives: a client as pg's, that is bound to a node by its first statement.
// Invariant: statements run in the order in which they were given. Not here: what is open between them
// (conversation.ts).
import {EventEmitter} from 'node:events'
import {escapeIdentifier, escapeLiteral, type Submittable, type TransactionStatus} from 'pg'
import type {StatementResult} from '../connections/connection.ts'
import {submit} from '../connections/submittables.ts'
import {RouterError} from '../failures/router-error.ts'
import {
  answer,
  clientCallback,
  failSubmittable,
  isSubmittable,
  sendable,
  textOfSubmittable,
  type Call,
} from '../requests/call.ts'
import {PinnedConnection} from '../requests/pinned-connection.ts'
import {Conversation, type ClientPorts} from './conversation.ts'
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
    this.#conversation = new Conversation(ports, this.#pinned)
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
    const call = this.#ports.read(statement, values, name => this.#pinned.connection?.textOfName(name))
    const done = clientCallback(statement, values, callback)
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
    this.#conversation.end()
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

  async #run(call: Call): Promise<StatementResult> {
    if (this.#released)
      throw new RouterError('ENDED', 'Client was released and is not queryable', {outcome: 'not-sent'})
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
    void this.#inOrder(async () => {
      try {
        const connection = await this.#conversation.bind(textOfSubmittable(submittable))
        this.#conversation.fix()
        submit(connection.client, submittable, values, callback)
      } catch (error) {
        failSubmittable(submittable, error)
      }
    })
    return submittable
  }
}
