// What the router does when real servers die, hang or change roles under it. Invariants: what may have been applied is
// never sent again unless a key decides it; no read fails while a node is left that can serve it. Not here: which
// errors pg gives (what-the-client-saw.test.ts), whole Patroni clusters (test/e2e).
import {randomUUID} from 'node:crypto'
import {describe, expect, it} from 'vitest'
import {commitTokenTable, CommitUnknownError, type Router, RouterError} from '../../../src/router/index.ts'
import {useServers, type ServerNode} from './servers.ts'
import {quickOptions, useRouter} from './use-router.ts'

const servers = useServers('it-router-failover', {standbys: 2})
const insert = 'INSERT INTO orders (id, user_id, amount) VALUES ($1, $2, $3)'
let user = 1_000

async function countOf(id: string): Promise<number> {
  const [row] = await servers.sql<{n: number}>(servers.primary, 'SELECT count(*)::int AS n FROM orders WHERE id = $1', [
    id,
  ])
  return row?.n ?? -1
}

/** Ends the backend that runs `text`, as soon as it is seen; while the statement waits, it was surely sent. */
async function terminate(text: string): Promise<void> {
  const found = async (): Promise<number> =>
    (
      await servers.sql(
        servers.primary,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE $1 AND application_name = 'router-test' AND state <> 'idle'`,
        [`%${text}%`],
      )
    ).length
  await expect.poll(found, {interval: 20}).toBeGreaterThan(0)
}

/** Reads without a pause until `until` settles; every error is kept. */
async function readMeanwhile(
  router: Router,
  until: Promise<unknown>,
): Promise<{readonly nodes: ReadonlyMap<string, number>; readonly errors: readonly unknown[]}> {
  const nodes = new Map<string, number>()
  const errors: unknown[] = []
  let over = false
  void until.finally(() => {
    over = true
  })
  await Promise.all(
    Array.from({length: 4}, async () => {
      while (!over) {
        await router.read('SELECT 1', [], {consistency: 'eventual'}).then(
          ({route}) => nodes.set(route.node, (nodes.get(route.node) ?? 0) + 1),
          (error: unknown) => errors.push(error),
        )
      }
    }),
  )
  return {nodes, errors}
}

describe('a write whose connection breaks under it', () => {
  it('is unknown, and not sent again', async () => {
    const router = await useRouter(servers)
    const id = randomUUID()
    const ended = router
      .query(`WITH wait AS (SELECT pg_sleep(60)) INSERT INTO orders (id, user_id) SELECT $1, 1 FROM wait`, [id])
      .catch((error: unknown) => error)
    await terminate('WITH wait AS')
    const error = await ended
    expect(error).toBeInstanceOf(CommitUnknownError)
    expect(error).toMatchObject({outcome: 'unknown'})
    expect(await countOf(id)).toBe(0)
  })

  it('in a transaction is not applied, and transaction() runs it again', async () => {
    const router = await useRouter(servers)
    const id = randomUUID()
    let runs = 0
    const ended = router.transaction(async client => {
      runs++
      await client.query(insert, [id, ++user, 1])
      if (runs === 1) await client.query('SELECT pg_sleep(60) AS first_run')
      return runs
    })
    await terminate('AS first_run')
    expect(await ended).toMatchObject({value: 2, route: {attempts: 2}})
    expect(await countOf(id)).toBe(1)
  })

  it('on a client is told as lost until ROLLBACK', async () => {
    const router = await useRouter(servers)
    const client = await router.connect()
    const id = randomUUID()
    await client.query('BEGIN')
    await client.query(insert, [id, ++user, 1])
    const sleeping = client.query('SELECT pg_sleep(60) AS on_client').catch((error: unknown) => error)
    await terminate('AS on_client')
    expect(await sleeping).toBeInstanceOf(RouterError)
    await expect(client.query('COMMIT')).rejects.toMatchObject({code: 'TRANSACTION_LOST'})
    expect(await client.query('ROLLBACK')).toMatchObject({command: 'ROLLBACK'})
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{one: 1}])
    client.release()
    expect(await countOf(id)).toBe(0)
  })
})

describe('an idempotency key', () => {
  it('lets a transaction be applied once, however often it is asked for, and whatever breaks under its COMMIT', async () => {
    await servers.sql(
      servers.primary,
      `${commitTokenTable()} GRANT USAGE ON SCHEMA hl_router TO app; GRANT ALL ON hl_router.commit_token TO app;
      CREATE OR REPLACE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.amount = -1 THEN PERFORM pg_sleep(60); END IF; RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_at_commit()`,
    )
    const router = await useRouter(servers)
    const [id, key] = [randomUUID(), randomUUID()]
    let runs = 0
    const ask = (): ReturnType<typeof router.transaction> =>
      router.transaction(
        async client => {
          runs++
          // The first run's COMMIT takes its time, so that it can be cut.
          await client.query(insert, [id, ++user, runs === 1 ? -1 : 1])
          return runs
        },
        {idempotencyKey: key},
      )
    const ended = ask()
    await terminate('COMMIT')
    expect(await ended).toMatchObject({value: 2, route: {attempts: 2, settled: null}})
    expect(await ask()).toMatchObject({value: null, route: {settled: 'found'}})
    expect([await countOf(id), runs]).toEqual([1, 2])
    await servers.sql(servers.primary, 'DROP TRIGGER slow_commit ON orders')
  })
})

describe('a standby', () => {
  const named = (node: ServerNode): string => `${node.host}:${node.port}`

  it.each(['kill', 'pause'] as const)('that dies or hangs (%s) costs no read', async fault => {
    const router = await useRouter(servers, quickOptions(servers))
    const [victim] = servers.standbys
    if (victim === undefined) throw new Error('a standby is wanted')
    const broken = (async () => {
      await servers[fault](victim)
      // Until it is neither a node nor chosen any more.
      await expect.poll(() => router.topology().standbys.includes(named(victim))).toBe(false)
    })()
    const {errors, nodes} = await readMeanwhile(router, broken)
    expect(errors).toEqual([])
    expect(nodes.size).toBeGreaterThan(0)
    await (fault === 'kill' ? servers.start(victim) : servers.unpause(victim))
    await servers.waitForStreaming()
    await expect.poll(() => router.topology().standbys.includes(named(victim))).toBe(true)
  })
})

describe('no connection is left behind', () => {
  it('by a router that has ended in the middle of everything', async () => {
    const router = await useRouter(servers)
    const working = Array.from({length: 8}, () => router.query('SELECT pg_sleep(0.2)'))
    const client = await router.connect()
    await client.query('BEGIN')
    await client.query('SELECT 1')
    client.release()
    await Promise.all(working)
    await router.end()
    await Promise.all(servers.nodes.map(node => expect.poll(() => servers.connections(node, 'router-test')).toBe(0)))
    await expect(router.query('SELECT 1')).rejects.toMatchObject({code: 'ENDED'})
  })
})
