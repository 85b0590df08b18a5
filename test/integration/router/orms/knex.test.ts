// Knex, both ways: on a pool that it is given, and with its own pool over a driver's Client. Not here: Knex itself.
import {createRequire} from 'node:module'
import {knex, type Knex} from 'knex'
import pg from 'pg'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {implementations, type Driver} from '../implementations.ts'
import {useServers} from '../servers.ts'

interface Thing {
  readonly id: number
  readonly tags: string[]
  readonly doc: {readonly n: number}
  readonly amount: string
  readonly happened_at: Date
  readonly big: string
}

/** Knex's own dialect, which asks for its driver by this method. */
const PgDialect = createRequire(import.meta.url)('knex/lib/dialects/postgres/index.js') as typeof Knex.Client

function dialectWith(driver: Driver): typeof Knex.Client {
  return class extends PgDialect {
    _driver(): unknown {
      return driver
    }
  }
}

const servers = useServers('it-knex', {standbys: 1})
const thing = {
  tags: ['a', 'b,"c'],
  doc: {n: 1},
  amount: '12.340',
  happened_at: new Date('2020-01-02T03:04:05.678Z'),
  big: '9007199254740993',
}
const ways = implementations.flatMap(implementation => [
  {...implementation, way: 'a pool'} as const,
  ...(implementation.driverOf === null ? [] : [{...implementation, way: "a driver's Client"} as const]),
])

describe.each(ways)('Knex on $way of $name', {timeout: 60_000}, ({make, driverOf, way}) => {
  const makePool = (): pg.Pool => make({hosts: servers.hosts(), connection: servers.connection}, {max: 4})
  let pool: pg.Pool
  let db: Knex
  const amounts = async (): Promise<string[]> => db<Thing>('things').orderBy('id').pluck('amount')

  beforeAll(async () => {
    pool = makePool()
    const {host, port} = servers.primary
    // The type definitions do not know connectionPool, which is new in 3.3.
    db =
      way === 'a pool'
        ? knex({client: 'pg', connectionPool: pool} as Knex.Config)
        : knex({
            client: dialectWith(driverOf?.(pool) ?? pg),
            connection: {host, port, ...servers.connection},
            pool: {min: 0, max: 4},
          })
    await db.schema.createTable('things', table => {
      table.increments('id')
      table.specificType('tags', 'text[]')
      table.jsonb('doc')
      table.specificType('amount', 'numeric')
      table.timestamp('happened_at')
      table.bigInteger('big').unique({indexName: 'things_big'})
    })
  })
  afterAll(async () => {
    await db.schema.dropTable('things')
    await db.destroy()
    await pool.end()
  })

  test('insert, select: the types of the driver', async () => {
    const [inserted] = await db('things').insert(thing).returning<[{readonly id: number}]>('id')
    expect(await db<Thing>('things').where('big', thing.big).first()).toEqual({...thing, id: inserted?.id})
  })

  test('update, delete: the counts', async () => {
    expect(await db('things').where('big', thing.big).update({amount: '1'})).toBe(1)
    expect(await db('things').delete()).toBe(1)
    expect(await amounts()).toEqual([])
  })

  test('a transaction commits, with the isolation asked for', async () => {
    await db.transaction(
      async trx => {
        expect((await trx.raw<pg.QueryResult>('SHOW transaction_isolation')).rows).toEqual([
          {transaction_isolation: 'repeatable read'},
        ])
        await trx('things').insert({...thing, amount: '2', big: '2'})
      },
      {isolationLevel: 'repeatable read'},
    )
    expect(await amounts()).toEqual(['2'])
  })

  test('a transaction rolls back', async () => {
    const failing = db.transaction(async trx => {
      await trx('things').insert({...thing, amount: '3', big: '3'})
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await amounts()).toEqual(['2'])
  })

  test('a constraint is told with its code', async () => {
    await expect(db('things').insert({...thing, big: '2'})).rejects.toMatchObject({
      code: '23505',
      constraint: 'things_big',
    })
  })

  test('a nested transaction is a savepoint', async () => {
    await db.transaction(async trx => {
      await trx('things').insert({...thing, amount: '4', big: '4'})
      await expect(
        trx.transaction(async inner => {
          await inner('things').insert({...thing, amount: '5', big: '2'})
        }),
      ).rejects.toMatchObject({code: '23505'})
      await trx.transaction(async inner => {
        await inner('things').insert({...thing, amount: '6', big: '6'})
      })
    })
    expect(await amounts()).toEqual(['2', '4', '6'])
  })

  const numbers = (): Knex.QueryBuilder => db.select('n').from(db.raw('generate_series(1, 300) AS n'))

  // On a pool that it is given, Knex 3.3 releases the connection of a stream twice, and cancels on a server by the
  // driver's defaults instead of the pool's.
  if (way !== 'a pool')
    test('streams, to the end and to a break', async () => {
      const seen: number[] = []
      for await (const row of numbers().stream() as AsyncIterable<{n: number}>) seen.push(row.n)
      expect(seen).toHaveLength(300)
      for await (const row of numbers().stream({batchSize: 10}) as AsyncIterable<{n: number}>) {
        expect(row.n).toBe(1)
        break
      }
    })

  if (way !== 'a pool')
    test('a statement that takes too long is cancelled, and its connection is not used again', async () => {
      await expect(db.raw('SELECT pg_sleep(5)').timeout(100, {cancel: true})).rejects.toThrow(
        'Defined query timeout of 100ms exceeded',
      )
      expect((await db.raw<pg.QueryResult>('SELECT 1 AS n')).rows).toEqual([{n: 1}])
    })

  test('more statements at once than connections', async () => {
    const rows = await Promise.all(
      Array.from(
        {length: 20},
        async (_, index) => (await db.raw<{rows: {n: number}[]}>('SELECT ?::int AS n', [index])).rows[0]?.n,
      ),
    )
    expect(rows).toEqual(Array.from({length: 20}, (_, index) => index))
  })
})
