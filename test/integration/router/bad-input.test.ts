// What is wrong from the start, or more than there is room for: each ends in bounded time with an error that says what
// it is, ends no process, and leaves no connection behind. Not here: servers that die (failover.test.ts), options that
// cannot work (src/router/router.test.ts).
import {randomUUID} from 'node:crypto'
import {createServer, type Server, type Socket} from 'node:net'
import Cursor from 'pg-cursor'
import {afterEach, describe, expect, it, onTestFinished, vi} from 'vitest'
import {CommitUnknownError, Router} from '../../../src/router/index.ts'
import {useServers} from './servers.ts'
import {quickOptions, routerOptions, useRouter} from './use-router.ts'

const servers = useServers('it-bad', {standbys: 2})
const strangers = useServers('it-bad-stranger', {standbys: 0})
const insert = 'INSERT INTO orders (id, user_id, amount) VALUES ($1, 1, 1) RETURNING id'

afterEach(async () => {
  for (const node of servers.nodes)
    await expect
      .poll(async () => servers.connections(node, 'router-test'), {
        message: `connections left at ${node.name}`,
      })
      .toBe(0)
})

/** A router over other hosts than all servers; ended with its test. */
function routerOver(hosts: readonly string[], options: object = {}): Router {
  const base = routerOptions(servers, options)
  const router = new Router({...base, topology: {...base.topology, hosts: [...hosts]}})
  onTestFinished(async () => {
    if (!router.ending) await router.end()
  })
  return router
}

async function listening(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server: Server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onSocket(socket)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `127.0.0.1:${address.port}`
}

describe('a host that is no PostgreSQL', () => {
  const kinds = {
    'answers in another protocol': (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    'says nothing': () => undefined,
    'hangs up': (socket: Socket) => socket.destroy(),
  }

  it.each(Object.entries(kinds))('and %s is told as no primary, in time', async (_, onSocket) => {
    const router = routerOver([await listening(onSocket)], {waitMs: 1_500})
    await expect(router.query(insert, [randomUUID()])).rejects.toMatchObject({code: 'NO_PRIMARY', outcome: 'not-sent'})
    await expect(router.query('SELECT 1')).rejects.toMatchObject({code: 'NO_PRIMARY'})
    await router.end()
  })

  it('beside real ones is left out', async () => {
    const router = routerOver([await listening(kinds['answers in another protocol']), ...servers.hosts()])
    for (let turn = 0; turn < 20; turn++) expect((await router.query(insert, [randomUUID()])).rowCount).toBe(1)
    await expect.poll(() => router.nodes().length).toBe(3)
    await router.end()
  })
})

describe('a request for pages of rows that fails', () => {
  it('leaves the pool as it was, where pg waits for ever', async () => {
    const router = await useRouter(servers, {max: 1})
    const paged = {text: 'SELECT 1 / (3 - n) FROM generate_series(1, 5) AS n', rows: 2}
    await expect(router.query(paged)).rejects.toMatchObject({code: '22012'})
    expect((await router.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
    const client = await router.connect()
    await client.query('BEGIN')
    await expect(client.query(paged)).rejects.toMatchObject({code: '22012'})
    await expect(client.query('SELECT 1')).rejects.toMatchObject({code: 'TRANSACTION_LOST'})
    await client.query('ROLLBACK')
    expect((await client.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
    client.release()
    await router.end()
  })
})

describe('a wrong password', () => {
  it("at one node leaves that node out; at all of them it is told with the server's own words", async () => {
    await strangers.sql(strangers.primary, `ALTER ROLE app PASSWORD 'another'`)
    const alone = routerOver(strangers.hosts())
    const error: unknown = await alone.query(insert, [randomUUID()]).catch((cause: unknown) => cause)
    expect(error).toMatchObject({code: '28P01'})
    expect((error as Error).message).toContain('password authentication failed')
    await alone.end()

    const router = routerOver([...strangers.hosts(), ...servers.hosts()])
    for (let turn = 0; turn < 20; turn++) expect((await router.query(insert, [randomUUID()])).rowCount).toBe(1)
    expect(router.nodes().map(({node}) => node)).not.toContain(strangers.hosts()[0])
    await router.end()
  })
})

describe('more than there is room for', () => {
  it('of requests: those that waited too long are told so, those beyond the queue at once, and all connections are free again', async () => {
    const router = await useRouter(servers, {max: 1, waitMs: 3_000, queueMax: 2})
    const client = await router.connect()
    await client.query(insert, [randomUUID()])
    const errors = await Promise.all(
      Array.from({length: 4}, async () =>
        router.query(insert, [randomUUID()]).then(
          () => null,
          (error: unknown) => error,
        ),
      ),
    )
    expect(errors.map(error => (error as {code?: unknown}).code).toSorted()).toEqual([
      'NO_CONNECTION',
      'NO_CONNECTION',
      'QUEUE_FULL',
      'QUEUE_FULL',
    ])
    expect(errors).toEqual(
      Array(4).fill(expect.objectContaining({outcome: 'not-sent', hint: expect.any(String) as unknown})),
    )
    client.release()
    expect((await router.query(insert, [randomUUID()])).rowCount).toBe(1)
    await router.end()
  })

  it('of rows: a cursor reads a result of 400 MB with little memory', async () => {
    const router = await useRouter(servers)
    const client = await router.connect()
    const cursor = client.query(
      new Cursor<{n: number; filling: string}>(
        `SELECT n, repeat('x', 2000) AS filling FROM generate_series(1, 200000) AS n`,
      ),
    )
    const before = process.memoryUsage().rss
    let count = 0
    let most = 0
    for (;;) {
      const rows = await cursor.read(1_000)
      if (rows.length === 0) break
      count += rows.length
      most = Math.max(most, process.memoryUsage().rss - before)
    }
    await cursor.close()
    client.release()
    expect(count).toBe(200_000)
    expect(most / 1024 ** 2).toBeLessThan(200)
    await router.end()
  })
})

describe('a clock that jumps', () => {
  it('a day ahead and back changes nothing', async () => {
    const router = await useRouter(servers)
    vi.useFakeTimers({toFake: ['Date']})
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const now = Date.now()
    for (const jumpMs of [86_400_000, -86_400_000, 0]) {
      vi.setSystemTime(now + jumpMs)
      const {route} = await router.query(insert, [randomUUID()])
      expect(route).toMatchObject({role: 'primary', attempts: 1})
      expect(
        (await router.read('SELECT 1', [], {from: 'standby', consistency: 'eventual', deadlineMs: 20_000})).route.role,
      ).toBe('standby')
    }
    await router.end()
  })
})

describe('a cluster without a primary', () => {
  it('serves reads, keeps writes waiting, and end() tells them all at once', async () => {
    const router = await useRouter(servers, {...quickOptions(servers), waitMs: 3_000})
    await router.explain('SELECT 1')
    const patient = new Router(routerOptions(servers, {...quickOptions(servers), waitMs: 60_000}))
    await servers.stop(servers.primary)
    try {
      // Until its last word is too old, it is the primary that cannot be reached.
      await expect.poll(() => router.topology().primary).toBeNull()
      await expect(router.query(insert, [randomUUID()])).rejects.toMatchObject({
        code: 'NO_PRIMARY',
        outcome: 'not-sent',
        hint: expect.any(String) as unknown,
      })
      expect((await router.read('SELECT 1 AS one', [], {consistency: 'eventual'})).rows).toEqual([{one: 1}])
      const waiting = Array.from({length: 20}, async () =>
        patient.query(insert, [randomUUID()]).then(
          () => null,
          (error: unknown) => error,
        ),
      )
      await expect.poll(() => patient.waitingCount).toBe(20)
      await patient.end()
      expect(await Promise.all(waiting)).toEqual(
        Array(20).fill(expect.objectContaining({code: 'ENDED', outcome: 'not-sent'})),
      )
    } finally {
      await Promise.all([router.end(), patient.ending ? null : patient.end()])
      await servers.start(servers.primary)
      await servers.waitForStreaming()
    }
  })
})

describe('two primaries', () => {
  it('get writes one at a time: those of the higher timeline, once it is seen, and never again those of the lower', async () => {
    const router = await useRouter(servers)
    const [intruder] = servers.standbys
    if (intruder === undefined) throw new Error('there is no standby')
    const nodes: string[] = []
    const unknown: unknown[] = []
    const state = {isOver: false}
    // Also of a test that failed: on a router that has ended the loop would never wait.
    onTestFinished(() => void (state.isOver = true))
    const writing = (async () => {
      while (!state.isOver) {
        await router.query(insert, [randomUUID()]).then(
          ({route}) => nodes.push(route.node),
          (error: unknown) => unknown.push(error),
        )
      }
    })()
    await expect.poll(() => nodes.length).toBeGreaterThan(10)
    await servers.promote(intruder)
    onTestFinished(async () => {
      await servers.follow(intruder, servers.primary)
    })
    const called = `${intruder.host}:${intruder.port}`
    await expect.poll(() => nodes.at(-1)).toBe(called)
    const since = nodes.indexOf(called)
    await expect.poll(() => nodes.length - since).toBeGreaterThan(200)
    state.isOver = true
    await writing
    expect(new Set(nodes.slice(0, since))).toEqual(new Set([servers.hosts()[0]]))
    expect(new Set(nodes.slice(since))).toEqual(new Set([called]))
    // The connections of the one that lost were cut, with the write that was under way, which no timeline tells of any
    // more.
    expect(unknown.length).toBeLessThanOrEqual(1)
    for (const error of unknown) expect(error).toBeInstanceOf(CommitUnknownError)
    await router.end()
  })
})
