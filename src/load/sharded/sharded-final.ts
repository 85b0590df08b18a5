// What every shard holds after the run, read from its own servers. Invariants: where a row belongs is asked of the
// server, which hashes its key itself; a shard that could not be read makes all unreadable, since what is missing on
// one may be on it; nothing is repaired. Not here: what a difference means (src/measure).
import type {FinalState, ShardFinal} from '../../model/history.ts'
import type {Clock} from '../../model/ports.ts'
import {awaitUntil, holds, notYet} from '../../waiting/await-until.ts'
import type {Statement} from '../access-paths/access-path.ts'
import {ask, contentsOf, onPrimary, unreadable, type PrimaryOptions} from '../final-state.ts'
import type {NodeConnection} from '../node-connection.ts'
import {parseHistory, parseIds, type Row} from '../parse-final.ts'
import {openingAmount} from './sharded-operations.ts'
import {parseTables, tablesStatement, type ShardedTable} from './sharded-tables.ts'

/** The nodes of one shard. */
export interface ShardOptions extends PrimaryOptions {
  readonly shard: string
}

export interface ShardedFinalOptions {
  readonly run: string
  readonly shards: readonly ShardOptions[]
  /** The one whose nodes and timeline the state is about. */
  readonly subject: string
  /** How many users have an account. */
  readonly accounts: number
  readonly clock: Pick<Clock, 'nowMs' | 'wait'>
}

/** What was decided is finished in the background; so long may that take. */
const finishMs = 15_000

interface Read {
  readonly final: ShardFinal
  readonly primary: string
  readonly timeline: number | null
  readonly ledgerIds: readonly number[]
  readonly total: number
  readonly switchPoints: FinalState['switchPoints']
}

/** Never rejects. */
export async function readShardedFinal(options: ShardedFinalOptions): Promise<FinalState> {
  const read = await Promise.all(options.shards.map(async shard => readShard(shard, options)))
  const all = read.filter(one => one !== null)
  const subject = all.find(({final}) => final.shard === options.subject)
  if (subject === undefined || all.length < read.length) return unreadable
  return combined(all, subject, options.accounts)
}

/** PURE: the state of all shards as one. A transfer is there when a half of it is; which half, each shard says. */
export function combined(all: readonly Read[], subject: Read, accounts: number): FinalState {
  const halves = all.map(({final}) => final)
  return {
    readable: true,
    primary: subject.primary,
    timeline: subject.timeline,
    ledgerIds: all.flatMap(({ledgerIds}) => ledgerIds),
    transferIds: mostOften(
      halves.flatMap(({givenIds}) => givenIds),
      halves.flatMap(({takenIds}) => takenIds),
    ),
    pinnedIds: [],
    accountsTotal: all.reduce((sum, {total}) => sum + total, 0),
    accountsTotalExpected: accounts * openingAmount,
    perNode: subject.final.perNode,
    switchPoints: subject.switchPoints,
    shards: halves,
  }
}

/** Each id as often as in the list that has it more often. */
function mostOften(one: readonly number[], other: readonly number[]): readonly number[] {
  const count = (ids: readonly number[]): Map<number, number> =>
    ids.reduce((counts, id) => counts.set(id, (counts.get(id) ?? 0) + 1), new Map<number, number>())
  const [ones, others] = [count(one), count(other)]
  return [...new Set([...one, ...other])].flatMap(id =>
    Array.from({length: Math.max(ones.get(id) ?? 0, others.get(id) ?? 0)}, () => id),
  )
}

async function readShard(shard: ShardOptions, {run, clock}: ShardedFinalOptions): Promise<Read | null> {
  return onPrimary(shard, async (opened, primary) => {
    const {connection} = primary
    await untilFinished(connection, clock)
    const tables = parseTables(await ask(connection, tablesStatement, clock))
    if (tables === null) return null
    const row = await ask(connection, contentsStatement(run, tables), clock)
    const perNode = await contentsOf(opened, rowsStatement(run), clock)
    const said = parseShard(row)
    if (said === null) return null
    const {ledgerIds, total, ...final} = said
    return {
      final: {shard: shard.shard, perNode, ...final},
      primary: primary.node,
      timeline: primary.position.timeline,
      ledgerIds,
      total,
      switchPoints: parseHistory((await shard.askPatroni(primary.node, '/history'))?.body),
    }
  })
}

/** What is still prepared then is told by the statement after it. */
async function untilFinished(connection: NodeConnection, clock: ShardedFinalOptions['clock']): Promise<void> {
  const look = async () => {
    const row = await ask(connection, preparedStatement, clock)
    return row?.['prepared'] === 0 ? holds(null) : notYet('transactions are prepared')
  }
  await awaitUntil(look, {clock, withinMs: finishMs, everyMs: 250, what: 'prepared transactions to end'}).catch(
    () => undefined,
  )
}

const preparedHere = 'pg_prepared_xacts WHERE database = current_database()'
const preparedStatement: Statement = {text: `SELECT count(*)::integer AS prepared FROM ${preparedHere}`, values: []}

/** A dispute is there when its order is and it is itself. */
const contentsStatement = (run: string, tables: readonly ShardedTable[]): Statement => ({
  text: `SELECT
    (SELECT coalesce(string_agg(split_part(request_key, ':', 3), ','), '') FROM orders o WHERE request_key LIKE $1
       AND (right(request_key, 2) <> ':d'
         OR EXISTS (SELECT FROM disputes d WHERE d.user_id = o.user_id AND d.order_id = o.order_id))) AS ledger,
    ${halves('give')} AS given, ${halves('take')} AS taken,
    (SELECT coalesce(sum(amount), 0)::float8 FROM orders WHERE request_key = $3) AS total,
    (SELECT coalesce(string_agg(slot_group::text, ','), '') FROM hl_shards.slot_group WHERE state = 'o') AS owned,
    (SELECT coalesce(json_agg(gid ORDER BY gid), '[]') FROM ${preparedHere}) AS prepared,
    (SELECT coalesce(json_agg(t), '[]') FROM (${tables.map(countRows).join(' UNION ALL ')}) t) AS tables`,
  values: [`${run}:w:%`, `${run}:t:%`, `${run}:a`],
})

const halves = (way: 'give' | 'take'): string =>
  `(SELECT coalesce(string_agg(split_part(request_key, ':', 3), ','), '') FROM orders
     WHERE request_key LIKE $2 AND split_part(request_key, ':', 4) = '${way}')`

/** hl_shards.slot() calls PostgreSQL's own hash function of the type. */
const countRows = ({name, sql, key, type}: ShardedTable): string =>
  `SELECT '${name}' AS "table", count(*) AS rows, count(*) FILTER (WHERE g.slot_group IS NULL) AS misplaced
     FROM ${sql} r LEFT JOIN hl_shards.slot_group g ON g.state = 'o' AND g.slot_group = hl_shards.slot(r.${key}::${type}) >> 6`

const rowsStatement = (run: string): Statement => ({
  text:
    `SELECT count(*)::integer AS rows, md5(coalesce(string_agg(concat_ws(':', user_id, request_key, amount), ',' ` +
    `ORDER BY user_id, request_key), '')) AS hash FROM orders WHERE request_key LIKE $1`,
  values: [`${run}:%`],
})

type Said = Omit<ShardFinal, 'shard' | 'perNode'> & {readonly ledgerIds: readonly number[]; readonly total: number}

/** PURE: null when it is not what was asked for. */
export function parseShard(row: Row): Said | null {
  const [ledgerIds, givenIds, takenIds, groupsOwned] = ['ledger', 'given', 'taken', 'owned'].map(field =>
    parseIds(row?.[field]),
  )
  const total = row?.['total']
  const [prepared, tables] = [row?.['prepared'], row?.['tables']]
  if (ledgerIds == null || givenIds == null || takenIds == null || groupsOwned == null) return null
  if (typeof total !== 'number' || !Array.isArray(prepared) || !Array.isArray(tables)) return null
  return {
    ledgerIds,
    givenIds,
    takenIds,
    groupsOwned: groupsOwned.toSorted((a, b) => a - b),
    total,
    prepared: prepared.map(String),
    tables: tables.map(table => ({
      table: String(Reflect.get(table as object, 'table')),
      rows: Number(Reflect.get(table as object, 'rows')),
      misplaced: Number(Reflect.get(table as object, 'misplaced')),
    })),
  }
}
