// What a function given to transaction() of a ShardedPool works with. Invariant: it is the transaction's own; it sends
// nothing once the transaction is over. Not here: ending it (transactions/).
import type {QueryConfig} from 'pg'
import {runInTransaction} from './execute/run-in-transaction.ts'
import type {Fleet, Opened} from './fleet.ts'
import {slotOf} from './keys/slot.ts'
import {readStatement} from './read-statement.ts'
import type {ShardedResult} from './sharded-result.ts'
import type {ShardClient, ShardTransaction} from './transactions/shard-transaction.ts'

/**
 * A transaction over shards. It is all or nothing, and no snapshot: each shard has its own, taken at its first
 * statement, and another transaction's commit shows on one shard before it shows on the next.
 */
export interface ShardedTransactionClient {
  /** One statement, to the shards of its keys. Rejects with ShardError, or with what a shard says. */
  query(statement: string | QueryConfig<unknown[]>, values?: readonly unknown[]): Promise<ShardedResult>
  /** The shard of a key, whatever is sent. */
  forKey(key: unknown): ShardClient
  /** One shard, whatever is sent. */
  onShard(name: string): ShardClient
}

/** Of one run of the function. */
export function clientOf(transaction: ShardTransaction, opened: Opened, fleet: Fleet): ShardedTransactionClient {
  return {
    query: async (statement, values) => runInTransaction(readStatement(statement, values), transaction, opened),
    forKey: key => transaction.onShard(fleet.watch.current().ownerOf(slotOf(opened.planner.keyType(), key))),
    onShard: name => transaction.onShard(name),
  }
}
