// The rows of a statement as a stream, whether one shard has them or several. Invariant: nothing is asked before the
// first row is; the stream is read once. Not here: merging (gather/).
import type {QueryResultRow} from 'pg'
import type {Fleet} from '../fleet.ts'
import {gather, type Gathering} from '../gather/gather.ts'
import type {GatherOptions} from '../gather/gather-options.ts'
import type {ShardedStatement} from '../read-statement.ts'
import type {GatherPlan} from '../routing/gather-plan.ts'
import {ShardError} from '../shard-error.ts'
import {rowsFormOf} from './leg-config.ts'
import {servingLegs, withKnownTables} from './run-statement.ts'

/** Read once, by `for await`. */
export interface RowStream<R extends QueryResultRow = QueryResultRow> extends AsyncIterable<R> {
  /** With `partial`: shards whose rows are not in it. Complete when reading has ended. */
  readonly missingShards: readonly string[]
}

/** The rows of one shard as they come. */
const asTheyAre: GatherPlan = {
  sort: [],
  combine: null,
  distinct: false,
  distinctKeys: [],
  hidden: 0,
  limit: null,
  offset: 0,
}

/** Reading rejects with ShardError UNSUPPORTED for what is no query, and as gather() does. */
export function streamRows<R extends QueryResultRow>(
  statement: ShardedStatement,
  fleet: Fleet,
  options: GatherOptions,
): RowStream<R> {
  let gathering: Gathering | null = null
  let unknown: readonly string[] = []
  return {
    get missingShards() {
      return [...unknown, ...(gathering?.missingShards ?? [])]
    },
    async *[Symbol.asyncIterator]() {
      if (gathering !== null) throw new TypeError('a stream is read once: call stream() again')
      const {planner} = await fleet.open()
      const {kind, legs, merge} = await withKnownTables(fleet, async () =>
        Promise.resolve(planner.bind(statement.text, statement.values)),
      )
      if (kind === 'write' || (merge.kind !== 'alone' && merge.kind !== 'gather'))
        throw new ShardError('UNSUPPORTED', 'a write as a stream: send it with query()')
      const {given, missing} = await servingLegs(legs, fleet, options.partial)
      unknown = missing
      gathering = gather(given, merge.kind === 'gather' ? merge.plan : asTheyAre, {
        ...options,
        ...rowsFormOf(statement),
      })
      yield* gathering as AsyncIterable<R>
    },
  }
}
