// Which shards a statement goes to, from memory where its text is known. Invariant: a plan is bound to the map and the
// tables of this moment, never to those of its making. Pure but for what it keeps. Not here: planning (routing/).
import {slotOf} from './keys/slot.ts'
import type {KeyType} from './keys/key-type.ts'
import type {ShardMap} from './map/shard-map.ts'
import {bindRoute} from './routing/bind-route.ts'
import type {BoundRoute} from './routing/bound-route.ts'
import {explainRoute, type RouteExplanation} from './routing/explain-route.ts'
import {RouteCache} from './routing/plan-cache.ts'
import type {Sql} from './routing/render.ts'
import type {AllTables} from './routing/table-facts.ts'
import {ShardError} from './shard-error.ts'

const noTables: AllTables = {find: () => null, volatilityOf: () => null, defaultCollationIsC: false, keyTypes: []}

export class Planner {
  readonly #sql: Sql
  readonly #map: () => ShardMap
  readonly #isMoving: () => boolean
  readonly #routes: RouteCache
  #tables: AllTables = noTables
  /** What any shard can answer goes round. */
  #turn = 0

  /** It knows no tables before use(). `isMoving`: shards may have rows of groups that they do not own. */
  constructor(sql: Sql, map: () => ShardMap, isMoving: () => boolean = () => false) {
    this.#sql = sql
    this.#map = map
    this.#isMoving = isMoving
    this.#routes = new RouteCache(sql, noTables)
  }

  /** Other tables: no plan stays. */
  use(tables: AllTables): void {
    this.#tables = tables
    this.#routes.use(tables)
  }

  /** The parse tree of a text; throws the grammar's error. */
  parse(text: string): unknown {
    return this.#sql.parse(text)
  }

  /**
   * Throws ShardError as planStatement() and bindRoute() do. `near`: the shard that is asked for what any can answer;
   * default: each in turn.
   */
  bind(text: string, values: readonly unknown[], near?: string): BoundRoute {
    const route = this.#routes.routeOf(text)
    const map = this.#map()
    const at = near === undefined ? -1 : map.shards.indexOf(near)
    if (at < 0) this.#turn = (this.#turn + 1) % 65_536
    return bindRoute(route, values, map, slotOf, at < 0 ? this.#turn : at, this.#isMoving())
  }

  /** Throws as bind() does. */
  explain(text: string, values: readonly unknown[]): RouteExplanation {
    const route = this.#routes.routeOf(text)
    return explainRoute(route, bindRoute(route, values, this.#map(), slotOf, 0, this.#isMoving()))
  }

  /** The type of key that all sharded tables have. Throws ShardError KEY_INVALID when they have several. */
  keyType(): KeyType {
    const [type, ...others] = this.#tables.keyTypes
    if (type !== undefined && others.length === 0) return type
    throw new ShardError(
      'KEY_INVALID',
      type === undefined
        ? 'no table is sharded, so there is no key: declare one in hl_shards.sharded_table'
        : `tables are sharded by keys of several types (${[type, ...others].join(', ')}): say which, forKey(key, ` +
            '{type})',
    )
  }
}
