// One statement on every shard, said outright. Invariant: all have ended when it has; which shards did it and which did
// not is told. Not here: what holds shards together (transactions/).
import type {QueryResultRow} from 'pg'
import type {RoutedResult} from '../../router/index.ts'
import type {Fleet} from '../fleet.ts'
import type {ShardedStatement} from '../read-statement.ts'
import {ShardError} from '../shard-error.ts'
import {configOf} from './leg-config.ts'

/** How a statement is sent to every shard. */
export interface EveryOptions {
  /** Only these; default all that are configured. */
  readonly shards?: readonly string[]
}

export async function onEachShard<R extends QueryResultRow>(
  statement: ShardedStatement,
  fleet: Fleet,
  {shards = [...fleet.shards.keys()]}: EveryOptions,
): Promise<Readonly<Record<string, RoutedResult<R>>>> {
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
      `${failures.length} of ${shards.length} shards did not do it (${failures.map(({shard}) => shard ?? '').join(', ')}); the others have`,
    )
  return Object.fromEntries(
    ends.flatMap((end, index) => (end.status === 'fulfilled' ? [[shards[index] ?? '', end.value]] : [])),
  )
}

function failed(shard: string, cause: unknown): ShardError {
  const message = `shard ${shard}: ${cause instanceof Error ? cause.message : String(cause)}`
  return new ShardError('SHARD_FAILED', message, {shard, cause})
}
