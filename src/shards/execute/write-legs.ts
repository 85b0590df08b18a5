// A write on several shards inside one transaction. Invariants: shards are written one after the other in the order of
// their names, so that two such writes never wait for each other in a circle; answers that do not fit together fail
// before anything is committed; where others send statements in the same transaction, what one shard has taken back by
// a savepoint is not committed on the others. Not here: the transaction.
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
  const answers = await sentTo({legs, merge}, statement, transaction, [])
  return mergeWrites(merge, answers)
}

/** As writeLegs(), in a transaction in which others set savepoints, which are one shard's own. */
export async function writeTiedLegs(
  {legs, merge}: Writes,
  statement: ShardedStatement,
  transaction: ShardTransaction,
): Promise<ReturnType<typeof mergeWrites>> {
  const shards = legs.map(({shard}) => shard)
  const written: string[] = []
  try {
    const answers = await sentTo({legs, merge}, statement, transaction, written)
    // Rows of a sharded table may be taken back by whoever wants to; copies are the same or there are none.
    if (merge.kind === 'same') await transaction.tie(shards, shards)
    return mergeWrites(merge, answers)
  } catch (error) {
    // The shard that refused it may go on from a savepoint, without its part.
    if (written.length > 0 && written.length < legs.length)
      await transaction.tie(shards, written).catch(() => undefined)
    throw error
  }
}

/** `written` gets the name of each that has answered. */
async function sentTo(
  {legs, merge}: Writes,
  statement: ShardedStatement,
  transaction: ShardTransaction,
  written: string[],
): Promise<readonly Answered[]> {
  const inOrder = legs.map((leg, index) => ({leg, index})).sort((a, b) => (a.leg.shard < b.leg.shard ? -1 : 1))
  const answers: Answered[] = []
  for (const {leg, index} of inOrder) {
    const client = transaction.onShard(leg.shard)
    const send = (): Promise<StatementResult> => client.query(configOf(leg, statement))
    const result = await (merge.kind === 'same' ? withReferences(client, send) : send())
    answers[index] = {shard: leg.shard, result}
    written.push(leg.shard)
  }
  return answers
}
