// The library over shards as an application sees it. Invariants: nothing is routed that cannot be proven right; a
// constructor that cannot work throws before anything is asked; a write on several shards is all or nothing. Not here:
// how a statement finds its shards (routing/), how it is carried out (execute/).
import {EventEmitter} from 'node:events'
import type {QueryConfig, QueryResultRow} from 'pg'
import type {RoutedResult, Router} from '../router/index.ts'
import {onEachShard, type EveryOptions} from './execute/on-each-shard.ts'
import {repeatMoved} from './execute/repeat-moved.ts'
import {runStatement, withKnownTables} from './execute/run-statement.ts'
import {streamRows, type RowStream} from './execute/stream-rows.ts'
import {Fleet} from './fleet.ts'
import type {GatherOptions} from './gather/gather-options.ts'
import type {KeyType} from './keys/key-type.ts'
import {KeyedShard} from './keyed-shard.ts'
import type {Standing} from './map/decide-standing.ts'
import type {ShardMap} from './map/shard-map.ts'
import {readLimitsOf, type ShardedPoolOptions} from './options.ts'
import {readStatement} from './read-statement.ts'
import type {RouteExplanation} from './routing/explain-route.ts'
import {toldAs, type ShardedPoolEvents} from './sharded-events.ts'
import type {ShardedResult} from './sharded-result.ts'
import {ShardedClient} from './sharded-client.ts'
import {clientOf, type ShardedTransactionClient} from './transaction-client.ts'
import type {ShardTransactionOptions, ShardTransactionResult} from './transactions/shard-transactions.ts'

type Statement = string | QueryConfig<unknown[]>

const shardsAsked = ({route}: ShardedResult): number => route.shards.length

/** How one statement over shards is read. */
export type ShardedReadOptions = Pick<GatherOptions, 'signal' | 'deadlineMs' | 'partial' | 'timeZone'>

/** A pool over several clusters, each of which owns a part of the keys: a statement finds its shards by itself. */
export class ShardedPool {
  /** What happens inside. */
  readonly events = new EventEmitter<ShardedPoolEvents>()
  readonly #fleet: Fleet
  readonly #limits: ReturnType<typeof readLimitsOf>
  #ending: Promise<void> | null = null

  /** Starts looking for primaries and the map at once. Throws ShardError CONFIG_INVALID. */
  constructor(options: ShardedPoolOptions) {
    this.#limits = readLimitsOf(options.gather ?? {})
    this.#fleet = new Fleet(options, this.events)
  }

  /** Names of the shards, in order. */
  get shards(): readonly string[] {
    return [...this.#fleet.shards.keys()]
  }

  /** May the shard serve? `unknown` until the shard and the map have answered, and for a name that is no shard's. */
  standing(shard: string): Standing {
    return this.#fleet.watch.standing(shard)
  }

  /** Resolves when map and tables are known; the first statement waits for it too. Rejects as statements do. */
  async ready(): Promise<ShardMap> {
    await this.#fleet.open()
    return this.#fleet.watch.current()
  }

  /**
   * One statement, to the shards of its keys; rows of several come merged as one server would give them. A write on
   * several shards is one transaction. Rejects with ShardError (see its codes), or with the server's or router's own
   * error where one shard was asked.
   */
  query<R extends QueryResultRow = QueryResultRow>(
    statement: Statement,
    values?: readonly unknown[],
    options?: ShardedReadOptions,
  ): Promise<ShardedResult<R>> {
    const bounds = options === undefined ? this.#limits : {...this.#limits, ...options}
    const run = (): Promise<ShardedResult> => runStatement(readStatement(statement, values), this.#fleet, bounds)
    return toldAs(this.events, 'query', shardsAsked, run) as Promise<ShardedResult<R>>
  }

  /**
   * The rows of a query, in memory that does not grow with their number: `for await`. Leaving the loop cancels the
   * statement on all servers.
   */
  stream<R extends QueryResultRow = QueryResultRow>(
    statement: Statement,
    values?: readonly unknown[],
    options: ShardedReadOptions = {},
  ): RowStream<R> {
    return streamRows<R>(readStatement(statement, values), this.#fleet, {...this.#limits, ...options})
  }

  /** The shard of one key, with all that a Router does. `type` where tables have keys of several types. */
  forKey(key: unknown, {type}: {readonly type?: KeyType} = {}): KeyedShard {
    return new KeyedShard(this.#fleet, key, type)
  }

  /** The router of one shard. Throws ShardError CONFIG_INVALID for a name that is not configured. */
  onShard(name: string): Router {
    return this.#fleet.routerOf(name)
  }

  /**
   * The same statement on every shard, each by itself: no transaction holds them together. Rejects with an
   * AggregateError of all failures, each a ShardError SHARD_FAILED, after all have ended.
   */
  async onEvery<R extends QueryResultRow = QueryResultRow>(
    statement: Statement,
    values?: readonly unknown[],
    options: EveryOptions = {},
  ): Promise<Readonly<Record<string, RoutedResult<R>>>> {
    return onEachShard<R>(readStatement(statement, values), this.#fleet, options)
  }

  /**
   * A transaction over shards, in which statements find their shards by themselves: one phase where one shard wrote,
   * two-phase commit where several did. `work` is called again when surely nothing was applied and the reason may pass,
   * so it must do nothing but queries, or be given `rerun: false`. Rejects as ShardTransactions.run() does.
   */
  async transaction<T>(
    work: (client: ShardedTransactionClient) => Promise<T>,
    options: ShardTransactionOptions = {},
  ): Promise<ShardTransactionResult<T>> {
    const fleet = this.#fleet
    const run = async (): Promise<ShardTransactionResult<T>> => {
      const opened = await fleet.open()
      const once = (): Promise<ShardTransactionResult<T>> =>
        opened.transactions.run(transaction => work(clientOf(transaction, opened, fleet)), options)
      return options.rerun === false ? once() : repeatMoved(fleet.watch, fleet.waitMs, once)
    }
    return toldAs(this.events, 'transaction', ({phases}) => phases, run)
  }

  /** A client for libraries that send BEGIN and COMMIT as texts (Kysely, Drizzle). Nothing is asked before it is. */
  async connect(): Promise<ShardedClient> {
    return new ShardedClient(this.#fleet, await this.#fleet.open(), this.#limits)
  }

  /** Which shards a statement would go to, why, and what they would do of it. Nothing is sent. Rejects as query(). */
  async explain(statement: Statement, values?: readonly unknown[]): Promise<RouteExplanation> {
    const read = readStatement(statement, values)
    const {planner} = await this.#fleet.open()
    return withKnownTables(this.#fleet, async () => Promise.resolve(planner.explain(read.text, read.values)))
  }

  /** Lets what is under way finish for the routers' endTimeoutMs. A second call waits for the first. */
  end(): Promise<void> {
    this.#ending ??= this.#fleet.end()
    return this.#ending
  }
}
