// Lines of "What differs from pg.Pool": connections and the waits for them. For tests only.
import {randomUUID} from 'node:crypto'
import {once} from 'node:events'
import {createServer} from 'node:net'
import {expect, onTestFinished} from 'vitest'
import {Router} from '../../../../src/router/index.ts'
import {until} from '../until.ts'
import {asPool, insert, pidOf, type Lines, type Stage} from './stage.ts'

export const connectionsLines = ({servers, pools, stateOf}: Stage): Lines => ({
  '`SHOW` and `current_setting()`': async () => {
    const {router} = await pools()
    const [standby] = servers.standbys
    if (standby === undefined) throw new Error('there is no standby')
    await servers.configure(standby, {work_mem: '7MB'})
    onTestFinished(async () => servers.configure(standby, {work_mem: '4MB'}))
    const told = async (): Promise<unknown> => (await router.query('/* hl: standby */ SHOW work_mem')).rows
    await expect.poll(told).toEqual([{work_mem: '7MB'}])
  },

  'What tells the node': async () => {
    const {pool, router} = await pools()
    for (const setting of ['transaction_read_only', 'in_hot_standby', 'cluster_name', 'port'])
      for (const text of [`SHOW ${setting}`, `SELECT current_setting('${setting}')`])
        for (let turn = 0; turn < 3; turn++)
          expect((await router.query(text)).rows, text).toEqual((await pool.query(text)).rows)
  },

  'A statement that the server refuses': async () => {
    const {pool, router} = await pools({max: 1})
    for (const [one, keeps] of [
      [pool, false],
      [router, true],
    ] as const) {
      const before = await pidOf(asPool(one))
      await expect(asPool(one).query('/* hl: primary */ SELECT 1/0')).rejects.toMatchObject({code: '22012'})
      expect((await pidOf(asPool(one))) === before).toBe(keeps)
    }
  },

  'Short reads share a connection': async () => {
    const {pool, router} = await pools({max: 1})
    const acquired = {plain: 0, routed: 0, plainMost: 0, routedMost: 0}
    pool.on('acquire', () => (acquired.plainMost = Math.max(acquired.plainMost, ++acquired.plain)))
    pool.on('release', () => acquired.plain--)
    router.on('acquire', () => (acquired.routedMost = Math.max(acquired.routedMost, ++acquired.routed)))
    router.on('release', () => acquired.routed--)
    const many = Array.from({length: 12})
    await Promise.all(many.map(async () => pool.query('SELECT 1')))
    expect(acquired.plainMost).toBe(1)
    // There are two servers, and reads are short when the host is not too busy.
    await until(
      'reads share a connection',
      async () => Promise.all(many.map(async () => router.query('SELECT 1'))).then(() => acquired.routedMost),
      most => most > 2,
      30_000,
    )
  },

  '`connectionTimeoutMillis`': async () => {
    const {router} = await pools({max: 1, connectionTimeoutMillis: 3_000})
    const client = await router.connect()
    await client.query(insert, [randomUUID(), 1])
    await expect(router.query(insert, [randomUUID(), 1])).rejects.toMatchObject({code: 'NO_CONNECTION'})
    client.release()
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const address = silent.address()
    const host = `127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
    const bounds = {connectionTimeoutMillis: 300, connectTimeoutMs: 100}
    const late = new Router({...servers.connection, topology: {hosts: [host]}, ...bounds})
    onTestFinished(async () => late.end())
    await expect(late.query('SELECT 1')).rejects.toMatchObject({code: 'NO_PRIMARY'})
  },

  '`end()` is bounded': async () => {
    const {router} = await pools({max: 1, endTimeoutMs: 200})
    const under = router.query('SELECT pg_sleep(20) /* hl: primary */').catch((error: unknown) => error)
    await until(
      'it is under way',
      () => stateOf('router-test'),
      state => state === 'active',
    )
    const waits = router.query(insert, [randomUUID(), 1]).catch((error: unknown) => error)
    const end = router.end()
    expect(await waits).toMatchObject({code: 'ENDED', outcome: 'not-sent'})
    await end
    expect(await under).toBeInstanceOf(Error)
  },
})
