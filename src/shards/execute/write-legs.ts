// A write on several shards inside one transaction. Invariants: shards are written one after the other in the order of
// their names, so that two such writes never wait for each other in a circle; answers that do not fit together fail
// before anything is committed. Not here: the transaction.
import type {StatementResult} from '../../router/index.ts'
import type {ShardedStatement} from '../read-statement.ts'
import type {Leg, Merge} from '../routing/bound-route.ts'
import type {ShardTransaction} from '../transactions/shard-transaction.ts'
import {configOf} from './leg-config.ts'
import {mergeWrites, type Answered} from './merge-writes.ts'
import {withReferences} from './write-references.ts'

export interface Writes {
  readonly legs: readonly Leg[]
  readonly merge: Exclude<Merge, {kind: 'gather'}>
}

/** Rejects with what a shard says, or ShardError SHARD_FAILED. */
export async function writeLegs(
  {legs, merge}: Writes,
  statement: ShardedStatement,
  transaction: ShardTransaction,
): Promise<ReturnType<typeof mergeWrites>> {
  const inOrder = legs.map((leg, index) => ({leg, index})).sort((a, b) => (a.leg.shard < b.leg.shard ? -1 : 1))
  const answers: Answered[] = []
  for (const {leg, index} of inOrder) {
    const client = transaction.onShard(leg.shard)
    const send = (): Promise<StatementResult> => client.query(configOf(leg, statement))
    const result = await (merge.kind === 'same' ? withReferences(client, send) : send())
    answers[index] = {shard: leg.shard, result}
  }
  return mergeWrites(merge, answers)
}
