// All that a ShardedPool knows: a router for each shard, the map as it is now, the tables, the grammar. Invariants: no
// statement goes to a shard that may not serve; knowledge is read once, by the first that asks, and again when told
// that it is old. Not here: what is done with a statement (execute/).
import type {EventEmitter} from 'node:events'
import {Router} from '../router/index.ts'
import {checkHash} from './keys/check-hash.ts'
import {KnownTables} from './known-tables.ts'
import {MapWatch} from './map/map-watch.ts'
import {asConfigError, routerOptionsOf, type ShardedPoolOptions} from './options.ts'
import {loadSql} from './routing/load-sql.ts'
import {tablesQuery} from './routing/tables-query.ts'
import {Planner} from './planner.ts'
import {ShardError} from './shard-error.ts'
import type {Shard} from './shard.ts'
import type {ShardedPoolEvents} from './sharded-events.ts'
import {nowMs, within} from './time/pause.ts'
import {resolveInDoubt} from './transactions/recovery.ts'
import {ShardTransactions} from './transactions/shard-transactions.ts'

/** What statements are planned and carried out with; there once the first shard and the catalog have answered. */
export interface Opened {
  readonly planner: Planner
  readonly transactions: ShardTransactions
}

export class Fleet {
  readonly shards: ReadonlyMap<string, Shard>
  readonly watch: MapWatch
  readonly waitMs: number
  readonly #options: ShardedPoolOptions
  readonly #events: EventEmitter<ShardedPoolEvents>
  #opened: Promise<Opened> | null = null
  #known: Opened | null = null
  #transactions: ShardTransactions | null = null
  /** What the catalog last could not do. */
  #problem: unknown = null
  #isEnded = false
  /** Resolved at the next change of any standing, and at the end. */
  #changed = Promise.withResolvers<undefined>()
  #tables: KnownTables | null = null

  /** Starts looking for all primaries and for the map. Throws ShardError CONFIG_INVALID. */
  constructor(options: ShardedPoolOptions, events: EventEmitter<ShardedPoolEvents>) {
    const routers = routerOptionsOf(options)
    this.#options = options
    this.#events = events
    this.waitMs = options.waitMs ?? 15_000
    const made: Shard[] = []
    try {
      for (const [name, one] of routers) made.push({name, router: routerOf(name, one)})
    } catch (error) {
      for (const {router} of made) void router.end()
      throw error
    }
    this.shards = new Map(made.map(shard => [shard.name, shard]))
    // A new primary may be one that was set back: it serves once it has been asked.
    for (const {name, router} of made) router.events.on('primary', () => this.watch.doubt(name))
    const catalog = this.routerOf(options.catalog ?? made[0]?.name ?? '')
    this.watch = new MapWatch(
      {catalog, shards: made, ...(options.mapPollMs === undefined ? {} : {pollMs: options.mapPollMs})},
      {
        onMap: map => this.#events.emit('map', map),
        onStanding: (shard, standing) => {
          this.#wake()
          this.#events.emit('standing', shard, standing)
        },
        onProblem: (shard, error) => {
          if (shard === null) this.#problem = error
          this.#events.emit('problem', shard, error)
        },
      },
    )
  }

  /** Throws ShardError CONFIG_INVALID for a shard that is not configured. */
  routerOf(name: string): Router {
    const shard = this.shards.get(name)
    if (shard === undefined)
      throw new ShardError(
        'CONFIG_INVALID',
        `there is no shard ${name} here: there are ${[...this.shards.keys()].join(', ')}`,
        {shard: name},
      )
    return shard.router
  }

  /**
   * Waits, at most waitMs, until these shards are known to be what they must be. Rejects with ShardError QUARANTINED,
   * WRONG_SHARD, or SHARD_FAILED for one that does not answer. `partial`: one that does not answer soon is no error,
   * and is among those that are given back: nobody knows whether its rows are those of the shard, so it must not be
   * asked.
   */
  async serving(names: readonly string[], partial = false): Promise<readonly string[]> {
    const untilMs = nowMs() + (partial ? Math.min(partialMs, this.waitMs) : this.waitMs)
    const missing: string[] = []
    for (const name of names) {
      while (!this.#isEnded && this.watch.standing(name).kind === 'unknown' && nowMs() < untilMs)
        await this.#nextStanding(untilMs - nowMs())
      if (this.#isEnded) throw ended()
      if (partial && this.watch.standing(name).kind === 'unknown') missing.push(name)
      else this.watch.requireServing(name)
    }
    return missing
  }

  /** Reads what is not known yet. Rejects with ShardError, or with what the routers say. */
  open(): Promise<Opened> {
    if (this.#isEnded) return Promise.reject(ended())
    this.#tables?.renewIfOld()
    this.#opened ??= this.#open().catch((error: unknown) => {
      // The next statement tries again.
      this.#opened = null
      throw error
    })
    return this.#opened
  }

  /** As open(), for who does not want to wait: null before it, and after end(). */
  get known(): Opened | null {
    if (this.#isEnded) return null
    this.#tables?.renewIfOld()
    return this.#known
  }

  /** What was read of the tables is old: reads it again. */
  async reread(): Promise<void> {
    await this.open()
    await this.#tables?.renew()
  }

  /** Ends all; what is under way has the routers' endTimeoutMs. */
  async end(): Promise<void> {
    this.#isEnded = true
    this.#wake()
    await this.#transactions?.end()
    await this.watch.end()
    await Promise.all([...this.shards.values()].map(({router}) => router.end()))
  }

  async #nextStanding(withinMs: number): Promise<void> {
    await within(withinMs, this.#changed.promise)
  }

  #wake(): void {
    this.#changed.resolve(undefined)
    this.#changed = Promise.withResolvers()
  }

  async #open(): Promise<Opened> {
    const sql = await loadSql()
    if (sql === null)
      throw new ShardError(
        'CONFIG_INVALID',
        'statements are read by PostgreSQL’s own grammar: npm install libpg-query pgsql-deparser',
      )
    await this.#firstMap()
    const planner = new Planner(
      sql,
      () => this.watch.current(),
      () => this.watch.isMoving,
    )
    const tables = new KnownTables({
      ask: () => this.#askTables(),
      changed: known => planner.use(known),
      failed: error => {
        if (!this.#isEnded) this.#events.emit('problem', null, error)
      },
      nowMs,
    })
    await tables.renew()
    this.#tables = tables
    const {lockTimeoutMs} = this.#options
    this.#transactions = new ShardTransactions({
      shards: () => [...this.shards.values()],
      mapId: this.watch.mapId,
      admit: this.#admit,
      ...(lockTimeoutMs === undefined ? {} : {lockTimeoutMs}),
      onTrouble: trouble => this.#events.emit('trouble', trouble),
    })
    void this.#finishOthers()
    this.#known = {planner, transactions: this.#transactions}
    return this.#known
  }

  readonly #admit = async (shard: string): Promise<void> => {
    await this.serving([shard])
  }

  /** What another process left half-way, maybe this one before it was killed. */
  async #finishOthers(): Promise<void> {
    try {
      // Without one of the shards nothing is known of the others' parts: what is not asked would count as not there.
      if (this.watch.current().shards.some(name => !this.shards.has(name))) return
      await resolveInDoubt([...this.shards.values()], {mapId: this.watch.mapId, admit: this.#admit})
    } catch (error) {
      this.#events.emit('problem', null, error)
    }
  }

  async #firstMap(): Promise<void> {
    if ((await within(this.waitMs, this.watch.ready())) === null) throw this.#noMap()
  }

  #noMap(): ShardError {
    return new ShardError(
      'SHARD_FAILED',
      `no map of the shards was read from the catalog within ${this.waitMs} ms: ` +
        (this.#problem instanceof Error ? this.#problem.message : 'it did not answer'),
      {cause: this.#problem},
    )
  }

  /** From the first shard that answers: all have the same. */
  async #askTables(): Promise<unknown> {
    const failures: unknown[] = []
    for (const {name, router} of this.shards.values())
      try {
        await this.serving([name])
        const query = async (text: string, values?: unknown[]) => router.query(text, values)
        await checkHash(query)
        return (await query(tablesQuery)).rows[0]
      } catch (error) {
        failures.push(error)
      }
    throw failures[0]
  }
}

/** A partial answer waits so long for a shard of which nothing is known. */
const partialMs = 1_000

function ended(): ShardError {
  return new ShardError('ENDED', 'end() was called: make a new pool')
}

function routerOf(name: string, options: ConstructorParameters<typeof Router>[0]): Router {
  try {
    const router = new Router(options)
    // pg.Pool tells of idle connections that broke; a statement tells it again.
    router.on('error', () => undefined)
    return router
  } catch (error) {
    throw asConfigError(name, error)
  }
}
