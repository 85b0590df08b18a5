// pool.query in all its forms, what it answers and what it refuses. For tests only. Not here: cursors and streams
// (submittables.ts), transactions (sessions.ts).
import pg from 'pg'
import {describe, expect, test} from 'vitest'
import {called, failureOf, withClient, type Subject} from './subject.ts'

type Answer = [unknown, pg.QueryResult | undefined]

export function queries({pool: make}: Subject): void {
  describe('forms', () => {
    test('text', async () => expect((await make().query('SELECT 1 AS a')).rows).toEqual([{a: 1}]))
    test('text, values', async () =>
      expect((await make().query('SELECT $1::int + $2::int AS a', [1, 2])).rows).toEqual([{a: 3}]))
    test('config', async () =>
      expect((await make().query({text: 'SELECT $1::text AS a', values: ['x']})).rows).toEqual([{a: 'x'}]))
    test('config, values', async () =>
      expect((await make().query({text: 'SELECT $1::text AS a'}, ['x'])).rows).toEqual([{a: 'x'}]))

    test.each<[string, (pool: pg.Pool, callback: (...answer: Answer) => void) => unknown]>([
      ['text, callback', (pool, callback) => pool.query("SELECT 'x' AS a", callback)],
      ['text, values, callback', (pool, callback) => pool.query('SELECT $1::text AS a', ['x'], callback)],
      ['text, undefined, callback', (pool, callback) => pool.query("SELECT 'x' AS a", undefined as never, callback)],
      ['config, callback', (pool, callback) => pool.query({text: 'SELECT $1::text AS a', values: ['x']}, callback)],
    ])('%s', async (_form, ask) => {
      const pool = make()
      let returned: unknown = 'something'
      const [error, result] = await called<Answer>(callback => {
        returned = ask(pool, callback)
      })
      expect(returned).toBeUndefined()
      expect(error ?? null).toBeNull()
      expect(result?.rows).toEqual([{a: 'x'}])
    })

    test('a callback gets the error, and no result', async () => {
      const [error, result] = await called<Answer>(callback => make().query('SELEC', callback))
      expect(error).toMatchObject({code: '42601'})
      expect(result).toBeUndefined()
    })

    test('rowMode array', async () => {
      const {rows, fields} = await make().query({text: 'SELECT 1 AS a, 2 AS a', rowMode: 'array'})
      expect(rows).toEqual([[1, 2]])
      expect(fields.map(({name}) => name)).toEqual(['a', 'a'])
    })

    test('types of its own', async () => {
      const getTypeParser = ((oid: number, format = 'text') =>
        (value: string) =>
          `${oid} ${format} ${value}`) as unknown as typeof pg.types.getTypeParser
      expect((await make().query({text: 'SELECT 7 AS a', types: {getTypeParser}})).rows).toEqual([{a: '23 text 7'}])
    })

    test('several statements in one text give one result each', async () => {
      const results = (await make().query(
        'CREATE TEMP TABLE t (n int); INSERT INTO t VALUES (1), (2); SELECT n FROM t ORDER BY n',
      )) as unknown as pg.QueryResult[]
      expect(results.map(({command, rowCount, rows}) => ({command, rowCount, rows}))).toEqual([
        {command: 'CREATE', rowCount: null, rows: []},
        {command: 'INSERT', rowCount: 2, rows: []},
        {command: 'SELECT', rowCount: 2, rows: [{n: 1}, {n: 2}]},
      ])
    })

    test('a text without a statement gives a result without rows', async () => {
      expect(await make().query('')).toMatchObject({command: null, rowCount: null, rows: [], fields: []})
    })
  })

  describe('named statements', () => {
    const prepared = 'SELECT name, statement FROM pg_prepared_statements ORDER BY name'

    test('are prepared once per connection and run with new values', async () => {
      const pool = make({max: 1})
      for (const value of ['1', '2'])
        expect((await pool.query({name: 'add', text: 'SELECT $1::int + 1 AS a', values: [value]})).rows).toEqual([
          {a: Number(value) + 1},
        ])
      expect((await pool.query(prepared)).rows).toEqual([{name: 'add', statement: 'SELECT $1::int + 1 AS a'}])
    })

    test('do not collide with a different text under the same name, and the connection goes on', async () => {
      const pool = make({max: 1})
      await withClient(pool, async client => {
        await client.query({name: 'same', text: 'SELECT 1 AS a'})
        const failure = await failureOf(client.query({name: 'same', text: 'SELECT 2 AS a'}))
        expect(failure.message).toBe("Prepared statements must be unique - 'same' was used for a different statement")
        expect((await client.query({name: 'same', text: 'SELECT 1 AS a'})).rows).toEqual([{a: 1}])
      })
    })

    test('that fail to parse can be prepared again', async () => {
      await withClient(make(), async client => {
        expect(await failureOf(client.query({name: 'late', text: 'SELECT n FROM comes_later'}))).toMatchObject({
          code: '42P01',
        })
        await client.query('CREATE TEMP TABLE comes_later (n int)')
        expect((await client.query({name: 'late', text: 'SELECT n FROM comes_later'})).rows).toEqual([])
      })
    })
  })

  describe('results', () => {
    test('say command, counts and fields', async () => {
      const pool = make()
      const {command, rowCount, oid, fields} = await pool.query('SELECT user_id, amount FROM orders WHERE false')
      expect({command, rowCount, oid}).toEqual({command: 'SELECT', rowCount: 0, oid: null})
      expect(fields).toMatchObject([
        {name: 'user_id', dataTypeID: 20, columnID: 2, format: 'text'},
        {name: 'amount', dataTypeID: 1700, columnID: 3},
      ])
      expect(fields[0]?.tableID).toBeGreaterThan(0)
      const inserted = await pool.query(
        'INSERT INTO orders (id, user_id) VALUES (gen_random_uuid(), 10), (gen_random_uuid(), 10) RETURNING user_id',
      )
      expect(inserted).toMatchObject({command: 'INSERT', rowCount: 2, oid: 0, rows: [{user_id: '10'}, {user_id: '10'}]})
      expect(await pool.query('DELETE FROM orders WHERE user_id = 10')).toMatchObject({
        command: 'DELETE',
        rowCount: 2,
        rows: [],
      })
    })

    test('have the types of the driver', async () => {
      const {rows} = await make()
        .query(`SELECT 1::int2 AS i2, 1::int4 AS i4, 1::int8 AS i8, 1.50::numeric AS n, 1.5::float8 AS f, true AS b, 'x'::text AS t, NULL::int AS nothing,
        ARRAY[1, NULL, 3] AS ints, '{"a": [1]}'::jsonb AS j, '\\x0102'::bytea AS raw, '2020-01-02T03:04:05.678Z'::timestamptz AS at`)
      expect(rows).toEqual([
        {
          i2: 1,
          i4: 1,
          i8: '1',
          n: '1.50',
          f: 1.5,
          b: true,
          t: 'x',
          nothing: null,
          ints: [1, null, 3],
          j: {a: [1]},
          raw: Buffer.from([1, 2]),
          at: new Date('2020-01-02T03:04:05.678Z'),
        },
      ])
    })

    test('values are sent as the driver sends them', async () => {
      const at = new Date('2020-01-02T03:04:05.678Z')
      const own = {toPostgres: (): string => 'mine'}
      const {rows} = await make().query(
        'SELECT $1::jsonb AS j, $2::int[] AS ints, $3::bytea AS raw, $4::timestamptz AS at, $5::text AS own, $6::text AS nothing, $7::int8 AS big',
        [{a: 1}, [1, null], Buffer.from('x'), at, own, undefined, 9_007_199_254_740_993n],
      )
      expect(rows).toEqual([
        {j: {a: 1}, ints: [1, null], raw: Buffer.from('x'), at, own: 'mine', nothing: null, big: '9007199254740993'},
      ])
    })
  })

  describe('refusals before anything is sent', () => {
    test('a function as first argument', async () => {
      const message = 'Passing a function as the first parameter to pool.query is not supported'
      const [error] = await called<[Error]>(callback => make().query(callback as never))
      expect(error.message).toBe(message)
    })

    test.each<[string, unknown, unknown, string]>([
      ['null', null, undefined, 'Client was passed a null or undefined query'],
      ['undefined', undefined, undefined, 'Client was passed a null or undefined query'],
      [
        'a config without text',
        {},
        undefined,
        'A query must have either text or a name. Supplying neither is unsupported.',
      ],
      ['values that are no array', 'SELECT $1', 'x', 'Query values must be an array'],
    ])('%s', async (_what, text, values, message) => {
      const pool = make({max: 1})
      expect((await failureOf(pool.query(text as string, values as unknown[]))).message).toBe(message)
      expect((await pool.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
    })

    test('a value that cannot be sent leaves the connection in step', async () => {
      const circular: {self?: unknown} = {}
      circular.self = circular
      await withClient(make(), async client => {
        expect((await failureOf(client.query('SELECT $1::text AS a', [circular]))).message).toMatch(/circular/)
        expect((await client.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
      })
    })
  })

  test('many at once are spread over max connections, and each gets its own answer', async () => {
    const pool = make({max: 3})
    const answers = await Promise.all(
      Array.from(
        {length: 30},
        async (_, index) => (await pool.query<{a: number}>('SELECT $1::int AS a', [index])).rows[0]?.a,
      ),
    )
    expect(answers).toEqual(Array.from({length: 30}, (_, index) => index))
    // All may be answered before the last connection is made.
    await expect.poll(() => pool).toMatchObject({totalCount: 3, idleCount: 3, waitingCount: 0})
  })

  test('the stack of an error leads to the caller', async () => {
    const pool = make()
    async function theCallerOfThePool(): Promise<void> {
      await pool.query('SELEC')
    }
    async function theCallerOfTheClient(): Promise<void> {
      await withClient(pool, async client => {
        await client.query('SELEC')
      })
    }
    async function theCallerOfConnect(): Promise<void> {
      await make({connectionTimeoutMillis: 500}, ['127.0.0.1:1']).connect()
    }
    expect((await failureOf(theCallerOfThePool())).stack).toContain('theCallerOfThePool')
    expect((await failureOf(theCallerOfTheClient())).stack).toContain('theCallerOfTheClient')
    expect((await failureOf(theCallerOfConnect())).stack).toContain('theCallerOfConnect')
  })
}
