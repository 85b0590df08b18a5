// Which shards a statement goes to, from memory where its text is known. Invariant: a plan is bound to the map and the
// tables of this moment, never to those of its making. Pure but for what it keeps. Not here: planning (routing/).
import type {ShardMap} from './map/shard-map.ts'
import type {BoundRoute} from './routing/bound-route.ts'
import {bindRoute} from './routing/bind-route.ts'
import {PlanCache} from './routing/plan-cache.ts'
import {planStatement, type StatementRoute} from './routing/plan-statement.ts'
import type {Sql} from './routing/render.ts'
import type {Tables} from './routing/table-facts.ts'
import {ShardError} from './shard-error.ts'

export class Planner {
  readonly #sql: Sql
  readonly #map: () => ShardMap
  #tables: Tables
  #plans = new PlanCache()

  constructor(sql: Sql, tables: Tables, map: () => ShardMap) {
    this.#sql = sql
    this.#map = map
    this.#tables = tables
  }

  get tables(): Tables {
    return this.#tables
  }

  /** Other tables: no plan stays. */
  renew(tables: Tables): void {
    this.#tables = tables
    this.#plans = new PlanCache()
  }

  /** Throws ShardError as planStatement() does; SYNTAX_ERROR's like are the server's to tell, see isParsed(). */
  route(text: string): StatementRoute {
    return this.#plans.of(text, () => planStatement(text, this.#sql, this.#tables))
  }

  /** Throws ShardError as planStatement() and bindRoute() do. */
  bind(text: string, values: readonly unknown[]): BoundRoute {
    return bindRoute(this.route(text), values, this.#map())
  }

  /** The type of key that all sharded tables have. Throws ShardError KEY_INVALID when they have several. */
  keyType(): ReturnType<Tables['keyTypes']>[number] {
    const [type, ...others] = this.#tables.keyTypes()
    if (type !== undefined && others.length === 0) return type
    throw new ShardError(
      'KEY_INVALID',
      type === undefined
        ? 'no table is sharded, so there is no key: declare one in hl_shards.sharded_table'
        : `tables are sharded by keys of several types (${[type, ...others].join(', ')}): say which, forKey(key, {type})`,
    )
  }
}
