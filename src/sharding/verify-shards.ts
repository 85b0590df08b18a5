// Is each row on its owner, and is nothing left of moves that are gone? Asked of the servers themselves, in whole.
// Invariants: nothing is changed but a marker where a move rests; what could not be asked is not known, never well;
// rows of a move that is under way are told apart. Not here: the comparison of the sides of a move (src/shards/move).
import {messageOf} from '../model/errors.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {runScript} from '../lab/psql.ts'
import type {Verdict} from '../model/verdict.ts'
import {worst} from '../model/verdict.ts'
import {
  compareMove,
  listMoves,
  ShardError,
  type ListedMove,
  type MoveCluster,
  type Shard,
  type ShardMap,
} from '../shards/index.ts'
import {rangesOf, rangesText} from './group-ranges.ts'
import {moveCluster} from './lab-moves.ts'
import {withShards} from './lab-shards.ts'
import {catalogOf, readerOf} from './look-at-shards.ts'
import {asHlErrors} from './shard-errors.ts'

/** One question, and what came of it. */
export interface ShardCheck {
  readonly name: 'rows-on-owner' | 'groups-owned-once' | 'map-as-shards' | 'move-leftovers' | 'move-content'
  /** The shard, or the move. */
  readonly about: string
  readonly verdict: Verdict
  /** What was looked at, or what is wrong. */
  readonly detail: string
}

/** `hl shards verify`. */
export interface VerifyAnswer {
  readonly lab: string
  readonly verdict: Verdict
  readonly checks: readonly ShardCheck[]
}

/** Reading whole tables. */
const readMs = 3_600_000

/** Errors: MAP_MISSING, LAB_UNHEALTHY where the shard that keeps the map cannot be asked. */
export async function verifyShards(lab: ConnectedLab): Promise<VerifyAnswer> {
  const cluster = moveCluster(lab)
  const {moves, notAsked} = await asHlErrors(() => listMoves(cluster))
  const {map, seen} = await withShards(lab, readerOf(lab), async shards => {
    const known = (await catalogOf(lab, shards)).map
    // A cluster that was brought up, and is no shard yet, has nothing to look at.
    const ofMap = shards.filter(({name}) => known.shards.includes(name))
    return {map: known, seen: await Promise.all(ofMap.map(async shard => askRows(shard)))}
  })
  const checks = [
    ...seen.map(rows => rowsCheck(rows, moves)),
    ownedOnce(seen, moves),
    mapAsShards(seen, map, moves),
    ...(await leftoverChecks(lab, moves, notAsked)),
    ...(await contentChecks(cluster, moves)),
  ]
  return {lab: lab.cluster.lab, verdict: worst(checks.map(({verdict}) => verdict)), checks}
}

/** What one shard has. */
export interface RowsSeen {
  readonly shard: string
  /** Rows of all sharded tables by group; an error: it could not be asked. */
  readonly rows: readonly {readonly group: number; readonly table: string; readonly rows: number}[] | Error
  /** As the shard itself says. */
  readonly owned: readonly number[]
  /** On their way, by its own word: `m` or `i` of hl_shards.slot_group. */
  readonly between: readonly number[]
}

const tablesText = `SELECT format('%I.%I', schema_name, table_name) AS "table", quote_ident(key_column) AS key, key_type AS type
  FROM hl_shards.sharded_table WHERE kind = 'sharded' ORDER BY 1`
const statesText = `SELECT slot_group::int4 AS "group", state::text AS state FROM hl_shards.slot_group ORDER BY 1`

async function askRows({name, router}: Shard): Promise<RowsSeen> {
  // On the primary: a standby may be behind a move.
  const query = async (text: string): Promise<readonly object[]> =>
    (await router.write<object>(text, [], {deadlineMs: readMs})).rows
  try {
    const states = await query(statesText)
    const inState = (...wanted: readonly string[]): readonly number[] =>
      states.flatMap(row =>
        wanted.includes(String(Reflect.get(row, 'state'))) ? [Number(Reflect.get(row, 'group'))] : [],
      )
    const rows: {readonly group: number; readonly table: string; readonly rows: number}[] = []
    for (const row of await query(tablesText)) {
      const [table, key, type] = ['table', 'key', 'type'].map(field => String(Reflect.get(row, field)))
      const cast = type === 'text' || type === 'uuid' ? type : 'int8'
      const found = await query(
        `SELECT hl_shards.slot(${key}::${cast}) >> 6 AS "group", count(*)::text AS rows FROM ${table} GROUP BY 1`,
      )
      for (const one of found)
        rows.push({
          group: Number(Reflect.get(one, 'group')),
          table: table ?? '',
          rows: Number(Reflect.get(one, 'rows')),
        })
    }
    return {shard: name, rows, owned: inState('o'), between: inState('m', 'i')}
  } catch (error) {
    return {shard: name, rows: error instanceof Error ? error : new Error(String(error)), owned: [], between: []}
  }
}

/** PURE: rows of groups that are elsewhere; those of a move that is under way may be on both of its shards. */
export function rowsCheck(
  {shard, rows, owned}: RowsSeen,
  moves: readonly Pick<ListedMove, 'groups' | 'from' | 'to'>[],
): ShardCheck {
  const check = {name: 'rows-on-owner', about: shard} as const
  if (rows instanceof Error) return {...check, verdict: 'unknown', detail: `it could not be asked: ${rows.message}`}
  const moving = new Set(moves.flatMap(({from, to, groups}) => (from === shard || to === shard ? groups : [])))
  const wrong = rows.filter(({group}) => !owned.includes(group) && !moving.has(group))
  const sum = rows.reduce((all, one) => all + one.rows, 0)
  if (wrong.length === 0)
    return {
      ...check,
      verdict: 'pass',
      detail:
        `${sum} rows of ${owned.length} ` +
        `groups${moving.size === 0 ? '' : `; groups ${groupsText([...moving])} are moving`}`,
    }
  const tables = [...new Set(wrong.map(({table}) => table))].map(
    table => `${wrong.filter(one => one.table === table).reduce((all, one) => all + one.rows, 0)} in ${table}`,
  )
  return {
    ...check,
    verdict: 'fail',
    detail:
      `it has rows of groups that are elsewhere: ${tables.join(', ')}, of groups ` +
      groupsText(wrong.map(({group}) => group)),
  }
}

const groupsText = (groups: readonly number[]): string =>
  rangesText(rangesOf([...new Set(groups)].sort((one, other) => one - other)))

/** PURE: each group by one shard; by none only while somebody is at work on its move. */
export function ownedOnce(
  seen: readonly RowsSeen[],
  moves: readonly Pick<ListedMove, 'groups' | 'runner'>[],
): ShardCheck {
  const check = {name: 'groups-owned-once', about: 'all shards'} as const
  const owners = Array.from({length: 64}, (_, group) =>
    seen.filter(({owned}) => owned.includes(group)).map(({shard}) => shard),
  )
  const twice = owners.flatMap((shards, group) => (shards.length > 1 ? [`${group} on ${shards.join(' and ')}`] : []))
  if (twice.length > 0) return {...check, verdict: 'fail', detail: `owned twice: ${twice.join(', ')}`}
  const silent = seen.filter(({rows}) => rows instanceof Error).map(({shard}) => shard)
  if (silent.length > 0) return {...check, verdict: 'unknown', detail: `${silent.join(', ')} could not be asked`}
  const moving = new Set(moves.flatMap(({groups}) => groups))
  const atWork = new Set(moves.flatMap(({groups, runner}) => (runner === null ? [] : groups)))
  const lost = owners.flatMap((shards, group) => (shards.length === 0 && !atWork.has(group) ? [group] : []))
  if (lost.length > 0) return {...check, verdict: 'fail', detail: `no shard owns group ${groupsText(lost)}`}
  const left = seen.flatMap(({shard, between}) => {
    const groups = between.filter(group => !moving.has(group))
    return groups.length === 0 ? [] : [`group ${groupsText(groups)} on ${shard}`]
  })
  if (left.length > 0) return {...check, verdict: 'fail', detail: `on its way by no move: ${left.join(', ')}`}
  return {...check, verdict: 'pass', detail: '64 groups'}
}

/** PURE: does the map that is kept for all say what the shards say? Pools that start learn it from there. */
export function mapAsShards(
  seen: readonly RowsSeen[],
  map: Pick<ShardMap, 'groupsOf'>,
  moves: readonly Pick<ListedMove, 'groups'>[],
): ShardCheck {
  const check = {name: 'map-as-shards', about: 'the map'} as const
  const moving = new Set(moves.flatMap(({groups}) => groups))
  const wrong = seen.flatMap(({shard, rows, owned}) => {
    const given = map.groupsOf(shard)
    const other = rows instanceof Error ? [] : owned.filter(group => !given.includes(group) && !moving.has(group))
    return other.length === 0 ? [] : [`${shard} owns group ${groupsText(other)}`]
  })
  if (wrong.length > 0)
    return {
      ...check,
      verdict: 'fail',
      detail: `it has not heard that ${wrong.join(', ')}: the next move of that shard tells it`,
    }
  const silent = seen.filter(({rows}) => rows instanceof Error).map(({shard}) => shard)
  if (silent.length > 0) return {...check, verdict: 'unknown', detail: `${silent.join(', ')} could not be asked`}
  return {...check, verdict: 'pass', detail: 'it says what the shards say'}
}

const leftoversText = `SELECT 'slot ' || slot_name FROM pg_replication_slots WHERE slot_name LIKE 'hl\\_move\\_%'
 UNION ALL SELECT 'subscription ' || subname FROM pg_subscription WHERE subname LIKE 'hl\\_move\\_%'
 UNION ALL SELECT 'publication ' || pubname FROM pg_publication WHERE pubname LIKE 'hl\\_move\\_%'
 UNION ALL SELECT 'origin ' || roname FROM pg_replication_origin WHERE roname LIKE 'hl\\_move\\_%' ORDER BY 1;`

/** On every member: one that was primary once may have a slot that nobody drops. */
async function leftoverChecks(
  {clusters}: ConnectedLab,
  moves: readonly ListedMove[],
  notAsked: readonly string[],
): Promise<readonly ShardCheck[]> {
  return Promise.all(
    clusters.flatMap(({cluster}) =>
      cluster.members.map(async (member): Promise<ShardCheck> => {
        try {
          const {exitCode, stdout, stderr} = await runScript(cluster, member, leftoversText)
          if (exitCode !== 0) throw new Error(stderr.trim())
          return leftoverCheck(
            member,
            stdout.split('\n').filter(line => line !== ''),
            {moves, notAsked},
          )
        } catch (error) {
          const why = messageOf(error)
          return {name: 'move-leftovers', about: member, verdict: 'unknown', detail: `it could not be asked: ${why}`}
        }
      }),
    ),
  )
}

/** PURE: what bears the name of a move that no shard knows. */
export function leftoverCheck(
  member: string,
  found: readonly string[],
  {moves, notAsked}: {readonly moves: readonly Pick<ListedMove, 'id'>[]; readonly notAsked: readonly string[]},
): ShardCheck {
  const check = {name: 'move-leftovers', about: member} as const
  const left = found.filter(one => !moves.some(({id}) => new RegExp(`hl_move_${id}(_|$)`).test(one)))
  if (left.length === 0)
    return {
      ...check,
      verdict: 'pass',
      detail: found.length === 0 ? 'none' : `${found.length} of a move that is under way`,
    }
  // Its record may be where nobody could look.
  if (notAsked.length > 0)
    return {
      ...check,
      verdict: 'unknown',
      detail: `${left.join(', ')}: ${notAsked.join(', ')} could not be asked for its move`,
    }
  return {...check, verdict: 'fail', detail: `${left.join(', ')}: no shard knows of that move; drop it by hand`}
}

/** Only where both sides are meant to be alike. */
async function contentChecks(cluster: MoveCluster, moves: readonly ListedMove[]): Promise<readonly ShardCheck[]> {
  const checks: ShardCheck[] = []
  for (const {id} of moves) {
    const check = {name: 'move-content', about: id} as const
    try {
      const {tables} = await compareMove(cluster, id)
      const rows = tables.reduce((sum, table) => sum + table.rows, 0)
      checks.push({
        ...check,
        verdict: 'pass',
        detail: `${rows} rows of ${tables.length} tables are the same on both sides`,
      })
    } catch (error) {
      checks.push({...check, ...contentVerdict(error)})
    }
  }
  return checks
}

/** PURE: only a difference that was seen to stay is a failure. */
export function contentVerdict(error: unknown): Pick<ShardCheck, 'verdict' | 'detail'> {
  const detail = messageOf(error)
  const differs = error instanceof ShardError && error.detail['table'] !== undefined && /differs in/.test(detail)
  return {verdict: differs ? 'fail' : 'unknown', detail}
}
