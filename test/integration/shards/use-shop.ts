// A shop on shards for a test file: databases on one real server, each a shard with the same tables, and one database
// that holds everything, as the oracle. Tables and map may be others than the shop's. For tests only. Invariant: what a
// test compares with is asked of the servers themselves, past the library.
import pg from 'pg'
import {beforeAll, onTestFinished} from 'vitest'
import {ShardedPool, type ShardedPoolOptions} from '../../../src/shards/index.ts'
import {firstMap, type ShardMap} from '../../../src/shards/map/shard-map.ts'
import {installSchema, writeMap, type MapServer} from '../../../src/shards/map/write-map.ts'
import type {TestServers} from '../router/servers.ts'

export const shardNames = ['s1', 's2'] as const
export type ShardName = (typeof shardNames)[number]
/** The oracle: all rows in one database. */
export const plain = 'plain'

const tables = `
CREATE TABLE users (user_id int8 PRIMARY KEY, name text COLLATE "C" NOT NULL, email text);
CREATE TABLE orders (user_id int8 NOT NULL, id int8 NOT NULL, amount numeric NOT NULL, currency text,
  placed_at timestamptz NOT NULL DEFAULT '2026-01-01', PRIMARY KEY (user_id, id));
CREATE TABLE disputes (user_id int8 NOT NULL, id int8 NOT NULL, order_id int8, opened_at timestamptz,
  state text COLLATE "C", PRIMARY KEY (user_id, id), FOREIGN KEY (user_id, order_id) REFERENCES orders (user_id, id));
CREATE TABLE currencies (code text PRIMARY KEY, digits int2 NOT NULL);
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public TO app;
`
const declared = `
SELECT hl_shards.fence('users', 'user_id'), hl_shards.fence('orders', 'user_id'),
  hl_shards.fence('disputes', 'user_id');
SELECT hl_shards.reference('currencies');
`

/** What is set up: names are those of databases. */
export interface ShopPlan {
  readonly map: ShardMap
  /** The oracle. */
  readonly plain: string
  /** SQL for every database. */
  readonly tables: string
  /** SQL for the shards only. */
  readonly declared: string
}

export interface Shop {
  /** As superuser in one of the databases. */
  sql<T extends pg.QueryResultRow>(database: string, text: string, values?: readonly unknown[]): Promise<T[]>
  /** A pool that ends with the test. */
  pool(options?: Partial<ShardedPoolOptions>): ShardedPool
  options(): ShardedPoolOptions
}

const ordinary: ShopPlan = {map: firstMap(shardNames), plain, tables, declared}

/** Registers set-up in the calling file; `servers` must have been registered before. */
export function useShop(servers: TestServers, plan: ShopPlan = ordinary): Shop {
  const {map} = plan
  const sql: Shop['sql'] = async (database, text, values) => {
    const {host, port} = servers.primary
    const client = new pg.Client({host, port, user: 'postgres', database})
    await client.connect()
    try {
      return (await client.query(text, values === undefined ? undefined : [...values])).rows as never
    } finally {
      await client.end()
    }
  }
  beforeAll(async () => {
    await servers.configure(servers.primary, {max_prepared_transactions: '20'})
    await servers.restart(servers.primary, 'fast')
    for (const database of [...map.shards, plan.plain]) {
      await sql('postgres', `CREATE DATABASE ${database}`)
      await installSchema(async text => ({rows: await sql(database, text)}), {writers: ['app']})
      await sql(database, plan.tables)
    }
    for (const name of map.shards) await sql(name, plan.declared)
    const servers_: MapServer[] = map.shards.map(name => ({
      name,
      query: async (text, values) => ({rows: await sql(name, text, values)}),
    }))
    const [catalog] = servers_
    if (catalog !== undefined) await writeMap(catalog.query, servers_, map)
  })
  const options = (): ShardedPoolOptions => ({
    ...servers.connection,
    database: '',
    shards: Object.fromEntries(
      map.shards.map(name => [name, {connectionString: `postgres://${servers.hosts().join(',')}/${name}`}]),
    ),
    // A busy host is no failure.
    topology: {pollMs: 50, fastPollMs: 25, timeoutMs: 5_000, evidenceTtlMs: 15_000},
    connectTimeoutMs: 10_000,
    waitMs: 30_000,
    application_name: 'shop-test',
    endTimeoutMs: 2_000,
  })
  return {
    sql,
    options,
    pool: (more = {}) => {
      const pool = new ShardedPool({...options(), ...more})
      onTestFinished(() => pool.end())
      return pool
    },
  }
}
