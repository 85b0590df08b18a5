// One statement inside of a transaction over shards: planned as outside, sent on the transaction's own connections.
// Invariant: the transaction sees its own writes; what would need a merge over several shards is refused, since those
// rows come from connections of their own; what any shard can answer is asked of one that is in use, so that now()
// stays the same. Not here: beginning and ending (transactions/).
import type {Opened} from '../fleet.ts'
import type {ShardedStatement} from '../read-statement.ts'
import {routeOf, withRoute, type ShardedResult} from '../sharded-result.ts'
import {ShardError} from '../shard-error.ts'
import type {ShardTransaction} from '../transactions/shard-transaction.ts'
import {writeTiedLegs} from './write-legs.ts'

/** Rejects with ShardError, or with what a shard says. */
export async function runInTransaction(
  statement: ShardedStatement,
  transaction: ShardTransaction,
  {planner}: Pick<Opened, 'planner'>,
): Promise<ShardedResult> {
  const bound = planner.bind(statement.text, statement.values, transaction.shards[0])
  const {merge} = bound
  if (merge.kind === 'gather')
    throw new ShardError(
      'UNSUPPORTED',
      'a query over several shards inside a transaction: read each shard’s part with onShard(name).query(), give ' +
        'the key, or read before the transaction',
    )
  return withRoute(await writeTiedLegs({...bound, merge}, statement, transaction), routeOf(bound, []))
}
