// The router as an application sees it: a pg.Pool that sends writes to the primary and reads to standbys that are fresh
// enough, through failovers.
// Invariants: the surface is pg-pool's, what it adds stands beside it; a constructor that cannot work throws before
// anything is asked.
// Not here: what is done with a request (requests/), who is what (topology/), what a statement is (statements/).
import {EventEmitter} from 'node:events'
import {
  Pool,
  type PoolClient,
  type PoolConfig,
  type PoolOptions,
  type QueryArrayConfig,
  type QueryArrayResult,
  type QueryConfig,
  type QueryConfigValues,
  type QueryResult,
  type QueryResultRow,
  type Submittable,
} from 'pg'
import {assemble, type Parts} from './assemble.ts'
import {checkOut} from './client/checkout.ts'
import {RoutedClient} from './client/routed-client.ts'
import {refuseEnded, submitAlone} from './client/submit-alone.ts'
import type {Session} from './freshness/session.ts'
import {currentSession} from './freshness/session-scope.ts'
import {causalityOf} from './freshness/timeline-history.ts'
import {
  settingsOf,
  type ReadOptions,
  type RequestOptions,
  type RouterOptions,
  type Settings,
  type TransactionOptions,
  type WriteOptions,
} from './options.ts'
import {answer, isSubmittable, poolCallback} from './requests/call.ts'
import {explain, type Explanation} from './requests/explanation.ts'
import type {NodeFacts} from './requests/node-facts.ts'
import {outrightCall, outrightRead, outrightTransaction, outrightWrite} from './requests/outright.ts'
import type {Request, Routed} from './requests/request.ts'
import {endedError} from './requests/trail.ts'
import type {TransactionClient} from './requests/transaction-client.ts'
import type {TransactionResult} from './requests/transaction-request.ts'
import type {RouterEvents} from './router-events.ts'
import {Deadline, nowMs} from './time/deadline.ts'
import {askHistory} from './topology/ask-history.ts'

/** pg.Pool as a base: its counters are accessors in truth, which its types do not say. */
const PoolBase = Pool as unknown as new (
  config?: PoolConfig,
) => EventEmitter & {options: PoolOptions; ending: boolean; ended: boolean}

/** pg's result, which also says where it came from. */
export type RoutedResult<R extends QueryResultRow = QueryResultRow> = QueryResult<R> & Routed

/**
 * A pg.Pool (instanceof too) over all nodes of a cluster: writes go to the primary, reads to standbys that are fresh
 * enough, through failovers.
 */
export class Router extends PoolBase {
  /** What happens inside; pg.Pool's own events are on the router itself. */
  readonly events = new EventEmitter<RouterEvents>()
  /** Connections to all nodes. */
  declare readonly totalCount: number
  /** Those that nobody uses. */
  declare readonly idleCount: number
  /** Requests that wait for a node or a connection. */
  declare readonly waitingCount: number
  /** Connections older than maxLifetimeSeconds that are still in use. */
  declare readonly expiredCount: number
  readonly #settings: Settings
  readonly #parts: Parts

  /**
   * Starts looking for the primary at once; requests wait for it. Throws RouterError CONFIG_INVALID for options that
   * cannot work.
   */
  constructor(options: RouterOptions) {
    const settings = settingsOf(options)
    super(settings.pool)
    this.#settings = settings
    this.#parts = assemble(settings, this, this.events)
    this.#defineCounters()
    this.#parts.watch.start()
  }

  /**
   * A client that is bound to a node by its first statement, see RoutedClient. Until then it has a connection to the
   * primary, as in pg-pool, if there is one.
   */
  connect(): Promise<PoolClient>
  connect(
    callback: (error: Error | undefined, client: PoolClient | undefined, done: (release?: unknown) => void) => void,
  ): void
  connect(
    callback?: (error: Error | undefined, client: PoolClient | undefined, done: (release?: unknown) => void) => void,
  ): Promise<PoolClient> | void {
    const checkedOut: Promise<unknown> = this.ending
      ? Promise.reject(endedError())
      : checkOut(this.#parts, this.#settings.waitMs)
    const connecting = checkedOut as Promise<PoolClient>
    if (callback === undefined) return answer(connecting, undefined)
    connecting.then(
      client => process.nextTick(callback, undefined, client, (reason?: Error | boolean) => client.release(reason)),
      (error: unknown) => process.nextTick(callback, error as Error, undefined, () => undefined),
    )
  }

  /** The same without a promise: nothing is waited for before the first statement. */
  client(onRelease?: (reason: Error | boolean | undefined) => void): RoutedClient & PoolClient {
    const client: unknown = new RoutedClient(this.#parts.clientPorts, onRelease)
    return client as RoutedClient & PoolClient
  }

  /**
   * One statement, or text of several, in all forms that pg.Pool has. What only reads goes to a standby that is fresh
   * enough; everything else to the primary. It is sent again only when it surely had no effect: see CommitUnknownError.
   * Errors of the server are passed on unchanged.
   */
  /* eslint-disable @typescript-eslint/no-explicit-any -- pg's own types, which callers of pg.Pool rely on */
  query<T extends Submittable>(submittable: T): T
  query<R extends unknown[] = unknown[], I = unknown[]>(
    config: QueryArrayConfig<I>,
    values?: QueryConfigValues<I>,
  ): Promise<QueryArrayResult<R> & Routed>
  query<R extends QueryResultRow = any, I = unknown[]>(
    textOrConfig: string | QueryConfig<I>,
    values?: QueryConfigValues<I>,
  ): Promise<RoutedResult<R>>
  query<R extends unknown[] = unknown[], I = unknown[]>(
    config: QueryArrayConfig<I>,
    callback: (error: Error, result: QueryArrayResult<R>) => void,
  ): void
  query<R extends QueryResultRow = any, I = unknown[]>(
    textOrConfig: string | QueryConfig<I>,
    callback: (error: Error, result: QueryResult<R>) => void,
  ): void
  query<R extends QueryResultRow = any, I = unknown[]>(
    text: string,
    values: QueryConfigValues<I>,
    callback: (error: Error, result: QueryResult<R>) => void,
  ): void
  query(statement: unknown, values?: unknown, callback?: unknown): any {
    const done = poolCallback(values, typeof statement === 'function' ? statement : callback)
    if (this.ending) return refuseEnded(statement, done)
    if (isSubmittable(statement))
      return submitAlone(this.client(), statement, typeof values === 'function' ? undefined : values, done)
    return answer(this.#parts.statements.run(statement, values), done)
  }
  /* eslint-enable @typescript-eslint/no-explicit-any */

  /**
   * One statement without effects, which the caller vouches for, so it may be sent more than once. Default: a standby,
   * and the primary when none is fresh enough.
   */
  async read<R extends QueryResultRow = QueryResultRow>(
    statement: string | QueryConfig<unknown[]>,
    values?: readonly unknown[],
    options: ReadOptions = {},
  ): Promise<RoutedResult<R>> {
    const call = outrightCall(this.#parts.statements, statement, values)
    const {knowledge} = this.#parts
    return this.#serve(outrightRead(call, options, this.#settings, knowledge), options) as Promise<RoutedResult<R>>
  }

  /**
   * One autocommitted statement on the primary. It is sent again only when the server surely did not apply it. One
   * statement per call: text with several is refused by the server, and a procedure that commits by itself has no
   * outcome that could be told.
   *
   * With `proof` a statement that may have been applied is looked for instead of failing at once, on a primary of a
   * higher timeline or after a restart of the same one, because only there is an absence final (decide-settlement.ts
   * says why). A row: the write was applied, and `route.settled` is `found`. No row:
   * it was not, and is sent again. When neither can be said in time, the CommitUnknownError is thrown after all.
   */
  async write<R extends QueryResultRow = QueryResultRow>(
    statement: string | QueryConfig<unknown[]>,
    values?: readonly unknown[],
    options: WriteOptions = {},
  ): Promise<RoutedResult<R>> {
    const call = outrightCall(this.#parts.statements, statement, values)
    return this.#serve(outrightWrite(call, options, this.#parts.knowledge), options) as Promise<RoutedResult<R>>
  }

  /**
   * BEGIN, `work`, COMMIT. Errors that `work` throws by itself pass through unchanged after ROLLBACK. `work` is called
   * again when the transaction surely was not applied and the reason may pass (a failover, a serialization failure, a
   * deadlock), so it must do nothing but queries, or be given `rerun: false`.
   *
   * A COMMIT without an answer is a CommitUnknownError, unless there is an `idempotencyKey`: then the transaction runs
   * again, and its key tells whether it was applied; or a `proof`, as in write(). Found: `value` is null, since what
   * the function returned is not known to belong to the try that was applied.
   */
  transaction<T>(
    work: (client: TransactionClient) => Promise<T>,
    options: TransactionOptions & ({readonly proof: object} | {readonly idempotencyKey: string}),
  ): Promise<TransactionResult<T | null>>
  transaction<T>(
    work: (client: TransactionClient) => Promise<T>,
    options?: TransactionOptions & {readonly proof?: never; readonly idempotencyKey?: never},
  ): Promise<TransactionResult<T>>
  async transaction<T>(
    work: (client: TransactionClient) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<TransactionResult<T | null>> {
    if (this.ending) throw endedError()
    const deadline = this.#deadlineOf(options)
    const {knowledge, clientPorts} = this.#parts
    const request = outrightTransaction(work, clientPorts.read, options, this.#settings, deadline, knowledge)
    const {value, route, notices} = await this.#parts.dispatcher.serve(request, deadline)
    return {value, route, notices}
  }

  /**
   * After a failover: is all that the session was told still there? lost: an acknowledged write, or something near it,
   * is gone for every reader. unknown: Patroni is not asked (topology by SQL or DNS), or has not written the timeline's
   * history yet.
   */
  async causalityOf({token}: Session): Promise<'kept' | 'lost' | 'unknown'> {
    const {source, timeoutMs} = this.#settings.topology
    const present = this.#parts.watch.current().primary?.timeline
    if (token === null) return 'kept'
    if (present === undefined || source.kind !== 'patroni') return 'unknown'
    const history = await askHistory(source.urls, timeoutMs)
    return history === null ? 'unknown' : causalityOf(token, history, present)
  }

  /** Who is what, by evidence that is fresh now. */
  topology(): {
    readonly primary: {readonly node: string; readonly timeline: number} | null
    readonly standbys: readonly string[]
  } {
    const {primary, standbys} = this.#parts.watch.current()
    return {
      primary: primary === null ? null : {node: primary.node, timeline: primary.timeline},
      standbys: standbys.map(({node}) => node),
    }
  }

  /** Each node as it is seen and used now. */
  nodes(): readonly NodeFacts[] {
    return this.#parts.picker.facts(node => this.#parts.pools.counts(node))
  }

  /** What would be done with a statement of query() now, and why. */
  async explain(text: string, session: Session | null = currentSession()): Promise<Explanation> {
    await this.#parts.knowledge.complete()
    const {lagBytesMax, lagMsMax, freshWaitMs} = this.#settings
    return explain(text, session, this.#parts, {lagBytesMax, lagMsMax, freshWaitMs})
  }

  /**
   * Takes nothing more, lets clients that are out and what was asked before finish for at most endTimeoutMs, and ends
   * the rest. A second call is an error, as in pg-pool.
   */
  end(): Promise<void>
  end(callback: () => void): void
  end(callback?: (error?: Error) => void): Promise<void> | void {
    const ended = this.ending ? Promise.reject(new Error('Called end on pool more than once')) : this.#close()
    if (callback === undefined) return ended
    ended.then(() => callback(), callback)
  }

  /**
   * Properties of the router itself: pg-pool's accessors would read its own fields, and private ones cannot be read
   * through a proxy.
   */
  #defineCounters(): void {
    const counters = {
      totalCount: () => this.#parts.pools.counts().total,
      idleCount: () => this.#parts.pools.counts().idle,
      waitingCount: () => this.#parts.dispatcher.waitingCount,
      expiredCount: () => this.#parts.pools.counts().expired,
    }
    for (const [name, get] of Object.entries(counters)) Object.defineProperty(this, name, {get, configurable: true})
  }

  async #close(): Promise<void> {
    const {inFlight, watch, dispatcher, pools} = this.#parts
    this.ending = true
    const untilMs = nowMs() + this.#settings.endTimeoutMs
    await inFlight.drained(this.#settings.endTimeoutMs)
    watch.stop()
    dispatcher.end()
    await pools.end(Math.max(0, untilMs - nowMs()))
    this.ended = true
  }

  #serve<T>(request: Request<T>, options: RequestOptions): Promise<T> {
    if (this.ending) throw endedError()
    return this.#parts.dispatcher.serve(request, this.#deadlineOf(options))
  }

  #deadlineOf({deadlineMs, signal}: RequestOptions): Deadline {
    return new Deadline(deadlineMs ?? this.#settings.deadlineMs, signal)
  }
}
