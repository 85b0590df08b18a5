// Migrations over three shards on a real server: in step, cut off and resumed, refused with nothing changed. The oracle
// is what PostgreSQL's catalog says afterwards. Not here: the back office's own migrations (migrate-app.test.ts).
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {fileURLToPath} from 'node:url'
import {describe, expect, test} from 'vitest'
import {applyMigrations, migrationStatus} from '../../../src/shards/migrate/apply-migrations.ts'
import {migrationOf, noTransactionMark} from '../../../src/shards/migrate/migration-file.ts'
import {shardsSchema} from '../../../src/shards/map/schema-sql.ts'
import {useServers} from '../router/servers.ts'
import {freshDatabases, limits, type FreshDatabase} from './fresh-databases.ts'

const servers = useServers('it-migrate', {standbys: 0})
const file = migrationOf
const accounts = file('0001_accounts.sql', 'CREATE TABLE accounts (user_id bigint PRIMARY KEY, name text);')
const balance = file('0002_balance.sql', 'ALTER TABLE accounts ADD balance bigint NOT NULL DEFAULT 0;')
const names = file(
  '0003_names.sql',
  `${noTransactionMark}\nCREATE INDEX CONCURRENTLY accounts_name ON accounts (name);`,
)
const all = [accounts, balance, names]
const namesOf = (files: readonly {readonly name: string}[]): readonly string[] => files.map(({name}) => name)

/** Columns and valid indexes in public, as PostgreSQL has them. */
const made = async ({sql}: FreshDatabase): Promise<readonly string[]> =>
  (
    await sql<{name: string}>(
      `SELECT c.relname || '.' || a.attname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
       UNION ALL SELECT c.relname || CASE WHEN x.indisvalid THEN '' ELSE ' (invalid)' END FROM pg_class c JOIN pg_index x ON x.indexrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1`,
    )
  ).map(({name}) => name)
const madeOf = async (shards: readonly FreshDatabase[]) => Promise.all(shards.map(made))
const everything = ['accounts.balance', 'accounts.name', 'accounts.user_id', 'accounts_name', 'accounts_pkey']

test('goes through all shards, tells each what it did, and the second time does nothing', async () => {
  const shards = await freshDatabases(servers)
  const first = await applyMigrations(shards, [names, balance, accounts], {limits})
  expect(first.outcome).toBe('applied')
  expect(first.shards).toEqual(
    ['s1', 's2', 's3'].map(shard => ({shard, applied: namesOf(all), skipped: [], pending: [], failure: null})),
  )
  expect(await madeOf(shards)).toEqual([everything, everything, everything])
  const second = await applyMigrations(shards, all, {limits})
  expect(second.shards.map(({applied, skipped}) => [applied, skipped])).toEqual(shards.map(() => [[], namesOf(all)]))
  const status = await migrationStatus(shards, all)
  expect(status).toMatchObject({refusals: [], drift: null})
  expect(status.shards.map(({applied, pending}) => [applied, pending])).toEqual(shards.map(() => [namesOf(all), []]))
})

describe('cut off half-way', () => {
  /** Waits on the shard where somebody has the lock 42. */
  const slow = file('0002_balance.sql', `SELECT pg_advisory_xact_lock(42); ${balance.sql}`)
  const files = [accounts, slow, names]
  const patient = {...limits, lockMs: 100_000}
  const waiting = async ({sql}: FreshDatabase): Promise<number> =>
    (
      await sql(
        `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 42 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      )
    ).length

  test('by a client that is killed, it is resumed to the same end', async () => {
    const shards = await freshDatabases(servers)
    const second = shards[1] as FreshDatabase
    const blocker = await second.open()
    await blocker.query('SELECT pg_advisory_lock(42)')
    const child = spawn(process.execPath, [
      fileURLToPath(new URL('apply-in-child.ts', import.meta.url)),
      JSON.stringify({targets: shards, files, limits: patient}),
    ])
    const gone = once(child, 'exit')
    await expect.poll(() => waiting(second)).toBe(1)
    const there = {applied: namesOf([accounts, slow]), pending: namesOf([names])}
    await expect
      .poll(async () => (await migrationStatus(shards, files)).shards)
      .toMatchObject([there, {applied: namesOf([accounts]), pending: namesOf([slow, names])}, there])
    child.kill('SIGKILL')
    await gone
    await blocker.end()
    const resumed = await applyMigrations(shards, files, {limits})
    expect(resumed.outcome).toBe('applied')
    expect(resumed.shards.map(({applied}) => applied)).toEqual([[names], [slow, names], [names]].map(namesOf))
    expect(await madeOf(shards)).toEqual([everything, everything, everything])
  })

  test('by an abort, it says what was not applied, and nothing of it stays', async () => {
    const shards = await freshDatabases(servers)
    const [first, second, third] = shards as [FreshDatabase, FreshDatabase, FreshDatabase]
    const blocker = await second.open()
    await blocker.query('SELECT pg_advisory_lock(42)')
    const controller = new AbortController()
    const report = applyMigrations(shards, files, {limits: patient, signal: controller.signal})
    await expect.poll(() => waiting(second)).toBe(1)
    await expect
      .poll(
        async () => [await made(first), await made(third)].flat().filter(name => name === 'accounts.balance').length,
      )
      .toBe(2)
    controller.abort()
    expect(await report).toMatchObject({
      outcome: 'failed',
      shards: [
        {failure: null},
        {failure: {migration: slow.name, outcome: 'not-applied'}, applied: [accounts.name]},
        {failure: null},
      ],
    })
    await blocker.end()
    expect((await applyMigrations(shards, files, {limits})).outcome).toBe('applied')
    expect(await made(second)).toEqual(everything)
  })

  test('while an index was built, the invalid one is cleared away first', async () => {
    const shards = await freshDatabases(servers, 2)
    const [first, second] = shards as [FreshDatabase, FreshDatabase]
    await applyMigrations(shards, [accounts, balance], {limits})
    await second.sql(`INSERT INTO accounts VALUES (1, 'a'), (2, 'a')`)
    await second.sql(`CREATE TABLE others (a int)`)
    await first.sql(`CREATE TABLE others (a int)`)
    const unique = file('0003_names.sql', names.sql.replace('CREATE', 'CREATE UNIQUE'))
    const failed = await applyMigrations(shards, [accounts, balance, unique], {limits})
    expect(failed.shards[1]?.failure).toMatchObject({
      sqlState: '23505',
      outcome: 'not-applied',
      message: expect.stringContaining('accounts_name'),
    })
    expect(failed.shards.map(({pending}) => pending)).toEqual([[], [unique.name]])
    expect((await made(second)).join()).not.toContain('accounts_name')
    expect((await migrationStatus(shards, [accounts, balance, unique])).shards[1]).toMatchObject({begun: [unique.name]})
    await second.sql('DELETE FROM accounts WHERE user_id = 2')
    expect((await applyMigrations(shards, [accounts, balance, unique], {limits})).outcome).toBe('applied')
    expect(await made(second)).toContain('accounts_name')
  })
})

describe('a lock that somebody holds', () => {
  const hold = async (shard: FreshDatabase) => {
    const client = await shard.open()
    await client.query('BEGIN; SELECT * FROM accounts')
    return client
  }

  test('is waited for briefly and often', async () => {
    const shards = await freshDatabases(servers)
    await applyMigrations(shards, [accounts], {limits})
    const holder = await hold(shards[1] as FreshDatabase)
    const waits: string[] = []
    const report = await applyMigrations(shards, [accounts, balance], {
      limits,
      onProgress: ({shard, what}) => {
        if (what !== 'waits') return
        if (waits.push(shard) === 2) void holder.end()
      },
    })
    expect(report.outcome).toBe('applied')
    expect(new Set(waits)).toEqual(new Set(['s2']))
  })

  test('for too long is told, with who is at work, and nothing goes further', async () => {
    const shards = await freshDatabases(servers)
    await applyMigrations(shards, [accounts], {limits})
    const holder = await hold(shards[1] as FreshDatabase)
    const report = await applyMigrations(shards, all, {limits: {...limits, lockTries: 2}})
    expect(report.outcome).toBe('failed')
    expect(report.shards.map(({pending}) => pending)).toEqual([[names.name], [balance.name, names.name], [names.name]])
    const {rows} = await holder.query<{pid: number}>('SELECT pg_backend_pid() AS pid')
    expect(report.shards[1]?.failure).toMatchObject({
      migration: balance.name,
      sqlState: '55P03',
      tries: 2,
      detail: expect.stringContaining(`process ${rows[0]?.pid}`),
    })
    await holder.end()
    expect((await applyMigrations(shards, all, {limits})).outcome).toBe('applied')
    expect(await madeOf(shards)).toEqual([everything, everything, everything])
  })
})

describe('is refused, and nothing is changed,', () => {
  const refusedFor = (reason: string, shards: readonly string[]) => ({
    name: 'ShardError',
    code: 'MIGRATION_REFUSED',
    detail: {reason, shards},
  })

  test.each([
    ['a default', `ALTER TABLE accounts ALTER name SET DEFAULT 'x'`, 'column public.accounts.name differs in default'],
    ['an index', 'CREATE INDEX drifted ON accounts (name)', 'index public.drifted is on s3 and not on s1'],
    ['a function', 'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$', 'function public.f() is on s3'],
    [
      'a trigger that is off',
      'ALTER TABLE accounts DISABLE TRIGGER tick',
      'trigger public.accounts.tick differs in enabled',
    ],
    ['an extension', 'CREATE EXTENSION pg_trgm', 'extension pg_trgm is on s3 and not on s1'],
    ['a type', `ALTER TYPE mood ADD VALUE 'sad'`, 'type public.mood differs in labels'],
    ['a privilege', 'GRANT SELECT ON accounts TO PUBLIC', 'table public.accounts differs in privileges'],
  ])('when one shard has drifted: %s', async (_what, planted, message) => {
    const shards = await freshDatabases(servers)
    const more = file(
      '0002_more.sql',
      `CREATE TYPE mood AS ENUM ('ok'); CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER tick BEFORE INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION t()`,
    )
    await applyMigrations(shards, [accounts, more], {limits})
    await (shards[2] as FreshDatabase).sql(planted)
    const before = await madeOf(shards)
    await expect(
      applyMigrations(shards, [accounts, more, file('0003_b.sql', balance.sql)], {limits}),
    ).rejects.toMatchObject({
      ...refusedFor('DRIFT', ['s1', 's3']),
      message: expect.stringContaining(message),
    })
    expect(await madeOf(shards)).toEqual(before)
    expect((await migrationStatus(shards, [accounts, more])).drift).toMatchObject({
      right: 's3',
      message: expect.stringContaining(message),
    })
  })

  test('when an applied file was changed', async () => {
    const shards = await freshDatabases(servers)
    await applyMigrations(shards, [accounts], {limits})
    const before = await madeOf(shards)
    const changed = file(accounts.name, `${accounts.sql} -- and more`)
    await expect(applyMigrations(shards, [changed, balance], {limits})).rejects.toMatchObject({
      ...refusedFor('CHANGED', ['s1', 's2', 's3']),
      message: expect.stringContaining('s1: 0001_accounts.sql was applied with another text'),
    })
    expect(await madeOf(shards)).toEqual(before)
    expect((await migrationStatus(shards, [changed])).refusals).toHaveLength(3)
  })

  test('when a shard is not there', async () => {
    const shards = await freshDatabases(servers)
    const away = shards.map(shard =>
      shard.name === 's2' ? {...shard, connection: {...shard.connection, port: 1}} : shard,
    )
    await expect(applyMigrations(away, all, {limits})).rejects.toMatchObject({
      ...refusedFor('UNREACHABLE', ['s2']),
      message: expect.stringContaining('ECONNREFUSED'),
    })
    for (const {sql} of shards) expect(await sql(`SELECT FROM pg_namespace WHERE nspname = 'hl_migrate'`)).toEqual([])
  })

  test('while another run is at work', async () => {
    const shards = await freshDatabases(servers)
    const running = Promise.withResolvers<undefined>()
    const blocker = await (shards[0] as FreshDatabase).open()
    await blocker.query('SELECT pg_advisory_lock(42)')
    const slow = file('0001_a.sql', 'SELECT pg_advisory_xact_lock(42)')
    const first = applyMigrations(shards, [slow], {
      limits,
      onProgress: ({what}) => {
        if (what === 'waits') running.resolve(undefined)
      },
    })
    await running.promise
    await expect(
      applyMigrations([...shards].reverse(), [slow], {limits: {...limits, runMs: 200}}),
    ).rejects.toMatchObject({
      ...refusedFor('BUSY', ['s1']),
      message: expect.stringContaining('hl-migrations, process '),
    })
    await blocker.end()
    expect((await first).outcome).toBe('applied')
  })

  test('when two shards are one database', async () => {
    const [shard] = (await freshDatabases(servers, 1)) as [FreshDatabase]
    await expect(applyMigrations([shard, {...shard, name: 's9'}], all, {limits})).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 's1 and s9 are the same database: name each once',
    })
  })
})

describe('a migration that fails', () => {
  test('is told with PostgreSQL’s words and the place, and the next one is not tried', async () => {
    const shards = await freshDatabases(servers)
    const wrong = file('0002_wrong.sql', 'CREATE TABLE fine (a int);\nCREATE TABLE broken (a nosuchtype);')
    const report = await applyMigrations(shards, [accounts, wrong, names], {limits})
    expect(report.shards).toMatchObject(
      shards.map(() => ({
        applied: [accounts.name],
        pending: [wrong.name, names.name],
        failure: {sqlState: '42704', message: 'type "nosuchtype" does not exist', line: 2, column: 24, tries: 1},
      })),
    )
    for (const names of await madeOf(shards)) expect(names.join()).not.toContain('fine')
  })

  test.each([
    'COMMIT',
    'BEGIN; CREATE TABLE b (a int); COMMIT; CREATE TABLE c (a int)',
    'SET CONSTRAINTS ALL IMMEDIATE',
  ])('because it ends its transaction leaves nothing: %s', async ending => {
    const [shard] = (await freshDatabases(servers, 1)) as [FreshDatabase]
    const report = await applyMigrations([shard], [file('0001_a.sql', `CREATE TABLE a (a int); ${ending};`)], {limits})
    expect(report.shards[0]?.failure).toMatchObject({
      message: 'migration 0001_a.sql ends its transaction by itself',
      outcome: 'not-applied',
    })
    expect(await made(shard)).toEqual([])
  })

  test('does not leave its settings behind', async () => {
    const [shard] = (await freshDatabases(servers, 1)) as [FreshDatabase]
    const files = [
      file('0001_a.sql', `CREATE SCHEMA aside; SET search_path = aside; SET lock_timeout = '1h'`),
      file('0002_b.sql', 'CREATE TABLE here (a int)'),
    ]
    await applyMigrations([shard], files, {limits})
    expect(await made(shard)).toEqual(['here.a'])
  })

  test('apart on each shard is found when all are compared', async () => {
    const shards = await freshDatabases(servers)
    const second = String(shards[1]?.connection.database)
    const apart = file(
      '0001_a.sql',
      `DO $$ BEGIN IF current_database() = '${second}' THEN CREATE TABLE extra (a int); END IF; END $$`,
    )
    expect(await applyMigrations(shards, [apart], {limits})).toMatchObject({
      outcome: 'drift',
      drift: {left: 's1', right: 's2', message: 'table public.extra is on s2 and not on s1; 1 more object differs'},
    })
  })
})

describe('a sharded table', () => {
  const prelude = shardsSchema()
  const fenced = `SELECT hl_shards.fence('t', 'user_id');`
  const ok = file(
    '0001_t.sql',
    `CREATE TABLE t (user_id bigint, id int, email text, PRIMARY KEY (user_id, id)); ${fenced}`,
  )

  test.each([
    [
      'a primary key',
      `CREATE TABLE u (user_id bigint NOT NULL, id int); SELECT hl_shards.fence('u', 'user_id'); ALTER TABLE u ADD PRIMARY KEY (id)`,
      'u_pkey (id) without its key column user_id',
    ],
    ['a unique key', 'ALTER TABLE t ADD UNIQUE (email)', 't_email_key (email) without its key column user_id'],
    [
      'a unique index over an expression',
      'CREATE UNIQUE INDEX e ON t (lower(email)) INCLUDE (user_id)',
      'e (an expression) without its key column',
    ],
    [
      'an undeclared neighbour',
      `CREATE TABLE n (id int PRIMARY KEY); ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES n`,
      'public.n, which is declared as neither',
    ],
    [
      'a foreign key that crosses',
      'ALTER TABLE t ADD owner bigint, ADD FOREIGN KEY (owner, id) REFERENCES t',
      'does not pair user_id with user_id',
    ],
    [
      'no fence',
      `CREATE TABLE u (user_id bigint NOT NULL); INSERT INTO hl_shards.sharded_table VALUES ('public', 'u', 'sharded', 'user_id', 'int8')`,
      'public.u has no fence',
    ],
    [
      'a key of another type',
      `UPDATE hl_shards.sharded_table SET key_type = 'int4'`,
      'of type int8 and is declared with int4',
    ],
  ])('with %s is refused, and nothing of it is created', async (_what, sql, message) => {
    const shards = await freshDatabases(servers, 2)
    expect((await applyMigrations(shards, [ok], {limits, prelude})).outcome).toBe('applied')
    const before = await madeOf(shards)
    const report = await applyMigrations(shards, [ok, file('0002_wrong.sql', sql)], {limits, prelude})
    for (const {failure} of report.shards)
      expect(failure).toMatchObject({outcome: 'not-applied', message: expect.stringContaining(message)})
    expect(await madeOf(shards)).toEqual(before)
  })

  test('loses a unique index without the key that was built outside a transaction', async () => {
    const shards = await freshDatabases(servers, 2)
    const wrong = file('0002_wrong.sql', `${noTransactionMark}\nCREATE UNIQUE INDEX CONCURRENTLY e ON t (email)`)
    const report = await applyMigrations(shards, [ok, wrong], {limits, prelude})
    expect(report.shards.map(({failure}) => failure?.message)).toEqual(
      shards.map((): unknown => expect.stringContaining('public.e (email) without')),
    )
    for (const found of await madeOf(shards)) expect(found).toEqual(['t.email', 't.id', 't.user_id', 't_pkey'])
  })
})
