// The shard of one key, with all that a Router does there. Invariant: what was refused since the key has moved is sent
// to its owner; what was refused since it belongs to another key is not. Not here: routing by the text (planner.ts).
import type {QueryConfig, QueryResultRow} from 'pg'
import type {
  ReadOptions,
  RoutedResult,
  Router,
  TransactionClient,
  TransactionOptions,
  TransactionResult,
  WriteOptions,
} from '../router/index.ts'
import {commitsInside} from './execute/commits-inside.ts'
import {repeatMoved} from './execute/repeat-moved.ts'
import type {Fleet} from './fleet.ts'
import {groupOf, slotOf} from './keys/slot.ts'
import type {KeyType} from './keys/key-type.ts'

type Statement = string | QueryConfig<unknown[]>

/** Where a key lives now. */
export interface KeyPlace {
  /** By name. */
  readonly shard: string
  /** 0 to 4095. */
  readonly slot: number
  /** 0 to 63. */
  readonly group: number
}

/** The shard of one key; it is looked up anew for each call. Made by ShardedPool.forKey(). */
export class KeyedShard {
  readonly #fleet: Fleet
  readonly #key: unknown
  readonly #type: KeyType | undefined

  /** Made by ShardedPool.forKey(). */
  constructor(fleet: Fleet, key: unknown, type: KeyType | undefined) {
    this.#fleet = fleet
    this.#key = key
    this.#type = type
  }

  /** Rejects with ShardError KEY_INVALID for what is no key. */
  async place(): Promise<KeyPlace> {
    const {planner} = await this.#fleet.open()
    const slot = slotOf(this.#type ?? planner.keyType(), this.#key)
    return {shard: this.#fleet.watch.current().ownerOf(slot), slot, group: groupOf(slot)}
  }

  /** As Router.query(): reads may go to standbys. The text is sent as it is, so it must be about this key. */
  async query<R extends QueryResultRow = QueryResultRow>(
    statement: Statement,
    values?: readonly unknown[],
  ): Promise<RoutedResult<R>> {
    return this.#send(statement, router => router.query<R>(statement, values as unknown[]))
  }

  /** As Router.read(). */
  async read<R extends QueryResultRow = QueryResultRow>(
    statement: Statement,
    values?: readonly unknown[],
    options?: ReadOptions,
  ): Promise<RoutedResult<R>> {
    return this.#send(statement, router => router.read<R>(statement, values, options))
  }

  /** As Router.write(). */
  async write<R extends QueryResultRow = QueryResultRow>(
    statement: Statement,
    values?: readonly unknown[],
    options?: WriteOptions,
  ): Promise<RoutedResult<R>> {
    return this.#send(statement, router => router.write<R>(statement, values, options))
  }

  /** As Router.transaction(): one shard, all of the router. */
  async transaction<T>(
    work: (client: TransactionClient) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<TransactionResult<T | null>> {
    const run = (router: Router): Promise<TransactionResult<T | null>> =>
      router.transaction(work, options as TransactionOptions & {readonly idempotencyKey: string})
    return options.rerun === false ? run(await this.#router()) : this.#run(run)
  }

  async #router(): Promise<Router> {
    const {shard} = await this.place()
    await this.#fleet.serving([shard])
    return this.#fleet.routerOf(shard)
  }

  async #send<T>(statement: Statement, work: (router: Router) => Promise<T>): Promise<T> {
    const {planner} = await this.#fleet.open()
    const text = typeof statement === 'string' ? statement : statement.text
    return this.#run(work, () => !commitsInside(text, planner))
  }

  /** What another key's rows were refused for is the caller's mistake. */
  async #run<T>(work: (router: Router) => Promise<T>, hadNoEffect = (): boolean => true): Promise<T> {
    const {group} = await this.place()
    return repeatMoved(
      this.#fleet.watch,
      this.#fleet.waitMs,
      async () => work(await this.#router()),
      moved => moved.group === group && hadNoEffect(),
    )
  }
}
