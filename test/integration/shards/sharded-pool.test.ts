// The pool over shards on real servers, as an application uses it. The oracle is the same statement on one database.
import {beforeEach, describe, expect, it} from 'vitest'
import {slotOf} from '../../../src/shards/keys/slot.ts'
import {firstMap} from '../../../src/shards/map/shard-map.ts'
import {installSchema} from '../../../src/shards/map/write-map.ts'
import {useServers} from '../router/servers.ts'
import {shardNames, useShop} from './use-shop.ts'

const servers = useServers('sharded-pool', {standbys: 0})
const shop = useShop(servers)
const map = firstMap(shardNames)
/** The first keys of a shard. */
const usersOf = (shard: string, count: number): readonly number[] =>
  Array.from({length: 500}, (_, index) => index + 1)
    .filter(key => map.ownerOf(slotOf('int8', key)) === shard)
    .slice(0, count)
const [a = 0, a2 = 0] = usersOf('s1', 2)
const [b = 0, b2 = 0] = usersOf('s2', 2)

beforeEach(async () => {
  for (const name of shardNames)
    await shop.sql(
      name,
      `DELETE FROM disputes; DELETE FROM orders; DELETE FROM users; SET hl_shards.on_all_shards = 'on'; DELETE FROM currencies`,
    )
})
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    (error: unknown): unknown => Reflect.get(error as object, 'code'),
  )
const orders = (name: string): Promise<readonly object[]> =>
  shop.sql(name, 'SELECT user_id::int, id::int, amount::text FROM orders ORDER BY 1, 2')
const currencies = (name: string): Promise<readonly object[]> =>
  shop.sql(name, 'SELECT code FROM currencies ORDER BY 1')

describe('one shard', () => {
  it('is found by the key, in a parameter or a constant, and the answer is pg’s', async () => {
    const pool = shop.pool()
    const inserted = await pool.query('INSERT INTO orders (user_id, id, amount) VALUES ($1, 1, 1200) RETURNING id', [a])
    expect(inserted).toMatchObject({command: 'INSERT', rowCount: 1, rows: [{id: '1'}], route: {shards: ['s1']}})
    await pool.query(`INSERT INTO orders (user_id, id, amount) VALUES (${b}, 1, 30)`)
    expect([await orders('s1'), await orders('s2')]).toEqual([
      [{user_id: a, id: 1, amount: '1200'}],
      [{user_id: b, id: 1, amount: '30'}],
    ])
    const read = await pool.query('SELECT amount FROM orders WHERE user_id = $1', [b])
    expect([read.rows, read.route.shards]).toEqual([[{amount: '30'}], ['s2']])
    expect(await pool.explain('SELECT amount FROM orders WHERE user_id = $1', [b])).toMatchObject({shards: ['s2']})
  })

  it.each([
    ['9007199254740993', 9_007_199_254_740_993n],
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', -(2n ** 63n)],
  ])('has the key %s, which is no number of JavaScript, as it was given', async (text, key) => {
    const pool = shop.pool()
    const {route} = await pool.query('INSERT INTO users (user_id, name) VALUES ($1, $2)', [key, 'far'])
    const {rows} = await pool.query('SELECT user_id FROM users WHERE user_id = $1', [key])
    const [found] = JSON.parse(JSON.stringify(rows)) as {user_id: unknown}[]
    expect(found).toEqual({user_id: text})
    // What was read, and written into JSON, leads to the same shard.
    const place = {shard: route.shards[0], slot: slotOf('int8', text)}
    expect(await pool.forKey(found?.user_id).place()).toMatchObject(place)
    expect(await codeOf(pool.query('SELECT 1 FROM users WHERE user_id = $1', [Number(text)]))).toBe('KEY_INVALID')
  })

  it('has all of the router: a transaction of one key', async () => {
    const pool = shop.pool()
    const {value} = await pool.forKey(b).transaction(async client => {
      await client.query('INSERT INTO orders (user_id, id, amount) VALUES ($1, 1, 5)', [b])
      return (await client.query('SELECT count(*)::int AS n FROM orders')).rows
    })
    expect(value).toEqual([{n: 1}])
    expect(await pool.forKey(a).place()).toMatchObject({shard: 's1', slot: slotOf('int8', a)})
    // Another user's rows are refused by the shard itself, at once.
    await expect(
      pool.forKey(a).write('INSERT INTO orders (user_id, id, amount) VALUES ($1, 1, 5)', [b]),
    ).rejects.toMatchObject({code: 'HL001'})
  })

  it('keeps what is not its own out of a transaction of one key', async () => {
    const pool = shop.pool()
    const written = (text: string, values: readonly unknown[] = []): Promise<unknown> =>
      codeOf(
        pool.forKey(a).transaction(async client => {
          await client.query('INSERT INTO orders (user_id, id, amount) VALUES ($1, 1, 5)', [a])
          await client.query(text, [...values])
        }),
      )
    expect(await written(`INSERT INTO currencies VALUES ('EUR', 2)`)).toBe('HL005')
    expect(await written('INSERT INTO orders (user_id, id, amount) VALUES ($1, 1, 5)', [b])).toBe('HL001')
    expect(await written('SELECT 1')).toBe('none')
    expect([await orders('s1'), await orders('s2'), await currencies('s1')]).toEqual([
      [{user_id: a, id: 1, amount: '5'}],
      [],
      [],
    ])
  })
})

describe('several shards', () => {
  it('rows of one INSERT go to their shards, and come back in the order of VALUES', async () => {
    const pool = shop.pool()
    const users = [b, a, b2, a2]
    const {rows, rowCount, route} = await pool.query(
      `INSERT INTO users (user_id, name) VALUES ${users.map((_, n) => `($${2 * n + 1}, $${2 * n + 2})`).join(', ')} RETURNING user_id, name`,
      users.flatMap(user => [user, `n${user}`]),
    )
    expect(rows).toEqual(users.map(user => ({user_id: String(user), name: `n${user}`})))
    expect([rowCount, route.shards]).toEqual([4, ['s1', 's2']])
    const ordered = await pool.query('SELECT user_id::int FROM users ORDER BY name DESC LIMIT 3')
    const oracle = users.toSorted((x, y) => (`n${x}` < `n${y}` ? 1 : -1)).slice(0, 3)
    expect(ordered.rows).toEqual(oracle.map(user_id => ({user_id})))
    expect((await pool.query('SELECT count(*)::int AS n, max(name) AS last FROM users')).rows).toEqual([
      {
        n: 4,
        last: users
          .map(user => `n${user}`)
          .sort()
          .at(-1),
      },
    ])
    expect((await pool.query('UPDATE users SET email = $1 WHERE user_id = ANY($2)', ['x', users])).rowCount).toBe(4)
    expect((await pool.query('DELETE FROM users')).rowCount).toBe(4)
  })

  it.each([
    ['one shard', usersOf('s1', 4)],
    ['both', [b, a, b2, a2]],
  ])('rows of a prepared INSERT for %s are stored once, and each is found by its key', async (_what, users) => {
    const pool = shop.pool()
    const rows = users.map((_, n) => `($${2 * n + 1}, $${2 * n + 2}, $9)`).join(', ')
    const text = `INSERT INTO orders (amount, user_id, id) VALUES ${rows} RETURNING user_id::int, id::int, amount`
    for (const id of [1, 2]) {
      const values = [...users.flatMap((user, n) => [n, user]), id]
      const inserted = await pool.query({name: 'four orders', text}, values)
      expect(inserted.rowCount).toBe(4)
      expect(inserted.rows).toEqual(users.map((user_id, n) => ({user_id, id, amount: String(n)})))
    }
    expect([...(await orders('s1')), ...(await orders('s2'))]).toHaveLength(8)
    for (const [n, user] of users.entries()) {
      const found = await pool.query('SELECT amount FROM orders WHERE user_id = $1', [user])
      expect(found.rows).toEqual([{amount: String(n)}, {amount: String(n)}])
    }
  })

  it('whose columns differ are told from each other, and a column that is not known yet is not shown', async () => {
    const pool = shop.pool()
    for (const [user, name] of [
      [a, 'y'],
      [b, 'x'],
    ] as const)
      await pool.query('INSERT INTO users (user_id, name) VALUES ($1, $2)', [user, name])
    try {
      await shop.sql('s2', 'ALTER TABLE users ADD COLUMN more int')
      const {rows} = await pool.query('SELECT * FROM users ORDER BY name')
      expect(rows).toEqual([
        {user_id: String(b), name: 'x', email: null},
        {user_id: String(a), name: 'y', email: null},
      ])
      expect(await codeOf(pool.query('SELECT * FROM users'))).toBe('SHARD_FAILED')
      await shop.sql('s1', 'ALTER TABLE users RENAME COLUMN email TO more; ALTER TABLE users ADD COLUMN email text')
      expect(await codeOf(pool.query('SELECT * FROM users'))).toBe('SHARD_FAILED')
    } finally {
      for (const name of shardNames) await shop.sql(name, 'ALTER TABLE users DROP COLUMN IF EXISTS more')
      await shop.sql('s1', 'ALTER TABLE users ADD COLUMN IF NOT EXISTS email text')
    }
  })

  it('a write that one of them refuses leaves nothing on the other', async () => {
    const pool = shop.pool()
    await pool.query('INSERT INTO orders (user_id, id, amount) VALUES ($1, 1, 5)', [b])
    await expect(
      pool.query('INSERT INTO orders (user_id, id, amount) VALUES ($1, 1, 5), ($2, 1, 5)', [a, b]),
    ).rejects.toMatchObject({code: '23505'})
    expect([await orders('s1'), (await orders('s2')).length]).toEqual([[], 1])
  })

  it('a stream gives all rows in order, and leaves nothing when its reader leaves', async () => {
    const pool = shop.pool()
    const users = [...usersOf('s1', 100), ...usersOf('s2', 100)]
    await pool
      .query('INSERT INTO users (user_id, name) SELECT u, $2 FROM unnest($1::int8[]) AS u', [users, 'x'])
      .catch(() => undefined)
    for (const user of users) await pool.query('INSERT INTO users (user_id, name) VALUES ($1, $2)', [user, 'x'])
    const seen: number[] = []
    for await (const row of pool.stream('SELECT user_id::int FROM users ORDER BY user_id'))
      seen.push(Number(row['user_id']))
    expect(seen).toEqual(users.toSorted((x, y) => x - y))
    for await (const row of pool.stream('SELECT user_id FROM users')) {
      expect(row).toBeDefined()
      break
    }
    await expect
      .poll(
        async () =>
          (
            await shop.sql<{n: number}>(
              'postgres',
              `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'shop-test' AND state <> 'idle'`,
            )
          )[0]?.n,
      )
      .toBe(0)
  })
})

describe('a transaction', () => {
  it('over two shards is all or nothing', async () => {
    const pool = shop.pool()
    const transfer = (fails: boolean): Promise<unknown> =>
      pool.transaction(async client => {
        await client.query('INSERT INTO orders (user_id, id, amount) VALUES ($1, 1, -5)', [a])
        await client.query('INSERT INTO orders (user_id, id, amount) VALUES ($1, 1, 5)', [b])
        if (fails) throw new Error('changed its mind')
      })
    await expect(transfer(true)).rejects.toThrow('changed its mind')
    expect([await orders('s1'), await orders('s2')]).toEqual([[], []])
    expect(await transfer(false)).toMatchObject({phases: 2, runs: 1, unfinished: []})
    expect([(await orders('s1')).length, (await orders('s2')).length]).toEqual([1, 1])
    expect(await shop.sql('postgres', 'SELECT gid FROM pg_prepared_xacts')).toEqual([])
  })

  it('gives a row another key, by deleting and inserting it', async () => {
    const pool = shop.pool()
    await pool.query('INSERT INTO users (user_id, name, email) VALUES ($1, $2, $3)', [a, 'Ann', 'ann@x.org'])
    const {phases} = await pool.transaction(async client => {
      const {rows} = await client.query('DELETE FROM users WHERE user_id = $1 RETURNING name, email', [a])
      const values = [b, rows[0]?.['name'], rows[0]?.['email']]
      await client.query('INSERT INTO users (user_id, name, email) VALUES ($1, $2, $3)', values)
    })
    expect(phases).toBe(2)
    expect((await pool.query('SELECT * FROM users')).rows).toEqual([
      {user_id: String(b), name: 'Ann', email: 'ann@x.org'},
    ])
  })

  it('sees what it wrote by statements on one shard and on several, and refuses what it could not see', async () => {
    const pool = shop.pool()
    const {phases} = await pool.transaction(async client => {
      await client.query('INSERT INTO orders (user_id, id, amount) VALUES ($1, 1, 5)', [a])
      await client.query('INSERT INTO orders (user_id, id, amount) VALUES ($1, 2, 5), ($2, 1, 5)', [a, b])
      // Each refers to an order that nobody else sees yet.
      await client.query('INSERT INTO disputes (user_id, id, order_id) VALUES ($1, 1, 1), ($2, 1, 1)', [a, b])
      expect((await client.query('UPDATE orders SET amount = amount + 1')).rowCount).toBe(3)
      expect(await codeOf(client.query('SELECT sum(amount) FROM orders'))).toBe('UNSUPPORTED')
      for (const [name, total] of [
        ['s1', '12'],
        ['s2', '6'],
      ] as const)
        expect((await client.onShard(name).query('SELECT sum(amount) FROM orders')).rows).toEqual([{sum: total}])
    })
    expect(phases).toBe(2)
  })

  it('goes on after a shard that does not exist was asked for, and a pool too', async () => {
    const pool = shop.pool()
    await pool.transaction(async client => {
      expect(() => client.onShard('s9')).toThrow(expect.objectContaining({code: 'CONFIG_INVALID'}))
      expect((await client.onShard('s2').query('SELECT 1 AS one')).rows).toEqual([{one: 1}])
    })
    expect(() => pool.onShard('s9')).toThrow(expect.objectContaining({code: 'CONFIG_INVALID'}))
    expect((await pool.onShard('s2').query('SELECT 1 AS one')).rows).toEqual([{one: 1}])
  })

  it('by a client that was refused a statement leaves nothing of it behind', async () => {
    const pool = shop.pool()
    const client = await pool.connect()
    expect(await codeOf(client.query('UPDATE orders SET user_id = 1 WHERE user_id = $1', [a]))).toBe('KEY_UPDATE')
    const {route} = await client.query('SELECT * FROM orders WHERE user_id = $1', [b])
    client.release()
    expect(route.shards).toEqual(['s2'])
  })

  it('by BEGIN and COMMIT as texts, as libraries send them', async () => {
    const pool = shop.pool()
    const client = await pool.connect()
    await client.query('BEGIN')
    await client.query('INSERT INTO orders (user_id, id, amount) VALUES ($1, 7, 1)', [a])
    await client.query('INSERT INTO orders (user_id, id, amount) VALUES ($1, 7, 1)', [b])
    expect((await client.query('COMMIT')).command).toBe('COMMIT')
    await client.query('BEGIN')
    await expect(client.query('INSERT INTO orders (user_id, id, amount) VALUES ($1, 7, 1)', [a])).rejects.toMatchObject(
      {code: '23505'},
    )
    await expect(client.query('SELECT 1')).rejects.toMatchObject({code: 'TRANSACTION_OPEN'})
    expect((await client.query('COMMIT')).command).toBe('ROLLBACK')
    client.release()
    expect([(await orders('s1')).length, (await orders('s2')).length]).toEqual([1, 1])
  })
})

describe('a reference table', () => {
  it('is the same on every shard, whoever writes it', async () => {
    const pool = shop.pool()
    const written = await pool.query(`INSERT INTO currencies (code, digits) VALUES ('EUR', 2), ('JPY', 0)`)
    expect([written.rowCount, written.route.shards]).toEqual([2, ['s1', 's2']])
    for (const name of shardNames)
      expect(await shop.sql(name, 'SELECT code FROM currencies ORDER BY 1')).toEqual([{code: 'EUR'}, {code: 'JPY'}])
    await expect(pool.onShard('s1').query(`DELETE FROM currencies`)).rejects.toMatchObject({code: 'HL005'})
    expect((await pool.query('SELECT count(*)::int AS n FROM currencies')).rows).toEqual([{n: 2}])
  })

  it.each([
    ['taken back on one shard by its savepoint', false],
    ['refused by one shard, whose savepoint hides it', true],
  ])('is not written where the write was %s', async (_what, isRefused) => {
    const pool = shop.pool()
    // A row that one copy has already, as somebody may have left it.
    if (isRefused)
      await shop.sql('s2', `SET session_replication_role = replica; INSERT INTO currencies VALUES ('EUR', 3)`)
    const work = pool.transaction(async client => {
      await client.query('INSERT INTO orders (user_id, id, amount) VALUES ($1, 1, 5), ($2, 1, 5)', [a, b])
      await client.onShard('s2').query('SAVEPOINT here')
      const code = await codeOf(client.query(`INSERT INTO currencies VALUES ('EUR', 2)`))
      expect(code).toBe(isRefused ? '23505' : 'none')
      await client.onShard('s2').query('ROLLBACK TO here')
    })
    await expect(work).rejects.toMatchObject({code: 'ABORTED', outcome: 'not-applied'})
    expect([await orders('s1'), await orders('s2'), await currencies('s1')]).toEqual([[], [], []])
    // Taken back on all of them, it is no difference.
    const {phases} = await pool.transaction(async client => {
      for (const name of shardNames) await client.onShard(name).query('SAVEPOINT here')
      await client.query(`INSERT INTO currencies VALUES ('USD', 2)`)
      for (const name of shardNames) await client.onShard(name).query('ROLLBACK TO here')
      await client.query('INSERT INTO orders (user_id, id, amount) VALUES ($1, 2, 5), ($2, 2, 5)', [a, b])
    })
    expect([phases, await currencies('s1')]).toEqual([2, []])
  })
})

describe('what cannot be right', () => {
  it.each([
    ['a key that is null', 'SELECT * FROM orders WHERE user_id = $1 FOR UPDATE', [null], /./],
    ['an update of the key', 'UPDATE orders SET user_id = 1 WHERE user_id = $1', [a], 'KEY_UPDATE'],
    ['a table that is not declared', 'SELECT * FROM pg_catalog.pg_class', [], 'TABLE_UNKNOWN'],
    ['two statements', 'SELECT 1; SELECT 2', [], 'UNSUPPORTED'],
    ['COPY', 'COPY orders TO STDOUT', [], 'UNSUPPORTED'],
    ['a lock over several shards', 'SELECT * FROM orders FOR UPDATE', [], 'UNSUPPORTED'],
    ['a key of another type', 'SELECT * FROM orders WHERE user_id = $1', ['abc'], 'KEY_INVALID'],
  ])('%s is refused before anything is sent', async (_what, text, values, code) => {
    const pool = shop.pool()
    const ended = await pool.query(text, values).then(
      ({rows}) => rows,
      (error: unknown) => Reflect.get(error as object, 'code') as unknown,
    )
    if (code instanceof RegExp) expect(ended).toEqual([])
    else expect(ended).toBe(code)
  })

  it('a map that is not there, a shard that is another', async () => {
    const {shards, ...rest} = shop.options()
    const swapped = {s1: shards['s2'] ?? {hosts: []}, s2: shards['s1'] ?? {hosts: []}}
    const pool = shop.pool({...rest, shards: swapped, catalog: 's2', waitMs: 10_000})
    await expect(pool.query('SELECT count(*) FROM orders')).rejects.toMatchObject({code: 'WRONG_SHARD'})
    const without = shop.pool({...rest, shards: swapped, catalog: 's1', waitMs: 5_000})
    await expect(without.query('SELECT count(*) FROM orders')).rejects.toThrow(/no map of the shards .* write one/)
  })
})

describe('the roles of applications', () => {
  it('read the map and never change it, whatever the default privileges of its owner are', async () => {
    const tables = ['self', 'slot_group', 'sharded_table', 'map_identity', 'map_shard', 'map']
    for (const table of tables) await shop.sql('s1', `GRANT INSERT, UPDATE, DELETE ON hl_shards.${table} TO app`)
    await installSchema(async text => ({rows: await shop.sql('s1', text)}), {writers: ['app']})
    const may = async (table: string): Promise<readonly string[]> => {
      const [row] = await shop.sql<{may: string[]}>(
        's1',
        `SELECT array_agg(p ORDER BY p) AS may FROM unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE}'::text[]) AS p
         WHERE has_table_privilege('app', 'hl_shards.${table}', p)`,
      )
      return row?.may ?? []
    }
    expect(await Promise.all(tables.map(may))).toEqual(tables.map(() => ['SELECT']))
    expect(await may('decision')).toEqual(['DELETE', 'INSERT', 'SELECT'])
  })
})
