// The tables of the statements that a seed makes, with the same rows in one database and over three shards, of which
// the last has none; and what is in them, asked past the library. For tests only. Invariant: after restore() all is as
// it was at first, so that a statement can be tried by itself. Not here: the statements.
import pg from 'pg'
import {groupOf, slotOf} from '../../../src/shards/keys/slot.ts'
import {buildMap, type ShardMap} from '../../../src/shards/map/shard-map.ts'
import type {ServerNode} from '../router/servers.ts'
import {dataRows, Random, schemaSql, tables, users} from './routing-statements.ts'
import type {Keys} from './statement-keys.ts'
import type {ShopPlan} from './use-shop.ts'

/** The same rows whatever statements are tried. */
const dataSeed = 20_260_422

/** Groups of users' keys go to the first and the second in turn, all others to the third. */
function mapOf(keys: Keys, shards: readonly [string, string, string]): ShardMap {
  const groups = [...new Set(users.map(user => groupOf(slotOf(keys.type, keys.value(user)))))]
  return buildMap(
    shards,
    Array.from({length: 64}, (_, group) => {
      const index = groups.indexOf(group)
      return {group, shard: shards[index < 0 ? 2 : index % 2 === 0 ? 0 : 1], epoch: 1}
    }),
  )
}

/** Names of databases begin with the key's type; their sessions show times in `timeZone`. */
export function planOf(keys: Keys, timeZone: string): ShopPlan {
  const {type} = keys
  return {
    map: mapOf(keys, [`${type}_s1`, `${type}_s2`, `${type}_s3`]),
    plain: `${type}_plain`,
    tables: `${schemaSql(keys)}
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app;
      CREATE SCHEMA kept;
      DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), '${timeZone}'); END $$;`,
    declared: `SELECT hl_shards.fence('t', 'user_id'), hl_shards.fence('o', 'user_id'); SELECT hl_shards.reference('ref');`,
  }
}

export interface State {
  /** What the shards have otherwise than the one database; empty: all is the same, and each row is where it belongs. */
  readonly differences: readonly string[]
  /** Nothing is to be restored. */
  readonly isAsAtFirst: boolean
}

export interface DifferentialDatabases {
  /** Clients of the one database, for as many statements at once. */
  readonly plain: readonly pg.Client[]
  readonly shards: ReadonlyMap<string, pg.Client>
  state(): Promise<State>
  restore(): Promise<void>
  end(): Promise<void>
}

/** As superuser, past triggers: of rows in all tables. */
export async function openDatabases(
  server: ServerNode,
  keys: Keys,
  {map, plain}: ShopPlan,
  atOnce: number,
): Promise<DifferentialDatabases> {
  const open = async (database: string): Promise<pg.Client> => {
    const {host, port} = server
    const client = new pg.Client({host, port, user: 'postgres', database})
    await client.connect()
    await client.query('SET session_replication_role = replica; SET lock_timeout = 10000')
    return client
  }
  const ownerOf = (user: number): string => map.ownerOf(slotOf(keys.type, keys.value(user)))
  const one = await open(plain)
  await fill(one, keys, () => true)
  const shards = new Map<string, pg.Client>()
  for (const shard of map.shards) {
    const client = await open(shard)
    shards.set(shard, client)
    await fill(client, keys, user => ownerOf(user) === shard)
  }
  const all = [one, ...shards.values()]
  const first = textOf(await contentsOf(one))
  const others: pg.Client[] = []
  while (others.length + 1 < atOnce) others.push(await open(plain))
  return {
    plain: [one, ...others],
    shards,
    state: async () => {
      const [whole = [], ...parts] = await Promise.all(all.map(contentsOf))
      const onShards = new Map(map.shards.map((shard, index) => [shard, parts[index] ?? []]))
      const differences = differencesOf(whole, onShards, key => map.ownerOf(slotOf(keys.type, key)))
      return {differences, isAsAtFirst: differences.length === 0 && textOf(whole) === first}
    },
    restore: async () => {
      await Promise.all(all.map(client => client.query(restoreSql)))
    },
    end: async () => {
      await Promise.all([...all, ...others].map(client => client.end()))
    },
  }
}

const restoreSql = `TRUNCATE ${tables.join(', ')}; ${tables.map(table => `INSERT INTO ${table} TABLE kept.${table};`).join(' ')}`

async function fill(client: pg.Client, keys: Keys, isOwn: (user: number) => boolean): Promise<void> {
  const {t, o, ref} = dataRows(new Random(dataSeed), keys)
  const own = new Set(users.filter(isOwn).map(user => keys.typed(user)))
  const insert = (table: string, row: readonly string[]): string => `INSERT INTO ${table} VALUES (${row.join(', ')});`
  await client.query(
    [
      ...t.filter(([key = '']) => own.has(key)).map(row => insert('t', row)),
      ...o.filter(([key = '']) => own.has(key)).map(row => insert('o', row)),
      ...ref.map(row => insert('ref', row)),
      ...tables.map(table => `CREATE TABLE kept.${table} AS TABLE ${table};`),
      'ANALYZE;',
    ].join('\n'),
  )
}

interface Content {
  readonly row: string
  /** Null: of a reference table. */
  readonly key: string | null
}

async function contentsOf(client: pg.Client): Promise<readonly Content[]> {
  const {rows} = await client.query<{row: string; key: string | null}>(
    `SELECT 't ' || t::text AS row, user_id::text AS key FROM t UNION ALL SELECT 'o ' || o::text, user_id::text FROM o UNION ALL SELECT 'ref ' || ref::text, NULL FROM ref`,
  )
  return rows
}

const textOf = (contents: readonly Content[]): string => JSON.stringify(contents.map(({row}) => row).sort())

function differencesOf(
  whole: readonly Content[],
  shards: ReadonlyMap<string, readonly Content[]>,
  ownerOf: (key: string) => string,
): readonly string[] {
  const isSharded = ({key}: Content): boolean => key !== null
  const isReference = ({key}: Content): boolean => key === null
  const found = onlyInOne('the shards', [...shards.values()].flat().filter(isSharded), whole.filter(isSharded))
  for (const [shard, contents] of shards) {
    found.push(...onlyInOne(shard, contents.filter(isReference), whole.filter(isReference)))
    for (const {row, key} of contents)
      if (key !== null && ownerOf(key) !== shard) found.push(`on ${shard}, where it does not belong: ${row}`)
  }
  return found
}

function onlyInOne(name: string, some: readonly Content[], others: readonly Content[]): string[] {
  const counts = new Map<string, number>()
  for (const {row} of some) counts.set(row, (counts.get(row) ?? 0) + 1)
  for (const {row} of others) counts.set(row, (counts.get(row) ?? 0) - 1)
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([row, count]) => `${count > 0 ? `only on ${name}` : `not on ${name}`}: ${row}`)
}
