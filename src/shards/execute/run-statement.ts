// One statement of query(), from its text to one answer. Invariants: a write on several shards is one transaction, all
// or nothing; what a shard refused since the key has moved is sent to its owner; what the tables turned out to be
// different from is planned anew, once. Not here: planning (planner.ts), reading as a stream (stream-rows.ts).
import type {QueryResult} from 'pg'
import type {Fleet, Opened} from '../fleet.ts'
import {gather} from '../gather/gather.ts'
import type {GatherLeg, GatherOptions} from '../gather/gather-options.ts'
import type {ShardedStatement} from '../read-statement.ts'
import type {BoundRoute, Leg} from '../routing/bound-route.ts'
import {routeOf, withRoute, type ShardedResult} from '../sharded-result.ts'
import {ShardError} from '../shard-error.ts'
import {collectRows} from './collect-rows.ts'
import {configOf, rowsFormOf} from './leg-config.ts'
import {movedTo} from './moved.ts'
import {repeatMoved} from './repeat-moved.ts'
import {sendAtOnce} from './send-at-once.ts'
import {writeLegs} from './write-legs.ts'

export interface RunOptions extends GatherOptions {
  /** Rows that query() keeps at most. */
  readonly answerRowsMax: number
}

/** Rejects with ShardError, or with the server's or a router's own error where one shard was asked. */
export function runStatement(statement: ShardedStatement, fleet: Fleet, options: RunOptions): Promise<ShardedResult> {
  const hasBounds = options.signal !== undefined || options.deadlineMs !== undefined
  const goOn = async (error: unknown): Promise<ShardedResult> => {
    if (movedTo(error) === null) throw error
    return runFrom(error, statement, fleet, options)
  }
  return (hasBounds ? null : sendAtOnce(statement, fleet, goOn)) ?? runFrom(null, statement, fleet, options)
}

/** `failure`: the fence's refusal of a first try, null when there was none. */
async function runFrom(
  failure: unknown,
  statement: ShardedStatement,
  fleet: Fleet,
  options: RunOptions,
): Promise<ShardedResult> {
  const opened = await fleet.open()
  let first = failure
  return repeatMoved(fleet.watch, fleet.waitMs, async () => {
    if (first === null) return withKnownTables(fleet, () => runOnce(statement, fleet, opened, options))
    const tried = first
    first = null
    throw tried as Error
  })
}

/** A table that was made, or changed, after the tables were read. */
export async function withKnownTables<T>(fleet: Pick<Fleet, 'reread'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isOfOldTables(error)) throw error
    await fleet.reread()
    return work()
  }
}

/** Refused by the planner for a table or column that it does not know: nothing was sent. */
function isOfOldTables(error: unknown): boolean {
  return error instanceof ShardError && error.code === 'TABLE_UNKNOWN'
}

async function runOnce(
  statement: ShardedStatement,
  fleet: Fleet,
  {planner, transactions}: Opened,
  options: RunOptions,
): Promise<ShardedResult> {
  const bound = planner.bind(statement.text, statement.values)
  const {legs, merge} = bound
  const [only] = legs
  if (merge.kind === 'gather') {
    const {given, missing} = await servingLegs(legs, fleet, options.partial)
    const gathering = gather(given, merge.plan, {...options, ...rowsFormOf(statement)})
    const result = await collectRows(gathering, options.answerRowsMax)
    return withRoute(result, routeOf(bound, [...missing, ...gathering.missingShards]))
  }
  await fleet.serving(legs.map(({shard}) => shard))
  if (merge.kind === 'alone' && only !== undefined)
    return withRoute(await sendAlone(only, bound.kind, statement, fleet, boundsOf(options)), routeOf(bound, []))
  const {value} = await transactions.run(async transaction => writeLegs({legs, merge}, statement, transaction), {
    shards: legs.map(({shard}) => shard),
    ...boundsOf(options),
  })
  return withRoute(value, routeOf(bound, []))
}

/** Legs whose shards serve; with `partial` those of which nothing is known are missing. At least one is given. */
export async function servingLegs(
  legs: readonly Leg[],
  fleet: Pick<Fleet, 'serving' | 'routerOf'>,
  partial: boolean | undefined,
): Promise<{readonly given: readonly GatherLeg[]; readonly missing: readonly string[]}> {
  const names = legs.map(({shard}) => shard)
  let missing = await fleet.serving(names, partial)
  if (missing.length === legs.length) missing = await fleet.serving(names)
  const given = legs.filter(({shard}) => !missing.includes(shard))
  return {given: given.map(leg => ({...leg, router: fleet.routerOf(leg.shard)})), missing}
}

async function sendAlone(
  leg: Leg,
  kind: BoundRoute['kind'],
  statement: ShardedStatement,
  fleet: Fleet,
  bounds: Bounds,
): Promise<QueryResult> {
  const router = fleet.routerOf(leg.shard)
  const config = configOf(leg, statement)
  if (Object.keys(bounds).length === 0) return router.query(config)
  return kind === 'read' ? router.read(config, undefined, bounds) : router.write(config, undefined, bounds)
}

interface Bounds {
  readonly signal?: AbortSignal
  readonly deadlineMs?: number
}

function boundsOf({signal, deadlineMs}: RunOptions): Bounds {
  return {...(signal === undefined ? {} : {signal}), ...(deadlineMs === undefined ? {} : {deadlineMs})}
}
