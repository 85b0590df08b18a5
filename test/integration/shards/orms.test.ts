// Kysely and Drizzle on a pool over shards: their single-shard statements and transactions work as on one database, and
// what goes over shards does what docs/shards.md says. The oracle is the same library on one database that holds all.
import {and, eq, sql as drizzleSql} from 'drizzle-orm'
import {drizzle, type NodePgDatabase} from 'drizzle-orm/node-postgres'
import {bigint, numeric, pgTable, text} from 'drizzle-orm/pg-core'
import {Kysely, PostgresDialect, type PostgresPool} from 'kysely'
import pg from 'pg'
import {beforeEach, describe, expect, it, onTestFinished} from 'vitest'
import {slotOf} from '../../../src/shards/keys/slot.ts'
import {firstMap} from '../../../src/shards/map/shard-map.ts'
import {useServers} from '../router/servers.ts'
import {plain, shardNames, useShop} from './use-shop.ts'

const servers = useServers('shard-orms', {standbys: 0})
const shop = useShop(servers)
const map = firstMap(shardNames)
const userOf = (shard: string): number =>
  Array.from({length: 500}, (_, index) => index + 1).find(key => map.ownerOf(slotOf('int8', key)) === shard) ?? 0
const [here, there] = [userOf('s1'), userOf('s2')]

beforeEach(async () => {
  for (const name of [...shardNames, plain])
    await shop.sql(name, 'DELETE FROM disputes; DELETE FROM orders; DELETE FROM users')
})

/** The one database, by pg itself. */
function plainPool(): pg.Pool {
  const pool = new pg.Pool({...servers.connection, ...servers.primary, database: plain})
  onTestFinished(() => pool.end())
  return pool
}

interface Database {
  readonly users: {readonly user_id: string | number; readonly name: string; readonly email: string | null}
  readonly orders: {readonly user_id: string | number; readonly id: string | number; readonly amount: string}
}

describe.each([
  ['shards', () => shop.pool() as unknown as PostgresPool],
  ['one database', plainPool],
] as const)('Kysely on %s', (_where, makePool) => {
  const database = (): Kysely<Database> => {
    const pool = makePool()
    return new Kysely<Database>({dialect: new PostgresDialect({pool})})
  }

  it('inserts, reads, joins, updates, deletes what is of one user', async () => {
    const db = database()
    await db
      .insertInto('users')
      .values([{user_id: here, name: 'ann', email: null}])
      .execute()
    const {id} = await db
      .insertInto('orders')
      .values({user_id: here, id: 1, amount: '12.340'})
      .returning('id')
      .executeTakeFirstOrThrow()
    expect(id).toBe('1')
    const joined = await db
      .selectFrom('users')
      .innerJoin('orders', 'orders.user_id', 'users.user_id')
      .select(['users.name', 'orders.amount'])
      .where('users.user_id', '=', here)
      .execute()
    expect(joined).toEqual([{name: 'ann', amount: '12.340'}])
    const own = db.updateTable('orders').set({amount: '1'}).where('user_id', '=', here).where('id', '=', 1)
    expect(await own.executeTakeFirst()).toMatchObject({numUpdatedRows: 1n})
    expect(await db.deleteFrom('orders').where('user_id', '=', here).executeTakeFirst()).toMatchObject({
      numDeletedRows: 1n,
    })
  })

  it('commits a transaction, rolls one back, and passes on what a server refused', async () => {
    const db = database()
    const add = async (id: number, end: () => void): Promise<void> =>
      db.transaction().execute(async trx => {
        await trx.insertInto('orders').values({user_id: here, id, amount: '1'}).execute()
        end()
      })
    await add(1, () => undefined)
    await expect(
      add(2, () => {
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    await expect(add(1, () => undefined)).rejects.toMatchObject({code: '23505', constraint: 'orders_pkey'})
    expect(await db.selectFrom('orders').select('id').where('user_id', '=', here).execute()).toEqual([{id: '1'}])
  })

  it('a transaction over two users is on both or on none', async () => {
    const db = database()
    const both = async (id: number, end: () => void): Promise<void> =>
      db.transaction().execute(async trx => {
        for (const user of [here, there])
          await trx.insertInto('orders').values({user_id: user, id, amount: '1'}).execute()
        end()
      })
    await both(1, () => undefined)
    await expect(
      both(2, () => {
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    const rows = await db.selectFrom('orders').select(['user_id', 'id']).orderBy('user_id').execute()
    expect(rows).toEqual([here, there].toSorted((a, b) => a - b).map(user => ({user_id: String(user), id: '1'})))
  })
})

const orders = pgTable('orders', {
  userId: bigint('user_id', {mode: 'number'}),
  id: bigint({mode: 'number'}),
  amount: numeric(),
  currency: text(),
})

describe.each([
  ['shards', () => shop.pool() as unknown as pg.Pool],
  ['one database', plainPool],
] as const)('Drizzle on %s', (_where, makePool) => {
  it('inserts, reads, counts, updates, deletes what is of one user', async () => {
    const db: NodePgDatabase = drizzle({client: makePool()})
    const order = {userId: here, id: 1, amount: '12.340', currency: null}
    expect(await db.insert(orders).values(order).returning()).toEqual([order])
    expect(await db.select().from(orders).where(eq(orders.userId, here))).toEqual([order])
    const counted = await db
      .select({n: drizzleSql`count(*)`.mapWith(Number)})
      .from(orders)
      .where(eq(orders.userId, here))
    expect(counted).toEqual([{n: 1}])
    const own = and(eq(orders.userId, here), eq(orders.id, 1))
    expect((await db.update(orders).set({amount: '1'}).where(own)).rowCount).toBe(1)
    expect((await db.delete(orders).where(own)).rowCount).toBe(1)
  })

  it('commits a transaction and rolls one back', async () => {
    const db: NodePgDatabase = drizzle({client: makePool()})
    const order = (id: number) => ({userId: here, id, amount: '1', currency: null})
    await db.transaction(async tx => {
      await tx.insert(orders).values(order(1))
      expect(await tx.select({id: orders.id}).from(orders).where(eq(orders.userId, here))).toEqual([{id: 1}])
    })
    const failing = db.transaction(async tx => {
      await tx.insert(orders).values(order(2))
      tx.rollback()
    })
    await expect(failing).rejects.toThrow('Rollback')
    expect(await db.select({id: orders.id}).from(orders).where(eq(orders.userId, here))).toEqual([{id: 1}])
  })
})
