// What query() answers: pg's result, and which shards it came from. Invariant: the route is not enumerable, so that who
// prints or compares results sees pg's. Not here: how legs become one answer (execute/).
import type {QueryResult, QueryResultRow} from 'pg'
import type {BoundRoute} from './routing/bound-route.ts'

/** Where an answer came from. */
export interface ShardRoute {
  /** By name, in order. */
  readonly shards: readonly string[]
  /** Asked for with `partial`, and not there. */
  readonly missingShards: readonly string[]
  /** Why these shards, for people. */
  readonly reason: string
}

/** pg's result, which also says which shards it came from. */
export type ShardedResult<R extends QueryResultRow = QueryResultRow> = QueryResult<R> & {
  /** Not enumerable. */
  readonly route: ShardRoute
}

/** The same for what a router answered, whose own route is hidden like this one. */
export function withRouteOver<T extends {route: unknown}>(
  result: T,
  route: ShardRoute,
): T & {readonly route: ShardRoute} {
  result.route = route
  return result as T & {readonly route: ShardRoute}
}

/** The same result with its route. */
export function withRoute<T extends object>(result: T, route: ShardRoute): T & {readonly route: ShardRoute} {
  Object.defineProperty(result, 'route', {value: route, enumerable: false, configurable: true, writable: true})
  return result as T & {readonly route: ShardRoute}
}

/** The route of an answer. */
export function routeOf({legs, reason}: BoundRoute, missingShards: readonly string[]): ShardRoute {
  const [first, ...others] = legs
  if (first !== undefined && others.length === 0 && missingShards.length === 0)
    return {shards: [first.shard], missingShards, reason}
  const shards = legs.map(({shard}) => shard).filter(shard => !missingShards.includes(shard))
  return {shards: shards.sort(), missingShards, reason}
}
