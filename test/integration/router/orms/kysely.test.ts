// Kysely on a pool: it needs connect(), end() and clients with query() and release(). Not here: Kysely itself.
import {CamelCasePlugin, Kysely, PostgresDialect, sql, type Generated, type JSONColumnType} from 'kysely'
import type pg from 'pg'
import Cursor from 'pg-cursor'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {implementations} from '../implementations.ts'
import {skipDifferences} from '../known-differences.ts'
import {useServers} from '../servers.ts'

interface Database {
  readonly things: {
    readonly id: Generated<number>
    readonly tags: string[]
    readonly doc: JSONColumnType<{readonly n: number}>
    readonly amount: string
    readonly happenedAt: Date
    readonly big: string
  }
}

const servers = useServers('it-kysely', {standbys: 1})
const thing = {
  tags: ['a', 'b,"c'],
  doc: JSON.stringify({n: 1}),
  amount: '12.340',
  happenedAt: new Date('2020-01-02T03:04:05.678Z'),
  big: '9007199254740993',
}

describe.each(implementations)('Kysely on $name', {timeout: 60_000}, ({make, differences}) => {
  skipDifferences({differences})
  const makePool = (): pg.Pool => make({hosts: servers.hosts(), connection: servers.connection}, {max: 4})
  const connectionsMade: unknown[] = []
  let db: Kysely<Database>
  const amounts = async (): Promise<string[]> =>
    (await db.selectFrom('things').select('amount').orderBy('id').execute()).map(({amount}) => amount)

  beforeAll(async () => {
    const dialect = new PostgresDialect({
      pool: makePool(),
      cursor: Cursor,
      onCreateConnection: async connection => void connectionsMade.push(connection),
    })
    db = new Kysely<Database>({dialect, plugins: [new CamelCasePlugin()]})
    await db.schema
      .createTable('things')
      .addColumn('id', 'serial', column => column.primaryKey())
      .addColumn('tags', sql`text[]`)
      .addColumn('doc', 'jsonb')
      .addColumn('amount', 'numeric')
      .addColumn('happenedAt', 'timestamptz')
      .addColumn('big', 'bigint', column => column.unique())
      .execute()
  })
  afterAll(async () => {
    await db.schema.dropTable('things').execute()
    await db.destroy()
  })

  test('insert, select: the types of the driver', async () => {
    const {id} = await db.insertInto('things').values(thing).returning('id').executeTakeFirstOrThrow()
    expect(await db.selectFrom('things').selectAll().where('id', '=', id).executeTakeFirst()).toEqual({
      ...thing,
      id,
      doc: {n: 1},
    })
    expect(
      await db
        .selectFrom('things')
        .select('id')
        .where('tags', '@>', sql<string[]>`ARRAY['a']`)
        .execute(),
    ).toEqual([{id}])
  })

  test('update, delete: the counts', async () => {
    expect(
      await db.updateTable('things').set({amount: '1'}).where('big', '=', thing.big).executeTakeFirst(),
    ).toMatchObject({numUpdatedRows: 1n})
    expect(await db.deleteFrom('things').executeTakeFirst()).toMatchObject({numDeletedRows: 1n})
    expect(await amounts()).toEqual([])
  })

  test('a transaction commits', async () => {
    await db
      .transaction()
      .setIsolationLevel('serializable')
      .execute(async trx => {
        await trx
          .insertInto('things')
          .values({...thing, amount: '2', big: '2'})
          .execute()
        expect(await trx.selectFrom('things').select('amount').execute()).toEqual([{amount: '2'}])
      })
    expect(await amounts()).toEqual(['2'])
  })

  test('a transaction rolls back when its function throws, and tells that error', async () => {
    const failing = db.transaction().execute(async trx => {
      await trx
        .insertInto('things')
        .values({...thing, amount: '3', big: '3'})
        .execute()
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await amounts()).toEqual(['2'])
  })

  test('a constraint is told with its code, and the transaction is over', async () => {
    const failing = db.transaction().execute(async trx => {
      await trx
        .insertInto('things')
        .values({...thing, big: '2'})
        .execute()
    })
    await expect(failing).rejects.toMatchObject({code: '23505', constraint: 'things_big_key'})
    expect(await amounts()).toEqual(['2'])
  })

  test('savepoints of a controlled transaction', async () => {
    const trx = await db.startTransaction().execute()
    await trx
      .insertInto('things')
      .values({...thing, amount: '4', big: '4'})
      .execute()
    const after = await trx.savepoint('here').execute()
    await after
      .insertInto('things')
      .values({...thing, amount: '5', big: '5'})
      .execute()
    await after.rollbackToSavepoint('here').execute()
    await trx.commit().execute()
    expect(await amounts()).toEqual(['2', '4'])
  })

  test('streams through a cursor, to the end and to a break', async () => {
    const numbers = sql<{n: number}>`SELECT n FROM generate_series(1, 300) AS n`.compile(db)
    const seen: number[] = []
    for await (const {n} of db
      .selectFrom(sql<{n: number}>`generate_series(1, 300)`.as('n'))
      .select(sql<number>`n`.as('n'))
      .stream(100))
      seen.push(n)
    expect(seen).toHaveLength(300)
    for await (const {n} of db
      .selectFrom(sql<{n: number}>`generate_series(1, 300)`.as('n'))
      .select(sql<number>`n`.as('n'))
      .stream(10)) {
      expect(n).toBe(1)
      break
    }
    expect((await db.executeQuery(numbers)).rows).toHaveLength(300)
  })

  test('one connection for several statements', async () => {
    await db.connection().execute(async own => {
      await sql`SET my.setting = 'kept'`.execute(own)
      expect((await sql`SELECT current_setting('my.setting') AS kept`.execute(own)).rows).toEqual([{kept: 'kept'}])
    })
  })

  test('more statements at once than connections', async () => {
    const before = connectionsMade.length
    const rows = await Promise.all(
      Array.from(
        {length: 20},
        async (_, index) => (await sql<{n: number}>`SELECT ${index}::int AS n`.execute(db)).rows[0]?.n,
      ),
    )
    expect(rows).toEqual(Array.from({length: 20}, (_, index) => index))
    // A client that is given out again is the same object, so what is made per connection is made once.
    expect(connectionsMade.length - before).toBeLessThanOrEqual(4)
  })
})
