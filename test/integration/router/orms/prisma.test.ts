// Prisma's adapter on a pool, through the interface by which its engine uses it: the engine sends COMMIT and ROLLBACK
// as text, and commit() gives the client back.
// Not here: Prisma itself, and its engine.
import {PrismaPg} from '@prisma/adapter-pg'
import type pg from 'pg'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {implementations} from '../implementations.ts'
import {skipDifferences} from '../known-differences.ts'
import {useServers} from '../servers.ts'

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>
type Queryable = Pick<Adapter, 'queryRaw' | 'executeRaw'>
type Query = Parameters<Adapter['queryRaw']>[0]

const servers = useServers('it-prisma', {standbys: 1})

/** As the engine asks: the types of the arguments travel beside them. */
function query(
  sql: string,
  ...args: readonly (readonly [type: Query['argTypes'][number]['scalarType'], value: unknown, arity?: 'list'])[]
): Query {
  return {
    sql,
    args: args.map(([, value]) => value),
    argTypes: args.map(([scalarType, , arity = 'scalar' as const]) => ({scalarType, arity})),
  }
}

describe.each(implementations)('the adapter of Prisma on $name', {timeout: 60_000}, ({make, differences}) => {
  skipDifferences({differences})
  const makePool = (): pg.Pool => make({hosts: servers.hosts(), connection: servers.connection}, {max: 4})
  let pool: pg.Pool
  let adapter: Adapter
  const insert = (to: Queryable, big: string): Promise<number> =>
    to.executeRaw(query('INSERT INTO things (big) VALUES ($1)', ['bigint', big]))
  const bigs = async (from: Queryable = adapter): Promise<unknown[]> =>
    (await from.queryRaw(query('SELECT big FROM things ORDER BY big'))).rows.map(([big]) => big)

  beforeAll(async () => {
    pool = makePool()
    adapter = await new PrismaPg(pool).connect()
    await adapter.executeScript(
      'CREATE TABLE things (id serial PRIMARY KEY, tags text[], doc jsonb, amount numeric, happened_at timestamptz, big bigint UNIQUE); CREATE INDEX ON things (amount)',
    )
  })
  afterAll(async () => {
    await adapter.executeScript('DROP TABLE things')
    await adapter.dispose()
    expect(pool.ended).toBe(false)
    await pool.end()
  })

  test('it takes the pool as it is, instead of making one of its own', () => {
    expect((adapter as unknown as {underlyingDriver(): unknown}).underlyingDriver()).toBe(pool)
  })

  test('insert, select: rows as arrays, in the types of Prisma', async () => {
    expect(
      await adapter.executeRaw(
        query(
          'INSERT INTO things (tags, doc, amount, happened_at, big) VALUES ($1, $2, $3, $4, $5)',
          ['string', ['a', 'b,"c'], 'list'],
          ['json', '{"n": 1}'],
          ['decimal', '12.340'],
          ['datetime', '2020-01-02T03:04:05.678Z'],
          ['bigint', '9007199254740993'],
        ),
      ),
    ).toBe(1)
    const {columnNames, rows} = await adapter.queryRaw(query('SELECT tags, doc, amount, happened_at, big FROM things'))
    expect(columnNames).toEqual(['tags', 'doc', 'amount', 'happened_at', 'big'])
    expect(rows).toEqual([[['a', 'b,"c'], '{"n": 1}', '12.340', '2020-01-02T03:04:05.678+00:00', '9007199254740993']])
  })

  test('update, delete: the counts', async () => {
    expect(await adapter.executeRaw(query('UPDATE things SET amount = $1', ['decimal', '1']))).toBe(1)
    expect(await adapter.executeRaw(query('DELETE FROM things'))).toBe(1)
    expect(await bigs()).toEqual([])
  })

  test('a transaction commits, with the isolation asked for', async () => {
    const transaction = await adapter.startTransaction('REPEATABLE READ')
    expect(transaction.options).toEqual({usePhantomQuery: false})
    expect((await transaction.queryRaw(query('SHOW transaction_isolation'))).rows).toEqual([['repeatable read']])
    await insert(transaction, '2')
    expect(await bigs()).toEqual([])
    await transaction.executeRaw(query('COMMIT'))
    await transaction.commit()
    expect(await bigs()).toEqual(['2'])
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  test('a transaction rolls back', async () => {
    const transaction = await adapter.startTransaction()
    await insert(transaction, '3')
    await transaction.executeRaw(query('ROLLBACK'))
    await transaction.rollback()
    expect(await bigs()).toEqual(['2'])
  })

  test('a nested transaction is a savepoint', async () => {
    const transaction = await adapter.startTransaction()
    await insert(transaction, '4')
    await transaction.createSavepoint?.('here')
    await expect(insert(transaction, '2')).rejects.toMatchObject({cause: {kind: 'UniqueConstraintViolation'}})
    await transaction.rollbackToSavepoint?.('here')
    await insert(transaction, '6')
    await transaction.releaseSavepoint?.('here')
    await transaction.executeRaw(query('COMMIT'))
    await transaction.commit()
    expect(await bigs()).toEqual(['2', '4', '6'])
  })

  test('errors are told apart by their codes', async () => {
    await expect(insert(adapter, '2')).rejects.toMatchObject({
      name: 'DriverAdapterError',
      cause: {kind: 'UniqueConstraintViolation', originalCode: '23505', constraint: {index: 'things_big_key'}},
    })
    await expect(adapter.queryRaw(query('SELECT * FROM nowhere'))).rejects.toMatchObject({
      cause: {kind: 'TableDoesNotExist', originalCode: '42P01'},
    })
    await expect(adapter.queryRaw(query('SELEC'))).rejects.toMatchObject({
      cause: {kind: 'postgres', code: '42601', severity: 'ERROR'},
    })
  })

  test('more transactions at once than connections', async () => {
    await Promise.all(
      Array.from({length: 12}, async (_, index) => {
        const transaction = await adapter.startTransaction()
        await insert(transaction, String(100 + index))
        await transaction.executeRaw(query('COMMIT'))
        await transaction.commit()
      }),
    )
    expect(await bigs()).toHaveLength(15)
  })
})

test('a server that is not there is told as Prisma tells it', async ({task}) => {
  for (const {make} of implementations.filter(({differences}) => differences[task.name] === undefined)) {
    const pool = make({hosts: ['127.0.0.1:1'], connection: servers.connection}, {connectionTimeoutMillis: 5_000})
    const adapter = await new PrismaPg(pool).connect()
    await expect(adapter.queryRaw(query('SELECT 1'))).rejects.toMatchObject({
      cause: {kind: 'DatabaseNotReachable', host: '127.0.0.1', port: 1},
    })
    await pool.end()
  }
})
