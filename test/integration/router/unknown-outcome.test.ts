// What reads see after a write whose outcome is unknown: whoever looks it up is told the truth, on whatever node, so
// nobody writes twice for a standby that is behind. Invariant: each write here was applied although its answer was
// lost, and the standbys do not show it yet. Not here: settling by proof or key (src/router/router.test.ts).
import {randomUUID} from 'node:crypto'
import {beforeAll, describe, expect, it, onTestFinished} from 'vitest'
import {CommitUnknownError, runInSession, Session, type Router} from '../../../src/router/index.ts'
import {holdCommits} from './hold-commits.ts'
import {connecting} from './raw-client.ts'
import {useServers, type ServerNode} from './servers.ts'
import {quickOptions, useRouter} from './use-router.ts'

const servers = useServers('it-unknown', {standbys: 2})
const {primary} = servers
const connect = connecting(servers)
const insert = 'INSERT INTO orders (id, user_id) VALUES ($1, 5)'
const lookUp = 'SELECT count(*)::int AS n FROM orders WHERE id = $1'

beforeAll(async () => {
  await servers.sql(
    primary,
    `GRANT pg_read_all_stats TO app;
     CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(NEW.amount::float8); RETURN NULL; END $$;
     CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
       WHEN (NEW.amount IS NOT NULL) EXECUTE FUNCTION wait_at_commit()`,
  )
})

/** No standby shows what is written from now on, until its test is over. */
async function behind(): Promise<void> {
  await servers.waitForReplay()
  onTestFinished(replayGoesOn)
  await Promise.all(servers.standbys.map(node => servers.replayPause(node)))
}

/** Ends the backend while its commit, done on the primary, waits for a synchronous standby that never comes. */
async function losesItsAnswer(write: () => Promise<unknown>): Promise<void> {
  await holdCommits(servers, connect)
  const lost = write().then(
    () => null,
    (error: unknown) => error,
  )
  await expect
    .poll(
      () =>
        servers.sql(
          primary,
          `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'router-test'`,
        ),
      {interval: 20},
    )
    .toHaveLength(1)
  const error = await lost
  await servers.configure(primary, {synchronous_standby_names: null})
  expect(error).toBeInstanceOf(CommitUnknownError)
  expect(error).toMatchObject({outcome: 'unknown', hint: expect.stringMatching(/unique key/) as unknown})
}

async function seen(router: Router, id: string): Promise<unknown> {
  return (await router.query<{n: number}>(lookUp, [id])).rows[0]?.n
}

const roleOf = async (router: Router): Promise<string> => (await router.query('SELECT 1')).route.role

async function replayGoesOn(): Promise<void> {
  await Promise.all(servers.standbys.map(node => servers.replayResume(node)))
}

/** Replay goes on, and reads go to standbys again. */
async function settles(router: Router): Promise<void> {
  await replayGoesOn()
  await expect.poll(() => roleOf(router)).toBe('standby')
}

describe('a look-up after an answer that was lost', () => {
  const ways: Readonly<Record<string, (router: Router, id: string) => Promise<unknown>>> = {
    'query()': (router, id) => router.query(insert, [id]),
    'write()': (router, id) => router.write(insert, [id]),
    'transaction()': (router, id) => router.transaction(client => client.query(insert, [id])),
    'COMMIT of a client': async (router, id) => {
      const client = await router.connect()
      try {
        await client.query('BEGIN')
        await client.query(insert, [id])
        await client.query('COMMIT')
      } finally {
        client.release()
      }
    },
    'a client whose session was changed': async (router, id) => {
      const client = await router.connect()
      try {
        await client.query('SET DateStyle = ISO')
        await client.query(insert, [id])
      } finally {
        client.release()
      }
    },
  }

  it.each(Object.entries(ways))('of %s sees the write', async (_way, write) => {
    const router = await useRouter(servers)
    await router.explain('SELECT 1')
    const id = randomUUID()
    await behind()
    await losesItsAnswer(() => write(router, id))
    for (let turn = 0; turn < 20; turn++) expect(await seen(router, id)).toBe(1)
    expect((await router.read<{n: number}>(lookUp, [id])).rows).toEqual([{n: 1}])
    const client = await router.connect()
    expect((await client.query<{n: number}>(lookUp, [id])).rows).toEqual([{n: 1}])
    client.release()
    await settles(router)
    expect(await seen(router, id)).toBe(1)
  })

  it.each(Object.entries(ways))('of %s in a session sees it there', async (_way, write) => {
    const router = await useRouter(servers)
    await router.explain('SELECT 1')
    const id = randomUUID()
    const session = new Session()
    await behind()
    await losesItsAnswer(() => runInSession(session, () => write(router, id)))
    for (let turn = 0; turn < 20; turn++) expect(await runInSession(session, () => seen(router, id))).toBe(1)
    // Once its place is known, the session's text carries it to other processes.
    await expect.poll(() => session.lastWriteMs).toBeNull()
    expect(await runInSession(Session.from(session.toString()), () => seen(router, id))).toBe(1)
    await replayGoesOn()
    await expect.poll(() => runInSession(session, () => roleOf(router))).toBe('standby')
  })
})

describe('a write that the server goes on with after its caller gave up', () => {
  const slow = 'INSERT INTO orders (id, user_id, amount) VALUES ($1, 5, 6)'
  const deadline = {deadlineMs: 3_000}

  it.each<[string, (router: Router, id: string) => Promise<unknown>]>([
    ['is seen from the moment on at which it is committed', (router, id) => router.write(slow, [id], deadline)],
    [
      'on a connection that was cut is seen from then on, too',
      (router, id) => router.transaction(client => client.query(slow, [id]), deadline),
    ],
  ])('%s', async (_what, write) => {
    const router = await useRouter(servers)
    await router.explain('SELECT 1')
    const id = randomUUID()
    // A connection that is there already costs nothing of the deadline.
    await router.write('SELECT 1')
    await behind()
    await expect(write(router, id)).rejects.toBeInstanceOf(CommitUnknownError)
    await expect.poll(() => servers.sql<{n: number}>(primary, lookUp, [id]), {interval: 20}).toEqual([{n: 1}])
    for (let turn = 0; turn < 20; turn++) expect(await seen(router, id)).toBe(1)
    await settles(router)
    expect(await seen(router, id)).toBe(1)
  })
})

describe('a failover after an answer that was lost', () => {
  it('sends the look-up to the next primary, and not to the standby that is behind', async () => {
    const [next, behindIt] = servers.standbys as [ServerNode, ServerNode]
    const router = await useRouter(servers, quickOptions(servers))
    await router.explain('SELECT 1')
    const id = randomUUID()
    await servers.waitForReplay()
    await servers.replayPause(behindIt)
    await losesItsAnswer(() => router.query(insert, [id]))
    await servers.waitForReplay(primary, [next])
    await servers.kill(primary)
    const looking = seen(router, id)
    await servers.promote(next)
    expect(await looking).toBe(1)
    for (let turn = 0; turn < 20; turn++) expect(await seen(router, id)).toBe(1)
    await servers.replayResume(behindIt)
    await servers.follow(behindIt, next)
    await expect.poll(() => roleOf(router)).toBe('standby')
    expect(await seen(router, id)).toBe(1)
  })
})
