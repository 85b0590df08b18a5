// A client that is checked out is one session: transactions, what a session keeps, what it is told. For tests only.
import {once} from 'node:events'
import pg from 'pg'
import {describe, expect, test} from 'vitest'
import {until} from '../until.ts'
import {failureOf, called, pidOf, withClient, type Subject} from './subject.ts'

export function sessions({pool: make}: Subject): void {
  describe('transactions', () => {
    const insert = 'INSERT INTO orders (id, user_id) VALUES (gen_random_uuid(), $1)'
    const countOf = async (pool: pg.Pool, user: number): Promise<number> =>
      (await pool.query<{n: number}>('SELECT count(*)::int AS n FROM orders WHERE user_id = $1', [user])).rows[0]?.n ??
      -1

    test('COMMIT makes seen what was hidden before', async () => {
      const pool = make()
      await withClient(pool, async client => {
        expect(await client.query('BEGIN')).toMatchObject({command: 'BEGIN', rowCount: null, rows: []})
        await client.query(insert, [1])
        expect(await countOf(pool, 1)).toBe(0)
        expect(await client.query('COMMIT')).toMatchObject({command: 'COMMIT'})
      })
      expect(await countOf(pool, 1)).toBe(1)
    })

    test('ROLLBACK undoes', async () => {
      const pool = make()
      await withClient(pool, async client => {
        await client.query('BEGIN')
        await client.query(insert, [2])
        expect(await client.query('ROLLBACK')).toMatchObject({command: 'ROLLBACK'})
      })
      expect(await countOf(pool, 2)).toBe(0)
    })

    test('savepoints nest', async () => {
      const pool = make()
      await withClient(pool, async client => {
        for (const text of ['BEGIN', 'SAVEPOINT a']) await client.query(text)
        await client.query(insert, [3])
        await client.query('SAVEPOINT b')
        await client.query(insert, [3])
        for (const text of ['ROLLBACK TO SAVEPOINT b', 'RELEASE SAVEPOINT a', 'COMMIT']) await client.query(text)
      })
      expect(await countOf(pool, 3)).toBe(1)
    })

    test('the status is told after each statement', async () => {
      await withClient(make(), async client => {
        const statuses: unknown[] = [client.getTransactionStatus()]
        for (const text of ['SELECT 1', 'BEGIN', 'SAVEPOINT a', 'SELEC', 'ROLLBACK TO SAVEPOINT a', 'ROLLBACK']) {
          const failed = await client.query(text).then(
            () => false,
            () => true,
          )
          // An error is told when the server says it, the status when the server is ready again, which is a little
          // later.
          if (failed)
            await until(
              'the server is ready',
              () => client.getTransactionStatus(),
              status => status === 'E',
            )
          statuses.push(client.getTransactionStatus())
        }
        expect(statuses).toEqual(['I', 'I', 'T', 'T', 'E', 'T', 'I'])
      })
    })

    test('a failed one refuses statements, and COMMIT answers ROLLBACK', async () => {
      await withClient(make(), async client => {
        await client.query('BEGIN')
        expect(await failureOf(client.query('SELECT 1/0'))).toMatchObject({code: '22012'})
        expect(await failureOf(client.query('SELECT 1'))).toMatchObject({code: '25P02'})
        expect(await client.query('COMMIT')).toMatchObject({command: 'ROLLBACK'})
        expect((await client.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
      })
    })

    test('isolation and access mode are those of BEGIN', async () => {
      await withClient(make(), async client => {
        await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE')
        expect(
          (
            await client.query(
              "SELECT current_setting('transaction_isolation') AS i, current_setting('transaction_read_only') AS r",
            )
          ).rows,
        ).toEqual([{i: 'serializable', r: 'on'}])
        expect(await failureOf(client.query(insert, [4]))).toMatchObject({code: '25006'})
        await client.query('ROLLBACK')
      })
    })

    test('in one text of several statements', async () => {
      const pool = make()
      await withClient(pool, async client => {
        await client.query(`BEGIN; INSERT INTO orders (id, user_id) VALUES (gen_random_uuid(), 5); COMMIT`)
        expect(client.getTransactionStatus()).toBe('I')
      })
      expect(await countOf(pool, 5)).toBe(1)
    })
  })

  describe('what a session keeps', () => {
    test('settings, temporary tables, advisory locks, prepared statements', async () => {
      await withClient(make(), async client => {
        await client.query("SET my.setting = 'kept'")
        await client.query('CREATE TEMP TABLE kept (n int)')
        await client.query('SELECT pg_advisory_lock(7)')
        await client.query('PREPARE kept AS SELECT 1 AS a')
        expect(
          (await client.query("SELECT current_setting('my.setting') AS s, (SELECT count(*)::int FROM kept) AS n")).rows,
        ).toEqual([{s: 'kept', n: 0}])
        expect((await client.query('EXECUTE kept')).rows).toEqual([{a: 1}])
        expect((await client.query('SELECT pg_advisory_unlock(7) AS held')).rows).toEqual([{held: true}])
        await client.query('DISCARD ALL')
      })
    })

    test('statements given at once run in their order', async () => {
      await withClient(make(), async client => {
        const answers = await Promise.all(
          [1, 2, 3].map(async number => (await client.query<{n: number}>('SELECT $1::int AS n', [number])).rows[0]?.n),
        )
        expect(answers).toEqual([1, 2, 3])
      })
    })

    test('it is the backend that processID says, in the database and as the user asked for', async () => {
      await withClient(make(), async client => {
        expect(pidOf(client)).toBeGreaterThan(0)
        expect(
          (await client.query('SELECT pg_backend_pid() AS pid, current_user AS u, current_database() AS d')).rows,
        ).toEqual([{pid: pidOf(client), u: client.user, d: client.database}])
      })
    })
  })

  describe('what a session is told', () => {
    test('NOTIFY of another session', async () => {
      const pool = make()
      await withClient(pool, async client => {
        await client.query('LISTEN surface')
        const told = once(client, 'notification')
        await pool.query("SELECT pg_notify('surface', 'hello')")
        expect(await told).toMatchObject([{channel: 'surface', payload: 'hello', processId: expect.any(Number)}])
        await client.query('UNLISTEN *')
      })
    })

    test('notices', async () => {
      await withClient(make(), async client => {
        const told = once(client, 'notice')
        await client.query("DO $$ BEGIN RAISE WARNING 'mind the gap' USING ERRCODE = '01234'; END $$")
        expect(await told).toMatchObject([
          {name: 'notice', severity: 'WARNING', code: '01234', message: 'mind the gap'},
        ])
      })
    })

    test('that nothing waits any more', async () => {
      await withClient(make(), async client => {
        const drained = once(client, 'drain')
        await client.query('SELECT 1')
        expect(await drained).toEqual([])
      })
    })
  })

  describe('what else a client can', () => {
    test('query with callbacks', async () => {
      await withClient(make(), async client => {
        const [error, result] = await called<[unknown, pg.QueryResult]>(callback =>
          client.query('SELECT $1::int AS a', [1], callback),
        )
        expect([error ?? null, result.rows]).toEqual([null, [{a: 1}]])
        const [failure] = await called<[unknown, pg.QueryResult]>(callback => client.query('SELEC', callback))
        expect(failure).toMatchObject({code: '42601'})
      })
    })

    test('escape', async () => {
      await withClient(make(), async client => {
        const text = `it's "quoted" \\ text`
        expect(client.escapeIdentifier(text)).toBe(pg.escapeIdentifier(text))
        expect(
          (await client.query(`SELECT ${client.escapeLiteral(text)} AS ${client.escapeIdentifier(text)}`)).rows,
        ).toEqual([{[text]: text}])
      })
    })

    test('parse a type in its own way, and no other client does', async () => {
      const pool = make()
      await withClient(pool, async client => {
        client.setTypeParser(pg.types.builtins.INT8, value => BigInt(value))
        expect((await client.query('SELECT 1::int8 AS a')).rows).toEqual([{a: 1n}])
        expect((await pool.query('SELECT 1::int8 AS a')).rows).toEqual([{a: '1'}])
        client.setTypeParser(pg.types.builtins.INT8, value => value)
      })
    })
  })
}
