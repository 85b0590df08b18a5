// The first try of a statement that one shard answers and that has nothing to wait for: what runStatement() would do,
// with one promise. Invariant: it decides nothing by itself; whatever is not as it must be is left to runStatement(),
// with the error of this try if it was sent. Measured: bench/shards.ts, routing. Not here: planning, the whole way
// (run-statement.ts).
import type {Fleet} from '../fleet.ts'
import type {ShardedStatement} from '../read-statement.ts'
import type {BoundRoute} from '../routing/bound-route.ts'
import {routeOf, withRouteOver, type ShardedResult} from '../sharded-result.ts'
import {configOf} from './leg-config.ts'

/** null: nothing was sent. `goOn` is given what the shard's router rejected with. */
export function sendAtOnce(
  statement: ShardedStatement,
  fleet: Pick<Fleet, 'known' | 'watch' | 'routerOf'>,
  goOn: (error: unknown) => Promise<ShardedResult>,
): Promise<ShardedResult> | null {
  const bound = boundAtOnce(statement, fleet)
  const leg = bound?.legs[0]
  if (bound === null || leg === undefined || bound.merge.kind !== 'alone') return null
  if (fleet.watch.standing(leg.shard).kind !== 'serving') return null
  return fleet
    .routerOf(leg.shard)
    .query(configOf(leg, statement))
    .then(result => withRouteOver(result, routeOf(bound, [])), goOn)
}

/** null as well for what is refused: the whole way says why, or reads the tables anew. */
function boundAtOnce({text, values}: ShardedStatement, {known}: Pick<Fleet, 'known'>): BoundRoute | null {
  try {
    return known?.planner.bind(text, values) ?? null
  } catch {
    return null
  }
}
