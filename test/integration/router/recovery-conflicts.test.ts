// Reads that a standby cancels because of what it replays ("Handling Query Conflicts"), on real servers: what can be
// sent again goes to the primary, what cannot is told why at once. Not here: which errors those are
// (src/router/failures/standby-refusal.test.ts).
import Cursor from 'pg-cursor'
import QueryStream from 'pg-query-stream'
import {beforeAll, beforeEach, describe, expect, it} from 'vitest'
import type {Router} from '../../../src/router/index.ts'
import {useServers} from './servers.ts'
import {until} from './until.ts'
import {useRouter} from './use-router.ts'

const servers = useServers('it-conflicts', {standbys: 2})
/** Longer than a conflict takes, until the conflict is over. */
const slow = 'SELECT n, pg_sleep((SELECT seconds FROM hl_pace)) IS NULL AS slept FROM hl_read LIMIT 1'

beforeAll(async () => {
  await Promise.all(servers.standbys.map(node => servers.configure(node, {max_standby_streaming_delay: '0'})))
  await servers.sql(
    servers.primary,
    `CREATE TABLE hl_read (n int); INSERT INTO hl_read SELECT generate_series(1, 1000);
     CREATE TABLE hl_pace (seconds float8); INSERT INTO hl_pace VALUES (0); GRANT ALL ON hl_read, hl_pace TO app`,
  )
})

beforeEach(async () => {
  await servers.sql(servers.primary, 'UPDATE hl_pace SET seconds = 60')
  await servers.waitForReplay()
})

/** What the standbys' backends of the router do that meet `where`. */
async function running(where: string, value: string): Promise<number> {
  const text = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'router-test' AND ${where}`
  return (await Promise.all(servers.standbys.map(node => servers.sql(node, text, [value])))).flat().length
}

/** Takes a lock on the primary that nobody may hold with its replay; whoever reads `slow` from then on is quick. */
async function lock(): Promise<void> {
  await servers.sql(
    servers.primary,
    `BEGIN; UPDATE hl_pace SET seconds = 0; LOCK TABLE hl_read IN ACCESS EXCLUSIVE MODE; SELECT txid_current(); COMMIT`,
  )
}

/** The lock, once a standby has begun with `what`. */
async function conflict(what: string): Promise<void> {
  await until(`a standby runs ${what}`, () => running('query LIKE $1', `%${what}%`))
  await lock()
}

/** The lock, once a standby is in the middle of `slow`. */
async function conflictWithSlow(): Promise<void> {
  await until('a standby sleeps', () => running('wait_event = $1', 'PgSleep'))
  await lock()
}

async function informed(): Promise<Router> {
  const router = await useRouter(servers)
  await router.explain('SELECT 1')
  return router
}

describe('a read that is cancelled', () => {
  it.each(['query', 'read'] as const)('by %s() is answered by the primary', async how => {
    const router = await informed()
    const answer = how === 'query' ? router.query(slow) : router.read(slow)
    await conflictWithSlow()
    const {rows, route} = await answer
    expect([rows, route]).toMatchObject([[{n: 1, slept: false}], {role: 'primary', attempts: 2}])
    // The text is none that a standby does not do.
    await servers.waitForReplay()
    expect((await router.query(slow)).route.role).toBe('standby')
    expect(await router.explain(slow)).toMatchObject({plan: {by: 'parser', node: 'any'}})
  })

  it('as the first of a transaction starts it again on the primary', async () => {
    const router = await informed()
    const client = await router.connect()
    await client.query('BEGIN READ ONLY')
    const answer = client.query(slow)
    await conflictWithSlow()
    expect((await answer).rows).toEqual([{n: 1, slept: false}])
    expect((await client.query('SELECT pg_is_in_recovery() AS r')).rows).toEqual([{r: false}])
    await client.query('COMMIT')
    client.release()
  })

  it('behind statements that gave nothing, too', async () => {
    const router = await informed()
    const client = await router.connect()
    await client.query('BEGIN READ ONLY')
    await client.query(`SET LOCAL application_name = 'router-test'`)
    const answer = client.query(slow)
    await conflictWithSlow()
    expect((await answer).rows).toEqual([{n: 1, slept: false}])
    await client.query('COMMIT')
    client.release()
  })

  it('behind rows that were given is the error of the server, and says what to do', async () => {
    const router = await informed()
    const client = await router.connect()
    await client.query('BEGIN READ ONLY')
    await client.query('SELECT n FROM hl_read WHERE n = 1')
    const answer = client.query(slow)
    await Promise.all([
      expect(answer).rejects.toMatchObject({code: '40001', hint: expect.stringContaining('/* hl: primary */ BEGIN')}),
      conflictWithSlow(),
    ])
    await client.query('ROLLBACK')
    client.release()
  })

  it('while nothing of it was under way is told with the reason by the next statement', async () => {
    const router = await informed()
    const client = await router.connect()
    client.on('error', () => undefined)
    await client.query('BEGIN READ ONLY')
    await client.query('SELECT n FROM hl_read WHERE n = 1')
    await conflict('WHERE n = 1')
    await until(
      'the connection is gone',
      () => Reflect.get(client, 'connection') as {stream: {destroyed: boolean}},
      ({stream}) => stream.destroyed,
    )
    await expect(client.query('SELECT 1')).rejects.toMatchObject({
      code: 'TRANSACTION_LOST',
      cause: {code: '40001'},
    })
    await client.query('ROLLBACK')
    client.release()
  })

  it('in transaction() runs its function again, on the primary', async () => {
    const router = await informed()
    let runs = 0
    const answer = router.transaction(
      async client => {
        runs++
        await client.query('SELECT n FROM hl_read WHERE n = 1')
        return (await client.query(slow)).rows
      },
      {readOnly: true},
    )
    await conflictWithSlow()
    expect(await answer).toMatchObject({value: [{n: 1, slept: false}], route: {role: 'primary', attempts: 2}})
    expect(runs).toBe(2)
  })
})

describe('what sends itself', () => {
  it('a cursor hears of it with what to do, between its rows', async () => {
    const router = await informed()
    const client = router.client()
    const cursor = client.query(new Cursor('SELECT n FROM hl_read')) as Cursor
    expect(await cursor.read(10)).toHaveLength(10)
    await conflict('SELECT n FROM hl_read')
    await until(
      'the cursor ended',
      () => Reflect.get(cursor, 'state') as unknown,
      state => state === 'error',
    )
    await expect(cursor.read(10)).rejects.toMatchObject({code: '40001', hint: expect.stringContaining('hl: primary')})
    client.release()
  })

  it('a stream that has rows in hand hears of it at once', async () => {
    const router = await informed()
    const client = router.client()
    client.on('error', () => undefined)
    const stream = client.query(new QueryStream('SELECT n FROM hl_read')) as QueryStream
    const failed = new Promise(resolve => stream.once('error', resolve))
    await new Promise(resolve => stream.once('readable', resolve))
    expect(stream.read()).toEqual({n: 1})
    await conflict('SELECT n FROM hl_read')
    expect(await failed).toMatchObject({code: '40001', hint: expect.stringContaining('hl: primary')})
    client.release()
  })
})
