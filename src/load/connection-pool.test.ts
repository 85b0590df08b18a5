import {describe, expect, test} from 'vitest'
import {openDirectPath} from './access-paths/direct.ts'
import {openMultiHostPath} from './access-paths/multi-host.ts'
import {AccessPathError} from './access-paths/access-path.ts'
import type {Attempt, Reply} from './access-paths/access-path.ts'
import type {NodeConnection} from './node-connection.ts'
import {ConnectionPool} from './connection-pool.ts'

const attempt = (): Attempt => ({deadlineAtMs: 2_000, sent: false, over: false})
const reply: Reply = {row: null, node: null, timeline: null, localOnly: false}

interface Fake extends NodeConnection {
  gone: boolean
  readonly name: string
}
function fake(name: string, inRecovery = false, write: () => Promise<Reply> = async () => reply): Fake {
  const connection: Fake = {
    name,
    gone: false,
    server: {address: name, inRecovery},
    broken: () => connection.gone,
    write,
    read: async () => ({...reply, node: name}),
    transaction: write,
    close: () => (connection.gone = true),
  }
  return connection
}

/** `wait` never ends by itself: the test lets time pass. */
function handClock() {
  const wakes: (() => void)[] = []
  const state = {now: 0}
  return {state, wakes, clock: {nowMs: () => state.now, wait: () => new Promise<void>(wake => wakes.push(wake))}}
}
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve()
}

describe('a pool of connections', () => {
  test('opens no more than its limit and uses a connection again', async () => {
    let opened = 0
    const pool = new ConnectionPool({max: 2, clock: handClock().clock, open: async () => fake(String((opened += 1)))})
    let running = 0
    let most = 0
    const work = async (): Promise<void> => {
      running += 1
      most = Math.max(most, running)
      await settled()
      running -= 1
    }
    await Promise.all(Array.from({length: 10}, () => pool.use(attempt(), work)))
    expect([opened, most]).toEqual([2, 2])
  })

  test('never hands out a connection that broke', async () => {
    let opened = 0
    const pool = new ConnectionPool({max: 1, clock: handClock().clock, open: async () => fake(String((opened += 1)))})
    await pool.use(attempt(), async connection => connection.close())
    expect(await pool.use(attempt(), async connection => connection.server.address)).toBe('2')
  })

  test('fails all that wait when no connection can be made, and pauses before the next try', async () => {
    const {clock, wakes} = handClock()
    let tries = 0
    const pool = new ConnectionPool({
      max: 4,
      clock,
      open: () => ((tries += 1), Promise.reject(new AccessPathError('not-sent', 'ECONNREFUSED', 'refused'))),
    })
    const first = await Promise.allSettled([pool.use(attempt(), async () => 1), pool.use(attempt(), async () => 1)])
    expect(
      first.map(result =>
        result.status === 'rejected' && result.reason instanceof AccessPathError ? result.reason.code : null,
      ),
    ).toEqual(['ECONNREFUSED', 'ECONNREFUSED'])
    const before = tries
    const later = pool.use(attempt(), async () => 1)
    await settled()
    expect(tries).toBe(before)
    for (const wake of wakes) wake()
    await expect(later).rejects.toThrow('refused')
    expect(tries).toBe(before + 1)
  })

  test('gives nothing to callers that waited too long or are over', async () => {
    const {clock, state} = handClock()
    const pool = new ConnectionPool({max: 1, clock, open: async () => fake('a')})
    const hold = Promise.withResolvers<undefined>()
    const holder = pool.use(attempt(), () => hold.promise)
    const over = attempt()
    const waiting = [pool.use(attempt(), async () => 'sent'), pool.use(over, async () => 'sent')]
    await settled()
    over.over = true
    state.now = 501
    hold.resolve(undefined)
    await holder
    const results = await Promise.allSettled(waiting)
    expect(
      results.map(result =>
        result.status === 'rejected' && result.reason instanceof AccessPathError
          ? [result.reason.reach, result.reason.code]
          : result.status,
      ),
    ).toEqual([
      ['not-sent', 'NO_CONNECTION'],
      ['not-sent', 'NO_CONNECTION'],
    ])
  })

  test('closes its connections and refuses once it is closed', async () => {
    const connection = fake('a')
    const pool = new ConnectionPool({max: 1, clock: handClock().clock, open: async () => connection})
    await pool.use(attempt(), async () => undefined)
    pool.close()
    expect(connection.gone).toBe(true)
    await expect(pool.use(attempt(), async () => 1)).rejects.toMatchObject({reach: 'not-sent', code: 'CLOSED'})
  })
})

const statement = {text: '', values: []}

describe('the direct access path', () => {
  test('goes to its one node for everything, standby reads too', async () => {
    const asked: string[] = []
    const path = openDirectPath({
      node: 'pg2',
      open: async node => (asked.push(node), fake(node)),
      clock: handClock().clock,
    })
    expect((await path.readPrimary(statement, attempt())).node).toBe('pg2')
    expect((await path.readStandby(statement, attempt())).node).toBe('pg2')
    await path.write(statement, attempt())
    await path.transaction([statement], attempt())
    expect(new Set(asked)).toEqual(new Set(['pg2']))
  })

  test('stays on a node that was demoted, as a pool with one address does, and writes again once the node is primary again', async () => {
    let demoted = true
    const opened: Fake[] = []
    const open = async (node: string): Promise<NodeConnection> => {
      const connection = fake(node, false, async () =>
        demoted ? Promise.reject(new AccessPathError('not-applied', '25006', 'read-only')) : reply,
      )
      opened.push(connection)
      return connection
    }
    const path = openDirectPath({node: 'pg1', open, clock: handClock().clock})
    await expect(path.write(statement, attempt())).rejects.toMatchObject({code: '25006'})
    demoted = false
    await path.write(statement, attempt())
    expect(opened.map(connection => connection.gone)).toEqual([false])
  })

  test('fails at once while its node is down', async () => {
    const path = openDirectPath({
      node: 'pg1',
      open: async () => Promise.reject(new AccessPathError('not-sent', 'ECONNREFUSED', 'refused')),
      clock: handClock().clock,
    })
    await expect(path.write(statement, attempt())).rejects.toMatchObject({reach: 'not-sent', code: 'ECONNREFUSED'})
  })
})

describe('the access path of a driver that knows several hosts', () => {
  test('tries the hosts in order and takes the first with the role', async () => {
    const asked: string[] = []
    const open = async (node: string): Promise<NodeConnection> => {
      asked.push(node)
      if (node === 'pg1') throw new AccessPathError('not-sent', 'ECONNREFUSED', 'refused')
      return fake(node, node !== 'pg3')
    }
    const path = openMultiHostPath({nodes: ['pg1', 'pg2', 'pg3'], open, clock: handClock().clock})
    expect((await path.readPrimary(statement, attempt())).node).toBe('pg3')
    expect((await path.readStandby(statement, attempt())).node).toBe('pg2')
    expect(asked).toEqual(['pg1', 'pg2', 'pg3', 'pg1', 'pg2'])
  })

  test('says what each host answered when none has the role', async () => {
    const open = async (node: string): Promise<NodeConnection> => {
      if (node === 'pg1') throw new Error('timeout expired')
      return fake(node, true)
    }
    const path = openMultiHostPath({nodes: ['pg1', 'pg2'], open, clock: handClock().clock})
    await expect(path.write(statement, attempt())).rejects.toMatchObject({
      reach: 'not-sent',
      code: 'NO_HOST',
      message: 'no host is a primary: pg1: timeout expired; pg2 is no primary',
    })
  })

  test('drops the connection to a server that was demoted under it', async () => {
    const opened: Fake[] = []
    const open = async (node: string): Promise<NodeConnection> => {
      const connection = fake(node, false, () =>
        Promise.reject(new AccessPathError('not-applied', '25006', 'read-only')),
      )
      opened.push(connection)
      return connection
    }
    const path = openMultiHostPath({nodes: ['pg1'], open, clock: handClock().clock})
    await expect(path.write(statement, attempt())).rejects.toMatchObject({code: '25006'})
    expect(opened.map(connection => connection.gone)).toEqual([true])
  })
})
