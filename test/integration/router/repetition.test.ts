// What the router repeats by itself, and where that ends. Invariant: every statement is answered without a deadline of
// its caller's, with the server's last word; who asked not to wait does not wait. Not here: which errors are whose
// (statement-errors.test.ts), failovers (failover.test.ts).
import {randomUUID} from 'node:crypto'
import pg from 'pg'
import {beforeAll, describe, expect, it, onTestFinished} from 'vitest'
import type {Router} from '../../../src/router/index.ts'
import {useServers} from './servers.ts'
import {useRouter} from './use-router.ts'

const servers = useServers('it-repetition', {standbys: 2})
const {primary} = servers
const called = 'SELECT CASE WHEN is_called THEN last_value ELSE 0 END::int AS n FROM calls'

beforeAll(async () => {
  // A sequence counts also what is rolled back.
  await servers.sql(
    primary,
    `CREATE SEQUENCE calls; GRANT ALL ON SEQUENCE calls TO app;
     CREATE FUNCTION fail(state text, seconds float8 DEFAULT 0) RETURNS int LANGUAGE plpgsql AS $$
       BEGIN PERFORM nextval('calls'); PERFORM pg_sleep(seconds); RAISE EXCEPTION USING ERRCODE = state, MESSAGE = 'again and again'; END $$;
     CREATE FUNCTION fall() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN 1; END $$;
     CREATE PROCEDURE commit_and_fail(state text, known uuid) LANGUAGE plpgsql AS $$
       BEGIN INSERT INTO orders (id, user_id) VALUES (gen_random_uuid(), 77); COMMIT; RAISE EXCEPTION USING ERRCODE = state, MESSAGE = 'again and again'; END $$`,
  )
  await servers.waitForReplay()
})

async function calls(): Promise<number> {
  return (await servers.sql<{n: number}>(primary, called))[0]?.n ?? -1
}

async function refusal(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    value => ({answered: value}),
    (error: unknown) => error,
  )
}

/** How often a try was announced to be made again. */
function repeats(router: Router): () => number {
  let count = 0
  router.events.on('attempt-failed', ({outcome, willRetry}) => {
    if (willRetry && outcome !== 'not-sent') count++
  })
  return () => count
}

/** Somebody else holds the row, or the table, until the test is over. */
async function held(text: string): Promise<void> {
  const client = new pg.Client({...servers.connection, host: primary.host, port: primary.port})
  await client.connect()
  onTestFinished(() => client.end())
  await client.query(`BEGIN; ${text}`)
}

describe('who asked not to wait', () => {
  const id = '00000000-0000-0000-0000-000000000012'
  const nowait = `SELECT * FROM orders WHERE id = '${id}' FOR UPDATE NOWAIT`

  it('for a row is told 55P03 at the first try', async () => {
    await servers.sql(primary, 'INSERT INTO orders (id, user_id) VALUES ($1, 1)', [id])
    await held(`SELECT * FROM orders WHERE id = '${id}' FOR UPDATE`)
    const router = await useRouter(servers)
    const repeated = repeats(router)
    const client = await router.connect()
    await client.query('BEGIN')
    let runs = 0
    const errors = [
      await refusal(router.query(nowait)),
      await refusal(router.write(nowait)),
      await refusal(
        router.transaction(inside => {
          runs++
          return inside.query(nowait)
        }),
      ),
      await refusal(client.query(nowait)),
    ]
    await client.query('ROLLBACK')
    client.release()
    expect(errors).toEqual(Array(4).fill(expect.objectContaining({code: '55P03', severity: 'ERROR'})))
    expect([repeated(), runs]).toEqual([0, 1])
  })

  it('longer than lock_timeout is told 55P03 at the first try', async () => {
    await held('LOCK TABLE orders IN ACCESS EXCLUSIVE MODE')
    const router = await useRouter(servers, {lock_timeout: 300})
    const repeated = repeats(router)
    expect(await refusal(router.query('ALTER TABLE orders ADD COLUMN never int'))).toMatchObject({code: '55P03'})
    expect(await refusal(router.transaction(client => client.query('SELECT 1 FROM orders')))).toMatchObject({
      code: '55P03',
    })
    expect(repeated()).toBe(0)
  })

  it.each([
    ['statement_timeout', {statement_timeout: 2_000}, '57014'],
    ['transaction_timeout', {options: '-c transaction_timeout=2000'}, '25P04'],
  ])('longer than %s is not tried again', async (_what, options, code) => {
    const router = await useRouter(servers, options)
    const repeated = repeats(router)
    let runs = 0
    const error = await refusal(
      router.transaction(client => {
        runs++
        return client.query('SELECT pg_sleep(60)')
      }),
    )
    expect((error as {cause?: unknown}).cause ?? error).toMatchObject({code})
    expect([runs, repeated()]).toEqual([1, 0])
  })
})

describe('what fails for a reason that may pass, and never does', () => {
  const text = 'SELECT fail($1)'

  it.each(['40001', '40P01'])('%s ends by default, with the last word of the server', async code => {
    const router = await useRouter(servers)
    const before = await calls()
    expect(await refusal(router.query(text, [code]))).toMatchObject({code, severity: 'ERROR'})
    expect((await calls()) - before).toBe(11)
  })

  it('is tried as often as is allowed, in every way of asking', async () => {
    const router = await useRouter(servers, {repeatsMax: 2})
    const client = await router.connect()
    const ways: Readonly<Record<string, () => Promise<unknown>>> = {
      'query()': () => router.query(text, ['40001']),
      'write()': () => router.write(text, ['40001']),
      'read()': () => router.read(text, ['40001'], {from: 'primary'}),
      'transaction()': () => router.transaction(inside => inside.query(text, ['40001'])),
      'a client': () => client.query(text, ['40001']),
      'a client after BEGIN': async () => {
        await client.query('BEGIN')
        return client.query(text, ['40001']).finally(() => client.query('ROLLBACK'))
      },
      'with a proof': () =>
        router.write(text, ['40001'], {proof: {text: 'SELECT 1 FROM orders WHERE id = $1', values: [randomUUID()]}}),
    }
    for (const [way, ask] of Object.entries(ways)) {
      const before = await calls()
      expect(await refusal(ask()), way).toMatchObject({code: '40001', severity: 'ERROR'})
      expect((await calls()) - before, way).toBe(3)
    }
    client.release()
  })

  it('is not tried again when its time is over', async () => {
    const router = await useRouter(servers, {repeatMs: 1_000})
    const before = await calls()
    expect(await refusal(router.query('SELECT fail($1, 1.5)', ['40001']))).toMatchObject({code: '40001'})
    // The first repetition may begin at once; it takes longer than the time that there is.
    expect((await calls()) - before).toBe(2)
  })

  it('at the deadline of its caller is told as the server told it', async () => {
    const router = await useRouter(servers, {repeatsMax: 1_000})
    // A connection that is there already costs nothing of the deadline.
    await router.write('SELECT 1')
    expect(await refusal(router.write(text, ['40001'], {deadlineMs: 2_000}))).toMatchObject({code: '40001'})
  })

  it('is not tried at all again where repeatsMax says so', async () => {
    const router = await useRouter(servers, {repeatsMax: 0})
    const before = await calls()
    expect(await refusal(router.query(text, ['40001']))).toMatchObject({code: '40001'})
    expect((await calls()) - before).toBe(1)
  })
})

describe('what breaks every connection that it runs on', () => {
  it('is not carried from node to node for ever', async () => {
    const router = await useRouter(servers, {repeatsMax: 3})
    await router.explain('SELECT 1')
    const repeated = repeats(router)
    for (const ask of [() => router.query('SELECT fall()'), () => router.read('SELECT fall()')])
      expect(await refusal(ask())).toMatchObject({
        code: 'CONNECTION_LOST',
        outcome: 'not-applied',
        cause: {code: '57P01'},
      })
    expect(repeated()).toBe(6)
  })
})

describe('what commits by itself before it fails', () => {
  const applied = async (user: number): Promise<number> =>
    (await servers.sql<{n: number}>(primary, 'SELECT count(*)::int AS n FROM orders WHERE user_id = $1', [user]))[0]
      ?.n ?? -1
  const insert = (user: number): string => `INSERT INTO orders (id, user_id) VALUES (gen_random_uuid(), ${user})`

  it.each([
    ['a procedure', 77, "CALL commit_and_fail('40001', NULL)"],
    ['a text of several statements', 78, `BEGIN; ${insert(78)}; COMMIT; SELECT fail('40001')`],
    ['an anonymous block', 79, `DO $$ BEGIN ${insert(79)}; COMMIT; PERFORM fail('40001'); END $$`],
  ])('%s is sent once', async (_what, user, text) => {
    const router = await useRouter(servers)
    await router.explain('SELECT 1')
    expect(await refusal(router.query(text))).toMatchObject({code: '40001'})
    expect(await applied(user)).toBe(1)
  })

  it('a text of several statements behind BEGIN is sent once', async () => {
    const router = await useRouter(servers)
    const client = await router.connect()
    await client.query('BEGIN')
    expect(await refusal(client.query(`${insert(80)}; COMMIT; SELECT fail('40001')`))).toMatchObject({code: '40001'})
    client.release()
    expect(await applied(80)).toBe(1)
  })
})
