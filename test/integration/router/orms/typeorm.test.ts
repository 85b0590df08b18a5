// TypeORM on a pool: its `driver` is a pg whose Pool is the one given; it connects with callbacks and sends START
// TRANSACTION itself. Not here: TypeORM itself.
import {randomUUID} from 'node:crypto'
import pg from 'pg'
import {DataSource, EntitySchema, EntitySchemaOptions, QueryFailedError, type Repository} from 'typeorm'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {implementations} from '../implementations.ts'
import {useServers} from '../servers.ts'

interface Thing {
  id: string
  tags: string[]
  doc: {readonly n: number}
  amount: string
  happenedAt: Date
  big: string
}

const options = new EntitySchemaOptions<Thing>()
options.name = 'thing'
options.columns = {
  id: {type: 'uuid', primary: true},
  tags: {type: 'text', array: true},
  doc: {type: 'jsonb'},
  amount: {type: 'numeric'},
  happenedAt: {type: 'timestamptz'},
  big: {type: 'bigint', unique: true},
}
const things = new EntitySchema<Thing>(options)

const servers = useServers('it-typeorm', {standbys: 1})
const thing = (big: string): Thing => ({
  id: randomUUID(),
  tags: ['a', 'b,"c'],
  doc: {n: 1},
  amount: '12.340',
  happenedAt: new Date('2020-01-02T03:04:05.678Z'),
  big,
})

describe.each(implementations)('TypeORM on $name', {timeout: 60_000}, ({make}) => {
  const makePool = (): pg.Pool => make({hosts: servers.hosts(), connection: servers.connection}, {max: 4})
  let source: DataSource
  let repository: Repository<Thing>
  const bigs = async (): Promise<string[]> => (await repository.find({order: {big: 'ASC'}})).map(({big}) => big)

  beforeAll(async () => {
    const pool = makePool()
    // TypeORM says `new driver.Pool(…)`, and a constructor may answer with another object.
    const driver = {
      ...pg,
      Pool: function Pool() {
        return pool
      },
    }
    source = new DataSource({type: 'postgres', driver, entities: [things], synchronize: true, installExtensions: false})
    await source.initialize()
    repository = source.getRepository(things)
  })
  afterAll(async () => {
    await source.dropDatabase()
    await source.destroy()
  })

  test('insert, select: the types of the driver', async () => {
    const made = await repository.save(thing('9007199254740993'))
    expect(await repository.findOneByOrFail({id: made.id})).toEqual({...made, amount: '12.340'})
  })

  test('update, delete: the counts', async () => {
    expect(await repository.update({big: '9007199254740993'}, {amount: '1'})).toMatchObject({affected: 1})
    expect(await repository.delete({amount: '1'})).toMatchObject({affected: 1})
    expect(await bigs()).toEqual([])
  })

  test('a transaction commits, with the isolation asked for', async () => {
    await source.transaction('SERIALIZABLE', async manager => {
      expect(await manager.query('SHOW transaction_isolation')).toEqual([{transaction_isolation: 'serializable'}])
      await manager.save(things, thing('2'))
    })
    expect(await bigs()).toEqual(['2'])
  })

  test('a transaction rolls back', async () => {
    const failing = source.transaction(async manager => {
      await manager.save(things, thing('3'))
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await bigs()).toEqual(['2'])
  })

  test("a constraint is told with the driver's error", async () => {
    const failing = repository.insert(thing('2'))
    await expect(failing).rejects.toBeInstanceOf(QueryFailedError)
    await expect(failing).rejects.toMatchObject({code: '23505', driverError: {code: '23505', severity: 'ERROR'}})
  })

  test('a nested transaction is a savepoint', async () => {
    await source.transaction(async manager => {
      await manager.save(things, thing('4'))
      await expect(
        manager.transaction(async inner => {
          await inner.insert(things, thing('2'))
        }),
      ).rejects.toMatchObject({code: '23505'})
      await manager.transaction(async inner => {
        await inner.save(things, thing('6'))
      })
    })
    expect(await bigs()).toEqual(['2', '4', '6'])
  })

  test('streams', async () => {
    const runner = source.createQueryRunner()
    const stream = await runner.stream('SELECT n FROM generate_series(1, 300) AS n')
    const seen: unknown[] = []
    for await (const row of stream) seen.push(row)
    await runner.release()
    expect(seen).toHaveLength(300)
  })

  test('one connection for several statements', async () => {
    const runner = source.createQueryRunner()
    await runner.query("SET my.setting = 'kept'")
    expect(await runner.query("SELECT current_setting('my.setting') AS kept")).toEqual([{kept: 'kept'}])
    await runner.query('RESET my.setting')
    await runner.release()
  })

  test('a row that is locked for update', async () => {
    await source.transaction(async manager => {
      const [locked] = await manager.find(things, {where: {big: '2'}, lock: {mode: 'pessimistic_write'}})
      await manager.update(things, {id: locked?.id ?? ''}, {amount: '7'})
    })
    expect((await repository.findOneByOrFail({big: '2'})).amount).toBe('7')
  })

  test('more statements at once than connections', async () => {
    const rows = await Promise.all(
      Array.from(
        {length: 20},
        async (_, index) => (await source.query<{n: number}[]>('SELECT $1::int AS n', [index]))[0]?.n,
      ),
    )
    expect(rows).toEqual(Array.from({length: 20}, (_, index) => index))
  })
})
