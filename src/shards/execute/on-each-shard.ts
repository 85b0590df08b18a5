// One statement on every shard, said outright. Invariant: all have ended when it has; which shards did it and which did
// not is told. Not here: what holds shards together (transactions/).
import type {QueryResultRow} from 'pg'
import {judgeError, RouterError, type RoutedResult} from '../../router/index.ts'
import type {Fleet} from '../fleet.ts'
import type {ShardedStatement} from '../read-statement.ts'
import {messageOf, ShardError, type ShardOutcome} from '../shard-error.ts'
import {configOf} from './leg-config.ts'

/** How a statement is sent to every shard. */
export interface EveryOptions {
  /** Only these; default all that are configured. */
  readonly shards?: readonly string[]
}

export async function onEachShard<R extends QueryResultRow>(
  statement: ShardedStatement,
  fleet: Pick<Fleet, 'shards' | 'serving' | 'routerOf'>,
  options: EveryOptions,
): Promise<Readonly<Record<string, RoutedResult<R>>>> {
  const shards = [...new Set(options.shards ?? fleet.shards.keys())]
  const send = async (shard: string): Promise<RoutedResult<R>> => {
    await fleet.serving([shard])
    return fleet.routerOf(shard).query<R>(configOf({shard, text: statement.text, values: statement.values}, statement))
  }
  for (const shard of shards) fleet.routerOf(shard)
  const ends = await Promise.allSettled(shards.map(send))
  const failures = ends.flatMap((end, index) =>
    end.status === 'rejected' ? [failed(shards[index] ?? '', end.reason)] : [],
  )
  if (failures.length > 0)
    throw new AggregateError(
      failures,
      `${failures.length} of ${shards.length} shards failed ` +
        `(${failures.map(({shard}) => shard ?? '').join(', ')}), see the outcome of each; the others have done it`,
    )
  return Object.fromEntries(
    ends.flatMap((end, index) => (end.status === 'fulfilled' ? [[shards[index] ?? '', end.value]] : [])),
  )
}

function failed(shard: string, cause: unknown): ShardError {
  const message = `shard ${shard}: ${messageOf(cause)}`
  return new ShardError('SHARD_FAILED', message, {shard, cause, outcome: outcomeOf(cause)})
}

/** A connection that broke under the statement says nothing of what became of it. */
function outcomeOf(cause: unknown): ShardOutcome {
  const outcome =
    cause instanceof ShardError || cause instanceof RouterError
      ? cause.outcome
      : judgeError(cause, 'autocommit').outcome
  return outcome === 'unknown' ? 'unknown' : 'not-applied'
}
