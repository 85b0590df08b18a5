// Reads that share a connection, on a real server: each gets its own answer, nobody who must be alone waits for ever,
// and a connection that breaks costs no read.
// Not here: how much faster it is (bench/router.ts), the answer times that allow it
// (src/router/requests/answer-time.test.ts).
import {describe, expect, it} from 'vitest'
import type {Router} from '../../../src/router/index.ts'
import {useServers} from './servers.ts'
import {useRouter} from './use-router.ts'

const servers = useServers('it-sharing', {standbys: 0})
const text = 'SELECT $1::int AS asked, pg_catalog.pg_backend_pid() AS pid'
const max = 2

/** A router that has found the read to be short. */
async function warmRouter(options: object = {}): Promise<Router> {
  const router = await useRouter(servers, {max, ...options})
  await router.explain(text)
  for (let turn = 0; turn < 60; turn++) await router.query(text, [turn])
  return router
}

async function ask(router: Router, count: number): Promise<readonly {readonly asked: number; readonly pid: number}[]> {
  const results = await Promise.all(
    Array.from({length: count}, (_, asked) => router.query<{asked: number; pid: number}>(text, [asked])),
  )
  return results.flatMap(({rows}) => rows)
}

/** Waits until all connections are taken. */
async function takeAll(router: Router): Promise<readonly {release(): void}[]> {
  return Promise.all(Array.from({length: max}, () => router.connect()))
}

describe('reads that share a connection', () => {
  it('get each their own answer, on no more connections than there may be', async () => {
    const router = await warmRouter()
    for (const count of [1, 3, 20, 200]) {
      const rows = await ask(router, count)
      expect(rows.map(({asked}) => asked)).toEqual(Array.from({length: count}, (_, asked) => asked))
      expect(new Set(rows.map(({pid}) => pid)).size).toBeLessThanOrEqual(max)
    }
    await expect.poll(() => router).toMatchObject({totalCount: max, idleCount: max, waitingCount: 0})
  })

  it('are more at once than there are connections, unless told so', async () => {
    const mostAtOnce = (router: Router): (() => Promise<number>) => {
      let now = 0
      let most = 0
      router.on('acquire', () => {
        most = Math.max(most, ++now)
      })
      router.on('release', () => {
        now--
      })
      return async () => {
        await ask(router, 40)
        return most
      }
    }
    // Reads are short when the host is not too busy.
    await expect.poll(mostAtOnce(await warmRouter()), {timeout: 30_000}).toBeGreaterThan(max)
    expect(await mostAtOnce(await warmRouter({pipelining: false}))()).toBeLessThanOrEqual(max)
  })

  it('fail alone', async () => {
    const router = await warmRouter()
    const quotient = 'SELECT 1 / $1::int AS quotient'
    for (let turn = 0; turn < 60; turn++) await router.query(quotient, [1])
    const results = await Promise.allSettled(
      Array.from({length: 40}, (_, index) => router.query<{quotient: number}>(quotient, [index % 4 === 0 ? 0 : 1])),
    )
    expect(results.map(({status}) => status)).toEqual(
      Array.from({length: 40}, (_, index) => (index % 4 === 0 ? 'rejected' : 'fulfilled')),
    )
    expect(
      results.flatMap(result => (result.status === 'rejected' ? [(result.reason as {code: unknown}).code] : [])),
    ).toEqual(Array<string>(10).fill('22012'))
    expect(router.totalCount).toBeLessThanOrEqual(max)
  })

  it('are told the notices of their own', async () => {
    await servers.sql(
      servers.primary,
      `CREATE OR REPLACE FUNCTION tell(n int) RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN IF n % 3 = 0 THEN RAISE NOTICE 'n is %', n; END IF; RETURN n; END $$`,
    )
    const router = await warmRouter()
    const telling = 'SELECT tell($1::int) AS n'
    for (let turn = 0; turn < 60; turn++) await router.query(telling, [1])
    const results = await Promise.all(Array.from({length: 30}, (_, n) => router.query(telling, [n])))
    expect(results.map(({notices}) => notices.map(({message}) => message))).toEqual(
      Array.from({length: 30}, (_, n) => (n % 3 === 0 ? [`n is ${n}`] : [])),
    )
  })

  it('with a value that cannot be sent leave the others their answers', async () => {
    const router = await warmRouter()
    const unsendable = {
      toPostgres: () => {
        throw new Error('no such value')
      },
    }
    const all = [...Array.from({length: 6}, (_, n) => n), unsendable, ...Array.from({length: 6}, (_, n) => n)]
    const results = await Promise.allSettled(all.map(value => router.query(text, [value])))
    expect(results.filter(({status}) => status === 'fulfilled')).toHaveLength(12)
    expect(await ask(router, 20)).toHaveLength(20)
  })

  it('lose nothing when the server ends their connections', async () => {
    const router = await warmRouter()
    const asking = Array.from({length: 30}, async () => (await ask(router, 20)).length)
    await servers.sql(servers.primary, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1`, [
      servers.connection.user,
    ])
    expect(await Promise.all(asking)).toEqual(Array<number>(30).fill(20))
  })

  it('let pass who needs a connection alone', async () => {
    const router = await warmRouter()
    let isOver = false
    const readers = Array.from({length: 32}, async () => {
      while (!isOver) await router.query(text, [1])
    })
    const clients = await takeAll(router)
    isOver = true
    for (const client of clients) client.release()
    await Promise.all(readers)
    expect(clients).toHaveLength(max)
  })

  it('stay away from a connection on which something long is under way', async () => {
    const router = await warmRouter()
    const sleeping = '/* hl: standby */ SELECT pg_catalog.pg_sleep($1::float8)'
    for (let turn = 0; turn < 60; turn++) await router.query(sleeping, [0])
    let isAsleep = true
    const long = router.query(sleeping, [30]).then(() => {
      isAsleep = false
    })
    // For that long nobody can tell that it will be long.
    await servers.sql(servers.primary, 'SELECT pg_sleep(0.05)')
    await ask(router, 100)
    expect(isAsleep).toBe(true)
    // Nobody waits for its end.
    await Promise.all([
      expect(long).rejects.toMatchObject({code: '57014'}),
      servers.sql(
        servers.primary,
        `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'router-test' AND query LIKE '%pg_sleep(%' AND state = 'active'`,
      ),
    ])
  })

  it('leave every connection as they found it', async () => {
    const router = await warmRouter()
    await ask(router, 50)
    const client = await router.connect()
    const rows = await client.query('SELECT 1 AS one')
    client.release()
    expect(rows.rows).toEqual([{one: 1}])
    await expect.poll(() => router.totalCount - router.idleCount).toBe(0)
  })
})
