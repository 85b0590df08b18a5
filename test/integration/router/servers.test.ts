// The servers that the router's tests stand on do what their names say. Not here: any router.
import pg from 'pg'
import {describe, expect, test} from 'vitest'
import {useServers, type ServerNode} from './servers.ts'
import {until} from './until.ts'

const servers = useServers('it-servers', {standbys: 2, synchronous: true})
const {primary} = servers
const [second, third] = servers.standbys as [ServerNode, ServerNode]

const insert = `INSERT INTO orders (id, user_id, amount) VALUES (gen_random_uuid(), $1, 1)`
const countOf = async (node: ServerNode, user: number): Promise<number> =>
  (await servers.sql<{n: number}>(node, 'SELECT count(*)::int AS n FROM orders WHERE user_id = $1', [user]))[0]?.n ?? -1
const connect = (node: ServerNode): Promise<string> => {
  const client = new pg.Client({
    ...servers.connection,
    host: node.host,
    port: node.port,
    connectionTimeoutMillis: 2_000,
  })
  return client.connect().then(
    async () => {
      await client.end()
      return 'connected'
    },
    (error: unknown) => (error as {code?: string}).code ?? String(error),
  )
}

test('standbys are synchronous and hold what the primary took', async () => {
  await servers.sql(primary, insert, [1])
  await servers.waitForReplay()
  expect(await Promise.all(servers.nodes.map(node => countOf(node, 1)))).toEqual([1, 1, 1])
})

test('replay stands still and goes on', async () => {
  await servers.replayPause(second)
  await servers.sql(primary, insert, [2])
  await servers.waitForReplay(primary, [third])
  expect(await countOf(second, 2)).toBe(0)
  await servers.replayResume(second)
  await servers.waitForReplay()
  expect(await countOf(second, 2)).toBe(1)
})

test('the role of the application is no superuser and its connections are counted', async () => {
  const client = new pg.Client({
    ...servers.connection,
    host: primary.host,
    port: primary.port,
    application_name: 'counted',
  })
  await client.connect()
  expect(await servers.connections(primary, 'counted')).toBe(1)
  expect((await client.query('SELECT usesuper FROM pg_user WHERE usename = current_user')).rows).toEqual([
    {usesuper: false},
  ])
  await client.end()
  await until(
    'the backend has gone',
    () => servers.connections(primary, 'counted'),
    count => count === 0,
  )
})

describe('what breaks is mended', () => {
  test.each([
    ['pause', 'unpause'],
    ['cut', 'mend'],
  ] as const)('%s, %s', async (breaks, mends) => {
    await servers[breaks](third)
    expect(await connect(third)).toBe('Error: timeout expired')
    await servers[mends](third)
    await until(
      'it answers',
      () => connect(third),
      seen => seen === 'connected',
    )
    await servers.waitForStreaming()
  })

  test('kill, start', async () => {
    await servers.kill(third)
    expect(await connect(third)).toBe('ECONNREFUSED')
    await servers.start(third)
    await until(
      'it answers',
      () => connect(third),
      seen => seen === 'connected',
    )
    await servers.waitForStreaming()
  })

  test('restart keeps the data', async () => {
    await servers.restart(primary, 'immediate')
    await servers.restart(primary, 'fast')
    await servers.waitForStreaming()
    expect(await countOf(primary, 1)).toBe(1)
  })

  test('a standby takes over, another one keeps its clients and follows, the old primary is rebuilt', async () => {
    const client = new pg.Client({...servers.connection, host: third.host, port: third.port})
    await client.connect()
    await servers.stop(primary)
    await servers.promote(second)
    await servers.follow(third, second)
    await servers.sql(second, insert, [3])
    await servers.follow(primary, second)
    await servers.waitForReplay(second, [primary, third])
    expect(await countOf(primary, 3)).toBe(1)
    expect((await client.query('SELECT 1 FROM orders WHERE user_id = 3')).rowCount).toBe(1)
    await client.end()
  })
})
