// Lines of "What differs from pg.Pool": what connect() gives, what the constructor takes. For tests only.
import pg from 'pg'
import Cursor from 'pg-cursor'
import {expect, onTestFinished} from 'vitest'
import {Router} from '../../../../src/router/index.ts'
import {asPool, type Lines, type Stage} from './stage.ts'

export const clientsLines = ({servers, pools}: Stage): Lines => ({
  "Clients are the router's own.": async () => {
    const {pool, router} = await pools({max: 1})
    const given: object[] = []
    for (const one of [pool, asPool(router)]) one.on('acquire', client => given.push(client))
    const [plain, routed] = [await pool.connect(), await router.connect()]
    await routed.query('/* hl: primary */ SELECT 1')
    expect(given[0]).toBe(plain)
    expect(given[1]).toBeInstanceOf(pg.Client)
    expect(given[1]).not.toBe(routed)
    plain.release()
    routed.release()
    const [again, another] = [await pool.connect(), await router.connect()]
    expect(again).toBe(plain)
    expect(another).not.toBe(routed)
    again.release()
    another.release()
  },

  'A name alone': async () => {
    const {pool, router} = await pools({max: 1})
    for (const one of [pool, asPool(router)])
      await one.query({name: 'plus', text: '/* hl: primary */ SELECT $1::int + 1 AS n', values: [1]})
    // Of several connections pg.Pool may take one that has no such statement; the router knows the text.
    await pool.query('DEALLOCATE ALL')
    await expect(pool.query({name: 'plus', values: [2]} as never)).rejects.toMatchObject({code: '26000'})
    await servers.sql(
      servers.primary,
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'router-test'`,
    )
    const nameAlone = {name: 'plus', values: [2]} as unknown as pg.QueryConfig
    const again = await router.query(nameAlone)
    expect(again).toMatchObject({rows: [{n: 3}]})
  },

  '`read()` and `write()`': async () => {
    const {router} = await pools()
    const cursor = new Cursor('SELECT 1')
    await expect(router.read(cursor as never)).rejects.toThrow('a cursor, stream or COPY is for a client')
    await expect(router.write(cursor as never)).rejects.toThrow('a cursor, stream or COPY is for a client')
    const rows = await router.transaction(async client => {
      const own = client.query(new Cursor('SELECT generate_series(1, 3) AS n'))
      const read: unknown[] = await own.read(10)
      await own.close()
      return read
    })
    expect(rows.value).toHaveLength(3)
    await expect(
      router.transaction(async client => client.query(new Cursor('SELECT generate_series(1, 3)')).read(1)),
    ).rejects.toMatchObject({code: 'TRANSACTION_OPEN'})
  },

  '`connect()` fails as in pg': async () => {
    const {host, port} = servers.primary
    const config = {...servers.connection, password: 'wrong', host, port}
    const plain = new pg.Pool(config)
    const router = new Router({...servers.connection, password: 'wrong', topology: {hosts: servers.hosts()}})
    onTestFinished(async () => {
      await Promise.all([plain.end(), router.end()])
    })
    await expect(plain.connect()).rejects.toMatchObject({code: '28P01'})
    await expect(router.connect()).rejects.toMatchObject({code: '28P01'})
  },

  '`constructor.name`': async () => {
    const {pool, router} = await pools()
    expect([pool.constructor.name, router.constructor.name]).toEqual(['BoundPool', 'Router'])
    const client = await router.connect()
    expect(client.constructor.name).toBe('RoutedClient')
    client.release()
    class BoundPool extends Router {}
    const named = new BoundPool({...servers.connection, topology: {hosts: servers.hosts()}})
    onTestFinished(async () => named.end())
    expect([named.constructor.name, (await named.query('SELECT 1 AS a')).rows]).toEqual(['BoundPool', [{a: 1}]])
  },

  '`pipeline`, `stream` and `Client`': () => {
    for (const option of [{pipeline: true}, {stream: () => undefined}, {Client: pg.Client}])
      expect(
        () => new Router({...servers.connection, topology: {hosts: servers.hosts()}, ...(option as object)}),
      ).toThrow(expect.objectContaining({code: 'CONFIG_INVALID'}) as Error)
    return Promise.resolve()
  },

  '`ref()` and `unref()` of a client do nothing.': async () => {
    const {router} = await pools()
    const client = (await router.connect()) as pg.PoolClient & {ref(): unknown; unref(): unknown}
    expect([client.ref(), client.unref()]).toEqual([undefined, undefined])
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{one: 1}])
    client.release()
  },
})
