// end(): what it waits for, what comes after it. For tests only.
import {expect, test} from 'vitest'
import {until} from '../until.ts'
import {called, failureOf, type Subject} from './subject.ts'

export function ending({pool: make, servers}: Subject): void {
  test('of a pool that was never used', async () => {
    const pool = make()
    await pool.end()
    expect(pool).toMatchObject({ending: true, ended: true, totalCount: 0})
  })

  test('closes what is idle', async () => {
    const pool = make({application_name: 'surface-end'})
    const all = await Promise.all([pool.connect(), pool.connect()])
    all.forEach(client => client.release())
    await pool.end()
    expect(pool).toMatchObject({ending: true, ended: true, totalCount: 0, idleCount: 0})
    await until(
      'the backends have gone',
      () => servers.connections(servers.primary, 'surface-end'),
      count => count === 0,
    )
  })

  test('with a callback returns nothing and calls it without an error', async () => {
    const pool = make()
    await pool.query('SELECT 1')
    let returned: unknown = 'something'
    const args = await called<unknown[]>(callback => {
      returned = (pool as {end(callback: () => void): unknown}).end(callback)
    })
    expect(returned).toBeUndefined()
    expect(args[0] ?? null).toBeNull()
    expect(pool.ended).toBe(true)
  })

  test('waits for clients that are out, and lets them finish', async () => {
    const pool = make()
    const client = await pool.connect()
    let ended = false
    const end = pool.end().then(() => {
      ended = true
    })
    expect(pool).toMatchObject({ending: true, ended: false})
    expect((await client.query('SELECT pg_sleep(0.05), 1 AS a')).rows).toMatchObject([{a: 1}])
    expect(ended).toBe(false)
    client.release()
    await end
    expect(pool).toMatchObject({ended: true, totalCount: 0})
  })

  test('lets a client that has not sent anything yet do its work', async () => {
    const pool = make()
    const client = await pool.connect()
    const end = pool.end()
    await client.query('BEGIN')
    expect((await client.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
    await client.query('COMMIT')
    expect((await client.query('SELECT 2 AS a')).rows).toEqual([{a: 2}])
    expect(pool.ended).toBe(false)
    client.release()
    await end
    expect(pool).toMatchObject({ended: true, totalCount: 0})
  })

  test('lets queries and a client that were asked for before finish', async () => {
    const pool = make({max: 4})
    const asked = [pool.query('SELECT pg_sleep(0.05), 1 AS a'), pool.query('SELECT 1 AS a')]
    const connecting = pool.connect()
    const end = pool.end()
    for (const {rows} of await Promise.all(asked)) expect(rows).toMatchObject([{a: 1}])
    const client = await connecting
    expect((await client.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
    client.release()
    await end
    expect(pool).toMatchObject({ended: true, totalCount: 0})
  })

  test('a second time is an error, by promise and by callback', async () => {
    const pool = make()
    await pool.end()
    expect((await failureOf(pool.end())).message).toBe('Called end on pool more than once')
    const [error] = await called<[Error]>(callback => pool.end(callback as () => void))
    expect(error.message).toBe('Called end on pool more than once')
  })

  test('nothing can be had afterwards, by promise and by callback', async () => {
    const message = 'Cannot use a pool after calling end on the pool'
    const pool = make()
    await pool.end()
    expect((await failureOf(pool.connect())).message).toBe(message)
    expect((await failureOf(pool.query('SELECT 1'))).message).toBe(message)
    const [[connecting], [querying]] = await Promise.all([
      called<[Error | undefined]>(callback => pool.connect(callback)),
      called<[Error, unknown]>(callback => pool.query('SELECT 1', callback)),
    ])
    expect(connecting?.message).toBe(message)
    expect(querying.message).toBe(message)
  })

  test('nor while it waits', async () => {
    const pool = make()
    const client = await pool.connect()
    const end = pool.end()
    expect((await failureOf(pool.query('SELECT 1'))).message).toBe('Cannot use a pool after calling end on the pool')
    client.release()
    await end
  })
}
