// Lines of "What differs from pg.Pool": transactions, and what stays with a connection. For tests only.
import {randomUUID} from 'node:crypto'
import {expect} from 'vitest'
import type {RoutedResult} from '../../../../src/router/index.ts'
import {asPool, insert, pidOf, type Lines, type Stage} from './stage.ts'

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
    const client = await router.connect()
    const roleOf = async (text: string): Promise<string> => ((await client.query(text)) as RoutedResult).route.role
    await client.query('BEGIN READ ONLY')
    expect(await roleOf('SELECT 1')).toBe('standby')
    await client.query('COMMIT')
    await client.query(insert, [randomUUID(), 1])
    expect(await roleOf('SELECT 1')).toBe('primary')
    client.release()
  },

  'A `READ ONLY` transaction on a standby': async () => {
    const {router} = await pools()
    const client = await router.connect()
    const roleOf = async (text: string): Promise<string> => ((await client.query(text)) as RoutedResult).route.role
    await client.query('BEGIN READ ONLY')
    expect(await roleOf("SET LOCAL work_mem = '5MB'")).toBe('standby')
    expect(await roleOf('SELECT count(*) FROM pg_stat_replication')).toBe('primary')
    await client.query('COMMIT')
    client.release()
    const other = await router.connect()
    await other.query('BEGIN READ ONLY')
    await other.query('SELECT 1')
    await expect(other.query('SELECT count(*) FROM pg_stat_replication')).rejects.toMatchObject({
      code: 'PRIMARY_NEEDED',
      hint: expect.stringContaining('/* hl: primary */ BEGIN READ ONLY') as string,
    })
    await other.query('ROLLBACK')
    await other.query('/* hl: primary */ BEGIN READ ONLY')
    await other.query('SELECT 1')
    expect((await other.query('SELECT count(*)::int AS n FROM pg_stat_replication')).rows).toEqual([{n: 1}])
    await other.query('COMMIT')
    other.release()
  },

  '`BEGIN` through the pool is refused': async () => {
    const {pool, router} = await pools()
    expect((await pool.query('BEGIN')).command).toBe('BEGIN')
    await expect(router.query('BEGIN')).rejects.toMatchObject({code: 'TRANSACTION_OPEN', outcome: 'not-sent'})
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
      const before = await pidOf(asPool(router))
      await router.write(change)
      expect(await pidOf(asPool(router)), change).not.toBe(before)
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
    await expect.poll(() => rowsOf(-22), {timeout: 5_000}).toBe(0)
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
