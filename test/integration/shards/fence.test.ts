// The fence on a real server: nobody writes what the shard does not own, in whatever form and at each isolation level,
// and a change of the owner loses no write.
import {randomUUID} from 'node:crypto'
import {pipeline} from 'node:stream/promises'
import {Readable} from 'node:stream'
import pg from 'pg'
import {from as copyFrom} from 'pg-copy-streams'
import {beforeAll, beforeEach, describe, expect, it, onTestFinished} from 'vitest'
import {groupOf, slotOf} from '../../../src/shards/keys/slot.ts'
import {installSchema} from '../../../src/shards/map/write-map.ts'
import {useServers} from '../router/servers.ts'

const servers = useServers('shard-fence', {standbys: 0})
const sql = <T extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<T[]> =>
  servers.sql<T>(servers.primary, text, values)

/** The first key from `from` on whose group it is. */
const keyIn = (group: number, from = 1): number => {
  let key = from
  while (groupOf(slotOf('int8', key)) !== group) key++
  return key
}
/** Groups 0 to 31 are here, the others elsewhere. */
const here = keyIn(3)
const alsoHere = keyIn(3, here + 1)
const otherHere = keyIn(4)
const elsewhere = keyIn(40)

const app = async (): Promise<pg.Client> => {
  const {host, port} = servers.primary
  const client = new pg.Client({...servers.connection, host, port})
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end())
  return client
}
/** SQLSTATE of what was refused; `none` when it was not. */
const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    (error: unknown): unknown => Reflect.get(error as object, 'code'),
  )
const flip = (from: string, to: string, epoch: number, owner: string): Promise<unknown[]> =>
  sql('SELECT hl_shards.flip_group(3, $1, $2, $3, $4)', [from, to, epoch, owner])
const stateOf = async (group: number): Promise<unknown> =>
  (await sql('SELECT state, epoch::int, owner FROM hl_shards.slot_group WHERE slot_group = $1', [group]))[0]
const rows = async (): Promise<unknown[]> => sql('SELECT user_id::int AS key, n FROM items ORDER BY 1, 2')

const placements = JSON.stringify(
  Array.from({length: 64}, (_, group) => ({group, shard: group < 32 ? 'a' : 'b', epoch: 1})),
)

beforeAll(async () => {
  await installSchema(async text => ({rows: await sql(text)}))
  // Over what is there already, too.
  await installSchema(async text => ({rows: await sql(text)}))
})
beforeEach(async () => {
  await sql('DROP TABLE IF EXISTS items; DELETE FROM hl_shards.sharded_table')
  await sql(
    'CREATE TABLE items (user_id int8 NOT NULL, n int4 NOT NULL, PRIMARY KEY (user_id, n)); ALTER TABLE items OWNER TO app',
  )
  await sql('DELETE FROM hl_shards.slot_group')
  await sql('SELECT hl_shards.take_map($1, $2, $3)', ['a', '11111111-1111-1111-1111-111111111111', placements])
  await sql(`SELECT hl_shards.fence('items', 'user_id')`)
})

describe.each(['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'])('at %s', level => {
  const stale = level === 'READ COMMITTED' ? 'HL001' : '40001'

  it('a client frozen before its write cannot write what has moved since', async () => {
    const client = await app()
    await client.query(`BEGIN ISOLATION LEVEL ${level}`)
    await client.query('SELECT count(*) FROM items')
    await flip('o', 'm', 1, 'b')
    expect(await codeOf(client.query('INSERT INTO items VALUES ($1, 1)', [here]))).toBe(stale)
    await client.query('COMMIT')
    expect(await rows()).toEqual([])
  })

  it('a client frozen after its write holds up the change until its end', async () => {
    const client = await app()
    await client.query(`BEGIN ISOLATION LEVEL ${level}`)
    await client.query('INSERT INTO items VALUES ($1, 1)', [here])
    expect(await codeOf(flip('o', 'm', 1, 'b'))).toBe('55P03')
    expect(await stateOf(3)).toEqual({state: 'o', epoch: 1, owner: 'a'})
    await client.query('INSERT INTO items VALUES ($1, 2)', [here])
    await client.query('COMMIT')
    await flip('o', 'm', 1, 'b')
    expect(await stateOf(3)).toEqual({state: 'm', epoch: 2, owner: 'b'})
    expect(await rows()).toHaveLength(2)
  })

  it('a client that waits for the change under way sees it', async () => {
    const client = await app()
    const mover = new pg.Client({
      host: servers.primary.host,
      port: servers.primary.port,
      user: 'postgres',
      database: 'shop',
    })
    await mover.connect()
    onTestFinished(() => mover.end())
    await client.query(`BEGIN ISOLATION LEVEL ${level}`)
    await client.query('SELECT count(*) FROM items')
    await mover.query('BEGIN')
    await mover.query(`SELECT hl_shards.flip_group(3, 'o', 'm', 1, 'b')`)
    const writing = codeOf(client.query('INSERT INTO items VALUES ($1, 1)', [here]))
    await expect
      .poll(async () => (await sql(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)).length)
      .toBe(1)
    await mover.query('COMMIT')
    expect(await writing).toBe(stale)
    await client.query('ROLLBACK')
    expect(await rows()).toEqual([])
  })

  it('a transaction that begins after the change is told where to go', async () => {
    await flip('o', 'm', 1, 'b')
    const client = await app()
    await client.query(`BEGIN ISOLATION LEVEL ${level}`)
    const error: unknown = await client
      .query('INSERT INTO items VALUES ($1, 1)', [here])
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({code: 'HL001'})
    expect(JSON.parse(String(Reflect.get(error as object, 'detail')))).toEqual({
      slot: slotOf('int8', here),
      group: 3,
      epoch: 2,
      owner: 'b',
      state: 'm',
    })
  })

  it('a prepared transaction holds up the change until it is ended', async () => {
    const client = await app()
    await client.query(`BEGIN ISOLATION LEVEL ${level}`)
    await client.query('INSERT INTO items VALUES ($1, 1)', [here])
    await client.query(`PREPARE TRANSACTION 'in-doubt'`)
    expect(await codeOf(flip('o', 'm', 1, 'b'))).toBe('55P03')
    await client.query(`COMMIT PREPARED 'in-doubt'`)
    await flip('o', 'm', 1, 'b')
    expect(await rows()).toEqual([{key: here, n: 1}])
  })

  it('writers of one group do not wait for each other', async () => {
    const [one, other] = [await app(), await app()]
    for (const client of [one, other]) await client.query(`BEGIN ISOLATION LEVEL ${level}`)
    await one.query('INSERT INTO items VALUES ($1, 1)', [here])
    await other.query('INSERT INTO items VALUES ($1, 2)', [here])
    for (const client of [one, other]) await client.query('COMMIT')
    expect(await rows()).toHaveLength(2)
  })
})

describe('a write of a group that is elsewhere', () => {
  const forms: readonly (readonly [string, string])[] = [
    ['INSERT', `INSERT INTO items VALUES (${elsewhere}, 1)`],
    ['INSERT of several rows', `INSERT INTO items VALUES (${here}, 5), (${elsewhere}, 1), (${alsoHere}, 1)`],
    ['INSERT ... SELECT', `INSERT INTO items SELECT ${elsewhere}, n FROM generate_series(1, 3) n`],
    ['INSERT ... ON CONFLICT', `INSERT INTO items VALUES (${elsewhere}, 1) ON CONFLICT DO NOTHING`],
    ['UPDATE', `UPDATE items SET n = n + 10 WHERE user_id = ${elsewhere}`],
    ['UPDATE of all', `UPDATE items SET n = n + 10`],
    ['DELETE', `DELETE FROM items WHERE user_id = ${elsewhere}`],
    ['MERGE', `MERGE INTO items USING (VALUES (${elsewhere})) v(k) ON user_id = k WHEN MATCHED THEN DELETE`],
    ['WITH', `WITH gone AS (DELETE FROM items RETURNING *) SELECT count(*) FROM gone`],
    ['TRUNCATE', 'TRUNCATE items'],
  ]
  it.each(forms)('by %s leaves all as it was', async (form, text) => {
    await sql(
      `SET session_replication_role = replica; INSERT INTO items VALUES (${elsewhere}, 9); RESET session_replication_role`,
    )
    const client = await app()
    await client.query('INSERT INTO items VALUES ($1, 1)', [here])
    const before = await rows()
    expect(await codeOf(client.query(text))).toBe(form === 'TRUNCATE' ? 'HL003' : 'HL001')
    expect(await rows()).toEqual(before)
  })

  it('by COPY leaves all as it was', async () => {
    const client = await app()
    const copy = (lines: string): Promise<void> =>
      pipeline(Readable.from([lines]), client.query(copyFrom('COPY items FROM STDIN')))
    expect(await codeOf(copy(`${here}\t1\n${elsewhere}\t1\n`))).toBe('HL001')
    expect(await rows()).toEqual([])
    await copy(`${here}\t1\n${otherHere}\t1\n`)
    expect(await rows()).toHaveLength(2)
  })

  it('is let through for a replication worker', async () => {
    await sql(`SET session_replication_role = replica; INSERT INTO items VALUES (${elsewhere}, 1)`)
    expect(await rows()).toHaveLength(1)
  })

  it('is found when a trigger of the application gives the key', async () => {
    await sql(
      `CREATE FUNCTION give_key() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.user_id := ${elsewhere}; RETURN NEW; END'`,
    )
    await sql('CREATE TRIGGER zz_key BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION give_key()')
    const client = await app()
    expect(await codeOf(client.query('INSERT INTO items VALUES ($1, 1)', [here]))).toBe('HL001')
  })
})

describe('the key of a row', () => {
  it('goes to another slot of its group, and to no other group', async () => {
    const client = await app()
    await client.query('INSERT INTO items VALUES ($1, 1)', [here])
    await client.query('UPDATE items SET user_id = $1', [alsoHere])
    expect(await codeOf(client.query('UPDATE items SET user_id = $1', [otherHere]))).toBe('HL002')
    expect(await codeOf(client.query('UPDATE items SET user_id = $1', [elsewhere]))).toBe('HL002')
    expect(
      await codeOf(
        client.query('INSERT INTO items VALUES ($1, 1) ON CONFLICT (user_id, n) DO UPDATE SET user_id = $2', [
          alsoHere,
          otherHere,
        ]),
      ),
    ).toBe('HL002')
    expect(await rows()).toEqual([{key: alsoHere, n: 1}])
  })

  it.each([
    ['int2', ['5', '-32768', '32767']],
    ['int4', ['-1', '2147483647']],
    ['int8', ['-9223372036854775808', '9007199254740993']],
    ['uuid', Array.from({length: 20}, () => randomUUID())],
    ['text', ['', 'Zoë', 'a\tb', '\u{1f600}']],
    ['varchar(20)', ['Ann', 'ANN ']],
  ] as const)('of type %s has the slot that the library says', async (type, keys) => {
    await sql(`DROP TABLE IF EXISTS typed; CREATE TABLE typed ("The key" ${type} NOT NULL)`)
    await sql(`SELECT hl_shards.fence('typed', 'The key')`)
    await sql(`UPDATE hl_shards.slot_group SET state = 'r', owner = 'b'`)
    for (const key of keys) {
      const error: unknown = await sql('INSERT INTO typed VALUES ($1)', [key]).catch((caught: unknown) => caught)
      expect(error).toMatchObject({code: 'HL001'})
      const type_ = type === 'varchar(20)' ? 'text' : type
      expect(JSON.parse(String(Reflect.get(error as object, 'detail')))).toMatchObject({slot: slotOf(type_, key)})
    }
  })
})

describe('a partitioned table', () => {
  beforeEach(async () => {
    await sql('DROP TABLE IF EXISTS events')
    await sql('CREATE TABLE events (user_id int8 NOT NULL, at int4) PARTITION BY RANGE (at)')
    await sql('CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (at)')
    await sql('CREATE TABLE events_1_1 PARTITION OF events_1 FOR VALUES FROM (0) TO (10)')
    await sql(`SELECT hl_shards.fence('events', 'user_id')`)
    await sql('CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20)')
    await sql('CREATE TABLE events_3 (user_id int8 NOT NULL, at int4)')
    await sql('ALTER TABLE events ATTACH PARTITION events_3 FOR VALUES FROM (20) TO (30)')
  })

  it.each([
    ['events', 5],
    ['events', 15],
    ['events', 25],
    ['events_1', 5],
    ['events_1_1', 5],
    ['events_2', 15],
    ['events_3', 25],
  ])('is fenced through %s at %i, also in partitions that came later', async (table, at) => {
    await sql(`INSERT INTO ${table} VALUES ($1, $2)`, [here, at])
    expect(await codeOf(sql(`INSERT INTO ${table} VALUES ($1, $2)`, [elsewhere, at]))).toBe('HL001')
    expect(await codeOf(sql(`TRUNCATE ${table}`))).toBe('HL003')
    expect(await sql('SELECT FROM hl_shards.unfenced')).toEqual([])
  })

  it('moves a row from partition to partition', async () => {
    await sql('INSERT INTO events VALUES ($1, 5)', [here])
    await sql('UPDATE events SET at = 25')
    expect(await sql('SELECT at FROM events_3')).toEqual([{at: 25}])
    expect(await codeOf(sql('UPDATE events SET at = 5, user_id = $1', [otherHere]))).toBe('HL002')
  })

  it('tells which partitions are not fenced', async () => {
    await sql('ALTER TABLE events_2 DISABLE TRIGGER ALL')
    expect(await sql(`SELECT "table"::text FROM hl_shards.unfenced`)).toEqual([
      {table: 'events_2'},
      {table: 'events_2'},
    ])
    await sql(`SELECT hl_shards.unfence('events')`)
    expect(
      await sql(`SELECT FROM pg_trigger WHERE tgname LIKE '~hl_shards%' AND tgrelid::regclass::text LIKE 'events%'`),
    ).toEqual([])
    await sql('INSERT INTO events VALUES ($1, 5)', [elsewhere])
  })
})

describe('a table that cannot be fenced', () => {
  it.each([
    ['a key that may be null', 'CREATE TABLE bad (k int8)', 'may be null'],
    ['a type that pads', 'CREATE TABLE bad (k char(3) NOT NULL)', 'character(3)'],
    ['a type that rounds', 'CREATE TABLE bad (k numeric NOT NULL)', 'numeric'],
    ['no such column', 'CREATE TABLE bad (x int8 NOT NULL)', 'no column k'],
    ['a generated key', 'CREATE TABLE bad (x int8, k int8 NOT NULL GENERATED ALWAYS AS (x + 1) STORED)', 'generated'],
    ['a domain', 'CREATE DOMAIN user_key AS int8; CREATE TABLE bad (k user_key NOT NULL)', 'user_key'],
    ['a view', 'CREATE VIEW bad AS SELECT 1::int8 AS k', 'no table'],
    [
      'a nondeterministic collation',
      `CREATE COLLATION IF NOT EXISTS folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false); CREATE TABLE bad (k text COLLATE folded NOT NULL)`,
      'nondeterministic',
    ],
    ['a primary key without it', 'CREATE TABLE bad (k int8 NOT NULL, id int4 PRIMARY KEY)', 'bad_pkey lacks'],
    [
      'a unique index that only includes it',
      'CREATE TABLE bad (k int8 NOT NULL, n int4); CREATE UNIQUE INDEX bad_n ON bad (n) INCLUDE (k)',
      'bad_n lacks',
    ],
    ['inheritance', 'CREATE TABLE bad (k int8 NOT NULL); CREATE TABLE child () INHERITS (bad)', 'inherit'],
  ])('for %s is refused with the reason', async (_, text, reason) => {
    onTestFinished(async () => {
      await sql('DROP TABLE IF EXISTS bad CASCADE').catch(() => sql('DROP VIEW bad'))
    })
    await sql(text)
    await expect(sql(`SELECT hl_shards.fence('bad', 'k')`)).rejects.toMatchObject({
      code: '42P16',
      message: expect.stringContaining(reason),
    })
    expect(await sql(`SELECT FROM hl_shards.sharded_table WHERE table_name = 'bad'`)).toEqual([])
  })

  it('by another key than before is refused', async () => {
    await expect(sql(`SELECT hl_shards.fence('items', 'n')`)).rejects.toThrow('sharded by another column')
  })
})

describe('hl_shards', () => {
  it('is read by the application, and changed by its owner only', async () => {
    const client = await app()
    expect((await client.query('SELECT FROM hl_shards.slot_group')).rowCount).toBe(64)
    for (const text of [
      `UPDATE hl_shards.slot_group SET state = 'o'`,
      `SELECT hl_shards.flip_group(3, 'o', 'm', 1, 'b')`,
      `INSERT INTO hl_shards.decision (gid) VALUES ('x')`,
      'SELECT FROM hl_shards.slot_group FOR SHARE',
    ])
      expect(await codeOf(client.query(text))).toBe('42501')
  })

  it('flips a group only as expected', async () => {
    expect(await codeOf(flip('m', 'r', 1, 'b'))).toBe('HL004')
    expect(await codeOf(flip('o', 'm', 2, 'b'))).toBe('HL004')
    expect(await codeOf(flip('o', 'r', 1, 'b'))).toBe('22023')
    expect(await codeOf(flip('o', 'm', 1, 'a'))).toBe('22023')
    expect(await stateOf(3)).toEqual({state: 'o', epoch: 1, owner: 'a'})
  })

  it('lets a group go and come back', async () => {
    await flip('o', 'm', 1, 'b')
    await flip('m', 'o', 2, 'a')
    expect(await stateOf(3)).toEqual({state: 'o', epoch: 3, owner: 'a'})
    await sql('INSERT INTO items VALUES ($1, 1)', [here])
  })

  it('truncates where the shard owns all', async () => {
    await sql(`UPDATE hl_shards.slot_group SET state = 'o', owner = 'a'`)
    await sql('INSERT INTO items VALUES ($1, 1)', [here])
    await sql('TRUNCATE items')
    await sql('BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; TRUNCATE items; COMMIT')
    expect(await rows()).toEqual([])
  })
})
