// Keeps a client's map up to date. Invariants: the map only goes forward, group by group; it is told within the time of
// a notice and a question, and by polling where notices are lost; without the catalog, what the shards say of
// themselves brings it forward; the last map stays whatever is lost. Not here: connections (source-line.ts), what a
// standing is (decide-standing.ts).
import {ShardError} from '../shard-error.ts'
import {decideStanding, notHeardOf, standingError, type Standing} from './decide-standing.ts'
import {readCatalog, readShardState, type CatalogMap, type ShardState, type StateQuery} from './read-state.ts'
import {mapOfShards} from './map-of-shards.ts'
import {mergeMaps, withNewer, type Placement, type ShardMap} from './shard-map.ts'
import {SourceLine, type LineSource} from './source-line.ts'

/** A shard as the watch needs it: Shard fits, and so does a pg.Pool to its primary. */
export interface WatchedShard {
  /** As the map calls it. */
  readonly name: string
  /** Where its primary is reached. */
  readonly router: LineSource
}

/** What is watched, and how often it is asked. */
export interface MapWatchOptions {
  /** Where hl_shards.map is; may be one of the shards. */
  readonly catalog: LineSource
  /** All of the map. */
  readonly shards: readonly WatchedShard[]
  /** Between questions without a notice, ms. Default 5,000. */
  readonly pollMs?: number
  /** Before a broken connection is made again, ms. Default 250. */
  readonly retryMs?: number
  /** For a connection and for an answer, ms. Default 5,000. */
  readonly timeoutMs?: number
}

/** Who is told. A listener that throws ends nothing. */
export interface MapWatchListener {
  /** There is a newer map; the first one too. */
  onMap?(map: ShardMap): void
  /** A shard may serve, or may not any more. */
  onStanding?(shard: string, standing: Standing): void
  /** A server cannot be asked now, or tells nonsense; `shard` null: the catalog. The map stays. */
  onProblem?(shard: string | null, error: unknown): void
}

/** Keeps a map up to date, and knows which shards may serve. */
export class MapWatch {
  readonly #listener: MapWatchListener
  readonly #shards: readonly string[]
  readonly #catalogLine: SourceLine
  readonly #shardLines: readonly SourceLine[]
  readonly #lineOf: ReadonlyMap<string, SourceLine>
  readonly #states = new Map<string, ShardState>()
  readonly #standings = new Map<string, Standing>()
  /** How often each was doubted. */
  readonly #doubts = new Map<string, number>()
  readonly #first = Promise.withResolvers<ShardMap>()
  #mapId: string | null = null
  #map: ShardMap | null = null
  /** Shards that have said of themselves that they are a part of a move, whatever is doubted since. */
  readonly #moving = new Set<string>()
  #isCatalogAway = false
  #isEnded = false

  /** Starts at once. Throws ShardError CONFIG_INVALID for no shards, or a name twice. */
  constructor(
    {catalog, shards, pollMs = 5_000, retryMs = 250, timeoutMs = 5_000}: MapWatchOptions,
    listener: MapWatchListener = {},
  ) {
    this.#shards = shards.map(({name}) => name)
    if (shards.length === 0 || new Set(this.#shards).size < shards.length)
      throw new ShardError('CONFIG_INVALID', `the shards are ${this.#shards.join(', ')}: name at least one, each once`)
    this.#listener = listener
    this.#first.promise.catch(() => undefined)
    const times = {pollMs, retryMs, timeoutMs}
    const lineOf = (shard: string | null, source: LineSource, ask: (query: StateQuery) => Promise<void>): SourceLine =>
      new SourceLine(source, times, {ask, failed: error => this.#failed(shard, error)})
    this.#catalogLine = lineOf(null, catalog, async query => this.#noteCatalog(await readCatalog(query)))
    this.#lineOf = new Map(
      shards.map(({name, router}) => [
        name,
        lineOf(name, router, async query => {
          const [known, doubts] = [this.#map, this.#doubts.get(name)]
          const state = await readShardState(query)
          // It may have been answered by the primary that was.
          if (this.#doubts.get(name) === doubts) this.#noteShard(name, state, known)
        }),
      ]),
    )
    this.#shardLines = [...this.#lineOf.values()]
  }

  /**
   * The first map, as soon as the catalog has told it, or all shards while it is away. Rejects with ShardError ENDED
   * when end() comes before.
   */
  ready(): Promise<ShardMap> {
    return this.#first.promise
  }

  /** The newest map. Throws ShardError MAP_INVALID while there is none, ENDED after end(). */
  current(): ShardMap {
    if (this.#isEnded) throw new ShardError('ENDED', 'end() was called: make a new watch of the map')
    if (this.#map === null)
      throw new ShardError('MAP_INVALID', 'no map has been read yet: write one with writeMap, or await ready()')
    return this.#map
  }

  /** May the shard serve? `unknown` until both the catalog and the shard have answered. */
  standing(shard: string): Standing {
    return this.#standings.get(shard) ?? notHeardOf(shard)
  }

  /** Throws ShardError QUARANTINED, WRONG_SHARD, or SHARD_FAILED for one that has never answered. */
  requireServing(shard: string): void {
    const error = standingError(shard, this.standing(shard))
    if (error !== null) throw error
  }

  /** Groups move: two shards may have rows of one group. */
  get isMoving(): boolean {
    return this.#moving.size > 0
  }

  /** Of the map; prepared transactions are named after it. Throws ShardError MAP_INVALID while there is none. */
  get mapId(): string {
    this.current()
    return this.#mapId ?? ''
  }

  /** The shard may be another server by now, as after a failover: it serves again when it has been asked. */
  doubt(shard: string): void {
    this.#doubts.set(shard, (this.#doubts.get(shard) ?? 0) + 1)
    this.#states.delete(shard)
    if (this.#standings.delete(shard)) this.#listener.onStanding?.(shard, notHeardOf(shard))
    this.#lineOf.get(shard)?.renew()
  }

  /** What a shard's refusal told (DETAIL of HL001): counts at once, and all are asked anew. */
  learn(placement: Placement): void {
    this.#advance([placement])
    this.kick()
  }

  /** Asks all servers now. */
  kick(): void {
    for (const line of [this.#catalogLine, ...this.#shardLines]) line.kick()
  }

  /** Ends all connections; nothing is told any more. */
  async end(): Promise<void> {
    this.#isEnded = true
    this.#first.reject(new ShardError('ENDED', 'end() was called before the first map was read'))
    await Promise.all([this.#catalogLine, ...this.#shardLines].map(line => line.end()))
  }

  #noteCatalog(found: CatalogMap | null): void {
    if (this.#isEnded) return
    if (found === null) throw new ShardError('MAP_INVALID', 'the catalog holds no map: write one with writeMap')
    if (this.#mapId !== null && this.#mapId !== found.mapId)
      throw new ShardError(
        'MAP_INVALID',
        `the catalog holds the map ${found.mapId} instead of ${this.#mapId}: it is another cluster's`,
      )
    this.#mapId = found.mapId
    // A catalog that was set back takes nothing back.
    this.#setMap(this.#map === null ? found.map : mergeMaps(found.map, this.#map))
  }

  /** `known`: the map as it was before the shard was asked. What it says may be older than the map is by now. */
  #noteShard(name: string, state: ShardState, known: ShardMap | null): void {
    if (this.#isEnded) return
    this.#states.set(name, state)
    if (state.isMoving) this.#moving.add(name)
    else this.#moving.delete(name)
    this.#takeFromShards()
    if (known === null || this.#mapId === null) return
    const standing = decideStanding(name, this.#states, {mapId: this.#mapId, map: known})
    const was = this.standing(name)
    this.#standings.set(name, standing)
    if (was.kind !== standing.kind || was.reason !== standing.reason) this.#listener.onStanding?.(name, standing)
    if (standing.kind === 'serving') this.#advance(claimsOf(name, state))
  }

  #advance(placements: readonly Placement[]): void {
    if (this.#map !== null) this.#setMap(withNewer(this.#map, placements))
  }

  #setMap(map: ShardMap): void {
    const before = this.#map
    if (before !== null && before.epoch === map.epoch && before.shards.join() === map.shards.join()) return
    this.#map = map
    // Each shard is judged anew, by the newer map.
    for (const line of this.#shardLines) line.kick()
    this.#first.resolve(map)
    this.#listener.onMap?.(map)
    const strangers = map.shards.filter(name => !this.#shards.includes(name))
    if (strangers.length > 0)
      this.#problem(
        null,
        new ShardError(
          'CONFIG_INVALID',
          `the map has the shard ${strangers.join(', ')}, of which nothing is configured here: add its address`,
        ),
      )
  }

  /** Who starts while the catalog is away has the map from the shards. One that answers is waited for. */
  #takeFromShards(): void {
    if (this.#map !== null || !this.#isCatalogAway) return
    const told = mapOfShards(this.#shards, this.#states)
    if (told === null) return
    this.#mapId = told.mapId
    this.#setMap(told.map)
  }

  #failed(shard: string | null, error: unknown): void {
    if (shard === null) {
      this.#isCatalogAway = !(error instanceof ShardError)
      this.#takeFromShards()
    }
    this.#problem(shard, error)
  }

  #problem(shard: string | null, error: unknown): void {
    if (!this.#isEnded) this.#listener.onProblem?.(shard, error)
  }
}

/** What a shard that serves owns: it knows best. */
function claimsOf(name: string, {groups}: ShardState): readonly Placement[] {
  return groups
    .filter(({state, owner}) => state === 'o' && owner === name)
    .map(({group, epoch}) => ({group, shard: name, epoch}))
}
