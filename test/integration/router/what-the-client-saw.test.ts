// The rows of "what the client saw", each brought about on a real server with a bare pg.Client: which error object the
// driver gives, what had happened in truth, and how the router judges it. Invariant: no judgement says not-applied of
// what was applied. Not here: errors made by hand, in all phases (classify-error.test.ts).
import pg from 'pg'
import {beforeAll, describe, expect, onTestFinished, test} from 'vitest'
import {holdCommits} from './hold-commits.ts'
import {connecting, sawIn, type RawClient, type Seen} from './raw-client.ts'
import {useServers, type ServerNode} from './servers.ts'
import {until} from './until.ts'

const servers = useServers('it-client-saw', {standbys: 1})
const {primary} = servers
const [standby] = servers.standbys as [ServerNode]
const connect = connecting(servers)

const insert = 'INSERT INTO orders (id, user_id) VALUES (gen_random_uuid(), $1)'
const countOf = async (user: number): Promise<number> =>
  (await servers.sql<{n: number}>(primary, 'SELECT count(*)::int AS n FROM orders WHERE user_id = $1', [user]))[0]?.n ??
  -1
const terminate = ({pid}: RawClient): Promise<unknown> =>
  servers.sql(primary, 'SELECT pg_terminate_backend($1, 5000)', [pid])
const waitsFor = ({pid}: RawClient, event: string): Promise<unknown> =>
  until(
    `${pid} waits for ${event}`,
    () => servers.sql<{wait_event: string}>(primary, 'SELECT wait_event FROM pg_stat_activity WHERE pid = $1', [pid]),
    rows => rows[0]?.wait_event === event,
  )
/** Holds the table, so that a write on another connection hangs in the server. */
const hold = async (): Promise<unknown> => (await connect(primary)).query('BEGIN; LOCK TABLE orders IN EXCLUSIVE MODE')
const gone = 'Connection terminated unexpectedly'
const byAdministrator = {
  code: '57P01',
  severity: 'FATAL',
  fromServer: true,
  message: 'terminating connection due to administrator command',
}

describe('no connection was made: not sent, whatever the statement', () => {
  /** One that succeeds is closed at once: a smart shutdown would wait for it. */
  const connectingTo = (node: ServerNode, config?: pg.ClientConfig) =>
    sawIn(
      ['connecting', 'autocommit'],
      connect(node, config).then(({client}) => client.end()),
    )

  // The kernel asks for such an address for three seconds; other tests need not wait for that.
  let unreachable: Promise<Seen>
  beforeAll(() => {
    unreachable = sawIn(
      ['connecting', 'autocommit'],
      new pg.Client({
        ...servers.connection,
        host: primary.host.replace(/\d+\.\d+$/, '255.254'),
        port: primary.port,
      }).connect(),
    )
  })

  // First, because a smart shutdown also waits for those who were cut off while they logged in.
  test('57P03 while it shuts down, and while it starts', async () => {
    const client = await connect(standby)
    const saying = (message: string) =>
      until(
        message,
        () => connectingTo(standby),
        seen => seen.message === message,
      )
    const refused = {
      code: '57P03',
      severity: 'FATAL',
      fromServer: true,
      judged: ['not-sent, elsewhere', 'not-sent, elsewhere'],
    }
    // Every look for a file in the archive takes a while, so the start can be seen.
    await servers.configure(standby, {restore_command: 'sleep 1; false'})
    const stopped = servers.stop(standby, 'smart')
    expect(await saying('the database system is shutting down')).toMatchObject(refused)
    await client.client.end()
    await stopped
    const started = servers.start(standby)
    expect(await saying('the database system is starting up')).toMatchObject(refused)
    await started
    await servers.configure(standby, {restore_command: null})
    await servers.waitForStreaming()
  })

  test('refused', async () => {
    expect(await connectingTo({...primary, port: 1})).toMatchObject({
      code: 'ECONNREFUSED',
      syscall: 'connect',
      fromServer: false,
      judged: ['not-sent, elsewhere', 'not-sent, elsewhere'],
    })
  })

  test('no such name', async () => {
    expect(await connectingTo({...primary, host: 'no-such-host.invalid'})).toMatchObject({
      code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
      syscall: 'getaddrinfo',
      judged: ['not-sent, elsewhere', 'not-sent, elsewhere'],
    })
  })

  test.each([
    ['pause', 'unpause'],
    ['cut', 'mend'],
  ] as const)('timeout: %s', async (breaks, mends) => {
    await servers[breaks](standby)
    const seen = await connectingTo(standby, {connectionTimeoutMillis: 200})
    await servers[mends](standby)
    // The words alone do not say that nothing was sent: only who knows that it was connecting does.
    expect(seen).toEqual({
      code: undefined,
      severity: undefined,
      syscall: undefined,
      message: 'timeout expired',
      fromServer: false,
      judged: ['not-sent, elsewhere', 'unknown, never'],
    })
  })

  test('no such machine', async () => {
    expect(await unreachable).toMatchObject({
      code: 'EHOSTUNREACH',
      syscall: 'connect',
      judged: ['not-sent, elsewhere', 'not-sent, elsewhere'],
    })
  })

  test('no free connection in a pool', async () => {
    const pool = new pg.Pool({...servers.connection, host: primary.host, port: primary.port, max: 1})
    const client = await pool.connect()
    pool.options.connectionTimeoutMillis = 50
    expect(await sawIn(['autocommit'], pool.query('SELECT 1'))).toMatchObject({
      code: undefined,
      message: 'timeout exceeded when trying to connect',
      judged: ['not-sent, elsewhere'],
    })
    client.release()
    await pool.end()
  })

  test('53300', async () => {
    await servers.sql(primary, 'ALTER ROLE app CONNECTION LIMIT 0')
    const seen = await connectingTo(primary)
    await servers.sql(primary, 'ALTER ROLE app CONNECTION LIMIT -1')
    expect(seen).toMatchObject({
      code: '53300',
      severity: 'FATAL',
      fromServer: true,
      message: 'too many connections for role "app"',
      judged: ['not-sent, elsewhere', 'not-sent, elsewhere'],
    })
  })

  test('28P01 and 3D000 come again elsewhere', async () => {
    expect(await connectingTo(primary, {password: 'wrong'})).toMatchObject({
      code: '28P01',
      severity: 'FATAL',
      message: 'password authentication failed for user "app"',
      judged: ['not-sent, never', 'not-sent, never'],
    })
    expect(await connectingTo(primary, {database: 'nowhere'})).toMatchObject({
      code: '3D000',
      severity: 'FATAL',
      judged: ['not-sent, never', 'not-sent, never'],
    })
  })
})

describe('the server refused: not applied', () => {
  const refusal = (code: string, message: string, judged: string) => ({
    code,
    severity: 'ERROR',
    fromServer: true,
    message: expect.stringContaining(message),
    judged: [judged, judged],
  })
  const refused = (failing: Promise<unknown>) => sawIn(['autocommit', 'in-transaction'], failing)

  test('25006 and 0A000 on a standby', async () => {
    const {query} = await connect(standby)
    expect(await refused(query(insert, [1]))).toEqual({
      ...refusal('25006', 'cannot execute INSERT in a read-only transaction', 'not-applied, elsewhere'),
      syscall: undefined,
    })
    for (const text of ['BEGIN READ WRITE', 'SET TRANSACTION READ WRITE'])
      expect(await refused(query(text))).toMatchObject(
        refusal('0A000', 'cannot set transaction read-write mode during recovery', 'not-applied, elsewhere'),
      )
    expect(await refused(query("SELECT nextval('nothing')"))).toMatchObject(
      refusal('42P01', 'does not exist', 'not-applied, never'),
    )
  })

  test('25006 on a primary, in a transaction that asked for it, is the same error: only who sent BEGIN READ ONLY can tell', async () => {
    const [asked, standing] = await Promise.all([connect(primary), connect(standby)])
    await asked.query('BEGIN READ ONLY')
    expect(await refused(asked.query(insert, [1]))).toEqual(await refused(standing.query(insert, [1])))
  })

  test('40001 by a concurrent update, and at COMMIT', async () => {
    await servers.sql(primary, insert, [40])
    const [first, second] = await Promise.all([connect(primary), connect(primary)])
    for (const {query} of [first, second]) await query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM orders')
    const update = 'UPDATE orders SET amount = 1 WHERE user_id = 40'
    await first.query(`${update}; COMMIT`)
    expect(await refused(second.query(update))).toMatchObject(
      refusal('40001', 'could not serialize access due to concurrent update', 'not-applied, again'),
    )
    await second.query('ROLLBACK')
    for (const {query} of [first, second])
      await query('BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM orders WHERE user_id = 41')
    for (const {query} of [first, second]) await query(insert, [41])
    await first.query('COMMIT')
    expect(await sawIn(['commit-sent'], second.query('COMMIT'))).toMatchObject({
      code: '40001',
      severity: 'ERROR',
      message: 'could not serialize access due to read/write dependencies among transactions',
      judged: ['not-applied, again'],
    })
    expect(await countOf(41)).toBe(1)
  })

  test('40P01', async () => {
    const [first, second] = await Promise.all([connect(primary), connect(primary)])
    await first.query('BEGIN; SELECT pg_advisory_xact_lock(1)')
    await second.query('BEGIN; SELECT pg_advisory_xact_lock(2)')
    const settled = Promise.allSettled([
      first.query('SELECT pg_advisory_xact_lock(2)').finally(() => first.query('ROLLBACK')),
      second.query('SELECT pg_advisory_xact_lock(1)').finally(() => second.query('ROLLBACK')),
    ])
    const loser = (await settled).find(each => each.status === 'rejected')
    expect(await refused(Promise.reject(loser?.reason as Error))).toMatchObject(
      refusal('40P01', 'deadlock detected', 'not-applied, again'),
    )
  })

  test('55P03 by NOWAIT and by lock_timeout', async () => {
    await hold()
    const {query} = await connect(primary, {lock_timeout: 50})
    expect(await refused(query('LOCK TABLE orders IN SHARE MODE NOWAIT'))).toMatchObject({
      code: '25P01',
      severity: 'ERROR',
    })
    expect(await refused(query('BEGIN; LOCK TABLE orders IN SHARE MODE NOWAIT'))).toMatchObject(
      refusal('55P03', 'could not obtain lock on relation "orders"', 'not-applied, never'),
    )
    await query('ROLLBACK')
    expect(await refused(query(insert, [55]))).toMatchObject(
      refusal('55P03', 'canceling statement due to lock timeout', 'not-applied, never'),
    )
  })

  test('what comes again wherever it is tried: 23505, 42601, 22012, 57014', async () => {
    const client = await connect(primary)
    const {query, pid} = client
    const own = "INSERT INTO orders (id) VALUES ('00000000-0000-0000-0000-000000000001')"
    await query(own)
    expect(await refused(query(own))).toMatchObject(
      refusal('23505', 'duplicate key value violates unique constraint "orders_pkey"', 'not-applied, never'),
    )
    expect(await refused(query('SELEC'))).toMatchObject(
      refusal('42601', 'syntax error at or near "SELEC"', 'not-applied, never'),
    )
    expect(await refused(query('SELECT 1/0'))).toMatchObject(refusal('22012', 'division by zero', 'not-applied, never'))
    expect(await refused(query('SET statement_timeout = 50; SELECT pg_sleep(60)'))).toMatchObject(
      refusal('57014', 'canceling statement due to statement timeout', 'not-applied, never'),
    )
    const sleeping = refused(query('SELECT pg_sleep(60)'))
    // Nobody is told of a cancellation that comes before its statement.
    await waitsFor(client, 'PgSleep')
    await servers.sql(primary, 'SELECT pg_cancel_backend($1)', [pid])
    expect(await sleeping).toMatchObject(
      refusal('57014', 'canceling statement due to user request', 'not-applied, never'),
    )
  })

  test('40001 as FATAL, on a standby whose recovery needs what an idle transaction holds', async () => {
    await servers.configure(standby, {max_standby_streaming_delay: '0'})
    onTestFinished(() => servers.configure(standby, {max_standby_streaming_delay: null}))
    const {query, errors} = await connect(standby)
    await query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM orders')
    await servers.sql(
      primary,
      'DROP TABLE IF EXISTS in_the_way; CREATE TABLE in_the_way (); DELETE FROM orders WHERE user_id = 40',
    )
    await servers.sql(primary, 'VACUUM orders')
    await until('the connection is taken', () => errors.length)
    expect(await sawIn(['read', 'in-transaction'], Promise.reject(errors[0] as Error))).toMatchObject({
      code: '40001',
      severity: 'FATAL',
      message: 'terminating connection due to conflict with recovery',
      judged: ['not-applied, elsewhere', 'not-applied, elsewhere'],
    })
  })
})

describe('57P01 of one backend', () => {
  test('under a statement of a transaction: not applied', async () => {
    const client = await connect(primary)
    await client.query('BEGIN')
    await client.query(insert, [1])
    const seen = sawIn(['in-transaction'], client.query('SELECT pg_sleep(60)'))
    await waitsFor(client, 'PgSleep')
    await terminate(client)
    expect(await seen).toMatchObject({...byAdministrator, judged: ['not-applied, elsewhere']})
    expect(await countOf(1)).toBe(0)
  })

  test('under a write outside a transaction: the same words, and nobody can know', async () => {
    await hold()
    const client = await connect(primary)
    const seen = sawIn(['autocommit', 'read'], client.query(insert, [2]))
    await waitsFor(client, 'relation')
    await terminate(client)
    expect(await seen).toMatchObject({...byAdministrator, judged: ['unknown, never', 'not-applied, elsewhere']})
    expect(client.errors.map(({message}) => message)).toEqual([gone])
  })

  test('while idle: an event, and the next statement does not leave', async () => {
    const client = await connect(primary)
    await terminate(client)
    await until('it is told', () => client.errors.length)
    expect(await sawIn(['autocommit'], Promise.reject(client.errors[0] as Error))).toMatchObject(byAdministrator)
    expect(await sawIn(['autocommit'], client.query(insert, [3]))).toMatchObject({
      message: 'Client has encountered a connection error and is not queryable',
      judged: ['not-sent, elsewhere'],
    })
  })

  test('while idle and unread: handed to the next statement, which never arrived', async () => {
    const client = await connect(primary)
    client.client.connection.stream.pause()
    await terminate(client)
    const seen = sawIn(['autocommit', 'in-transaction'], client.query(insert, [4]))
    client.client.connection.stream.resume()
    expect(await seen).toMatchObject({...byAdministrator, judged: ['unknown, never', 'not-applied, elsewhere']})
    expect(await countOf(4)).toBe(0)
  })
})

describe('the connection broke: applied or not, as far as the statement goes', () => {
  test('ECONNRESET: the machine answers, the backend does not exist any more', async () => {
    const [client, other] = [await connect(primary), await connect(primary)]
    await client.query('BEGIN')
    await client.query(insert, [5])
    await servers.signal(primary, [client.pid, other.pid], 'STOP')
    const seen = sawIn(['in-transaction', 'autocommit'], client.query('SELECT 1'))
    await servers.signal(primary, [client.pid], 'KILL')
    expect(await seen).toMatchObject({
      code: 'ECONNRESET',
      syscall: 'read',
      severity: undefined,
      fromServer: false,
      judged: ['not-applied, elsewhere', 'unknown, never'],
    })
    // The event comes before the statement's own error, and a second one, without a code, when the socket is closed.
    expect(client.errors[0]).toMatchObject({code: 'ECONNRESET'})
    // The other backend cannot die yet, and the server waits for it: that is what a client meets in the middle of a
    // crash.
    const met = await until(
      'the crash is noticed',
      () => sawIn(['connecting'], connect(primary)),
      ({code}) => code !== undefined,
    )
    expect(met).toMatchObject({
      code: '57P03',
      message: 'the database system is in recovery mode',
      judged: ['not-sent, elsewhere'],
    })
    await servers.signal(primary, [other.pid], 'CONT')
    await until('it is told', () => other.errors.length)
    expect(other.notices).toEqual(['WARNING 57P02 terminating connection because of crash of another server process'])
    expect(other.errors).toMatchObject([{message: gone}])
    await until(
      'it has recovered',
      () => countOf(5),
      count => count === 0,
    )
  })

  test('a backend killed under its statement: no word, and 57P02 as a warning to the others', async () => {
    const [victim, other] = [await connect(primary), await connect(primary)]
    const [seen, othersSeen] = [
      sawIn(['autocommit'], victim.query('SELECT pg_sleep(60)')),
      sawIn(['autocommit', 'commit-sent', 'in-transaction'], other.query('SELECT pg_sleep(60)')),
    ]
    await waitsFor(victim, 'PgSleep')
    await servers.signal(primary, [victim.pid], 'KILL')
    expect(await seen).toEqual({
      code: undefined,
      severity: undefined,
      syscall: undefined,
      fromServer: false,
      message: gone,
      judged: ['unknown, never'],
    })
    expect(await othersSeen).toMatchObject({
      code: undefined,
      message: gone,
      judged: ['unknown, never', 'unknown, never', 'not-applied, elsewhere'],
    })
    expect(victim.notices).toEqual([])
    expect(other.notices).toEqual(['WARNING 57P02 terminating connection because of crash of another server process'])
    await until(
      'it has recovered',
      () => countOf(0),
      count => count === 0,
    )
  })

  test('immediate shutdown: 57P01 as a warning, then no word', async () => {
    const [inTransaction, writing] = [await connect(primary), await connect(primary)]
    await inTransaction.query('BEGIN')
    await inTransaction.query(insert, [6])
    const seen = sawIn(
      ['autocommit', 'commit-sent'],
      writing.query(
        `WITH slow AS (SELECT pg_sleep(60)) INSERT INTO orders (id, user_id) SELECT gen_random_uuid(), 6 FROM slow`,
      ),
    )
    await waitsFor(writing, 'PgSleep')
    const restarted = servers.restart(primary, 'immediate')
    expect(await seen).toMatchObject({code: undefined, message: gone, judged: ['unknown, never', 'unknown, never']})
    expect(writing.notices).toEqual(['WARNING 57P01 terminating connection due to immediate shutdown command'])
    await until('it is told', () => inTransaction.errors.length)
    expect(await sawIn(['in-transaction'], Promise.reject(inTransaction.errors[0] as Error))).toMatchObject({
      code: undefined,
      message: gone,
      judged: ['not-applied, elsewhere'],
    })
    await restarted
    expect(await countOf(6)).toBe(0)
  })

  test('EPIPE: written to a connection that is closed', async () => {
    const client = await connect(primary)
    client.client.connection.stream.pause()
    await terminate(client)
    const seen = sawIn(['autocommit', 'in-transaction'], client.query(`SELECT '${'x'.repeat(8_000_000)}'`))
    expect(await seen).toMatchObject({
      code: 'EPIPE',
      syscall: 'write',
      severity: undefined,
      fromServer: false,
      judged: ['unknown, never', 'not-applied, elsewhere'],
    })
  })

  test('the network is silent, and query_timeout gives up: the statement goes on in the server', async () => {
    const client = await connect(primary, {query_timeout: 100})
    const seen = await sawIn(
      ['autocommit', 'read'],
      client.query(
        `WITH slow AS (SELECT pg_sleep(0.3)) INSERT INTO orders (id, user_id) SELECT gen_random_uuid(), 7 FROM slow`,
      ),
    )
    expect(seen).toEqual({
      code: undefined,
      severity: undefined,
      syscall: undefined,
      fromServer: false,
      message: 'Query read timeout',
      judged: ['unknown, never', 'not-applied, elsewhere'],
    })
    expect(client.errors).toEqual([])
    await until(
      'it is applied after all',
      () => countOf(7),
      count => count === 1,
    )
  })
})

describe('the wait for a synchronous standby was cancelled: applied here, perhaps nowhere else', () => {
  const waiting = async (user: number): Promise<{readonly client: RawClient; readonly answer: Promise<unknown>}> => {
    onTestFinished(() => servers.configure(primary, {synchronous_standby_names: null}))
    await holdCommits(servers, connect)
    const client = await connect(primary)
    const answer = client.query(insert, [user])
    await waitsFor(client, 'SyncRep')
    return {client, answer}
  }

  test('by pg_cancel_backend: a warning and a success', async () => {
    const {client, answer} = await waiting(8)
    await servers.sql(primary, 'SELECT pg_cancel_backend($1)', [client.pid])
    expect(await answer).toMatchObject({command: 'INSERT', rowCount: 1})
    expect(client.notices).toEqual(['WARNING 01000 canceling wait for synchronous replication due to user request'])
    expect(await countOf(8)).toBe(1)
  })

  test('by pg_terminate_backend: a warning, and no word although it is applied', async () => {
    const {client, answer} = await waiting(9)
    const seen = sawIn(['autocommit', 'commit-sent'], answer)
    await terminate(client)
    expect(await seen).toMatchObject({code: undefined, message: gone, judged: ['unknown, never', 'unknown, never']})
    expect(client.notices).toEqual([
      'WARNING 57P01 canceling the wait for synchronous replication and terminating connection due to administrator command',
    ])
    expect(await countOf(9)).toBe(1)
  })
})
