// Lines of "What differs from pg.Pool": what connect() gives, what the constructor takes. For tests only.
import pg from 'pg'
import * as copy from 'pg-copy-streams'
import Cursor from 'pg-cursor'
import QueryStream from 'pg-query-stream'
import {expect, onTestFinished} from 'vitest'
import {Router} from '../../../../src/router/index.ts'
import {asPool, type Lines, type Stage} from './stage.ts'

export const clientsLines = ({servers, pools}: Stage): Lines => ({
  "Clients are the router's own.": async () => {
    const {pool, router} = await pools({max: 1})
    const [plain, routed] = [await pool.connect(), await router.connect()]
    expect([plain instanceof pg.Client, routed instanceof pg.Client]).toEqual([true, false])
    plain.release()
    routed.release()
  },

  '`connect()` gives a client': async () => {
    const {router} = await pools({max: 1})
    const client = router.client() as pg.PoolClient & {readonly node: string | null; readonly processID: number | null}
    expect([client.node, client.processID ?? null, client.getTransactionStatus()]).toEqual([null, null, 'I'])
    client.setTypeParser(pg.types.builtins.INT8, Number)
    const {rows} = await client.query('SELECT 7::int8 AS seven, pg_backend_pid() AS pid /* hl: primary */')
    expect(rows).toEqual([{seven: 7, pid: client.processID}])
    expect(client.node).toBe(servers.hosts()[0])
    expect(client.connection).toBeDefined()
    expect([client.escapeIdentifier('a"b'), client.escapeLiteral("c'd")]).toEqual(['"a""b"', "'c''d'"])
    await client.end()
    await expect(client.query('SELECT 1')).rejects.toThrow('not queryable')
    client.release()
  },

  'The events `connect`, `acquire`, `release` and `remove`': async () => {
    const {pool, router} = await pools({max: 1})
    for (const one of [pool, asPool(router)]) {
      const given = new Map<string, object>()
      for (const name of ['connect', 'acquire', 'remove'] as const) one.on(name, client => given.set(name, client))
      one.on('release', (_error, client) => given.set('release', client))
      const client = await one.connect()
      await client.query('/* hl: primary */ SELECT 1')
      client.release(true)
      await expect.poll(() => [...given.keys()]).toEqual(['connect', 'acquire', 'release', 'remove'])
      for (const each of given.values()) expect(each).toBeInstanceOf(pg.Client)
      expect(new Set([...given.values(), client]).size).toBe(one === pool ? 1 : 2)
    }
  },

  'Each checkout is a new object.': async () => {
    const {pool, router} = await pools({max: 1})
    for (const one of [pool, asPool(router)]) {
      const first = await one.connect()
      await first.query('/* hl: primary */ SELECT 1')
      first.release()
      const second = await one.connect()
      expect(first === second).toBe(one === pool)
      second.release()
    }
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
    const alone = 'a cursor, stream or COPY is for a client'
    for (const method of ['read', 'write'] as const) {
      for (const given of [new Cursor('SELECT 1'), new QueryStream('SELECT 1'), copy.to('COPY orders TO STDOUT')])
        await expect(router[method](given as never)).rejects.toThrow(alone)
      let isCalled = false
      const callback = (): void => void (isCalled = true)
      expect((await router[method]('SELECT 1 AS a', callback as never)).rows).toEqual([{a: 1}])
      expect(isCalled).toBe(false)
    }
    const {value} = await router.transaction(async client => {
      const own = client.query(new Cursor('SELECT generate_series(1, 3) AS n'))
      const read: unknown[] = await own.read(10)
      await own.close()
      return read
    })
    expect(value).toHaveLength(3)
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
    const [noPool, noRouter] = [
      new pg.Pool({...servers.connection, host: '127.0.0.1', port: 1}),
      new Router({...servers.connection, topology: {hosts: ['127.0.0.1:1']}}),
    ]
    onTestFinished(async () => {
      await Promise.all([noPool.end(), noRouter.end()])
    })
    await expect(noPool.connect()).rejects.toMatchObject({code: 'ECONNREFUSED'})
    await expect(noRouter.connect()).rejects.toMatchObject({code: 'ECONNREFUSED'})
  },

  '`constructor.name`': async () => {
    const {pool, router} = await pools()
    expect([pool.constructor.name, router.constructor.name]).toEqual(['BoundPool', 'Router'])
    const client = await router.connect()
    expect(client.constructor.name).toBe('RoutedClient')
    client.release()
  },

  'Where a library looks for `BoundPool`': async () => {
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
