// Two shards on two servers, with tables of every kind that moves, for the tests of moves. For tests only. Invariant:
// what a test looks at is asked of the servers themselves, past the library.
import pg from 'pg'
import {expect} from 'vitest'
import {groupOf, slotOf} from '../../../src/shards/keys/slot.ts'
import {firstMap} from '../../../src/shards/map/shard-map.ts'
import {installSchema, writeMap} from '../../../src/shards/map/write-map.ts'
import {ShardedPool} from '../../../src/shards/index.ts'
import type {MoveLimits} from '../../../src/shards/move/move-context.ts'
import type {MoveCluster, MoveServer} from '../../../src/shards/move/move-servers.ts'
import {abortMove, finishMove, rollBackMove} from '../../../src/shards/move/moves.ts'
import {listMoves} from '../../../src/shards/move/list-moves.ts'
import type {TestServers} from '../router/servers.ts'

/** A busy host is slow, and none of these tests is about how slow. */
export const limits: Partial<MoveLimits> = {
  leaseMs: 50,
  cutoverMs: 10_000,
  lockMs: 2_000,
  cutoverPauseMs: 50,
  copies: 2,
  copyPages: 16,
  deletePages: 16,
}

/** Orders have a column that is kept apart (TOAST), items an identity that is always made, events partitions. */
const tables = `
CREATE TABLE orders (user_id int8 NOT NULL, id int8 NOT NULL, n int8 NOT NULL DEFAULT 0, big text, PRIMARY KEY (user_id, id));
ALTER TABLE orders ALTER COLUMN big SET STORAGE EXTERNAL;
CREATE TABLE items (user_id int8 NOT NULL, id int8 GENERATED ALWAYS AS IDENTITY, order_id int8 NOT NULL, twice int8
  GENERATED ALWAYS AS (order_id * 2) STORED, PRIMARY KEY (user_id, id),
  FOREIGN KEY (user_id, order_id) REFERENCES orders (user_id, id));
CREATE TABLE events (user_id int8 NOT NULL, at int4 NOT NULL, what text, PRIMARY KEY (user_id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_0 PARTITION OF events FOR VALUES FROM (0) TO (100);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (100) TO (1000000);
CREATE TABLE currencies (code text PRIMARY KEY);
GRANT ALL ON ALL TABLES IN SCHEMA public TO app;
SELECT hl_shards.fence('orders', 'user_id'), hl_shards.fence('items', 'user_id'), hl_shards.fence('events', 'user_id'),
  hl_shards.reference('currencies');
`

export const moving = [3, 4, 17] as const
const owned = firstMap(['s1', 's2'])
export const isMoving = (key: number): boolean => moving.some(group => group === groupOf(slotOf('int8', key)))

export interface MoveShards {
  readonly cluster: MoveCluster
  readonly database: string
  sql<T extends pg.QueryResultRow>(shard: string, text: string, values?: readonly unknown[]): Promise<T[]>
  pool(): ShardedPool
  /** Keys of users of the moving groups by shard, as the servers have them, over all tables. */
  usersOn(shard: string): Promise<readonly number[]>
  /** What a move could have left on either shard. */
  left(): Promise<readonly string[]>
  drop(): Promise<void>
}

let made = 0

/** A database on each server, with 400 users who have an order, an item and two events each. */
export async function makeShards(one: TestServers, other: TestServers): Promise<MoveShards> {
  const database = `move_${(made += 1)}`
  const places: Readonly<Record<string, TestServers>> = {s1: one, s2: other}
  const placeOf = (shard: string): TestServers => places[shard] ?? one
  const sql: MoveShards['sql'] = async (shard, text, values = []) => {
    const {host, port} = placeOf(shard).primary
    const client = new pg.Client({host, port, user: 'postgres', database})
    client.on('error', () => undefined)
    await client.connect()
    try {
      const result: unknown = await client.query(text, [...values])
      return (Array.isArray(result) ? [] : Reflect.get(Object(result), 'rows')) as never
    } finally {
      await client.end()
    }
  }
  const servers = ['s1', 's2'].map((name): MoveServer => {
    const {host, port} = placeOf(name).primary
    return {
      name,
      connection: () => ({host, port, user: 'postgres', database}),
      conninfo: `host=${host} port=${port} user=postgres dbname=${database} connect_timeout=20`,
    }
  })
  for (const name of ['s1', 's2']) {
    await placeOf(name).sql(placeOf(name).primary, `CREATE DATABASE ${database}`)
    await installSchema(async text => ({rows: await sql(name, text)}), {writers: ['app']})
    await sql(name, tables)
  }
  const asked = servers.map(({name}) => ({
    name,
    query: async (text: string, values?: unknown[]) => ({rows: await sql(name, text, values)}),
  }))
  const [catalog] = asked
  const [source] = servers
  if (catalog === undefined || source === undefined) throw new Error('two shards')
  await writeMap(catalog.query, asked, owned)
  for (const name of ['s1', 's2'])
    await sql(
      name,
      `SET session_replication_role = replica;
      CREATE TEMP TABLE mine AS SELECT id AS user_id FROM generate_series(1, 400) AS id
        WHERE hl_shards.slot(id::int8) >> 6 IN (SELECT slot_group FROM hl_shards.slot_group WHERE state = 'o');
      INSERT INTO orders SELECT user_id, 1, 0, (SELECT string_agg(md5(user_id || '-' || i), '') FROM generate_series(1, 200) AS i) FROM mine;
      INSERT INTO items (user_id, order_id) SELECT user_id, 1 FROM mine;
      INSERT INTO events SELECT user_id, at, 'made' FROM mine, (VALUES (1), (101)) AS t (at);`,
    )
  return {
    cluster: {shards: servers, catalog: source},
    database,
    sql,
    pool: () =>
      new ShardedPool({
        ...one.connection,
        database: '',
        shards: Object.fromEntries(
          ['s1', 's2'].map(name => [
            name,
            {connectionString: `postgres://${placeOf(name).hosts().join(',')}/${database}`},
          ]),
        ),
        topology: {pollMs: 200, fastPollMs: 50, timeoutMs: 5_000, evidenceTtlMs: 15_000},
        connectTimeoutMs: 10_000,
        waitMs: 30_000,
        application_name: 'move-test',
        endTimeoutMs: 2_000,
      }),
    usersOn: async shard => {
      const rows = await sql<{user_id: string}>(
        shard,
        'SELECT user_id FROM orders UNION SELECT user_id FROM items UNION SELECT user_id FROM events ORDER BY 1',
      )
      return rows.map(row => Number(row.user_id)).filter(isMoving)
    },
    left: async () => {
      const found = await Promise.all(
        ['s1', 's2'].map(async shard =>
          (await sql<{what: string}>(shard, leftText)).map(({what}) => `${shard}: ${what}`),
        ),
      )
      return found.flat()
    },
    drop: async () => {
      const cluster = {shards: servers, catalog: source}
      // What a failed test has left would be in the way of the next one.
      for (const {id} of (await listMoves(cluster)).moves)
        for (const end of [abortMove, rollBackMove, finishMove])
          await end(cluster, id, {limits, takeOver: true}).catch(() => undefined)
      for (const name of ['s1', 's2'])
        await placeOf(name).sql(placeOf(name).primary, `DROP DATABASE ${database} WITH (FORCE)`)
    },
  }
}

const leftText = `
SELECT 'slot ' || slot_name AS what FROM pg_replication_slots WHERE database = current_database()
UNION ALL SELECT 'publication ' || pubname FROM pg_publication
UNION ALL SELECT 'subscription ' || subname FROM pg_subscription
UNION ALL SELECT 'origin ' || roname FROM pg_replication_origin
UNION ALL SELECT 'event trigger ' || evtname FROM pg_event_trigger WHERE evtname LIKE 'hl_shards_move%'
UNION ALL SELECT 'move ' || id || ' in ' || phase FROM hl_shards.move
UNION ALL SELECT 'marker' FROM hl_shards.move_marker
UNION ALL SELECT 'lock' FROM pg_locks WHERE locktype = 'advisory' AND objid = 102
UNION ALL SELECT format('group %s is %s', slot_group, state) FROM hl_shards.slot_group WHERE state NOT IN ('o', 'r')`

/** Each row of the moving groups is on that shard only, the map says so, and nothing else is left. */
export async function expectOn(shards: MoveShards, owner: 's1' | 's2'): Promise<void> {
  const other = owner === 's1' ? 's2' : 's1'
  expect(await shards.usersOn(other)).toEqual([])
  const users = await shards.usersOn(owner)
  expect(users.length).toBeGreaterThan(5)
  const states = await shards.sql<{owner: string; states: string}>(
    other,
    `SELECT min(owner) AS owner, string_agg(DISTINCT state::text, '') AS states FROM hl_shards.slot_group WHERE slot_group = ANY ($1)`,
    [moving],
  )
  expect(states).toEqual([{owner, states: 'r'}])
  const map = await shards.sql<{shard: string}>(
    's1',
    'SELECT DISTINCT shard FROM hl_shards.map WHERE slot_group = ANY ($1)',
    [moving],
  )
  expect(map).toEqual([{shard: owner}])
  await expect.poll(() => shards.left()).toEqual([])
}
