// Options of the pool, each by what it does. For tests only. Not here: max and the wait for a free connection
// (checkout.ts).
import {execFile} from 'node:child_process'
import {once} from 'node:events'
import {createServer, type AddressInfo} from 'node:net'
import {inspect, promisify} from 'node:util'
import pg from 'pg'
import {describe, expect, onTestFinished, test} from 'vitest'
import {until} from '../until.ts'
import {failureOf, pidOf, withClient, type Subject} from './subject.ts'

/** The type definitions say that a pool does not wait for onConnect; it does. */
const slowly = (prepare: (client: pg.ClientBase) => Promise<unknown>): ((client: pg.ClientBase) => void) => prepare

export function options({name, pool: make, servers}: Subject): void {
  const pids = async (pool: pg.Pool, count: number): Promise<number[]> => {
    const seen: number[] = []
    for (let index = 0; index < count; index += 1) seen.push(await withClient(pool, async client => pidOf(client)))
    return seen
  }

  test('are there to be read, with their defaults, and the password is not shown', () => {
    const pool = make({application_name: 'shown'})
    expect(pool.options).toMatchObject({
      max: 10,
      min: 0,
      maxUses: Infinity,
      maxLifetimeSeconds: 0,
      allowExitOnIdle: false,
      idleTimeoutMillis: 10_000,
      application_name: 'shown',
    })
    expect(JSON.stringify(pool.options) + inspect(pool, {depth: 5})).not.toContain(servers.connection.password)
  })

  describe('life of a connection', () => {
    test('idleTimeoutMillis closes an idle connection', async () => {
      const pool = make({idleTimeoutMillis: 500, application_name: 'surface-idle'})
      await pool.query('SELECT 1')
      expect(pool.idleCount).toBe(1)
      await until(
        'the connection is closed',
        () => pool.totalCount,
        count => count === 0,
      )
      await until(
        'the backend has gone',
        () => servers.connections(servers.primary, 'surface-idle'),
        count => count === 0,
      )
    })

    test('idleTimeoutMillis does not touch a connection in use', async () => {
      const pool = make({idleTimeoutMillis: 300})
      await withClient(pool, async client =>
        expect((await client.query('SELECT pg_sleep(0.8), 1 AS a')).rows).toMatchObject([{a: 1}]),
      )
      expect(pool.totalCount).toBe(1)
    })

    test('min is kept when idle connections are closed', async () => {
      const pool = make({min: 1, idleTimeoutMillis: 50})
      expect(pool.totalCount).toBe(0)
      const all = await Promise.all([pool.connect(), pool.connect(), pool.connect()])
      all.forEach(client => client.release())
      await until(
        'two connections are closed',
        () => pool.totalCount,
        count => count === 1,
      )
      await pool.query('SELECT pg_sleep(0.1)')
      expect(pool).toMatchObject({totalCount: 1, idleCount: 1})
    })

    test('maxUses replaces a connection after so many uses', async () => {
      const [first, second, third, fourth] = await pids(make({maxUses: 2}), 4)
      expect(second).toBe(first)
      expect(third).not.toBe(first)
      expect(fourth).toBe(third)
    })

    test('maxLifetimeSeconds closes an idle connection', async () => {
      const pool = make({maxLifetimeSeconds: 0.1})
      await pool.query('SELECT 1')
      await until(
        'the connection is closed',
        () => pool.totalCount,
        count => count === 0,
      )
    })

    test('maxLifetimeSeconds lets a connection in use finish, counts it as expired, then closes it', async () => {
      const pool = make({maxLifetimeSeconds: 0.1})
      const client = await pool.connect()
      await until(
        'the connection is expired',
        () => pool.expiredCount,
        count => count === 1,
      )
      expect((await client.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
      client.release()
      expect(pool).toMatchObject({totalCount: 0, expiredCount: 0})
    })
  })

  describe('a new connection', () => {
    test('connectionTimeoutMillis bounds making it', async () => {
      const silent = createServer().listen(0, '127.0.0.1')
      await once(silent, 'listening')
      onTestFinished(() => void silent.close())
      const pool = make({connectionTimeoutMillis: 100}, [`127.0.0.1:${(silent.address() as AddressInfo).port}`])
      expect((await failureOf(pool.connect())).message).toBe('Connection terminated due to connection timeout')
      expect((await failureOf(pool.query('SELECT 1'))).message).toBe('Connection terminated due to connection timeout')
      expect(pool).toMatchObject({totalCount: 0, waitingCount: 0})
    })

    test('onConnect is awaited before the connection is used', async () => {
      const pool = make({
        onConnect: slowly(client => client.query("SELECT pg_sleep(0.05); SET application_name = 'by-on-connect'")),
      })
      expect((await pool.query('SHOW application_name')).rows).toEqual([{application_name: 'by-on-connect'}])
    })

    test('an onConnect that fails fails the checkout and closes the connection', async () => {
      const pool = make({
        onConnect: slowly(() => Promise.reject(new Error('not today'))),
        application_name: 'surface-on-connect',
      })
      expect((await failureOf(pool.connect())).message).toBe('not today')
      expect((await failureOf(pool.query('SELECT 1'))).message).toBe('not today')
      expect(pool.totalCount).toBe(0)
      await until(
        'the backend has gone',
        () => servers.connections(servers.primary, 'surface-on-connect'),
        count => count === 0,
      )
    })

    test('verify sees each new connection once, before its first user', async () => {
      const verified: number[] = []
      const pool = make({
        verify: (client, done) => {
          verified.push(pidOf(client))
          done()
        },
      })
      expect(await pids(pool, 2)).toEqual([verified[0], verified[0]])
      expect(verified).toHaveLength(1)
    })

    test('a connection that verify refuses is closed and its error told', async () => {
      const pool = make({verify: (_client, done) => done(new Error('not this one'))})
      expect((await failureOf(pool.connect())).message).toBe('not this one')
      expect(pool.totalCount).toBe(0)
    })

    test('a password may be a function, asked for each connection', async () => {
      let asked = 0
      const pool = make({
        max: 2,
        password: async () => {
          asked += 1
          return servers.connection.password
        },
      })
      const both = await Promise.all([pool.connect(), pool.connect()])
      both.forEach(client => client.release())
      expect(asked).toBeGreaterThanOrEqual(2)
    })

    test('settings of the session are those asked for', async () => {
      const pool = make({
        application_name: 'surface-settings',
        statement_timeout: 1_234,
        lock_timeout: 2_345,
        idle_in_transaction_session_timeout: 3_456,
        options: '-c work_mem=5MB',
      })
      const shown = [
        'application_name',
        'statement_timeout',
        'lock_timeout',
        'idle_in_transaction_session_timeout',
        'work_mem',
      ]
      const {rows} = await pool.query<{setting: string}>(
        'SELECT current_setting(name) AS setting FROM unnest($1::text[]) WITH ORDINALITY AS asked(name, nr) ORDER BY nr',
        [shown],
      )
      expect(rows.map(({setting}) => setting)).toEqual(['surface-settings', '1234ms', '2345ms', '3456ms', '5MB'])
    })

    test('types of the pool parse its results', async () => {
      const types = {getTypeParser: (() => (value: string) => `<${value}>`) as unknown as typeof pg.types.getTypeParser}
      expect((await make({types}).query('SELECT 1 AS a')).rows).toEqual([{a: '<1>'}])
    })
  })

  test('statement_timeout cancels a statement in the server', async () => {
    expect(await failureOf(make({statement_timeout: 500}).query('SELECT pg_sleep(60)'))).toMatchObject({
      code: '57014',
      message: 'canceling statement due to statement timeout',
    })
  })

  test('query_timeout gives up a statement, of the pool or of one query', async () => {
    const pool = make({query_timeout: 500})
    expect((await failureOf(pool.query('SELECT pg_sleep(5)'))).message).toBe('Query read timeout')
    const config = {text: 'SELECT pg_sleep(5)', query_timeout: 500}
    expect((await failureOf(make().query(config))).message).toBe('Query read timeout')
    expect(pool.totalCount).toBe(0)
  })

  test('log is told what the pool does', async () => {
    const told: unknown[] = []
    await make({log: message => void told.push(message)}).query('SELECT 1')
    expect(told.length).toBeGreaterThan(0)
  })

  describe('allowExitOnIdle, in a process of its own', {timeout: 60_000}, () => {
    const here = new URL('../implementations.ts', import.meta.url).href
    /** How long the process lived on after its last query, in ms. */
    const livedOn = async (config: pg.PoolConfig): Promise<number> => {
      const script = `
        const {implementations} = await import(${JSON.stringify(here)})
        const {make} = implementations.find(({name}) => name === ${JSON.stringify(name)})
        const pool = make(${JSON.stringify({hosts: servers.hosts(), connection: servers.connection})}, ${JSON.stringify(config)})
        await pool.query('SELECT 1')
        const done = performance.now()
        process.on('exit', () => console.log(performance.now() - done))`
      const {stdout} = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
        timeout: 55_000,
      })
      return Number(stdout)
    }

    test('an idle pool does not keep the process', async () =>
      expect(await livedOn({allowExitOnIdle: true, idleTimeoutMillis: 60_000})).toBeLessThan(20_000))
    test('without it, it does until idleTimeoutMillis', async () =>
      expect(await livedOn({idleTimeoutMillis: 2_000})).toBeGreaterThan(1_000))
  })
}
