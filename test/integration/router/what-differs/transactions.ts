// Lines of "What differs from pg.Pool": transactions, and what stays with a connection. For tests only.
import {randomUUID} from 'node:crypto'
import type {PoolClient} from 'pg'
import Cursor from 'pg-cursor'
import {expect} from 'vitest'
import type {RoutedResult} from '../../../../src/router/index.ts'
import {asPool, insert, pidOf, standbyServes, type Lines, type Stage} from './stage.ts'

export const transactionsLines = ({servers, pools, stateOf, rowsOf}: Stage): Lines => ({
  '`BEGIN` is answered at once and sent with the first statement': async () => {
    const {pool, router} = await pools()
    for (const [one, status] of [
      [pool, 'idle in transaction'],
      [router, undefined],
    ] as const) {
      const client = await asPool(one).connect()
      expect((await client.query('BEGIN')).command).toBe('BEGIN')
      expect(await stateOf(one === pool ? 'plain' : 'router-test')).toBe(status)
      await client.query('ROLLBACK')
      client.release()
    }
  },

  '`BEGIN READ ONLY` may go to a standby': async () => {
    const {router} = await pools()
    const client = await router.connect()
    const roleAfter = async (begin: string, text: string): Promise<string> => {
      await client.query(begin)
      const {route} = (await client.query(text)) as RoutedResult
      await client.query('COMMIT')
      return route.role
    }
    await standbyServes(router)
    expect(await roleAfter('BEGIN READ ONLY', 'SELECT 1')).toBe('standby')
    expect(await roleAfter('BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY', 'SELECT 1')).toBe('primary')
    expect(await roleAfter('BEGIN READ ONLY', 'SELECT count(*) FROM pg_stat_replication')).toBe('primary')
    expect(await roleAfter('BEGIN', 'SELECT 1')).toBe('primary')
    client.release()
  },

  'A first statement that ends the transaction by itself': async () => {
    const {pool, router} = await pools()
    for (const [one, isLost] of [
      [pool, false],
      [asPool(router), true],
    ] as const) {
      const client = await one.connect()
      await client.query('BEGIN')
      await expect(client.query('SELECT 1; COMMIT; SELECT 1/0')).rejects.toMatchObject({code: '22012'})
      // pg tells an error before the server has said what is open then.
      if (isLost) expect(client.getTransactionStatus()).toBe('E')
      else await expect.poll(() => client.getTransactionStatus()).toBe('I')
      const next = client.query('SELECT 1 AS a')
      if (isLost) await expect(next).rejects.toMatchObject({code: 'TRANSACTION_LOST'})
      else expect((await next).rows).toEqual([{a: 1}])
      await client.query('ROLLBACK')
      expect((await client.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
      client.release()
    }
  },

  'A client that was served by the primary stays there': async () => {
    const {router} = await pools()
    const client = await router.connect()
    const roleOf = async (text: string): Promise<string> => ((await client.query(text)) as RoutedResult).route.role
    await client.query(insert, [randomUUID(), 1])
    for (let turn = 0; turn < 3; turn++) expect(await roleOf('SELECT 1')).toBe('primary')
    client.release()
  },

  'A `READ ONLY` transaction on a standby': async () => {
    const {router} = await pools()
    await standbyServes(router)
    const client = await router.connect()
    const roleOf = async (text: string): Promise<string> => ((await client.query(text)) as RoutedResult).route.role
    await client.query('BEGIN READ ONLY')
    expect(await roleOf("SET LOCAL work_mem = '5MB'")).toBe('standby')
    expect(await roleOf('SELECT count(*) FROM pg_stat_replication')).toBe('primary')
    await client.query('COMMIT')
    client.release()
  },

  'After that a client': async () => {
    await servers.sql(
      servers.primary,
      `CREATE UNLOGGED TABLE IF NOT EXISTS scratch (id int); GRANT ALL ON scratch TO app;
       CREATE OR REPLACE FUNCTION hides_scratch() RETURNS int LANGUAGE plpgsql STABLE AS
       'BEGIN RETURN count(*) FROM scratch; END'`,
    )
    await servers.waitForReplay()
    const {router} = await pools()
    await standbyServes(router)
    // Until the router has read the catalogue, a function that it does not know goes to the primary.
    const kindOf = async (): Promise<string> => (await router.explain('SELECT hides_scratch()')).plan.kind
    await expect.poll(kindOf).toBe('read')
    const client = await router.connect()
    const onStandby = async (): Promise<void> => {
      await client.query('BEGIN READ ONLY')
      expect(((await client.query('SELECT 1')) as RoutedResult).route.role).toBe('standby')
    }
    await onStandby()
    await expect(client.query('SELECT count(*) FROM pg_stat_replication')).rejects.toMatchObject({
      code: 'PRIMARY_NEEDED',
      hint: expect.stringContaining('/* hl: primary */ BEGIN READ ONLY') as string,
    })
    await client.query('ROLLBACK')
    const refused = {code: '0A000', hint: expect.stringContaining('/* hl: primary */') as string}
    await onStandby()
    await expect(client.query('SELECT hides_scratch()')).rejects.toMatchObject(refused)
    await client.query('ROLLBACK')
    await onStandby()
    await expect(client.query(new Cursor('SELECT hides_scratch()')).read(1)).rejects.toMatchObject(refused)
    await client.query('ROLLBACK')
    client.release()
    const other: PoolClient = router.client()
    await expect(other.query(new Cursor('SELECT hides_scratch()')).read(1)).rejects.toMatchObject(refused)
    other.release()
  },

  'The way out': async () => {
    const {router} = await pools()
    const client = await router.connect()
    await client.query('/* hl: primary */ BEGIN READ ONLY')
    await client.query('SELECT 1')
    expect((await client.query('SELECT count(*)::int AS n FROM pg_stat_replication')).rows).toEqual([{n: 1}])
    await client.query('COMMIT')
    const cursor = client.query(new Cursor<object>('/* hl: primary */ SELECT pg_is_in_recovery() AS standby'))
    expect(await cursor.read(1)).toEqual([{standby: false}])
    await cursor.close()
    client.release()
  },

  '`BEGIN` through the pool is refused': async () => {
    const {pool, router} = await pools()
    expect((await pool.query('BEGIN')).command).toBe('BEGIN')
    await expect(router.query('BEGIN')).rejects.toMatchObject({code: 'TRANSACTION_OPEN', outcome: 'not-sent'})
  },

  'So are `COMMIT` and `ROLLBACK`': async () => {
    const {router} = await pools()
    for (const text of ['COMMIT', 'ROLLBACK'])
      await expect(router.transaction(async client => client.query(text))).rejects.toMatchObject({
        code: 'TRANSACTION_OPEN',
        outcome: 'not-sent',
      })
  },

  'A connection whose state was changed': async () => {
    const {pool, router} = await pools({max: 1})
    const changes = [
      `SET work_mem = '5MB'`,
      'LISTEN channel',
      'PREPARE p AS SELECT 1',
      'CREATE TEMP TABLE kept (id int)',
      'SELECT pg_advisory_lock(1)',
    ]
    for (const change of changes) {
      for (const one of [pool, asPool(router)]) {
        const client = await one.connect()
        await client.query(change)
        const pid = await pidOf(client)
        client.release()
        expect((await pidOf(one)) === pid, change).toBe(one === pool)
      }
      await pool.query('DISCARD ALL')
      for (const ask of [
        async () => router.query(change),
        async () => router.read(change, [], {from: 'primary'}),
        async () => router.write(change),
        async () => router.transaction(async client => client.query(change)),
      ]) {
        const before = await pidOf(asPool(router))
        await ask()
        expect(await pidOf(asPool(router)), `${change} by ${String(ask)}`).not.toBe(before)
      }
    }
  },

  'A transaction that is open at release': async () => {
    const {pool, router} = await pools({max: 1})
    const left: string[] = []
    for (const [user, one] of [
      [-21, pool],
      [-22, router],
    ] as const) {
      const client = await asPool(one).connect()
      await client.query('BEGIN')
      await client.query(insert, [randomUUID(), user])
      client.release()
      const next = await asPool(one).connect()
      await next.query('/* hl: primary */ SELECT 1')
      left.push(next.getTransactionStatus() ?? 'I')
      await next.query('COMMIT')
      next.release()
    }
    // pg.Pool closes it too, in newer versions; what matters is that nobody is given the transaction.
    expect(left[1]).toBe('I')
    await expect.poll(() => rowsOf(-22)).toBe(0)
  },

  'Statements that were asked before `release()`': async () => {
    const {router} = await pools({max: 1})
    const client = await router.connect()
    void client.query('BEGIN')
    void client.query(insert, [randomUUID(), -23])
    void client.query('COMMIT')
    client.release()
    await expect.poll(() => rowsOf(-23)).toBe(1)
    const before = await pidOf(asPool(router))
    const other: PoolClient = router.client()
    expect(
      await other.query(new Cursor('/* hl: primary */ SELECT generate_series(1, 1000) AS n')).read(1),
    ).toHaveLength(1)
    const releasedMs = performance.now()
    other.release()
    // There is one connection: whoever comes next waits until it is given up.
    expect(await pidOf(asPool(router))).not.toBe(before)
    expect(performance.now() - releasedMs).toBeGreaterThan(1_900)
  },

  'After `release()` a client takes nothing': async () => {
    const {router} = await pools({max: 1})
    const client = await router.connect()
    await client.query('SELECT 1')
    client.release()
    await expect(client.query('SELECT 1')).rejects.toMatchObject({code: 'ENDED', outcome: 'not-sent'})
  },

  'A serialization failure or a deadlock': async () => {
    const {pool, router} = await pools({repeatsMax: 2})
    await servers.sql(
      servers.primary,
      `CREATE SEQUENCE IF NOT EXISTS failed_tries; GRANT ALL ON failed_tries TO app; SELECT setval('failed_tries', 1);
       CREATE OR REPLACE FUNCTION fails_serially() RETURNS int VOLATILE LANGUAGE plpgsql AS
       $$ BEGIN PERFORM nextval('failed_tries'); RAISE SQLSTATE '40001'; END $$`,
    )
    const triesOf = async (work: () => Promise<unknown>): Promise<number> => {
      const last = async (): Promise<number> =>
        (await servers.sql<{n: number}>(servers.primary, 'SELECT last_value::int AS n FROM failed_tries'))[0]?.n ?? -1
      const before = await last()
      await expect(work()).rejects.toMatchObject({code: '40001'})
      return (await last()) - before
    }
    expect(await triesOf(async () => pool.query('SELECT fails_serially()'))).toBe(1)
    expect(await triesOf(async () => router.query('SELECT fails_serially()'))).toBe(3)
  },
})
