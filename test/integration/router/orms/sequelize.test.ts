// Sequelize 6 over a driver's Client: it pools by itself, listens to parameterStatus before it connects, and sets the
// session up in one text of several statements.
// Not here: Sequelize itself.
import pg from 'pg'
import {
  DataTypes,
  Sequelize,
  Transaction,
  UniqueConstraintError,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
} from 'sequelize'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {implementations} from '../implementations.ts'
import {useServers} from '../servers.ts'

interface Thing extends Model<InferAttributes<Thing>, InferCreationAttributes<Thing>> {
  id: CreationOptional<number>
  tags: string[]
  doc: {readonly n: number}
  amount: string
  happenedAt: Date
  big: string
}

const servers = useServers('it-sequelize', {standbys: 1})
const thing = (big: string): {tags: string[]; doc: {n: number}; amount: string; happenedAt: Date; big: string} => ({
  tags: ['a', 'b,"c'],
  doc: {n: 1},
  amount: '12.340',
  happenedAt: new Date('2020-01-02T03:04:05.678Z'),
  big,
})

describe.each(implementations.filter(({driverOf}) => driverOf !== null))(
  'Sequelize on $name',
  {timeout: 60_000},
  ({make, driverOf}) => {
    const makePool = (): pg.Pool => make({hosts: servers.hosts(), connection: servers.connection}, {max: 4})
    let pool: pg.Pool
    let db: Sequelize
    let things: ModelStatic<Thing>
    const bigs = async (): Promise<string[]> => (await things.findAll({order: [['big', 'ASC']]})).map(({big}) => big)

    beforeAll(async () => {
      pool = makePool()
      const {host, port} = servers.primary
      const {database, user, password} = servers.connection
      db = new Sequelize(database, user, password, {
        host,
        port,
        dialect: 'postgres',
        dialectModule: driverOf?.(pool) ?? pg,
        logging: false,
        pool: {max: 4},
      })
      things = db.define<Thing>(
        'thing',
        {
          id: {type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true},
          tags: DataTypes.ARRAY(DataTypes.TEXT),
          doc: DataTypes.JSONB,
          amount: DataTypes.DECIMAL,
          happenedAt: DataTypes.DATE,
          big: {type: DataTypes.BIGINT, unique: 'things_big'},
        },
        {timestamps: false},
      )
      await db.sync()
    })
    afterAll(async () => {
      await db.drop()
      await db.close()
      await pool.end()
    })

    test('the session is set up', async () => {
      const [rows] = await db.query(
        "SELECT current_setting('TimeZone') AS zone, current_setting('client_min_messages') AS messages",
      )
      expect(rows).toEqual([{zone: '<+00>-00', messages: 'warning'}])
    })

    test('insert, select: the types of the model', async () => {
      const {id} = await things.create(thing('9007199254740993'))
      expect((await things.findByPk(id))?.get({plain: true})).toEqual({...thing('9007199254740993'), id})
      expect(await things.count()).toBe(1)
    })

    test('update, delete: the counts', async () => {
      expect(await things.update({amount: '1'}, {where: {big: '9007199254740993'}})).toEqual([1])
      expect(await things.destroy({where: {amount: '1'}})).toBe(1)
      expect(await bigs()).toEqual([])
    })

    test('a transaction commits, with the isolation asked for', async () => {
      await db.transaction({isolationLevel: Transaction.ISOLATION_LEVELS.REPEATABLE_READ}, async transaction => {
        expect(
          (await db.query("SELECT current_setting('transaction_isolation') AS isolation", {transaction}))[0],
        ).toEqual([{isolation: 'repeatable read'}])
        await things.create(thing('2'), {transaction})
      })
      expect(await bigs()).toEqual(['2'])
    })

    test('a transaction rolls back', async () => {
      const failing = db.transaction(async transaction => {
        await things.create(thing('3'), {transaction})
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      expect(await bigs()).toEqual(['2'])
    })

    test("a constraint is told with the driver's error", async () => {
      const failing = things.create(thing('2'))
      await expect(failing).rejects.toBeInstanceOf(UniqueConstraintError)
      await expect(failing).rejects.toMatchObject({parent: {code: '23505'}, fields: {big: '2'}})
    })

    test('a nested transaction is a savepoint', async () => {
      await db.transaction(async transaction => {
        await things.create(thing('4'), {transaction})
        await expect(
          db.transaction({transaction}, async nested => {
            await things.create(thing('2'), {transaction: nested})
          }),
        ).rejects.toBeInstanceOf(UniqueConstraintError)
        await db.transaction({transaction}, async nested => {
          await things.create(thing('6'), {transaction: nested})
        })
      })
      expect(await bigs()).toEqual(['2', '4', '6'])
    })

    test('find or create, which is a transaction with a savepoint in a function', async () => {
      expect((await things.findOrCreate({where: {big: '2'}, defaults: thing('2')}))[1]).toBe(false)
      expect((await things.findOrCreate({where: {big: '8'}, defaults: thing('8')}))[1]).toBe(true)
    })

    test('a row that is locked for update', async () => {
      await db.transaction(async transaction => {
        const found = await things.findOne({where: {big: '2'}, transaction, lock: Transaction.LOCK.UPDATE})
        await found?.update({amount: '7'}, {transaction})
      })
      expect((await things.findOne({where: {big: '2'}}))?.amount).toBe('7')
    })

    test('more statements at once than connections', async () => {
      const rows = await Promise.all(
        Array.from({length: 20}, async (_, index) => (await db.query(`SELECT ${index}::int AS n`))[0][0]),
      )
      expect(rows).toEqual(Array.from({length: 20}, (_, index) => ({n: index})))
    })
  },
)
