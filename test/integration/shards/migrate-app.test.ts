// The back office's migrations on three shards, and the maintenance of its partitions: what pg_partman makes and
// detaches, and that no row is lost. The oracle is PostgreSQL's catalog. Not here: how a run goes (migrate.test.ts).
import {fileURLToPath} from 'node:url'
import {beforeAll, describe, expect, test} from 'vitest'
import {applyMigrations, migrationStatus} from '../../../src/shards/migrate/apply-migrations.ts'
import {maintainPartitions} from '../../../src/shards/migrate/maintain-partitions.ts'
import {readMigrations} from '../../../src/shards/migrate/read-migrations.ts'
import {shardsSchema} from '../../../src/shards/map/schema-sql.ts'
import {useServers} from '../router/servers.ts'
import {freshDatabases, limits, makeRoles, type FreshDatabase} from './fresh-databases.ts'

const servers = useServers('it-migrate-app', {standbys: 0})
const files = await readMigrations(fileURLToPath(new URL('../../../migrations/app', import.meta.url)))
let shards: readonly FreshDatabase[] = []

/** Partitions of dispute_events with what they hold, without the default one. */
const partitionsOf = async ({sql}: FreshDatabase): Promise<readonly string[]> =>
  (
    await sql<{name: string}>(
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
        WHERE inhparent = 'dispute_events'::regclass AND pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT' ORDER BY 1`,
    )
  ).map(({name}) => name)

beforeAll(async () => {
  await makeRoles(servers)
  shards = await freshDatabases(servers)
  // As compose/images/postgres/patroni-config has it.
  for (const {sql} of shards)
    await sql(
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${servers.connection.user} GRANT USAGE ON SCHEMAS TO hl_app, hl_readonly;
       ALTER DEFAULT PRIVILEGES FOR ROLE ${servers.connection.user} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO hl_app`,
    )
  const report = await applyMigrations(shards, files, {limits, prelude: shardsSchema()})
  expect(report).toMatchObject({outcome: 'applied', drift: null})
  // Each shard owns everything: where rows belong is not what this is about.
  for (const {name, sql} of shards) {
    await sql(`INSERT INTO hl_shards.slot_group SELECT g, 'o', 1, '${name}' FROM generate_series(0, 63) g`)
    await sql(
      `INSERT INTO users VALUES (1, 'a@example.org');
       INSERT INTO orders (user_id, order_id, request_key, currency, amount)
         VALUES (1, '11111111-1111-1111-1111-111111111111', 'k', 'EUR', 100);
       INSERT INTO disputes (user_id, dispute_id, order_id, reason, amount) VALUES (1, '22222222-2222-2222-2222-222222222222', '11111111-1111-1111-1111-111111111111', 'fraud', 100)`,
    )
  }
  // What create_parent made is one partition less than maintenance keeps ahead.
  await maintainPartitions(shards, {limits})
})

const event = (at: string): string =>
  `INSERT INTO dispute_events (user_id, dispute_id, event_id, occurred_at, kind) VALUES (1, '22222222-2222-2222-2222-222222222222', gen_random_uuid(), ${at}, 'evidence')`

test('all shards have the same tables, reference rows and declarations', async () => {
  const declared = await Promise.all(
    shards.map(({sql}) => sql(`SELECT table_name, kind, key_column, key_type FROM hl_shards.sharded_table ORDER BY 1`)),
  )
  const sharded = {kind: 'sharded', key_column: 'user_id', key_type: 'int8'}
  const reference = {kind: 'reference', key_column: null, key_type: null}
  const expected = [
    {table_name: 'currencies', ...reference},
    {table_name: 'dispute_events', ...sharded},
    {table_name: 'dispute_reasons', ...reference},
    {table_name: 'disputes', ...sharded},
    {table_name: 'orders', ...sharded},
    {table_name: 'users', ...sharded},
  ]
  expect(declared).toEqual([expected, expected, expected])
  const rows = await Promise.all(
    shards.map(({sql}) =>
      sql('SELECT * FROM currencies NATURAL FULL JOIN (SELECT code AS reason FROM dispute_reasons) r ORDER BY 1, 3'),
    ),
  )
  expect(rows[0]?.length).toBeGreaterThan(0)
  expect([rows[1], rows[2]]).toEqual([rows[0], rows[0]])
})

test('the application may do what it must, and change no event and no currency', async () => {
  const [{sql}] = shards as [FreshDatabase]
  const may = (table: string) =>
    sql<{may: string}>(
      `SELECT string_agg(p, ' ' ORDER BY p) AS may FROM unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) p WHERE has_table_privilege('hl_app', '${table}', p)`,
    )
  expect(await may('orders')).toEqual([{may: 'DELETE INSERT SELECT UPDATE'}])
  expect(await may('dispute_events')).toEqual([{may: 'INSERT SELECT'}])
  expect(await may('currencies')).toEqual([{may: 'SELECT'}])
  for (const partition of await partitionsOf(shards[0] as FreshDatabase))
    expect(await may(partition)).toEqual([{may: 'INSERT SELECT'}])
})

test('each shard has partitions of this month and of the four that follow, at least', async () => {
  const wanted = await shards[0]?.sql<{name: string}>(
    `SELECT 'dispute_events_p' || to_char(date_trunc('month', now()) + m * interval '1 month', 'YYYYMMDD') AS name FROM generate_series(0, 4) AS m`,
  )
  for (const shard of shards)
    expect(await partitionsOf(shard)).toEqual(expect.arrayContaining(wanted?.map(({name}) => name) ?? ['none']))
})

describe('maintenance', () => {
  test('of a shard that was left alone makes what is missing ahead, and tells it', async () => {
    const [first, second] = shards as [FreshDatabase, FreshDatabase]
    const wanted = await partitionsOf(second)
    const last = wanted.at(-1) ?? ''
    const [now] = await second.sql<{name: string}>(`SELECT to_char(now(), '"dispute_events_p"YYYYMM"01"') AS name`)
    const ahead = wanted.filter(name => name > (now?.name ?? '')).length
    expect(ahead).toBeGreaterThanOrEqual(4)
    await first.sql(`ALTER TABLE dispute_events DETACH PARTITION ${last}; DROP TABLE ${last}`)
    const report = await maintainPartitions(shards, {limits})
    expect(report.map(({shard, failure, tables}) => [shard, failure, tables[0]?.made, tables[0]?.ahead])).toEqual([
      ['s1', null, [`public.${last}`], ahead],
      ['s2', null, [], ahead],
      ['s3', null, [], ahead],
    ])
    expect(await partitionsOf(first)).toEqual(wanted)
    expect(await first.sql('SELECT * FROM hl_shards.unfenced')).toEqual([])
  })

  test('detaches what is past its time, with its rows, and shards do not drift by it', async () => {
    const [, second] = shards as [FreshDatabase, FreshDatabase]
    await second.sql(
      `SET ROLE ${servers.connection.user}; SELECT partman.create_partition_time('public.dispute_events', ARRAY[date_trunc('month', now()) - interval '30 months'])`,
    )
    await second.sql(event(`date_trunc('month', now()) - interval '30 months' + interval '1 day'`))
    await second.sql(event('now()'))
    const report = await maintainPartitions(shards, {limits})
    expect(report.map(({failure}) => failure)).toEqual([null, null, null])
    const [detached] = report[1]?.tables[0]?.detached ?? []
    expect(detached).toMatchObject({
      rows: 1,
      partition: expect.stringMatching(/^dispute_archive\.dispute_events_p\d+$/),
    })
    expect(report.map(({tables}) => [tables[0]?.detached.length, tables[0]?.dropped])).toEqual([
      [0, []],
      [1, []],
      [0, []],
    ])
    expect(await second.sql(`SELECT count(*)::int AS n FROM ${detached?.partition ?? ''}`)).toEqual([{n: 1}])
    expect(await second.sql('SELECT count(*)::int AS n FROM dispute_events')).toEqual([{n: 1}])
    expect((await migrationStatus(shards, files)).drift).toBeNull()
  })

  test('while groups move makes what is missing, and leaves what is old where it is', async () => {
    const [first] = shards as [FreshDatabase]
    const wanted = await partitionsOf(first)
    const last = wanted.at(-1) ?? ''
    await first.sql(`ALTER TABLE dispute_events DETACH PARTITION ${last}; DROP TABLE ${last}`)
    await first.sql(
      `SET ROLE ${servers.connection.user}; SELECT partman.create_partition_time('public.dispute_events', ARRAY[date_trunc('month', now()) - interval '40 months'])`,
    )
    await first.sql(`SELECT hl_shards.begin_move('m1', 's1', 's2', '{1}', 'begun', gen_random_uuid())`)
    const [report] = await maintainPartitions([first], {limits})
    expect(report).toMatchObject({
      failure: null,
      keptForMove: 'm1',
      tables: [{made: [`public.${last}`], detached: [], dropped: []}],
    })
    expect(await first.sql('SELECT retention FROM partman.part_config')).toEqual([{retention: '24 months'}])
    await first.sql(`SELECT hl_shards.forget_move('m1', runner) FROM hl_shards.move`)
    const [after] = await maintainPartitions([first], {limits})
    expect([after?.keptForMove, after?.tables[0]?.detached.length]).toEqual([null, 1])
  })

  test('tells of rows that no partition was there for', async () => {
    const [, , third] = shards as [FreshDatabase, FreshDatabase, FreshDatabase]
    await third.sql(event(`now() + interval '20 years'`))
    expect((await maintainPartitions([third], {limits}))[0]?.tables).toMatchObject([
      {table: 'public.dispute_events', strayRows: 1},
    ])
    await third.sql('DELETE FROM dispute_events')
  })

  test('other rules of partitioning on one shard are drift', async () => {
    const [first] = shards as [FreshDatabase]
    await first.sql('UPDATE partman.part_config SET premake = 5')
    expect((await migrationStatus(shards, files)).drift).toMatchObject({
      message: 'partitioning public.dispute_events differs in premake: 4 on s2, 5 on s1',
    })
    await first.sql('UPDATE partman.part_config SET premake = 4')
    expect((await migrationStatus(shards, files)).drift).toBeNull()
  })

  test('without pg_partman is refused, and done nowhere', async () => {
    const [bare] = (await freshDatabases(servers, 1)) as [FreshDatabase]
    await expect(maintainPartitions([...shards, {...bare, name: 's4'}], {limits})).rejects.toMatchObject({
      code: 'MIGRATION_REFUSED',
      detail: {reason: 'NO_PARTMAN', shards: ['s4']},
    })
  })
})
