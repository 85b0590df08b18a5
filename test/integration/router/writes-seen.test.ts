// Reads after anything that committed see it, whatever form the write had and however it ended; and what wrote nothing
// keeps no read on the primary. Every standby stands still, so a read on one is stale. Not here: plain writes
// (routing.test.ts).
import {randomUUID} from 'node:crypto'
import {pipeline} from 'node:stream/promises'
import {Readable} from 'node:stream'
import pg, {type PoolClient} from 'pg'
import {from as copyFrom} from 'pg-copy-streams'
import Cursor from 'pg-cursor'
import QueryStream from 'pg-query-stream'
import {afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest'
import {runInSession, Session, type Router} from '../../../src/router/index.ts'
import {useServers} from './servers.ts'
import {useRouter} from './use-router.ts'

const servers = useServers('it-writes-seen', {standbys: 2})
const count = 'SELECT count(*)::int AS n FROM orders WHERE user_id = $1'
let user = 0

beforeAll(async () => {
  await servers.sql(
    servers.primary,
    `CREATE PROCEDURE hl_commits(wanted bigint) LANGUAGE plpgsql AS $$
     BEGIN INSERT INTO orders (id, user_id) VALUES (gen_random_uuid(), wanted); COMMIT; RAISE 'after the commit'; END $$;
     CREATE FUNCTION hl_looks() RETURNS bigint LANGUAGE sql VOLATILE AS 'SELECT count(*) FROM orders';
     CREATE FUNCTION hl_adds(wanted bigint) RETURNS int LANGUAGE sql VOLATILE
       AS 'INSERT INTO orders (id, user_id) VALUES (gen_random_uuid(), wanted) RETURNING 1';
     CREATE MATERIALIZED VIEW hl_empty AS SELECT 1 AS one WITH NO DATA;
     GRANT ALL ON hl_empty TO app`,
  )
  await servers.waitForReplay()
})

beforeEach(() => {
  user++
})

afterEach(async () => {
  await Promise.all(servers.standbys.map(node => servers.replayResume(node)))
  await servers.waitForReplay()
})

/** With what the catalogue says, and with standbys that stand still. */
async function stale(): Promise<Router> {
  // However long a test takes, they are not too far behind.
  const router = await useRouter(servers, {lagMsMax: 120_000})
  await router.explain('SELECT 1')
  expect((await router.query(count, [user])).route.role).toBe('standby')
  await Promise.all(servers.standbys.map(node => servers.replayPause(node)))
  return router
}

const insert = (): string => `INSERT INTO orders (id, user_id) VALUES ('${randomUUID()}', ${user}) RETURNING user_id`

async function withClient(router: Router, work: (client: PoolClient) => Promise<unknown>): Promise<void> {
  const client = await router.connect()
  try {
    await work(client)
  } finally {
    client.release()
  }
}

const copy = async (client: PoolClient): Promise<void> => {
  await pipeline(
    Readable.from([`${randomUUID()}\t${user}\n`]),
    client.query(copyFrom('COPY orders (id, user_id) FROM STDIN')),
  )
}
const refused = async (work: Promise<unknown>): Promise<void> => {
  await expect(work).rejects.toMatchObject({severity: 'ERROR'})
}

/** Each writes one order of the user. */
const forms: Readonly<Record<string, (router: Router) => Promise<unknown>>> = {
  'COPY FROM STDIN': router => withClient(router, copy),
  'COPY FROM STDIN in a transaction': router =>
    withClient(router, async client => {
      await client.query('BEGIN')
      await copy(client)
      await client.query('COMMIT')
    }),
  'a cursor over INSERT … RETURNING': router =>
    withClient(router, async client => {
      const cursor = client.query(new Cursor(insert()))
      expect(await cursor.read(10)).toHaveLength(1)
      await cursor.close()
    }),
  'a stream over INSERT … RETURNING': router =>
    withClient(router, async client => {
      for await (const row of client.query(new QueryStream(insert()))) expect(row).toBeDefined()
    }),
  'a stream through the pool': async router => {
    const stream = new QueryStream(insert())
    void router.query(stream)
    for await (const row of stream) expect(row).toBeDefined()
  },
  'a Query of pg': router =>
    withClient(
      router,
      client =>
        new Promise((resolve, reject) => {
          client.query(new pg.Query(insert())).on('end', resolve).on('error', reject)
        }),
    ),
  'COMMIT AND CHAIN': router =>
    withClient(router, async client => {
      await client.query('BEGIN')
      await client.query(insert())
      await client.query('COMMIT AND CHAIN')
      await client.query('ROLLBACK')
    }),
  'COMMIT in a text of several statements': router =>
    withClient(router, async client => {
      await client.query('BEGIN')
      await client.query(insert())
      await client.query('COMMIT; SELECT 1')
    }),
  'COMMIT in a text that fails behind it': router =>
    withClient(router, async client => {
      await client.query('BEGIN')
      await client.query(insert())
      await refused(client.query('COMMIT; SELECT 1/0'))
    }),
  'COMMIT in the first text behind BEGIN': router =>
    withClient(router, async client => {
      await client.query('BEGIN')
      await client.query(`${insert()}; COMMIT`)
    }),
  'a transaction in one text': router => router.query(`BEGIN; ${insert()}; COMMIT`),
  'a transaction in one text that fails behind it': router =>
    refused(router.query(`BEGIN; ${insert()}; COMMIT; SELECT 1/0`)),
  'the same on a client': router =>
    withClient(router, client => refused(client.query(`BEGIN; ${insert()}; COMMIT; SELECT 1/0`))),
  'the same through a Query of pg': router =>
    withClient(
      router,
      client =>
        new Promise<void>((resolve, reject) => {
          const query = new pg.Query(`BEGIN; ${insert()}; COMMIT; SELECT 1/0`)
          client
            .query(query)
            .on('end', reject)
            .on('error', () => resolve())
        }),
    ),
  'a CALL that commits and fails': router => refused(router.query(`CALL hl_commits(${user})`)),
  'a CALL that commits and fails, by write()': router => refused(router.write(`CALL hl_commits(${user})`)),
  'a CALL that commits and fails, on a client that keeps its connection': router =>
    withClient(router, async client => {
      await client.query(`SET application_name = 'kept'`)
      await refused(client.query(`CALL hl_commits(${user})`))
    }),
  'a function that writes': router => router.query(`SELECT hl_adds(${user})`),
  'PREPARE and EXECUTE': router =>
    withClient(router, async client => {
      await client.query(`PREPARE hl_insert AS ${insert()}`)
      await client.query('EXECUTE hl_insert')
    }),
  'PREPARE TRANSACTION and COMMIT PREPARED': router =>
    withClient(router, async client => {
      await client.query('BEGIN')
      await client.query(insert())
      await client.query(`PREPARE TRANSACTION 'hl_${user}'`)
      await client.query(`COMMIT PREPARED 'hl_${user}'`)
    }),
}

describe('a read sees what was committed by', () => {
  it.each(Object.entries(forms))('%s, outside of a session', async (_name, write) => {
    const router = await stale()
    await write(router)
    expect((await router.query(count, [user])).rows).toEqual([{n: 1}])
  })

  it.each(Object.entries(forms))('%s, in a session', async (_name, write) => {
    const router = await stale()
    const session = new Session()
    await runInSession(session, async () => {
      await write(router)
      expect((await router.query(count, [user])).rows).toEqual([{n: 1}])
    })
    expect((await router.read(count, [user], {session})).rows).toEqual([{n: 1}])
  })

  it('what failed as a whole keeps no read on the primary', async () => {
    const router = await stale()
    await refused(router.query('INSERT INTO orders (id) VALUES (NULL)'))
    await refused(router.query('SELEC 1'))
    await withClient(router, async client => {
      await client.query('BEGIN')
      await client.query(insert())
      await client.query('ROLLBACK')
    })
    expect((await router.query(count, [user])).route.role).toBe('standby')
  })

  it('a stream in a session leaves its connection whole, and its position known', async () => {
    const router = await useRouter(servers, {max: 1})
    const session = new Session()
    const pids: unknown[] = []
    for (let turn = 0; turn < 3; turn++)
      await runInSession(session, () =>
        withClient(router, async client => {
          for await (const row of client.query(new QueryStream(insert()))) expect(row).toBeDefined()
          pids.push(Reflect.get(client, 'processID'))
        }),
      )
    await router.query('/* hl: primary */ SELECT 1')
    expect(new Set(pids).size).toBe(1)
    expect([session.token === null, session.lastWriteMs]).toEqual([false, null])
  })
})

async function onlyReads(router: Router): Promise<void> {
  await withClient(router, async client => {
    await client.query('BEGIN')
    await client.query(count, [user])
    await client.query(`SELECT set_config('hl.tenant', '7', true)`)
    await client.query('COMMIT')
  })
  await router.transaction(client => client.query(count, [user]))
}

describe('no read is kept on the primary by', () => {
  const asked: readonly (readonly [string, string])[] = [
    ['a volatile function that only looks', 'SELECT hl_looks()'],
    ['a hint', '/* hl: primary */ SELECT 1'],
    ['a transaction that only reads', 'BEGIN'],
    ['what one node knows', 'SELECT count(*) FROM pg_stat_activity'],
    ['a lock', 'SELECT pg_advisory_xact_lock(5)'],
    ['a materialized view that is empty', 'SELECT * FROM hl_empty'],
  ]
  it.each(asked)('%s, however often it is asked', async (_name, text) => {
    const router = await stale()
    for (let turn = 0; turn < 20; turn++) {
      if (text === 'BEGIN') await onlyReads(router)
      else await router.query(text).catch((error: unknown) => expect(error).toMatchObject({code: '55000'}))
      expect((await router.query('SELECT 1')).route.role).toBe('standby')
    }
  })

  it('a materialized view before its first REFRESH, which is read on standbys afterwards', async () => {
    const router = await useRouter(servers)
    await router.explain('SELECT 1')
    await expect(router.query('SELECT one FROM hl_empty')).rejects.toMatchObject({code: '55000'})
    await servers.sql(servers.primary, 'REFRESH MATERIALIZED VIEW hl_empty')
    await servers.waitForReplay()
    expect(await router.query('SELECT one FROM hl_empty')).toMatchObject({rows: [{one: 1}], route: {role: 'standby'}})
    await servers.sql(servers.primary, 'REFRESH MATERIALIZED VIEW hl_empty WITH NO DATA')
  })

  it('a function that writes is seen to write, and counts also where it does not for once', async () => {
    const router = await stale()
    await router.query(`SELECT hl_adds(${user})`)
    await router.query(`SELECT hl_adds(${user})`)
    expect((await router.query(count, [user])).rows).toEqual([{n: 2}])
  })
})
