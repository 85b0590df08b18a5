// What a statement raises, and what pg refuses to send, is the statement's own: it says nothing of the connection or
// the node, whatever its SQLSTATE. Invariant: the error arrives unchanged, at once, and once; the connection lives on.
// Not here: connections that do break (failover.test.ts), who repeats what and how often (repetition.test.ts).
import pg from 'pg'
import {beforeAll, describe, expect, it} from 'vitest'
import {CommitUnknownError, type Router, type TransactionClient} from '../../../src/router/index.ts'
import {useServers} from './servers.ts'
import {useRouter} from './use-router.ts'

const servers = useServers('it-own-errors', {standbys: 2})
const {primary} = servers

/** Codes that a server also gives where it ends a connection, or refuses to make one. */
const codes = [
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
  '08007',
  '08P01',
  '25P03',
  '25P04',
  '28000',
  '28P01',
  '3D000',
  '40003',
  '53000',
  '53200',
  '53300',
  '53400',
  '57P01',
  '57P02',
  '57P03',
  '57P04',
  '57P05',
  '58000',
  'XX000',
] as const

beforeAll(async () => {
  // Nobody listens on port 1.
  await servers.sql(
    primary,
    `CREATE FUNCTION raise(state text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = state, MESSAGE = 'raised'; END $$;
     CREATE FUNCTION raise_stable(state text) RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = state, MESSAGE = 'raised'; END $$;
     CREATE EXTENSION postgres_fdw;
     CREATE SERVER nobody FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1');
     CREATE USER MAPPING FOR app SERVER nobody OPTIONS (user 'app', password 'app');
     CREATE FOREIGN TABLE far_away (id int) SERVER nobody; GRANT ALL ON far_away TO app;
     ALTER ROLE app CREATEDB`,
  )
  await servers.waitForReplay()
})

/** What was said meanwhile of nodes and tries. */
function listening(router: Router): string[] {
  const said: string[] = []
  router.events.on('attempt-failed', ({node, outcome, willRetry}) => {
    if (willRetry && outcome !== 'not-sent') said.push(`repeated on ${node}`)
  })
  router.events.on('replica-ejected', ({node}) => said.push(`${node} is left out`))
  router.events.on('node-closed', ({node}) => said.push(`${node} is closed`))
  return said
}

async function refusal(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    value => ({answered: value}),
    (error: unknown) => error,
  )
}

const server = (code: string): unknown => expect.objectContaining({code, severity: 'ERROR'})

describe('an error that a function raises', () => {
  const write = 'SELECT raise($1)'

  it('through the pool is told as it is, and the connection is used again', async () => {
    const router = await useRouter(servers, {max: 1})
    await router.explain('SELECT 1')
    const said = listening(router)
    const pidOf = async (): Promise<unknown> => (await router.write('SELECT pg_backend_pid() AS pid')).rows[0]?.['pid']
    const pid = await pidOf()
    for (const code of codes) {
      const errors = [
        await refusal(router.query(write, [code])),
        await refusal(router.write(write, [code])),
        await refusal(router.query('SELECT raise_stable($1)', [code])),
        await refusal(router.read('SELECT raise_stable($1)', [code])),
        await refusal(router.transaction(client => client.query(write, [code]))),
      ]
      expect(errors, code).toEqual(Array(5).fill(server(code)))
      for (const error of errors) expect(error, code).toBeInstanceOf(pg.DatabaseError)
    }
    expect(said).toEqual([])
    expect(await pidOf()).toBe(pid)
  })

  it('in a transaction of a client fails that, and loses nothing', async () => {
    const router = await useRouter(servers)
    const client = await router.connect()
    for (const code of codes) {
      await client.query('BEGIN')
      expect(await refusal(client.query(write, [code])), code).toEqual(server(code))
      expect(await refusal(client.query('SELECT 1')), code).toEqual(server('25P02'))
      expect(client.getTransactionStatus(), code).toBe('E')
      const pid = (client as unknown as {processID: number}).processID
      expect((await client.query('ROLLBACK')).command).toBe('ROLLBACK')
      await client.query('BEGIN')
      await client.query('SAVEPOINT before')
      expect(await refusal(client.query(write, [code])), code).toEqual(server(code))
      await client.query('ROLLBACK TO before')
      expect((await client.query('SELECT pg_backend_pid() AS pid')).rows, code).toEqual([{pid}])
      expect((await client.query('COMMIT')).command).toBe('COMMIT')
    }
    client.release()
  })

  it('on a client whose session was changed leaves it that session', async () => {
    const router = await useRouter(servers)
    const client = await router.connect()
    await client.query("SET search_path = public, 'of this session'")
    for (const code of codes) {
      expect(await refusal(client.query(write, [code])), code).toEqual(server(code))
      expect((await client.query('SHOW search_path')).rows, code).toEqual([{search_path: 'public, "of this session"'}])
    }
    client.release()
  })
})

describe('a statement that the protocol cannot carry', () => {
  const tooMany = Array.from({length: 70_000}, () => 1)

  it.each<readonly [string, string, unknown[] | undefined, string]>([
    ['a read with too few values', 'SELECT $1::int, $2::int', [1], '08P01'],
    ['a write with too few values', 'INSERT INTO orders (user_id, amount) VALUES ($1, $2)', [1], '08P01'],
    ['a read with more values than there are numbers for', 'SELECT 1', tooMany, '08P01'],
    ['a write with more values than there are numbers for', 'DELETE FROM orders WHERE user_id = $1', tooMany, '08P01'],
    ['a read with NUL in its text', 'SELECT 1 \0 + 1', undefined, '08P01'],
    ['a write with NUL in its text', 'DELETE FROM orders WHERE user_id = 1 \0 + 1', undefined, '08P01'],
    ['a read with NUL in its text, and values', 'SELECT $1::int \0 + 1', [1], '08P01'],
    ['a write with NUL in its text, and values', 'DELETE FROM orders WHERE user_id = $1 \0 + 1', [1], '08P01'],
    ['NUL in a value', 'SELECT $1::text', ['a\0b'], '22021'],
  ])("%s has the server's own answer", async (_what, text, values, code) => {
    const router = await useRouter(servers)
    await router.explain('SELECT 1')
    const said = listening(router)
    const client = await router.connect()
    await client.query('BEGIN')
    const errors = [
      await refusal(router.query(text, values)),
      await refusal(router.read(text, values)),
      await refusal(router.write(text, values)),
      await refusal(router.transaction(inside => inside.query(text, values))),
      await refusal(client.query(text, values)),
    ]
    expect(errors).toEqual(Array(5).fill(server(code)))
    expect((await client.query('ROLLBACK')).command).toBe('ROLLBACK')
    client.release()
    expect(said).toEqual([])
  })
})

describe('a server behind the server', () => {
  it.each([
    ['SELECT * FROM far_away', '08001'],
    ['INSERT INTO far_away VALUES (1)', '08001'],
    ['DROP DATABASE nosuch', '3D000'],
    ['CREATE DATABASE another TEMPLATE nosuch', '3D000'],
  ])('%s', async (text, code) => {
    const router = await useRouter(servers)
    await router.explain('SELECT 1')
    const said = listening(router)
    expect(await refusal(router.query(text))).toEqual(server(code))
    expect(await refusal(router.write(text))).toEqual(server(code))
    expect(said).toEqual([])
  })
})

describe('COPY FROM STDIN as a text, which pg has no rows for', () => {
  const text = 'COPY orders FROM STDIN'
  const refused = {code: '57014', message: 'COPY from stdin failed: No source stream defined'}

  it.each<readonly [string, (router: Router) => Promise<unknown>]>([
    ['under a name', router => router.query({name: 'copy', text})],
    ['write()', router => router.write(text)],
    ['transaction()', router => router.transaction(client => client.query(text))],
  ])('%s is told, and the connection goes on', async (_what, send) => {
    const router = await useRouter(servers, {max: 1})
    await expect(send(router)).rejects.toMatchObject(refused)
    expect((await router.query('SELECT 1 AS one /* hl: primary */')).rows).toEqual([{one: 1}])
  })
})

describe('what pg itself refuses to send', () => {
  const circular: unknown[] = []
  circular.push({circular})
  const throwing = (message: string, fields: object = {}): object => ({
    toPostgres: () => {
      throw Object.assign(new Error(message), fields)
    },
  })
  const values: readonly (readonly [string, unknown, string])[] = [
    ['a circular value', circular[0], 'circular structure'],
    ['a value that throws', throwing('no such currency'), 'no such currency'],
    ['a value that speaks of a connection', throwing('the connection was closed'), 'the connection was closed'],
    ['a value that speaks of a timeout', throwing('timeout'), 'timeout'],
    ['a value with an errno', throwing('no such file', {code: 'ENOENT', errno: -2, syscall: 'open'}), 'no such file'],
  ]
  const insert = 'INSERT INTO orders (id, user_id, amount) VALUES (gen_random_uuid(), 1, $1)'

  it.each(values)('%s is told as it is, and no node is blamed', async (_what, value, message) => {
    const router = await useRouter(servers)
    await router.explain('SELECT 1')
    const said = listening(router)
    const errors = [
      await refusal(router.query(insert, [value])),
      await refusal(router.write(insert, [value])),
      await refusal(router.query('SELECT $1::text', [value])),
      await refusal(router.read('SELECT $1::text', [value])),
      await refusal(router.transaction((client: TransactionClient) => client.query(insert, [value]))),
    ]
    for (const error of errors) {
      expect(error).not.toBeInstanceOf(CommitUnknownError)
      expect((error as Error).message).toContain(message)
    }
    expect(said).toEqual([])
  })

  it.each(values)('%s leaves a transaction open in which the next statement runs', async (_what, value, message) => {
    const router = await useRouter(servers)
    const client = await router.connect()
    await client.query('BEGIN')
    const before = await client.query('SELECT pg_current_xact_id() AS xid')
    expect(await refusal(client.query(insert, [value]))).toMatchObject({
      message: expect.stringContaining(message) as unknown,
    })
    expect((await client.query('SELECT pg_current_xact_id() AS xid')).rows).toEqual(before.rows)
    expect((await client.query('COMMIT')).command).toBe('COMMIT')
    client.release()
  })

  it('as the first of a transaction leaves that open, too', async () => {
    const router = await useRouter(servers)
    const client = await router.connect()
    await client.query('BEGIN')
    expect(await refusal(client.query(insert, [circular[0]]))).toBeInstanceOf(TypeError)
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{one: 1}])
    expect(client.getTransactionStatus()).toBe('T')
    expect((await client.query('COMMIT')).command).toBe('COMMIT')
    client.release()
  })
})
