// connect() and release(): who gets which connection, in which order, and what happens to it afterwards. For tests
// only.
import {EventEmitter} from 'node:events'
import pg from 'pg'
import {describe, expect, test} from 'vitest'
import {until} from '../until.ts'
import {called, failureOf, pidOf, withClient, type Subject} from './subject.ts'

export function checkout({pool: make, servers}: Subject): void {
  test('it is a pg.Pool to whoever asks', () => {
    const pool = make()
    expect(pool).toBeInstanceOf(pg.Pool)
    expect(pool).toBeInstanceOf(EventEmitter)
    expect(pool).toMatchObject({
      ending: false,
      ended: false,
      totalCount: 0,
      idleCount: 0,
      waitingCount: 0,
      expiredCount: 0,
    })
  })

  test('connect() gives a client that queries and is released', async () => {
    const pool = make()
    const client = await pool.connect()
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{one: 1}])
    client.release()
    expect(pool).toMatchObject({totalCount: 1, idleCount: 1, waitingCount: 0})
  })

  test('connect(callback) gives error, client and done, and returns nothing', async () => {
    const pool = make()
    let returned: unknown = 'something'
    const [error, client, done] = await called<[unknown, pg.PoolClient | undefined, (error?: unknown) => void]>(
      callback => {
        returned = (pool as {connect(callback: unknown): unknown}).connect(callback)
      },
    )
    expect(returned).toBeUndefined()
    expect(error ?? null).toBeNull()
    expect((await client?.query('SELECT 1 AS one'))?.rows).toEqual([{one: 1}])
    done()
    expect(pool.idleCount).toBe(1)
    expect(() => client?.release()).toThrow('already been released')
  })

  test('connect(callback) gives an error and a done that does nothing', async () => {
    const [error, client, done] = await called<[unknown, pg.PoolClient | undefined, () => void]>(callback =>
      make({connectionTimeoutMillis: 1_000}, ['127.0.0.1:1']).connect(callback),
    )
    expect(error).toBeInstanceOf(Error)
    expect(client).toBeUndefined()
    done()
  })

  test('a callback is never called before connect() returns', async () => {
    const pool = make()
    await withClient(pool, async () => undefined)
    let returned = false
    await called(callback => {
      pool.connect((error, client) => {
        client?.release()
        callback(error, client)
        expect(returned).toBe(true)
      })
      returned = true
    })
  })

  describe('what was asked before release and not awaited', () => {
    const id = '00000000-0000-0000-0000-0000000000a7'

    test('is carried out: a transaction', async () => {
      const pool = make()
      const client = await pool.connect()
      void client.query('BEGIN')
      void client.query('INSERT INTO orders (id) VALUES ($1)', [id])
      void client.query('COMMIT')
      client.release()
      const seen = async (): Promise<number | null> =>
        (await servers.sql(servers.primary, 'DELETE FROM orders WHERE id = $1 RETURNING 1', [id])).length
      await until('the row is there', seen, count => count === 1)
      expect((await pool.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
    })

    test('is carried out: COMMIT, and ROLLBACK after an error', async () => {
      const pool = make({max: 1})
      const client = await pool.connect()
      await client.query('BEGIN')
      await client.query('INSERT INTO orders (id) VALUES ($1)', [id])
      void client.query('COMMIT')
      client.release()
      const next = await pool.connect()
      expect((await next.query('DELETE FROM orders WHERE id = $1', [id])).rowCount).toBe(1)
      await next.query('BEGIN')
      await failureOf(next.query('SELECT 1/0'))
      void next.query('ROLLBACK')
      next.release()
      expect((await pool.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
    })

    test('fails with its connection when release names an error', async () => {
      const pool = make()
      const client = await pool.connect()
      client.on('error', () => undefined)
      const asked = [client.query('SELECT pg_sleep(10)'), client.query('SELECT 1')]
      client.release(true)
      for (const each of asked) expect(await failureOf(each)).toBeInstanceOf(Error)
      expect((await pool.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
    })
  })

  test('a second release throws, and the client is not given out twice', async () => {
    const pool = make({max: 2})
    const client = await pool.connect()
    client.release()
    expect(() => client.release()).toThrow('Release called on client which has already been released to the pool.')
    const both = await Promise.all([pool.connect(), pool.connect()])
    expect(pidOf(both[0])).not.toBe(pidOf(both[1]))
    both.forEach(each => each.release())
  })

  test.each([[undefined], [false], [null]])('release(%s) keeps the connection for the next', async value => {
    const pool = make()
    const client = await pool.connect()
    const pid = pidOf(client)
    client.release(value as never)
    expect(pool).toMatchObject({totalCount: 1, idleCount: 1})
    expect(await withClient(pool, async next => pidOf(next))).toBe(pid)
  })

  test.each([
    ['an error', new Error('broken')],
    ['true', true],
  ])('release(%s) destroys the connection', async (_what, value) => {
    const pool = make({application_name: 'surface-destroy'})
    const client = await pool.connect()
    const pid = pidOf(client)
    client.release(value)
    expect(pool).toMatchObject({totalCount: 0, idleCount: 0})
    await until(
      'the backend has gone',
      () => servers.connections(servers.primary, 'surface-destroy'),
      count => count === 0,
    )
    expect(await withClient(pool, async next => pidOf(next))).not.toBe(pid)
  })

  test('a client that its user has ended is not given out again', async () => {
    const pool = make()
    const client = await pool.connect()
    await client.end()
    client.release()
    expect(pool).toMatchObject({totalCount: 0, idleCount: 0})
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{one: 1}])
  })

  test('the connection that was released last is taken first', async () => {
    const pool = make()
    const [first, second] = [await pool.connect(), await pool.connect()]
    const pid = pidOf(first)
    second.release()
    first.release()
    expect(await withClient(pool, async next => pidOf(next))).toBe(pid)
  })

  test('beyond max, callers wait in the order in which they came', async () => {
    const pool = make({max: 1})
    const holder = await pool.connect()
    const served: number[] = []
    const waiting = [1, 2, 3].map(async number => withClient(pool, async () => void served.push(number)))
    expect(pool).toMatchObject({totalCount: 1, idleCount: 0, waitingCount: 3})
    holder.release()
    await Promise.all(waiting)
    expect(served).toEqual([1, 2, 3])
    expect(pool).toMatchObject({totalCount: 1, idleCount: 1, waitingCount: 0})
  })

  test('a connection that is destroyed makes room for the one who waits', async () => {
    const pool = make({max: 1})
    const holder = await pool.connect()
    const pid = pidOf(holder)
    const waiting = withClient(pool, async client => pidOf(client))
    holder.release(true)
    expect(await waiting).not.toBe(pid)
  })

  test('waiting for a free connection ends with connectionTimeoutMillis, and costs nobody a connection', async () => {
    // Long enough for a busy host to make the one connection.
    const pool = make({max: 1, connectionTimeoutMillis: 3_000})
    const holder = await pool.connect()
    const [byPromise, [byCallback]] = await Promise.all([
      failureOf(pool.connect()),
      called<[Error | undefined]>(callback => pool.connect(callback)),
    ])
    expect(byPromise.message).toBe('timeout exceeded when trying to connect')
    expect(byCallback?.message).toBe('timeout exceeded when trying to connect')
    expect(pool).toMatchObject({totalCount: 1, waitingCount: 0})
    holder.release()
    expect(pool.idleCount).toBe(1)
    await withClient(pool, async () => undefined)
  })

  test('a caller in the queue is told when its connection cannot be made', async () => {
    const pool = make({max: 1, connectionTimeoutMillis: 1_000}, ['127.0.0.1:1'])
    const failures = await Promise.all([
      failureOf(pool.connect()),
      failureOf(pool.connect()),
      failureOf(pool.query('SELECT 1')),
    ])
    expect(failures).toHaveLength(3)
    expect(pool).toMatchObject({totalCount: 0, waitingCount: 0})
  })
}
