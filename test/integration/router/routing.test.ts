// Where statements go on real servers, and what reads see there. Not here: failures (failover.test.ts), pg.Pool's
// surface (pool-surface.test.ts).
import {randomUUID} from 'node:crypto'
import {afterEach, describe, expect, it} from 'vitest'
import {runInSession, Session, type RoutedResult} from '../../../src/router/index.ts'
import {useServers} from './servers.ts'
import {useRouter} from './use-router.ts'

const servers = useServers('it-routing', {standbys: 2})
const insert = 'INSERT INTO orders (id, user_id, amount) VALUES ($1, $2, $3)'
const count = 'SELECT count(*)::int AS n FROM orders WHERE user_id = $1'
let user = 0

afterEach(async () => {
  await Promise.all(servers.standbys.map(node => servers.replayResume(node)))
  await servers.waitForReplay()
})

function roleOf(result: object): string {
  return 'route' in result ? (result as RoutedResult).route.role : 'no route'
}

describe('query()', () => {
  it('sends what reads to standbys and what writes to the primary, and says so on the result without showing it', async () => {
    const router = await useRouter(servers)
    await router.explain('SELECT 1')
    expect(roleOf(await router.query('SELECT 1'))).toBe('standby')
    const written = await router.query(insert, [randomUUID(), ++user, 1])
    expect(written.route).toMatchObject({role: 'primary', attempts: 1, settled: null, reason: 'INSERT'})
    expect(Object.keys(written)).not.toContain('route')
    expect(roleOf(await router.query('SELECT * FROM orders FOR UPDATE'))).toBe('primary')
    expect(
      roleOf(await router.query(`WITH gone AS (DELETE FROM orders WHERE user_id = -1 RETURNING 1) SELECT * FROM gone`)),
    ).toBe('primary')
    // Until a standby is known to show the write, reads stay on the primary.
    await expect.poll(async () => roleOf(await router.query('SELECT pg_catalog.now(), random()'))).toBe('standby')
    expect(roleOf(await router.query('/* hl: primary */ SELECT 1'))).toBe('primary')
  })

  it('spreads reads over all standbys', async () => {
    const router = await useRouter(servers)
    await router.explain('SELECT 1')
    const nodes = new Set<string>()
    for (let turn = 0; turn < 60; turn++) nodes.add((await router.query('SELECT 1')).route.node)
    expect([...nodes].sort()).toEqual(servers.standbys.map(({host, port}) => `${host}:${port}`).sort())
  })

  it('with reads: primary keeps everything on the primary but read()', async () => {
    const router = await useRouter(servers, {reads: 'primary'})
    await router.explain('SELECT 1')
    expect(roleOf(await router.query('SELECT 1'))).toBe('primary')
    expect(roleOf(await router.read('SELECT 1'))).toBe('standby')
  })

  it('runs on the primary what a standby refuses, and remembers', async () => {
    const router = await useRouter(servers)
    await servers.sql(servers.primary, 'CREATE SEQUENCE IF NOT EXISTS numbers; GRANT ALL ON SEQUENCE numbers TO app')
    await servers.waitForReplay()
    await router.explain('SELECT 1')
    const text = `/* hl: standby */ SELECT nextval('numbers')`
    expect((await router.query(text)).route).toMatchObject({role: 'primary', attempts: 2})
    expect((await router.query(text)).route).toMatchObject({role: 'primary', attempts: 1})
  })

  it("refuses BEGIN, whose connection would be nobody's", async () => {
    const router = await useRouter(servers)
    await expect(router.query('BEGIN')).rejects.toMatchObject({code: 'TRANSACTION_OPEN', outcome: 'not-sent'})
  })
})

describe('reads', () => {
  it('see what was written through the router, although every standby stands still', async () => {
    const router = await useRouter(servers)
    await router.explain(count)
    await Promise.all(servers.standbys.map(node => servers.replayPause(node)))
    await router.query(insert, [randomUUID(), ++user, 1])
    for (let turn = 0; turn < 20; turn++) expect((await router.query<{n: number}>(count, [user])).rows[0]?.n).toBe(1)
    expect((await router.read<{n: number}>(count, [user], {consistency: 'eventual', from: 'standby'})).rows[0]?.n).toBe(
      0,
    )
  })

  it('of one session see its writes, wherever they run, and go back to standbys when these have caught up', async () => {
    const router = await useRouter(servers)
    const [mine, other] = [new Session(), new Session()]
    const written = await runInSession(mine, () => router.query(insert, [randomUUID(), ++user, 1]))
    expect(written.route.token).toEqual(mine.token)
    await servers.waitForReplay()
    const seen = new Set<number | undefined>()
    const readMine = async (): Promise<string> => {
      const {rows, route} = await runInSession(mine, () => router.read<{n: number}>(count, [user]))
      seen.add(rows[0]?.n)
      return route.role
    }
    // A standby that is slow to say that it shows the write leaves the read to the primary.
    await expect.poll(readMine).toBe('standby')
    expect([...seen]).toEqual([1])
    await Promise.all(servers.standbys.map(node => servers.replayPause(node)))
    await runInSession(mine, () => router.query(insert, [randomUUID(), user, 1]))
    const travelled = Session.from(mine.toString())
    for (const session of [mine, travelled])
      expect(await router.read<{n: number}>(count, [user], {session})).toMatchObject({
        rows: [{n: 2}],
        route: {role: 'primary'},
      })
    expect(await router.read<{n: number}>(count, [user], {session: other})).toMatchObject({
      rows: [{n: 1}],
      route: {role: 'standby'},
    })
  })

  it('with strict consistency go to the primary, and with a lag limit away from a standby that is behind', async () => {
    const router = await useRouter(servers, {lagBytesMax: 1_000})
    const [behind] = servers.standbys
    if (behind === undefined) throw new Error('two standbys are wanted')
    expect((await router.read('SELECT 1', [], {consistency: 'strict'})).route.role).toBe('primary')
    await servers.replayPause(behind)
    await servers.sql(
      servers.primary,
      `INSERT INTO orders SELECT gen_random_uuid(), -7, n FROM generate_series(1, 1000) AS n`,
    )
    await expect
      .poll(() => router.nodes().find(({node}) => node.startsWith(`${behind.host}:`))?.lagBytes ?? 0)
      .toBeGreaterThan(1_000)
    const nodes = new Set<string>()
    for (let turn = 0; turn < 40; turn++)
      nodes.add((await router.read('SELECT 1', [], {consistency: 'eventual'})).route.node)
    expect([...nodes].some(node => node.startsWith(`${behind.host}:`))).toBe(false)
  })
})

describe('a client', () => {
  it('sends BEGIN with the first statement: READ ONLY to a standby, anything else to the primary', async () => {
    const router = await useRouter(servers)
    const client = await router.connect()
    expect(await client.query('BEGIN READ ONLY')).toMatchObject({command: 'BEGIN'})
    expect(roleOf(await client.query('SELECT 1'))).toBe('standby')
    expect(client.getTransactionStatus()).toBe('T')
    expect(await client.query('COMMIT')).toMatchObject({command: 'COMMIT'})
    await client.query('BEGIN')
    expect(roleOf(await client.query('SELECT 1'))).toBe('primary')
    await client.query(insert, [randomUUID(), ++user, 1])
    await client.query('ROLLBACK')
    expect((await client.query<{n: number}>(count, [user])).rows[0]?.n).toBe(0)
    client.release()
  })

  it('keeps its connection once the state of that was changed, which nobody gets afterwards', async () => {
    const router = await useRouter(servers)
    const client = await router.connect()
    await client.query(`SET application_name = 'changed'`)
    expect((await client.query('SHOW application_name')).rows).toEqual([{application_name: 'changed'}])
    client.release()
    await expect.poll(() => servers.connections(servers.primary, 'changed')).toBe(0)
    expect((await router.query('/* hl: primary */ SHOW application_name')).rows).toEqual([
      {application_name: 'router-test'},
    ])
  })

  it('of a transaction that failed stays in it until ROLLBACK', async () => {
    const router = await useRouter(servers)
    const client = await router.connect()
    await client.query('BEGIN')
    await expect(client.query('SELECT 1/0')).rejects.toMatchObject({code: '22012'})
    await expect(client.query('SELECT 1')).rejects.toMatchObject({code: '25P02'})
    await client.query('ROLLBACK')
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{one: 1}])
    client.release()
  })
})
