// Drizzle on a pool: transactions take a client when the pool is a pg.Pool, everything else is pool.query with rowMode
// and types. Not here: Drizzle itself.
import {eq, sql} from 'drizzle-orm'
import {drizzle, type NodePgDatabase} from 'drizzle-orm/node-postgres'
import {bigint, jsonb, numeric, pgTable, serial, text, timestamp} from 'drizzle-orm/pg-core'
import type pg from 'pg'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {implementations} from '../implementations.ts'
import {useServers} from '../servers.ts'

const things = pgTable('things', {
  id: serial().primaryKey(),
  tags: text().array(),
  doc: jsonb().$type<{readonly n: number}>(),
  amount: numeric(),
  happenedAt: timestamp('happened_at', {withTimezone: true}),
  big: bigint({mode: 'bigint'}).unique('things_big'),
})

const servers = useServers('it-drizzle', {standbys: 1})
const thing = {
  tags: ['a', 'b,"c'],
  doc: {n: 1},
  amount: '12.340',
  happenedAt: new Date('2020-01-02T03:04:05.678Z'),
  big: 9_007_199_254_740_993n,
}

describe.each(implementations)('Drizzle on $name', {timeout: 60_000}, ({make}) => {
  const makePool = (): pg.Pool => make({hosts: servers.hosts(), connection: servers.connection}, {max: 4})
  let pool: pg.Pool
  let db: NodePgDatabase
  const amounts = async (): Promise<(string | null)[]> =>
    (await db.select({amount: things.amount}).from(things).orderBy(things.id)).map(({amount}) => amount)

  beforeAll(async () => {
    pool = makePool()
    db = drizzle({client: pool})
    await db.execute(
      sql`CREATE TABLE things (id serial PRIMARY KEY, tags text[], doc jsonb, amount numeric, happened_at timestamptz, big bigint CONSTRAINT things_big UNIQUE)`,
    )
  })
  afterAll(async () => {
    await db.execute(sql`DROP TABLE things`)
    await pool.end()
  })

  test('insert, select: the types of the schema', async () => {
    const [inserted] = await db.insert(things).values(thing).returning()
    expect(inserted).toEqual({...thing, id: inserted?.id})
    expect(await db.select().from(things).where(eq(things.big, thing.big))).toEqual([inserted])
    expect(await db.$count(things)).toBe(1)
  })

  test('update, delete: the counts', async () => {
    expect((await db.update(things).set({amount: '1'}).where(eq(things.big, thing.big))).rowCount).toBe(1)
    expect((await db.delete(things)).rowCount).toBe(1)
    expect(await amounts()).toEqual([])
  })

  test('a transaction commits, with the isolation asked for', async () => {
    await db.transaction(
      async tx => {
        expect((await tx.execute(sql`SHOW transaction_isolation`)).rows).toEqual([
          {transaction_isolation: 'repeatable read'},
        ])
        await tx.insert(things).values({...thing, amount: '2', big: 2n})
        expect(await tx.$count(things)).toBe(1)
      },
      {isolationLevel: 'repeatable read', accessMode: 'read write'},
    )
    expect(await amounts()).toEqual(['2'])
  })

  test('a transaction that was asked to be read only refuses to write', async () => {
    const failing = db.transaction(
      async tx => {
        await tx.insert(things).values({...thing, big: 3n})
      },
      {accessMode: 'read only'},
    )
    await expect(failing).rejects.toMatchObject({cause: {code: '25006'}})
  })

  test('a transaction rolls back', async () => {
    const failing = db.transaction(async tx => {
      await tx.insert(things).values({...thing, amount: '3', big: 3n})
      tx.rollback()
    })
    await expect(failing).rejects.toThrow('Rollback')
    expect(await amounts()).toEqual(['2'])
  })

  test('a constraint is told with its code as the cause', async () => {
    await expect(db.insert(things).values({...thing, big: 2n})).rejects.toMatchObject({
      cause: {code: '23505', constraint: 'things_big'},
    })
  })

  test('a nested transaction is a savepoint', async () => {
    await db.transaction(async tx => {
      await tx.insert(things).values({...thing, amount: '4', big: 4n})
      const nested = tx.transaction(async inner => {
        await inner.insert(things).values({...thing, amount: '5', big: 2n})
      })
      await expect(nested).rejects.toMatchObject({cause: {code: '23505'}})
      await tx.transaction(async inner => {
        await inner.insert(things).values({...thing, amount: '6', big: 6n})
      })
    })
    expect(await amounts()).toEqual(['2', '4', '6'])
  })

  test('a prepared statement, again and again', async () => {
    const byBig = db
      .select({amount: things.amount})
      .from(things)
      .where(eq(things.big, sql.placeholder('big')))
      .prepare('things_by_big')
    for (const [big, amount] of [
      [2n, '2'],
      [4n, '4'],
      [6n, '6'],
      [7n, undefined],
    ] as const)
      expect((await byBig.execute({big}))[0]?.amount).toBe(amount)
  })

  test('a CTE that writes', async () => {
    const removed = db
      .$with('removed')
      .as(db.delete(things).where(eq(things.big, 6n)).returning({amount: things.amount}))
    expect(await db.with(removed).select().from(removed)).toEqual([{amount: '6'}])
    expect(await amounts()).toEqual(['2', '4'])
  })

  test('more statements at once than connections', async () => {
    const rows = await Promise.all(
      Array.from(
        {length: 20},
        async (_, index) => (await db.execute<{n: number}>(sql`SELECT ${index}::int AS n`)).rows[0]?.n,
      ),
    )
    expect(rows).toEqual(Array.from({length: 20}, (_, index) => index))
  })
})
