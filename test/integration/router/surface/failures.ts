// What goes wrong and who is told: statements, logins, servers that are not there, backends that die. Nobody is taken
// down with them. For tests only.
// Not here: the raw errors one by one (what-the-client-saw.test.ts).
import pg from 'pg'
import {describe, expect, test} from 'vitest'
import {until} from '../until.ts'
import {failureOf, pidOf, withClient, type Subject} from './subject.ts'

/** An error and what caused it: a pool may say more about an error than the driver does, but not less. */
function codesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return []
  return [(error as {code?: string}).code ?? '', ...codesOf(error.cause)]
}

const adminShutdown = {code: '57P01', severity: 'FATAL', message: 'terminating connection due to administrator command'}

export function failures({pool: make, servers}: Subject): void {
  const terminate = (pid: number): Promise<unknown> =>
    servers.sql(servers.primary, 'SELECT pg_terminate_backend($1, 5000)', [pid])

  describe('a statement', () => {
    test('that the server refuses says all the server says', async () => {
      const failure = await failureOf(make().query('SELECT * FROM no_such_table'))
      expect(failure).toBeInstanceOf(pg.DatabaseError)
      expect(failure).toMatchObject({
        name: 'error',
        code: '42P01',
        severity: 'ERROR',
        message: 'relation "no_such_table" does not exist',
        position: '15',
        routine: 'parserOpenTable',
        length: expect.any(Number),
      })
    })

    test('that breaks a constraint names it and leaves the client usable', async () => {
      await withClient(make(), async client => {
        const insert = "INSERT INTO orders (id) VALUES ('00000000-0000-0000-0000-00000000000f')"
        await client.query(insert)
        expect(await failureOf(client.query(insert))).toMatchObject({
          code: '23505',
          constraint: 'orders_pkey',
          table: 'orders',
          schema: 'public',
          detail: expect.stringContaining('already exists'),
        })
        expect((await client.query('DELETE FROM orders WHERE user_id IS NULL')).rowCount).toBe(1)
      })
    })

    test('that fails leaves the pool usable', async () => {
      const pool = make({max: 1})
      const settled = await Promise.allSettled([
        pool.query('SELEC'),
        pool.query('SELECT 1/0'),
        pool.query('SELECT 1 AS a'),
      ])
      expect(settled.map(({status}) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
    })
  })

  describe('a login', () => {
    test('with a wrong password', async () => {
      const failure = await failureOf(make({password: 'wrong'}).connect())
      expect(codesOf(failure)).toContain('28P01')
      expect(failure.message).toContain('password authentication failed for user "app"')
    })

    test('to a database that is not there', async () => {
      expect(codesOf(await failureOf(make({database: 'nowhere'}).query('SELECT 1')))).toContain('3D000')
    })

    test('to a server that is not there', async () => {
      const pool = make({connectionTimeoutMillis: 2_000}, ['127.0.0.1:1'])
      expect(codesOf(await failureOf(pool.query('SELECT 1')))).toContain('ECONNREFUSED')
      expect(pool).toMatchObject({totalCount: 0, idleCount: 0, waitingCount: 0})
    })
  })

  describe('an idle connection that dies', () => {
    test("is told by the pool's 'error', with the client, and replaced", async () => {
      const pool = make()
      const client = await pool.connect()
      client.release()
      const errors: unknown[] = []
      pool.on('error', (...args) => void errors.push(args))
      await terminate(pidOf(client))
      await until('the pool tells', () => errors.length)
      expect(errors).toEqual([[expect.objectContaining({...adminShutdown, client}), client]])
      expect(pool).toMatchObject({totalCount: 0, idleCount: 0})
      expect((await pool.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
    })

    test('is told once, however many there are, and the rest goes on', async () => {
      const pool = make()
      const errors: unknown[] = []
      pool.on('error', error => void errors.push(error))
      const [idle, used] = [await pool.connect(), await pool.connect()]
      idle.release()
      await terminate(pidOf(idle))
      await until('the pool tells', () => errors.length)
      expect((await used.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
      used.release()
      expect(errors).toHaveLength(1)
    })
  })

  describe('a connection in use that dies', () => {
    test("between statements is told by the client's 'error', not the pool's; statements are refused; it does not come back", async () => {
      const pool = make()
      const poolErrors: unknown[] = []
      pool.on('error', error => void poolErrors.push(error))
      const client = await pool.connect()
      const errors: unknown[] = []
      client.on('error', error => void errors.push(error))
      const ended = new Promise<void>(resolve => client.once('end', resolve))
      await terminate(pidOf(client))
      await ended
      expect(errors[0]).toMatchObject(adminShutdown)
      expect((await failureOf(client.query('SELECT 1'))).message).toBe(
        'Client has encountered a connection error and is not queryable',
      )
      client.release()
      expect(pool).toMatchObject({totalCount: 0, idleCount: 0})
      expect(poolErrors).toEqual([])
      expect((await pool.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
    })

    test('under a statement of the client', async () => {
      const pool = make()
      const client = await pool.connect()
      const errors: Error[] = []
      client.on('error', error => void errors.push(error))
      const ended = new Promise<void>(resolve => client.once('end', resolve))
      const failure = failureOf(client.query('SELECT pg_sleep(10)'))
      await terminate(pidOf(client))
      expect(await failure).toMatchObject(adminShutdown)
      await ended
      expect(errors.map(({message}) => message)).toEqual(['Connection terminated unexpectedly'])
      client.release()
      expect(pool.totalCount).toBe(0)
    })

    test('under a statement of the pool is the error of that statement alone', async () => {
      const pool = make({application_name: 'surface-dies'})
      const errors: unknown[] = []
      pool.on('error', error => void errors.push(error))
      const failure = failureOf(pool.query('SELECT pg_sleep(10)'))
      const running = 'SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND wait_event = $2'
      const [row] = await until(
        'the statement runs',
        () => servers.sql<{pid: number}>(servers.primary, running, ['surface-dies', 'PgSleep']),
        rows => rows.length > 0,
      )
      await terminate(row?.pid ?? 0)
      expect(await failure).toMatchObject(adminShutdown)
      expect((await pool.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
      expect(errors).toEqual([])
    })

    test('statements that wait behind it fail with it', async () => {
      const pool = make()
      const client = await pool.connect()
      client.on('error', () => undefined)
      const both = Promise.allSettled([client.query('SELECT pg_sleep(10)'), client.query('SELECT 1')])
      await terminate(pidOf(client))
      expect(await both).toMatchObject([
        {status: 'rejected', reason: adminShutdown},
        {status: 'rejected', reason: {message: 'Connection terminated unexpectedly'}},
      ])
      client.release()
    })
  })
}
