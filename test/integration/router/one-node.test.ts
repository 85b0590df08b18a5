// What only one node can answer, and READ ONLY transactions that come to it, on real servers: the answer is the
// primary's, as it is through pg.Pool. Not here: what a text is (src/router/statements).
import {randomUUID} from 'node:crypto'
import type {PoolClient} from 'pg'
import Cursor from 'pg-cursor'
import {beforeAll, describe, expect, it, onTestFinished} from 'vitest'
import type {Router} from '../../../src/router/index.ts'
import {useServers} from './servers.ts'
import {until} from './until.ts'
import {useRouter} from './use-router.ts'

const servers = useServers('it-one-node', {standbys: 2})

const schema = `
CREATE SEQUENCE hl_numbers;
CREATE VIEW hl_over_numbers AS SELECT last_value FROM hl_numbers;
CREATE UNLOGGED TABLE hl_scratch (id int);
INSERT INTO hl_scratch VALUES (1);
CREATE VIEW hl_health AS SELECT pg_is_in_recovery() AS recovering;
CREATE FUNCTION hl_locks() RETURNS bool LANGUAGE sql VOLATILE AS 'SELECT true';
CREATE FUNCTION hl_hidden(int) RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN count(*) FROM hl_scratch; END';
GRANT ALL ON ALL TABLES IN SCHEMA public TO app; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO app`

beforeAll(async () => {
  for (const text of schema.split(';\n')) await servers.sql(servers.primary, text)
  await servers.sql(servers.primary, `SELECT nextval('hl_numbers')`)
  await servers.waitForReplay()
})

/** With what the database's catalogue says. */
async function informed(): Promise<Router> {
  const router = await useRouter(servers)
  await router.explain('SELECT 1')
  return router
}

const host = (): string => `${servers.primary.host}/32`

/** [text, its one row as the primary has it] */
const ofThePrimary: readonly (readonly [string, () => Record<string, unknown>])[] = [
  ['SELECT last_value::int FROM hl_numbers', () => ({last_value: 1})],
  ['SELECT last_value::int FROM hl_over_numbers', () => ({last_value: 1})],
  [`SELECT last_value::int FROM pg_sequences WHERE sequencename = 'hl_numbers'`, () => ({last_value: 1})],
  ['SELECT id FROM hl_scratch', () => ({id: 1})],
  ['SELECT pg_is_in_recovery()', () => ({pg_is_in_recovery: false})],
  ['SELECT recovering FROM hl_health', () => ({recovering: false})],
  ['SHOW transaction_read_only', () => ({transaction_read_only: 'off'})],
  ['SHOW in_hot_standby', () => ({in_hot_standby: 'off'})],
  [`SELECT current_setting('transaction_read_only') AS ro`, () => ({ro: 'off'})],
  [`SELECT setting FROM pg_settings WHERE name = 'in_hot_standby'`, () => ({setting: 'off'})],
  ['SELECT inet_server_addr()::text AS host', () => ({host: host()})],
  ['SELECT count(*)::int AS n FROM pg_stat_replication', () => ({n: 2})],
  ['SELECT count(*)::int AS n FROM pg_stat_get_wal_senders()', () => ({n: 2})],
  [`SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'servers.ts'`, () => ({n: 0})],
  ['SELECT pg_last_wal_replay_lsn() AS lsn', () => ({lsn: null})],
  ['SELECT count(*)::int AS n FROM pg_stat_wal_receiver', () => ({n: 0})],
  ['SELECT pg_current_wal_lsn() IS NULL AS unknown', () => ({unknown: false})],
]

describe('query() asks the primary', () => {
  it.each(ofThePrimary)('%s', async (text, row) => {
    const router = await informed()
    for (let turn = 0; turn < 4; turn++) {
      const result = await router.query(text)
      expect(result.rows).toEqual([row()])
      expect(result.route).toMatchObject({role: 'primary', attempts: 1})
    }
    // A read: it says nothing of what others must see.
    expect((await router.query('SELECT 1')).route.role).toBe('standby')
  })

  it('for a view that was made later, until the catalogue tells what it is', async () => {
    const router = await informed()
    await servers.sql(
      servers.primary,
      'CREATE VIEW hl_late AS SELECT pg_is_in_recovery() AS r; CREATE TABLE hl_new (); GRANT SELECT ON hl_late, hl_new TO app',
    )
    await servers.waitForReplay()
    // Both in one turn: the first may have the catalogue read again, in which the other is found.
    const [late, made] = await Promise.all([
      router.query('SELECT r FROM hl_late'),
      router.query('SELECT * FROM hl_new'),
    ])
    expect([late.rows, made.route.role]).toEqual([[{r: false}], 'primary'])
    await until(
      'the new table is known',
      async () => (await router.query('SELECT * FROM hl_new')).route.role,
      role => role === 'standby',
    )
    expect((await router.query('SELECT r FROM hl_late')).rows).toEqual([{r: false}])
  })
})

describe('read()', () => {
  it('does so too, unless it names the standby', async () => {
    const router = await informed()
    expect((await router.read('SELECT last_value::int FROM hl_numbers')).rows).toEqual([{last_value: 1}])
    expect((await router.read('SELECT pg_is_in_recovery() AS r')).rows).toEqual([{r: false}])
    expect((await router.read('SELECT pg_is_in_recovery() AS r', [], {from: 'standby'})).rows).toEqual([{r: true}])
    expect((await router.query('/* hl: standby */ SELECT pg_is_in_recovery() AS r')).rows).toEqual([{r: true}])
  })

  it('goes to the primary with what a standby turns out not to do', async () => {
    const router = await informed()
    expect(await router.read('SELECT hl_hidden(1) AS n')).toMatchObject({rows: [{n: 1}], route: {role: 'primary'}})
    expect(await router.query('SELECT hl_hidden(2) AS n')).toMatchObject({rows: [{n: 1}], route: {attempts: 2}})
    expect(await router.query('SELECT hl_hidden(2) AS n')).toMatchObject({rows: [{n: 1}], route: {attempts: 1}})
    await expect(router.read('SELECT hl_hidden(1) AS n', [], {from: 'standby'})).rejects.toMatchObject({code: '0A000'})
  })
})

describe('BEGIN READ ONLY', () => {
  const firsts: readonly (readonly [string])[] = [
    ['SELECT pg_advisory_xact_lock(78)'],
    ['SELECT pid FROM pg_stat_replication'],
    ['SELECT id FROM hl_scratch'],
    ['NOTIFY hl_channel'],
    ['SELECT txid_current()'],
    ['SELECT pg_export_snapshot()'],
    ['SELECT last_value FROM hl_numbers'],
    ['SELECT hl_locks()'],
    ['SELECT hl_hidden(1)'],
    ['SET TRANSACTION ISOLATION LEVEL SERIALIZABLE'],
    ['SET TRANSACTION READ WRITE'],
    ['LISTEN hl_channel'],
  ]
  it.each(firsts)('is on the primary when its first statement is %s', async text => {
    const router = await informed()
    const client = await router.connect()
    await client.query('BEGIN READ ONLY')
    await client.query(text)
    expect((await client.query('SELECT pg_is_in_recovery() AS r')).rows).toEqual([{r: false}])
    expect(client.getTransactionStatus()).toBe('T')
    await client.query('COMMIT')
    client.release()
  })

  it.each(firsts)('starts again there when %s comes while nothing was given yet', async text => {
    const router = await informed()
    const client = await router.connect()
    await client.query('BEGIN READ ONLY')
    await client.query(`SET LOCAL application_name = 'kept'`)
    await client.query(`SELECT set_config('hl.tenant', '7', true)`)
    expect(Reflect.get(client, 'node')).not.toContain(`${servers.primary.host}:`)
    if (text.startsWith('SET TRANSACTION')) {
      // No server takes it behind another query.
      await expect(client.query(text)).rejects.toMatchObject({code: '25001'})
    } else {
      await client.query(text)
      expect(
        (await client.query(`SELECT pg_is_in_recovery() AS r, current_setting('hl.tenant') AS tenant`)).rows,
      ).toEqual([{r: false, tenant: '7'}])
    }
    await client.query('ROLLBACK')
    client.release()
  })

  it('takes a lock once, whoever asks', async () => {
    const router = await informed()
    const clients = await Promise.all([1, 2, 3].map(() => router.connect()))
    const took: boolean[] = []
    for (const client of clients) {
      await client.query('BEGIN READ ONLY')
      const {rows} = await client.query<{took: boolean}>('SELECT pg_try_advisory_xact_lock(78) AS took')
      took.push(rows[0]?.took === true)
    }
    expect(took).toEqual([true, false, false])
    for (const client of clients) client.release()
  })

  it('tells the way out when it was given rows by a standby: before something is sent, or by the server’s own error', async () => {
    const router = await informed()
    const client = await router.connect()
    await client.query('BEGIN READ ONLY')
    expect((await client.query('SELECT count(*)::int AS n FROM orders')).rows).toHaveLength(1)
    await expect(client.query('SELECT pg_advisory_xact_lock(78)')).rejects.toMatchObject({
      code: 'PRIMARY_NEEDED',
      outcome: 'not-sent',
      hint: expect.stringContaining('/* hl: primary */ BEGIN READ ONLY'),
    })
    // What is about the connection is its own; the transaction goes on.
    expect((await client.query('SELECT pg_is_in_recovery() AS r')).rows).toEqual([{r: true}])
    expect((await client.query('SELECT hl_locks() AS l')).rows).toEqual([{l: true}])
    await expect(client.query('SELECT hl_hidden(1)')).rejects.toMatchObject({
      code: '0A000',
      hint: expect.stringContaining('/* hl: primary */ BEGIN READ ONLY'),
    })
    await expect(client.query('SELECT 1')).rejects.toMatchObject({code: '25P02'})
    await client.query('ROLLBACK')
    await client.query('/* hl: primary */ BEGIN READ ONLY')
    await client.query('SELECT count(*) FROM orders')
    await client.query('SELECT pg_advisory_xact_lock(78)')
    await client.query('COMMIT')
    client.release()
  })

  it('binds a cursor of what only the primary has to the primary, one of its own kind to a standby', async () => {
    const router = await informed()
    const client = await router.connect()
    const read = async (text: string): Promise<unknown[]> => {
      const cursor = client.query(new Cursor<Record<string, unknown>>(text))
      const rows = await cursor.read(10)
      await cursor.close()
      return rows
    }
    for (const begin of [true, false]) {
      if (begin) await client.query('BEGIN READ ONLY')
      expect(await read('SELECT id FROM hl_scratch')).toEqual([{id: 1}])
      if (begin) await client.query('COMMIT')
    }
    await client.query('BEGIN READ ONLY')
    expect(await read('SELECT 1 AS one FROM pg_stat_replication')).toHaveLength(2)
    await client.query('COMMIT')
    client.release()
    const other: PoolClient = router.client()
    await other.query('BEGIN READ ONLY')
    const cursor = other.query(new Cursor<Record<string, unknown>>('SELECT 1 AS one'))
    expect(await cursor.read(10)).toEqual([{one: 1}])
    await cursor.close()
    expect(Reflect.get(other, 'node')).not.toContain(`${servers.primary.host}:`)
    await other.query('COMMIT')
    // A cursor on a standby binds the client for no longer than it lasts.
    await other.query('INSERT INTO orders (id) VALUES ($1)', [randomUUID()])
    other.release()
  })

  it('of transaction() runs its function again on the primary, and says the way out where it must not', async () => {
    const router = await informed()
    let runs = 0
    const {route} = await router.transaction(
      async client => {
        runs++
        await client.query('SELECT 1')
        await client.query('SELECT pg_advisory_xact_lock(79)')
        await client.query('SELECT id FROM hl_scratch')
      },
      {readOnly: true},
    )
    expect([runs, route.role]).toEqual([2, 'primary'])
    await expect(
      router.transaction(client => client.query('SELECT pg_advisory_xact_lock(79)'), {readOnly: true, rerun: false}),
    ).rejects.toMatchObject({code: 'PRIMARY_NEEDED'})
  })
})

it('standbys are known also where transactions are serializable by default, which none of them can be', async () => {
  await servers.sql(servers.primary, `ALTER ROLE app SET default_transaction_isolation = 'serializable'`)
  onTestFinished(async () => {
    await servers.sql(servers.primary, 'ALTER ROLE app RESET default_transaction_isolation')
  })
  await servers.waitForReplay()
  const router = await informed()
  expect(router.topology().standbys).toHaveLength(2)
  for (let turn = 0; turn < 4; turn++)
    expect((await router.query('SELECT count(*) FROM orders')).route.role).toBe('primary')
  const client = await router.connect()
  await client.query('BEGIN READ ONLY')
  expect((await client.query('SELECT count(*)::int AS n FROM orders WHERE user_id = -1')).rows).toEqual([{n: 0}])
  expect((await client.query('SHOW transaction_isolation')).rows).toEqual([{transaction_isolation: 'serializable'}])
  await client.query('COMMIT')
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  await client.query('SELECT count(*) FROM orders')
  await client.query('COMMIT')
  client.release()
})
