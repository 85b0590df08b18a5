// How large each group is, counted on the shards that own them: what a plan is made of. Invariants: rows are counted,
// not estimated, each on its owner only; bytes are the table's, indexes and TOAST with it, by the share of its rows; of
// load nothing is known here. Not here: the plan (plan-moves.ts).
import {groupCount} from '../keys/slot.ts'
import {messageOf, ShardError} from '../shard-error.ts'
import type {GroupSize} from './balance-task.ts'
import {defaultMoveLimits, type MoveOptions} from './hold-move.ts'
import type {MoveCluster, MoveServer} from './move-servers.ts'
import {MoveSession} from './move-session.ts'
import {readMovingTables, slotOfRow, type MovingTable} from './moving-tables.ts'

/** Rows and bytes of some groups, of one table on one shard. */
export interface MeasuredTable {
  /** By group. */
  readonly rows: ReadonlyMap<number, number>
  /** With those of groups that the shard does not own. */
  readonly rowsInAll: number
  readonly bytes: number
}

/**
 * Reads each sharded table of each shard once, at the same time on all shards; load is 0. Rejects with SHARD_FAILED
 * where a shard cannot be asked: a plan over a part of the groups would be wrong.
 */
export async function measureGroups(cluster: MoveCluster, options: MoveOptions = {}): Promise<readonly GroupSize[]> {
  const tables = await Promise.all(
    cluster.shards.map(async server => {
      try {
        return await measureShard(server, options)
      } catch (cause) {
        const why = messageOf(cause)
        throw new ShardError('SHARD_FAILED', `the groups of ${server.name} could not be measured: ${why}`, {
          shard: server.name,
          cause,
        })
      }
    }),
  )
  return sumOfTables(tables.flat())
}

/** PURE: all 64 groups, those without rows too. */
export function sumOfTables(tables: readonly MeasuredTable[]): readonly GroupSize[] {
  return Array.from({length: groupCount}, (_, group) => {
    const parts = tables.map(({rows, rowsInAll, bytes}) => {
      const own = rows.get(group) ?? 0
      return {rows: own, bytes: rowsInAll === 0 ? 0 : Math.round((bytes * own) / rowsInAll)}
    })
    const sum = (field: 'rows' | 'bytes'): number => parts.reduce((all, part) => all + part[field], 0)
    return {group, rows: sum('rows'), bytes: sum('bytes'), load: 0}
  })
}

async function measureShard(server: MoveServer, {limits = {}, signal}: MoveOptions): Promise<readonly MeasuredTable[]> {
  const {replyMs, longMs} = {...defaultMoveLimits, ...limits}
  const session = await MoveSession.open(server, {application: 'hl-moves', replyMs, signal})
  try {
    const measured: MeasuredTable[] = []
    for (const table of await readMovingTables(session)) measured.push(await measureTable(session, table, longMs))
    return measured
  } finally {
    await session.end()
  }
}

async function measureTable(session: MoveSession, table: MovingTable, longMs: number): Promise<MeasuredTable> {
  const found = await session.rows<{group: number; rows: string; owned: boolean}>(
    `SELECT counted.slot_group::int4 AS group, counted.rows::text AS rows, coalesce(g.state = 'o', false) AS owned
    FROM (SELECT ${slotOfRow(table)} >> 6 AS slot_group, count(*) AS rows FROM ${table.name} GROUP BY 1) AS counted
    LEFT JOIN hl_shards.slot_group AS g ON g.slot_group = counted.slot_group`,
    [],
    longMs,
  )
  const [size] = await session.rows<{bytes: string}>(
    'SELECT coalesce(sum(pg_total_relation_size(name::regclass)), 0)::text AS bytes FROM unnest($1::text[]) AS name',
    [table.leaves.map(({name}) => name)],
  )
  return {
    rows: new Map(found.filter(({owned}) => owned).map(({group, rows}) => [group, Number(rows)])),
    rowsInAll: found.reduce((sum, {rows}) => sum + Number(rows), 0),
    bytes: Number(size?.bytes ?? 0),
  }
}
