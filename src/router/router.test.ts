// The router against in-process fakes: Patroni over HTTP, PostgreSQL over TCP. What is proved: every request ends by
// its deadline, outcomes are told as they are, and no statement that may have been applied reaches a server twice. Not
// here: a real server (test/integration).
import {once} from 'node:events'
import {afterEach, describe, expect, it} from 'vitest'
import {caught, eventually, FakeNode, lab, ok, promote, type Answer, type Lab} from '../../test/fakes/router-lab.ts'
import {committedLocallyOnly} from './connections/sync-wait.ts'
import type {RequestOptions, RouterOptions} from './options.ts'
import {sqlStateOf} from './failures/classify-error.ts'
import {RouterError} from './failures/router-error.ts'
import {Session} from './freshness/session.ts'
import {Router} from './router.ts'

const write = 'INSERT INTO t VALUES ($1)'

const unhandled: unknown[] = []
process.on('unhandledRejection', reason => unhandled.push(reason))
afterEach(() => expect(unhandled).toEqual([]))

describe('placing', () => {
  it('writes to the primary and says where it went', async () => {
    const {router, pg1, pg2, events} = await lab()
    const result = await router.write(write, [1])
    expect(result).toMatchObject({
      rowCount: 1,
      route: {node: 'pg1', role: 'primary', timeline: 1, attempts: 1},
      notices: [],
    })
    expect(result.route.waitedMs).toBeGreaterThan(0)
    expect([pg1.postgres.received, pg2.postgres.received]).toEqual([[write], []])
    expect(router.topology()).toEqual({
      primary: {node: 'pg1', timeline: 1},
      standbys: expect.arrayContaining(['pg2', 'pg3']) as unknown,
    })
    expect(events.filter(event => !event.startsWith('probe'))).toEqual(['primary pg1@1 after nobody'])
  })

  it('hands on the notice of a cancelled wait for replication', async () => {
    const {router, pg1} = await lab()
    pg1.postgres.answer = () => ({kind: 'ok', noticeRoutine: 'SyncRepWaitForLSN'})
    expect(committedLocallyOnly((await router.write(write, [1])).notices)).toBe(true)
    pg1.postgres.answer = () => ok
    expect(committedLocallyOnly((await router.write(write, [1])).notices)).toBe(false)
  })

  it('reads from a standby, and from the primary when there is none', async () => {
    const {router, pg2, pg3} = await lab()
    await once(router.events, 'primary')
    await eventually(() => router.topology().standbys.length).toBe(2)
    const nodes = await Promise.all(
      Array.from({length: 40}, () =>
        router.read('SELECT 1', [], {from: 'prefer-standby', consistency: 'eventual'}).then(({route}) => route.node),
      ),
    )
    expect([...new Set(nodes)].sort()).toEqual(['pg2', 'pg3'])
    pg2.state = pg3.state = 'stopped'
    await eventually(() => router.topology().standbys.length).toBe(0)
    expect((await router.read('SELECT 1', [], {from: 'prefer-standby', consistency: 'eventual'})).route).toMatchObject({
      node: 'pg1',
      role: 'primary',
    })
    const error = await caught(router.read('SELECT 1', [], {from: 'standby', consistency: 'eventual', deadlineMs: 50}))
    expect(error).toMatchObject({code: 'NO_STANDBY', outcome: 'not-sent'})
  })

  it('does not let an isolated node win with its old view, not even when it is the only one left', async () => {
    const {router, pg2, pg3, events} = await lab(({pg1, pg2, pg3}) => {
      promote(pg2, 2, [pg2, pg3])
      pg1.leader = 'pg1'
    })
    expect((await router.write(write, [1])).route.node).toMatch(/pg[12]/)
    await eventually(() => router.topology().primary).toEqual({node: 'pg2', timeline: 2})
    pg2.patroni = pg3.patroni = 'cuts'
    await eventually(() => router.topology().primary).toBeNull()
    const error = await caught(router.write(write, [1], {deadlineMs: 60}))
    expect(error).toMatchObject({code: 'NO_PRIMARY', outcome: 'not-sent', node: null})
    expect(error.message).toContain('pg1 said primary on timeline 1')
    expect(events).toContain('primary-refused pg1 timeline-behind')
  })

  it('stays with the holder of the lease while a standby is promoted by hand beside it, and afterwards', async () => {
    const {router, pg1, pg2, events} = await lab()
    await router.write(write, [1])
    promote(pg2, 2, [])
    await eventually(() => events).toContain('primary-refused pg2 not-leader')
    expect((await router.write(write, [2])).route).toMatchObject({node: 'pg1', timeline: 1})
    pg1.patroni = 'cuts'
    await eventually(() => router.topology().primary).toBeNull()
    expect(await caught(router.write(write, [3], {deadlineMs: 60}))).toMatchObject({
      code: 'NO_PRIMARY',
      outcome: 'not-sent',
    })
    pg1.patroni = 'answers'
    pg2.role = 'replica'
    pg2.timeline = 1
    expect((await router.write(write, [4])).route).toMatchObject({node: 'pg1', timeline: 1})
    expect(pg2.postgres.received).toEqual([])
  })

  it('asks fast when a node claims what no view confirms yet', async () => {
    const all: FakeNode[] = []
    // The next slow question would come long after this test has given up.
    const slow = {pollMs: 60_000, fastPollMs: 10, timeoutMs: 700, evidenceTtlMs: 90_000}
    const {router, pg2, events} = await lab(
      ({pg1, pg2, pg3}) => {
        all.push(pg1, pg2, pg3)
        promote(pg2, 2, [])
      },
      {},
      slow,
    )
    await eventually(() => events).toEqual(
      expect.arrayContaining(['primary pg1@1 after nobody', 'primary-refused pg2 not-leader']),
    )
    promote(pg2, 2, all)
    await eventually(() => router.topology().primary).toEqual({node: 'pg2', timeline: 2})
  })

  it('chooses nobody while two primaries are on one timeline and none holds the leader role', async () => {
    const {router, pg2} = await lab(({pg1, pg2, pg3}) => {
      promote(pg2, 1, [])
      for (const node of [pg1, pg2, pg3]) node.leader = null
    })
    await eventually(() => pg2.asked).toBeGreaterThan(4)
    await eventually(() => router.topology().primary).toBeNull()
    pg2.role = 'replica'
    expect((await router.write(write, [1])).route.node).toBe('pg1')
  })

  it('is not held up by a node whose Patroni hangs', async () => {
    const {router, events} = await lab(({pg3}) => (pg3.patroni = 'hangs'))
    expect((await router.write(write, [1])).route.node).toBe('pg1')
    await eventually(() => events).toContain('probe-failed /patroni no answer within 1500 ms')
  })

  it('tells once when a probe begins to fail and once when it works again', async () => {
    const {router, pg3, events} = await lab()
    await router.write(write, [1])
    pg3.patroni = 'cuts'
    await eventually(() => pg3.asked).toBeGreaterThan(12)
    pg3.patroni = 'answers'
    await eventually(() => events.filter(event => event.startsWith('probe')).sort()).toHaveLength(4)
    expect(events.filter(event => event === 'probe-recovered /patroni')).toHaveLength(1)
  })
})

describe('a read that must see a write', () => {
  it('from a standby waits until one is known to show it, not until the topology changes', async () => {
    const {router} = await lab()
    await once(router.events, 'primary')
    await eventually(() => router.topology().standbys.length).toBe(2)
    await router.write(write, [1])
    expect((await router.read('SELECT 1', [], {from: 'standby', deadlineMs: 4_000})).route.role).toBe('standby')
  })

  it('is served by a standby that catches up while there is no primary', async () => {
    const {router, pg1, pg2, pg3} = await lab(({pg2, pg3}) => (pg2.position = pg3.position = 900))
    await once(router.events, 'primary')
    await eventually(() => router.topology().standbys.length).toBe(2)
    const session = new Session()
    await router.write(write, [1], {session})
    for (const {postgres} of [pg2, pg3]) postgres.onReplayAsked = {kind: 'ok', row: {position: '900'}}
    const lost = once(router.events, 'primary-lost')
    pg1.state = 'stopped'
    await lost
    const role = router.read('SELECT 1', [], {session}).then(({route}) => route.role, String)
    await eventually(() => pg2.postgres.startups.length * pg3.postgres.startups.length).toBeGreaterThan(0)
    await eventually(() => router.waitingCount).toBe(1)
    pg2.position = pg3.position = 1_000
    expect(await role).toBe('standby')
  })

  it('goes to the primary when the standby that is asked does not answer', async () => {
    const {router, pg2, pg3} = await lab(({pg2, pg3}) => (pg2.position = pg3.position = 900))
    await once(router.events, 'primary')
    await eventually(() => router.topology().standbys.length).toBe(2)
    const session = new Session()
    await router.write(write, [1], {session})
    for (const {postgres} of [pg2, pg3]) postgres.onReplayAsked = {kind: 'silence'}
    expect((await router.read('SELECT 1', [], {session, deadlineMs: 4_000})).route.node).toBe('pg1')
    const late = router.read('SELECT 1', [], {session, from: 'standby', deadlineMs: 2_000})
    expect(await caught(late)).toMatchObject({code: 'NO_STANDBY', outcome: 'not-sent'})
  })
})

describe('a server that fails under a write', () => {
  it('frozen: unknown at the deadline, sent once, the connection cut', async () => {
    const {router, pg1} = await lab()
    pg1.postgres.answer = () => ({kind: 'silence'})
    const startedMs = performance.now()
    const error = await caught(router.write(write, [1], {deadlineMs: 200}))
    expect(performance.now() - startedMs).toBeLessThan(1_500)
    expect(error).toMatchObject({code: 'DEADLINE', outcome: 'unknown', node: 'pg1'})
    await expect.poll(() => pg1.postgres.count(write)).toBe(1)
    // Cut later than that; others may come since, which ask what became of the write.
    const frozen = [...pg1.postgres.sockets]
    await eventually(() => frozen.some(socket => pg1.postgres.sockets.has(socket))).toBe(false)
  })

  it('closes after the statement: unknown, and not sent again to the next primary', async () => {
    const {router, pg1, pg2, pg3} = await lab()
    pg1.postgres.answer = () => ({kind: 'close'})
    expect(await caught(router.write(write, [1]))).toMatchObject({code: 'CONNECTION_LOST', outcome: 'unknown'})
    pg1.role = 'replica'
    promote(pg2, 2, [pg1, pg2, pg3])
    expect((await router.write('INSERT 2')).route.node).toBe('pg2')
    expect([pg1.postgres.count(write), pg2.postgres.count(write)]).toEqual([1, 0])
  })

  it('shuts down under it (FATAL 57P01): unknown', async () => {
    const {router, pg1} = await lab()
    pg1.postgres.answer = () => ({kind: 'error', code: '57P01', severity: 'FATAL'})
    expect(await caught(router.write(write, [1]))).toMatchObject({
      code: 'CONNECTION_LOST',
      outcome: 'unknown',
      sqlState: '57P01',
    })
    expect(pg1.postgres.count(write)).toBe(1)
  })

  it('is demoted while it is silent: the busy connection is cut before the deadline', async () => {
    const {router, pg1, pg2, pg3, events} = await lab()
    await router.write(write, [0])
    pg1.postgres.answer = () => ({kind: 'silence'})
    const pending = caught(router.write(write, [1], {deadlineMs: 60_000}))
    await eventually(() => pg1.postgres.count(write)).toBe(2)
    pg1.role = 'replica'
    promote(pg2, 2, [pg1, pg2, pg3])
    expect(await pending).toMatchObject({code: 'CONNECTION_LOST', outcome: 'unknown', node: 'pg1'})
    // Which comes first: its own word that it is a standby, or every view that another leads.
    expect(events).toContainEqual(expect.stringMatching(/^node-closed pg1 (demoted|gone)$/))
    await eventually(() => events).toContain('primary pg2@2 after pg1')
  })

  it('goes silent with its Patroni: its word expires and the busy connection is cut', async () => {
    const {router, pg1, events} = await lab()
    await router.write(write, [0])
    pg1.postgres.answer = () => ({kind: 'silence'})
    pg1.patroni = 'hangs'
    expect(await caught(router.write(write, [1], {deadlineMs: 60_000}))).toMatchObject({
      code: 'CONNECTION_LOST',
      outcome: 'unknown',
    })
    expect(events).toEqual(expect.arrayContaining(['node-closed pg1 gone', 'primary-lost pg1']))
  })

  it('refuses with a constraint: not applied, not sent again, the connection kept', async () => {
    const {router, pg1} = await lab()
    pg1.postgres.answer = text => (text === write ? {kind: 'error', code: '23505'} : ok)
    await expect(router.write(write, [1])).rejects.toMatchObject({code: '23505', severity: 'ERROR'})
    await router.write('INSERT 2')
    expect([pg1.postgres.count(write), pg1.postgres.startups.length]).toEqual([1, 1])
  })
})

describe('a request that ends with an error', () => {
  it('is told once by `refused`, whoever it was refused by', async () => {
    const {router, pg1} = await lab(undefined, {deadlineMs: undefined})
    await once(router.events, 'primary')
    const told: string[] = []
    router.events.on('refused', ({code, kind}) => told.push(`${kind} ${code}`))
    pg1.postgres.answer = text => (text === 'INSERT 1' ? {kind: 'error', code: '23505'} : {kind: 'ok', row: {a: '1'}})
    await expect(router.query('INSERT 1')).rejects.toMatchObject({code: '23505'})
    const getTypeParser = () => () => {
      throw new Error('no such type')
    }
    await expect(router.query({text: 'INSERT 2', types: {getTypeParser}} as never)).rejects.toThrow('no such type')
    expect(told).toEqual(['write 23505', 'write ERROR'])
  })
})

describe('a query that may write', () => {
  it('and whose prepared statement does not fit any more has it prepared anew', async () => {
    const {router, pg1} = await lab(undefined, {deadlineMs: undefined})
    await once(router.events, 'primary')
    let isStale = true
    pg1.postgres.onClose = () => (isStale = false)
    pg1.postgres.answer = text =>
      text.startsWith('SELECT f') && isStale
        ? {kind: 'error', code: '0A000', routine: 'RevalidateCachedQuery'}
        : {kind: 'ok', row: {wrote: 'f'}}
    const {route} = await router.query({name: 'f', text: 'SELECT f($1)', values: [1]})
    expect([route.reason, route.attempts]).toEqual(['function f is not known', 1])
    expect(pg1.postgres.received.filter(text => text.startsWith('SELECT f'))).toHaveLength(2)
  })
})

describe('what surely was not applied', () => {
  it('refused connections: retried, and served by the next primary, once', async () => {
    const {router, pg1, pg2, pg3, events} = await lab()
    await once(router.events, 'primary')
    await pg1.postgres.stop()
    const pending = router.write(write, [1])
    await eventually(() => events).toContain('attempt-failed pg1 not-sent ECONNREFUSED retry')
    pg1.role = 'replica'
    promote(pg2, 2, [pg1, pg2, pg3])
    const {route} = await pending
    expect(route).toMatchObject({node: 'pg2', timeline: 2})
    expect(route.attempts).toBeGreaterThan(1)
    expect([pg1.postgres.count(write), pg2.postgres.count(write)]).toEqual([0, 1])
    await pg1.postgres.listen()
  })

  it('a failover under slow polling: the next primary is taken within a few fast polls, confirmed by a view', async () => {
    const {router, pg1, pg2, pg3, events} = await lab(
      undefined,
      {},
      {pollMs: 60_000, fastPollMs: 20, evidenceTtlMs: 90_000},
    )
    await once(router.events, 'primary')
    await pg1.postgres.stop()
    const pending = router.write(write, [1])
    await eventually(() => events).toContain('attempt-failed pg1 not-sent ECONNREFUSED retry')
    pg1.role = 'replica'
    const askedBefore = pg2.asked
    let askedMeanwhile = Infinity
    router.events.once('primary', () => (askedMeanwhile = pg2.asked - askedBefore))
    promote(pg2, 2, [pg1, pg2, pg3])
    expect((await pending).route).toMatchObject({node: 'pg2', timeline: 2})
    // Both paths count: one question may be under way, the next one sees the new primary, and one round is to spare.
    expect(askedMeanwhile).toBeLessThanOrEqual(6)
    await pg1.postgres.listen()
  })

  it('a server that starts up (57P03): retried on the same node', async () => {
    const {router, pg1} = await lab(
      ({pg1}) => (pg1.postgres.onConnect = {kind: 'error', code: '57P03', severity: 'FATAL'}),
    )
    router.events.once('attempt-failed', () => (pg1.postgres.onConnect = 'welcome'))
    expect((await router.write(write, [1])).route.attempts).toBeGreaterThan(1)
    expect(pg1.postgres.count(write)).toBe(1)
  })

  it('a wrong password: told at once', async () => {
    const {router} = await lab(({pg1}) => (pg1.postgres.onConnect = {kind: 'error', code: '28P01', severity: 'FATAL'}))
    await expect(router.write(write, [1])).rejects.toMatchObject({code: '28P01', severity: 'FATAL'})
  })

  it('a server that takes connections and never answers: bounded, not sent', async () => {
    const {router, pg1} = await lab(({pg1}) => (pg1.postgres.onConnect = 'mute'), {connectTimeoutMs: 150})
    const startedMs = performance.now()
    const error = await caught(router.write(write, [1], {deadlineMs: 400}))
    expect(performance.now() - startedMs).toBeLessThan(1_500)
    expect(error).toMatchObject({code: 'NO_CONNECTION', outcome: 'not-sent', node: 'pg1'})
    expect(pg1.postgres.received).toEqual([])
  })

  it('a demoted server that Patroni still calls primary (25006): dropped, then served elsewhere', async () => {
    const {router, pg1, pg2, pg3, events} = await lab()
    pg1.postgres.answer = text =>
      text === write ? {kind: 'error', code: '25006'} : {kind: 'ok', row: {recovering: 't'}}
    router.events.once('primary-lost', () => {
      pg1.role = 'replica'
      promote(pg2, 2, [pg1, pg2, pg3])
    })
    expect((await router.write(write, [1])).route).toMatchObject({node: 'pg2'})
    expect(events).toEqual(expect.arrayContaining(['primary-lost pg1', 'attempt-failed pg1 not-applied 25006 retry']))
  })

  it("25006 by the caller's own read-only settings: told at once, and the primary stays", async () => {
    const {router, pg1, events} = await lab()
    pg1.postgres.answer = text =>
      text === write ? {kind: 'error', code: '25006'} : {kind: 'ok', row: {recovering: 'f'}}
    await expect(router.write(write, [1])).rejects.toMatchObject({code: '25006', severity: 'ERROR'})
    expect(events).not.toContain('primary-lost pg1')
  })

  it('a deadlock: tried again on the same connection', async () => {
    const {router, pg1} = await lab()
    pg1.postgres.answer = () => (pg1.postgres.received.length < 3 ? {kind: 'error', code: '40P01'} : ok)
    expect((await router.write(write, [1])).route.attempts).toBe(3)
    expect(pg1.postgres.startups).toHaveLength(1)
  })

  it.each([
    ['57P01', 'ERROR'],
    ['57P01', 'ОШИБКА'],
    ['28P01', 'ОШИБКА'],
    ['23505', 'ОШИБКА'],
  ] as const)('%s that a statement raised (%s): passed on, the connection kept', async (code, severity) => {
    const {router, pg1, events} = await lab()
    pg1.postgres.answer = text => (text === write ? {kind: 'error', code, severity} : ok)
    await expect(router.write(write, [1])).rejects.toMatchObject({code, severity})
    await router.write('LATER')
    expect(pg1.postgres.received).toEqual([write, 'LATER'])
    expect(pg1.postgres.startups).toHaveLength(1)
    expect(events).not.toContain('primary-lost pg1')
  })

  it('a termination in the language of the server: unknown, and not sent again', async () => {
    const {router, pg1} = await lab()
    pg1.postgres.answer = text => (text === write ? {kind: 'error', code: '57P01', severity: 'ВАЖНО'} : ok)
    expect(await caught(router.write(write, [1]))).toMatchObject({code: 'CONNECTION_LOST', outcome: 'unknown'})
    await router.write('LATER')
    expect(pg1.postgres.received).toEqual([write, 'LATER'])
  })

  it('a read whose standby dies under it: served by another node', async () => {
    const {router, pg2, pg3} = await lab()
    await eventually(() => router.topology().standbys.length).toBe(2)
    pg2.postgres.answer = pg3.postgres.answer = () => ({kind: 'close'})
    const {route} = await router.read('SELECT 1', [], {from: 'prefer-standby', consistency: 'eventual'})
    expect(route).toMatchObject({node: 'pg1', attempts: 3})
  })

  it('an idle connection that breaks: found before the next statement', async () => {
    const {router, pg1} = await lab()
    await router.write(write, [1])
    for (const socket of pg1.postgres.sockets) socket.destroy()
    await eventually(() => router.totalCount).toBe(0)
    const {route} = await router.write(write, [2])
    expect(route.node).toBe('pg1')
    expect(pg1.postgres.count(write)).toBe(2)
  })
})

describe('waiting', () => {
  const noPrimary = ({pg1}: {readonly pg1: FakeNode}): void => void (pg1.role = 'replica')

  it('ends when a primary appears', async () => {
    const {router, pg1} = await lab(noPrimary)
    const pending = Promise.all([router.write(write, [1]), router.write(write, [2]), router.transaction(async () => 3)])
    await eventually(() => pg1.asked).toBeGreaterThan(4)
    pg1.role = 'primary'
    expect((await pending).map(({route}) => route.node)).toEqual(['pg1', 'pg1', 'pg1'])
  })

  it('is bounded in number', async () => {
    const {router} = await lab(noPrimary, {queueMax: 2})
    const waiting = [
      caught(router.write(write, [1], {deadlineMs: 200})),
      caught(router.write(write, [2], {deadlineMs: 200})),
    ]
    expect(await caught(router.write(write, [3]))).toMatchObject({code: 'QUEUE_FULL', outcome: 'not-sent'})
    expect((await Promise.all(waiting)).map(({code}) => code)).toEqual(['NO_PRIMARY', 'NO_PRIMARY'])
    expect(await caught(router.write(write, [4], {deadlineMs: 30}))).toMatchObject({code: 'NO_PRIMARY'})
  })

  it('for a busy pool ends at the deadline, not sent', async () => {
    const {router, pg1} = await lab(undefined, {max: 1})
    pg1.postgres.answer = text => (text === 'SLOW' ? {kind: 'silence'} : ok)
    const slow = caught(router.write('SLOW', [], {deadlineMs: 600}))
    await eventually(() => pg1.postgres.count('SLOW')).toBe(1)
    expect(await caught(router.write(write, [1], {deadlineMs: 60}))).toMatchObject({
      code: 'NO_CONNECTION',
      outcome: 'not-sent',
    })
    expect(await slow).toMatchObject({code: 'DEADLINE', outcome: 'unknown'})
    expect(pg1.postgres.count(write)).toBe(0)
    expect((await router.write(write, [2])).route.node).toBe('pg1')
  })

  it('ends when the caller aborts: not sent while it waited, unknown once it was sent', async () => {
    const waiting = await lab(noPrimary)
    const early = new AbortController()
    const pending = caught(waiting.router.write(write, [1], {signal: early.signal}))
    early.abort()
    expect(await pending).toMatchObject({code: 'ABORTED', outcome: 'not-sent'})
    expect(await caught(waiting.router.write(write, [1], {signal: early.signal}))).toMatchObject({
      code: 'ABORTED',
      outcome: 'not-sent',
    })

    const busy = await lab()
    busy.pg1.postgres.answer = () => ({kind: 'silence'})
    const late = new AbortController()
    const sent = caught(busy.router.write(write, [1], {signal: late.signal}))
    await eventually(() => busy.pg1.postgres.count(write)).toBe(1)
    late.abort()
    expect(await sent).toMatchObject({code: 'ABORTED', outcome: 'unknown', node: 'pg1'})
  })
})

describe('a transaction', () => {
  it('is BEGIN, the function, COMMIT', async () => {
    const {router, pg1} = await lab()
    const result = await router.transaction(async client => (await client.query(write, [1])).rowCount)
    expect(result).toMatchObject({value: 1, route: {node: 'pg1', attempts: 1}, notices: []})
    expect(pg1.postgres.received).toEqual(['BEGIN', write, 'COMMIT'])
  })

  it('is rolled back when the function throws, whose error passes through', async () => {
    const {router, pg1} = await lab()
    const own = new Error('not enough money')
    await expect(router.transaction(() => Promise.reject(own), {rerun: true})).rejects.toBe(own)
    expect(pg1.postgres.received).toEqual(['BEGIN', 'ROLLBACK'])
  })

  it.each([
    [true, 'resolves', ['BEGIN', write, 'ROLLBACK', 'BEGIN', write, 'COMMIT']],
    [false, '40P01', ['BEGIN', write, 'ROLLBACK']],
  ])('with a deadlock and rerun %s %s', async (rerun, expected, received) => {
    const {router, pg1} = await lab()
    pg1.postgres.answer = text =>
      text === write && pg1.postgres.count(write) === 1 ? {kind: 'error', code: '40P01'} : ok
    const ended = router.transaction(client => client.query(write, [1]), {rerun})
    expect(
      await ended.then(
        () => 'resolves',
        (error: unknown) => (error instanceof Error && 'code' in error ? error.code : 'other'),
      ),
    ).toBe(expected)
    expect(pg1.postgres.received).toEqual(received)
  })

  it('whose COMMIT gets no answer is unknown and never run again', async () => {
    const {router, pg1} = await lab()
    pg1.postgres.answer = text => (text === 'COMMIT' ? {kind: 'close'} : ok)
    expect(await caught(router.transaction(client => client.query(write, [1]), {rerun: true}))).toMatchObject({
      code: 'CONNECTION_LOST',
      outcome: 'unknown',
    })
    expect(pg1.postgres.received).toEqual(['BEGIN', write, 'COMMIT'])
  })

  it('whose COMMIT is frozen is unknown at the deadline', async () => {
    const {router, pg1} = await lab()
    await router.write('FIRST')
    pg1.postgres.answer = text => (text === 'COMMIT' ? {kind: 'silence'} : ok)
    expect(await caught(router.transaction(client => client.query(write, [1]), {deadlineMs: 200}))).toMatchObject({
      code: 'DEADLINE',
      outcome: 'unknown',
    })
  })

  it('that is READ ONLY runs again when its COMMIT gets no answer', async () => {
    const {router, pg1, pg2, pg3} = await lab()
    await once(router.events, 'primary')
    await eventually(() => router.topology().standbys.length).toBe(2)
    let commits = 0
    for (const {postgres} of [pg1, pg2, pg3])
      postgres.answer = text => (text === 'COMMIT' && commits++ === 0 ? {kind: 'close'} : ok)
    const {route} = await router.transaction(client => client.query('SELECT 1'), {readOnly: true})
    expect([route.attempts, commits]).toEqual([2, 2])
    expect((await router.query('SELECT 1')).route.role).toBe('standby')
  })

  it('with a key stays unknown when its key cannot be asked for, and not when its function is refused', async () => {
    const {router, pg1} = await lab()
    const late: Answer = {kind: 'error', code: '57014', message: 'canceling statement due to statement timeout'}
    const work = (): Promise<RouterError> =>
      router
        .transaction(client => client.query(write), {idempotencyKey: 'one'})
        .then(
          () => Promise.reject(new Error('it was applied')),
          (error: unknown) => error as RouterError,
        )
    const failing = (isIt: (text: string) => boolean): void => {
      let commits = 0
      pg1.postgres.answer = text => {
        if (text === 'COMMIT' && commits++ === 0) return {kind: 'close'}
        return commits > 0 && isIt(text) ? late : ok
      }
    }
    failing(text => text.includes('commit_token'))
    expect(await work()).toMatchObject({
      name: 'CommitUnknownError',
      outcome: 'unknown',
      hint: expect.stringContaining('the same key') as string,
    })
    failing(text => text === write)
    expect(await work()).toMatchObject({name: 'error', code: '57014'})
  })

  it('that loses its connection before COMMIT is not applied, and runs again where it may', async () => {
    const {router, pg1} = await lab()
    pg1.postgres.answer = text => (text === write && pg1.postgres.count(write) < 3 ? {kind: 'close'} : ok)
    expect(await caught(router.transaction(client => client.query(write, [1]), {rerun: false}))).toMatchObject({
      code: 'CONNECTION_LOST',
      outcome: 'not-applied',
    })
    expect((await router.transaction(client => client.query(write, [1]))).route.attempts).toBe(2)
    expect(pg1.postgres.count('COMMIT')).toBe(1)
  })

  it('whose function hangs ends at the deadline, not applied, and cannot send afterwards', async () => {
    const {router, pg1} = await lab()
    await router.transaction(() => Promise.resolve())
    pg1.postgres.received.length = 0
    const gate = Promise.withResolvers<undefined>()
    const late = Promise.withResolvers<unknown>()
    const ended = caught(
      router.transaction(
        async client => {
          await gate.promise
          await client.query(write, [1]).catch((error: unknown) => late.resolve(error))
        },
        {deadlineMs: 150},
      ),
    )
    expect(await ended).toMatchObject({code: 'DEADLINE', outcome: 'not-applied'})
    gate.resolve(undefined)
    expect(await late.promise).toMatchObject({code: 'TRANSACTION_OPEN', outcome: 'not-sent'})
    expect(pg1.postgres.received).toEqual(['BEGIN'])
  })

  it.each(['SET ROLE other', 'SELECT pg_advisory_lock(1)', 'LISTEN a'])(
    'leaves a session that was changed by %s to nobody, nor do write(), read() and query(), well or refused',
    async text => {
      const {router, pg1} = await lab(undefined, {max: 1})
      const ways = [
        () => router.transaction(client => client.query(text)),
        () => router.write(text),
        () => router.read(text, [], {from: 'primary'}),
        () => router.query(text),
      ]
      for (const code of [null, '57014'])
        for (const way of ways) {
          pg1.postgres.answer = came => (came === text && code !== null ? {kind: 'error', code} : ok)
          expect(await way().then(() => null, sqlStateOf)).toBe(code)
          const before = pg1.postgres.startups.length
          await router.write(write, [1])
          expect(pg1.postgres.startups.length).toBe(before + 1)
        }
    },
  )

  it('in which an error was swallowed is told as aborted, not as done', async () => {
    const {router, pg1} = await lab()
    pg1.postgres.answer = text => (text === write ? {kind: 'error', code: '23505'} : ok)
    const swallowed = router.transaction(client => client.query(write, [1]).catch(() => undefined))
    expect(await caught(swallowed)).toMatchObject({code: 'TRANSACTION_ABORTED', outcome: 'not-applied'})
  })

  it('that the function ends by itself, or a write that opens one, is told as misuse', async () => {
    const {router, pg1} = await lab()
    for (const text of ['COMMIT', 'ROLLBACK', 'COMMIT AND CHAIN', "PREPARE TRANSACTION 'x'"]) {
      const {code, outcome} = await caught(router.transaction(client => client.query(text)))
      expect([code, outcome]).toEqual(['TRANSACTION_OPEN', 'not-sent'])
    }
    expect(new Set(pg1.postgres.received)).toEqual(new Set(['BEGIN', 'ROLLBACK']))
    expect(await caught(router.write('BEGIN'))).toMatchObject({code: 'TRANSACTION_OPEN', outcome: 'not-applied'})
    await eventually(() => pg1.postgres.sockets.size).toBe(0)
  })
})

describe('an unknown outcome with a proof', () => {
  const look = 'SELECT 1 FROM t WHERE id = $1'
  const proof = {text: look, values: [1]}
  const shutdown: Answer = {
    kind: 'error',
    code: '57P01',
    severity: 'FATAL',
    message: 'terminating connection due to administrator command',
  }
  const row: Answer = {kind: 'ok', tag: 'SELECT 1', row: {one: '1'}}
  const nothing: Answer = {kind: 'ok', tag: 'SELECT 0'}
  const isConfirm = (text: string): boolean => text.includes('pg_logical_emit_message')

  /** pg1 is shut down under the write, pg2 follows on timeline 2. */
  async function switchover(options: Partial<RouterOptions> = {}): Promise<Lab> {
    const made = await lab(undefined, options)
    const {router, pg1, pg2, pg3} = made
    pg1.postgres.answer = text => (text === write || text === 'COMMIT' ? shutdown : ok)
    router.events.once('attempt-failed', () => {
      pg1.role = 'replica'
      promote(pg2, 2, [pg1, pg2, pg3])
    })
    return made
  }

  it('is settled as applied when the row is on the next timeline: not sent again, and confirmed by a commit', async () => {
    const {router, pg1, pg2, events} = await switchover()
    pg2.postgres.answer = text => (text === look ? row : ok)
    const settled: unknown[] = []
    router.events.on('settled', event => settled.push(event))
    const result = await router.write(write, [1], {proof})
    expect(result).toMatchObject({
      rows: [],
      rowCount: null,
      route: {node: 'pg2', timeline: 2, attempts: 1, settled: 'found'},
    })
    expect(pg1.postgres.received).toEqual([write])
    expect(pg2.postgres.received).toEqual([look, expect.stringContaining('pg_logical_emit_message')])
    expect(settled).toEqual([{node: 'pg2', timeline: 2, as: 'applied'}])
    expect(events).toContain('attempt-failed pg1 unknown 57P01 retry')
  })

  it('hands on that the confirming commit did not wait for a standby', async () => {
    const {router, pg2} = await switchover()
    pg2.postgres.answer = text => (text === look ? row : {kind: 'ok', noticeRoutine: 'SyncRepWaitForLSN'})
    expect(committedLocallyOnly((await router.write(write, [1], {proof})).notices)).toBe(true)
  })

  it('is sent again once when the row is not there', async () => {
    const {router, pg1, pg2} = await switchover()
    pg2.postgres.answer = text => (text === look ? nothing : ok)
    expect(await router.write(write, [1], {proof})).toMatchObject({
      rowCount: 1,
      route: {node: 'pg2', attempts: 2, settled: null},
    })
    expect([pg1.postgres.received, pg2.postgres.received]).toEqual([[write], [look, write]])
  })

  it('stays unknown at the deadline while the primary is the same, and the proof is not even asked', async () => {
    const {router, pg1} = await lab()
    pg1.postgres.answer = text => (text === write ? {kind: 'close'} : row)
    const error = await caught(router.write(write, [1], {proof, deadlineMs: 2_000}))
    expect(error).toMatchObject({code: 'CONNECTION_LOST', outcome: 'unknown', node: 'pg1'})
    expect(error.message).toContain('the primary pg1 is neither on a higher timeline nor restarted')
    expect(error.hint).toContain('run the proof yourself')
    expect(pg1.postgres.received).toEqual([write])
    // Once on each connection.
    expect(pg1.postgres.livesAsked).toBeLessThanOrEqual(pg1.postgres.startups.length)
  })

  it('stays unknown after waitMs, long before its deadline: looking is waiting', async () => {
    const {router, pg1} = await lab(undefined, {deadlineMs: 60_000, waitMs: 300})
    pg1.postgres.answer = text => (text === write ? {kind: 'close'} : row)
    expect(await caught(router.write(write, [1], {proof}))).toMatchObject({code: 'CONNECTION_LOST', outcome: 'unknown'})
    expect(pg1.postgres.received).toEqual([write])
  })

  it('is settled on the same timeline after a restart of its server', async () => {
    const {router, pg1} = await lab()
    pg1.postgres.answer = text =>
      text === write && pg1.postgres.count(write) === 1 ? {kind: 'close'} : text === look ? nothing : ok
    router.events.once('attempt-failed', () => (pg1.postgres.startedAt = '2'))
    expect((await router.write(write, [1], {proof})).route).toMatchObject({node: 'pg1', timeline: 1, attempts: 2})
    expect(pg1.postgres.received).toEqual([write, look, write])
  })

  it('is looked for again when the connection breaks under the proof, or under the commit that confirms it', async () => {
    const {router, pg2} = await switchover()
    pg2.postgres.answer = text =>
      (text === look && pg2.postgres.count(look) === 1) || (isConfirm(text) && pg2.postgres.count(look) === 2)
        ? {kind: 'close'}
        : row
    expect((await router.write(write, [1], {proof})).route).toMatchObject({node: 'pg2', attempts: 1, settled: 'found'})
    expect(pg2.postgres.count(look)).toBe(3)
    expect(pg2.postgres.count(write)).toBe(0)
  })

  it('stays unknown, and says why, when the proof is refused', async () => {
    const {router, pg2} = await switchover()
    pg2.postgres.answer = text =>
      text === look ? {kind: 'error', code: '42P01', message: 'relation "t" does not exist'} : ok
    const error = await caught(router.write(write, [1], {proof}))
    expect(error).toMatchObject({code: 'CONNECTION_LOST', outcome: 'unknown', sqlState: '57P01'})
    expect(error.message).toContain('relation "t" does not exist')
    expect(pg2.postgres.received).toEqual([look])
  })

  it('without a proof stays an error at once, and nothing else is asked', async () => {
    const {router, pg1, pg2} = await switchover()
    expect(await caught(router.write(write, [1]))).toMatchObject({
      code: 'CONNECTION_LOST',
      outcome: 'unknown',
      sqlState: '57P01',
    })
    await router.write('LATER')
    expect([pg1.postgres.received, pg2.postgres.received]).toEqual([[write], ['LATER']])
    expect([pg1.postgres.livesAsked, pg2.postgres.livesAsked]).toEqual([0, 0])
  })

  it('is looked for before every repetition, since a third timeline may hold what the second did not', async () => {
    const {router, pg1, pg2, pg3} = await switchover()
    pg2.postgres.answer = text => {
      if (text === look) return nothing
      pg2.role = 'replica'
      promote(pg3, 3, [pg1, pg2, pg3])
      return text === write ? {kind: 'error', code: '25006'} : {kind: 'ok', row: {recovering: 't'}}
    }
    pg3.postgres.answer = text => (text === look ? row : ok)
    expect((await router.write(write, [1], {proof})).route).toMatchObject({
      node: 'pg3',
      timeline: 3,
      attempts: 2,
      settled: 'found',
    })
    expect(pg3.postgres.count(write)).toBe(0)
  })

  it('of the repetition is settled in its turn', async () => {
    const {router, pg1, pg2, pg3} = await switchover()
    pg2.postgres.answer = text => {
      if (text === look) return nothing
      pg2.role = 'replica'
      promote(pg3, 3, [pg1, pg2, pg3])
      return shutdown
    }
    pg3.postgres.answer = text => (text === look ? nothing : ok)
    expect((await router.write(write, [1], {proof})).route).toMatchObject({node: 'pg3', attempts: 3, settled: null})
    expect([pg1, pg2, pg3].map(({postgres}) => postgres.count(write))).toEqual([1, 1, 1])
  })

  it('on a server that was in recovery when it was asked is not settled', async () => {
    const {router, pg1} = await lab(({pg1}) => (pg1.recoversUnseen = true))
    pg1.postgres.answer = () => ({kind: 'close'})
    expect(await caught(router.write(write, [1], {proof}))).toMatchObject({code: 'CONNECTION_LOST', outcome: 'unknown'})
    expect(pg1.postgres.received).toEqual([write])
  })

  it('stays unknown when the caller aborts, the router ends or nobody follows', async () => {
    const inDoubt = async (end: (made: Lab, abort: AbortController) => void | Promise<void>): Promise<RouterError> => {
      const made = await lab()
      made.pg1.postgres.answer = () => ({kind: 'close'})
      const abort = new AbortController()
      const failed = once(made.router.events, 'attempt-failed')
      const ended = caught(made.router.write(write, [1], {proof, signal: abort.signal, deadlineMs: 2_000}))
      await failed
      await end(made, abort)
      const error = await ended
      expect(made.pg1.postgres.count(write)).toBe(1)
      return error
    }
    expect(await inDoubt((_made, abort) => abort.abort())).toMatchObject({outcome: 'unknown'})
    expect(await inDoubt(({router}) => router.end())).toMatchObject({
      outcome: 'unknown',
      message: expect.stringContaining('after calling end') as unknown,
    })
    expect(await inDoubt(({pg1}) => void (pg1.role = 'replica'))).toMatchObject({
      outcome: 'unknown',
      message: expect.stringContaining('before there was a primary') as unknown,
    })
  })

  it('is told at once when the queue is full', async () => {
    const {router, pg1} = await lab(undefined, {queueMax: 1})
    pg1.postgres.answer = () => ({kind: 'silence'})
    const sent = caught(router.write(write, [1], {proof}))
    await eventually(() => pg1.postgres.count(write)).toBe(1)
    const demoted = once(router.events, 'primary-lost')
    const waiting = Promise.withResolvers<RouterError>()
    router.events.once('node-closed', () => waiting.resolve(caught(router.write(write, [2], {deadlineMs: 100}))))
    pg1.role = 'replica'
    await demoted
    expect(await sent).toMatchObject({code: 'CONNECTION_LOST', outcome: 'unknown'})
    expect(await waiting.promise).toMatchObject({code: 'NO_PRIMARY'})
  })

  it.each([
    ['found', true, row, 'null found 1'],
    ['absent, with rerun', true, nothing, '1 null 2'],
    ['absent, without rerun', false, nothing, 'CONNECTION_LOST not-applied'],
  ] as const)('of a COMMIT, %s', async (_what, rerun, seen, expected) => {
    const {router, pg1, pg2} = await switchover()
    pg1.postgres.answer = text => (text === 'COMMIT' ? shutdown : ok)
    pg2.postgres.answer = text => (text === look ? seen : ok)
    const ended = router.transaction(async client => (await client.query(write, [1])).rowCount, {proof, rerun})
    expect(
      await ended.then(
        ({value, route}) => `${value} ${route.settled} ${route.attempts}`,
        (error: unknown) => (error instanceof RouterError ? `${error.code} ${error.outcome}` : 'other'),
      ),
    ).toBe(expected)
    expect(pg2.postgres.count('COMMIT')).toBe(expected === '1 null 2' ? 1 : 0)
  })
})

describe('the end', () => {
  it('is bounded although a statement hangs, and nothing is taken afterwards', async () => {
    const {router, pg1} = await lab()
    pg1.postgres.answer = () => ({kind: 'silence'})
    const options: RequestOptions = {deadlineMs: 60_000}
    const hanging = caught(router.write(write, [1], options))
    await eventually(() => pg1.postgres.count(write)).toBe(1)
    const startedMs = performance.now()
    await Promise.all([router.end(), expect(router.end()).rejects.toThrow('Called end on pool more than once')])
    expect(performance.now() - startedMs).toBeLessThan(1_500)
    expect(await hanging).toMatchObject({outcome: 'unknown'})
    expect(await caught(router.write(write, [2]))).toMatchObject({code: 'ENDED', outcome: 'not-sent'})
  })

  it('lets a statement under way finish', async () => {
    const {router, pg1} = await lab()
    await router.write(write, [0])
    const under = router.write(write, [1])
    await Promise.all([
      expect(under).resolves.toMatchObject({rowCount: 1}),
      eventually(() => pg1.postgres.count(write))
        .toBe(2)
        .then(() => router.end()),
    ])
    await eventually(() => pg1.postgres.sockets.size).toBe(0)
  })

  it('tells those who wait for a primary, or for a connection, when its time is over', async () => {
    const {router} = await lab(({pg1}) => (pg1.role = 'replica'))
    const waiting = caught(router.write(write, [1], {deadlineMs: 60_000}))
    await router.end()
    expect(await waiting).toMatchObject({code: 'ENDED', outcome: 'not-sent'})

    const mute = await lab(({pg1}) => (pg1.postgres.onConnect = 'mute'), {connectTimeoutMs: 400})
    const connecting = caught(mute.router.write(write, [1], {deadlineMs: 60_000}))
    await eventually(() => mute.pg1.postgres.startups.length).toBe(1)
    await mute.router.end()
    expect(await connecting).toMatchObject({code: 'ENDED', outcome: 'not-sent'})
  })
})

describe('options that cannot work', () => {
  const topology = {patroni: ['http://127.0.0.1:1']}
  it.each<readonly [string, RouterOptions, RegExp]>([
    ['no source of the topology', {topology: {patroni: []}}, /topology\.patroni/],
    ['a time that is no number', {topology: {...topology, pollMs: NaN}}, /topology\.pollMs/],
    ['a queue of nothing', {topology, queueMax: 0}, /queueMax is 0/],
    ['a consistency that does not exist', {topology, consistency: 'total' as 'strict'}, /consistency is total/],
  ])('are refused before anything is asked: %s', (_what, options, message) => {
    expect(() => new Router(options)).toThrow(message)
    expect(() => new Router(options)).toThrow(expect.objectContaining({code: 'CONFIG_INVALID'}) as Error)
  })

  it('and what pg.Pool takes and a router lives by', () => {
    for (const field of ['pipeline', 'stream', 'Client'])
      expect(() => new Router({topology, [field]: true})).toThrow(`${field} is not taken`)
  })

  it('while the name of a class is its own to choose', async () => {
    class BoundPool extends Router {}
    const pool = new BoundPool({topology})
    expect(pool.constructor.name).toBe('BoundPool')
    await pool.end()
  })

  it('and two lists of servers', () => {
    expect(() => new Router({topology: {hosts: ['pg2']}, host: 'pg1'})).toThrow(/both name servers/)
  })
})
