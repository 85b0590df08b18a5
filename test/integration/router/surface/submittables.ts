// What is given to query() and talks to the connection itself: Query, cursors, streams of rows, COPY. For tests only.
// Not here: a Cursor or a COPY given to pool.query, with which pg-pool never gets its client back (they call no
// callback).
import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import pg from 'pg'
import * as copy from 'pg-copy-streams'
import Cursor from 'pg-cursor'
import QueryStream from 'pg-query-stream'
import {describe, expect, test} from 'vitest'
import {until} from '../until.ts'
import {failureOf, pidOf, withClient, type Subject} from './subject.ts'

const numbers = 'SELECT n FROM generate_series(1, $1::int) AS n'
const upTo = (count: number): {readonly n: number}[] => Array.from({length: count}, (_, index) => ({n: index + 1}))

async function rowsOf(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const rows: unknown[] = []
  for await (const row of stream) rows.push(row)
  return rows
}

export function submittables({pool: make}: Subject): void {
  describe('pg.Query', () => {
    test('is returned by client.query and tells rows and the end as events', async () => {
      await withClient(make(), async client => {
        const query = new pg.Query('SELECT n FROM generate_series(1, 2) AS n')
        const rows: unknown[] = []
        query.on('row', (row: unknown) => void rows.push(row))
        const ended = new Promise<unknown>((resolve, reject) => query.on('end', resolve).on('error', reject))
        expect(client.query(query)).toBe(query)
        expect(await ended).toMatchObject({command: 'SELECT', rowCount: 2})
        expect(rows).toEqual(upTo(2))
      })
    })

    test('tells an error as an event, and the client goes on', async () => {
      await withClient(make(), async client => {
        const query = client.query(new pg.Query('SELECT 1/0'))
        expect(await new Promise(resolve => query.on('error', resolve))).toMatchObject({code: '22012'})
        expect((await client.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
      })
    })

    test('goes through pool.query, which gives the client back', async () => {
      const pool = make({max: 1})
      expect(await (pool.query(new pg.Query('SELECT 7 AS a')) as unknown as Promise<pg.QueryResult>)).toMatchObject({
        rows: [{a: 7}],
      })
      expect(pool).toMatchObject({totalCount: 1, idleCount: 1})
    })
  })

  describe('pg-cursor', () => {
    test('reads in portions, then nothing more, and the client goes on', async () => {
      await withClient(make(), async client => {
        const cursor = client.query(new Cursor<{n: number}>(numbers, [5]))
        expect(await cursor.read(2)).toEqual(upTo(2))
        expect(await cursor.read(10)).toEqual([{n: 3}, {n: 4}, {n: 5}])
        expect(await cursor.read(10)).toEqual([])
        expect((await client.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
      })
    })

    test('closed early, in a transaction, leaves the transaction as it was', async () => {
      await withClient(make(), async client => {
        await client.query('BEGIN')
        const cursor = client.query(new Cursor<{n: number}>(numbers, [1_000]))
        expect(await cursor.read(1)).toEqual(upTo(1))
        await cursor.close()
        expect((await client.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
        expect(client.getTransactionStatus()).toBe('T')
        await client.query('COMMIT')
      })
    })

    test('tells an error, and the client goes on', async () => {
      await withClient(make(), async client => {
        const cursor = client.query(new Cursor('SELECT n FROM no_such_table'))
        expect(await failureOf(cursor.read(1))).toMatchObject({code: '42P01'})
        expect((await client.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
      })
    })
  })

  describe('pg-query-stream', () => {
    test('streams from a client', async () => {
      await withClient(make(), async client =>
        expect(await rowsOf(client.query(new QueryStream(numbers, [250], {batchSize: 100})))).toEqual(upTo(250)),
      )
    })

    test('streams from the pool, which answers with the result and gets its client back', async () => {
      const pool = make({max: 1})
      const stream = new QueryStream(numbers, [250], {batchSize: 100})
      const answered = pool.query(stream) as unknown as Promise<pg.QueryResult>
      expect(pool).toMatchObject({totalCount: 1, idleCount: 0})
      expect(await rowsOf(stream)).toEqual(upTo(250))
      expect(await answered).toMatchObject({command: 'SELECT'})
      expect(pool).toMatchObject({totalCount: 1, idleCount: 1})
    })

    test('left early gives its connection back in a usable state', async () => {
      const pool = make({max: 1})
      const pid = await withClient(pool, async client => pidOf(client))
      const stream = new QueryStream(numbers, [100_000], {batchSize: 10})
      void pool.query(stream)
      for await (const row of stream) {
        expect(row).toEqual({n: 1})
        break
      }
      await until(
        'the client is back',
        () => pool.idleCount,
        idle => idle === 1,
      )
      expect((await pool.query('SELECT pg_backend_pid() AS pid')).rows).toEqual([{pid}])
    })

    test('ends with the error of the statement', async () => {
      await withClient(make(), async client => {
        expect(
          await failureOf(
            rowsOf(client.query(new QueryStream('SELECT 1/(3 - n) AS a FROM generate_series(1, 5) AS n'))),
          ),
        ).toMatchObject({code: '22012'})
        expect((await client.query('SELECT 1 AS a')).rows).toEqual([{a: 1}])
      })
    })
  })

  describe('pg-copy-streams', () => {
    test('copies in and out, within a transaction too', async () => {
      await withClient(make(), async client => {
        await client.query('BEGIN')
        await client.query('CREATE TEMP TABLE copied (n int, t text) ON COMMIT DROP')
        const into = client.query(copy.from('COPY copied FROM STDIN'))
        await pipeline(Readable.from(['1\tone\n', '2\ttwo\n']), into)
        expect(into.rowCount).toBe(2)
        const out = client.query(copy.to('COPY copied TO STDOUT'))
        expect(Buffer.concat((await rowsOf(out)) as Buffer[]).toString()).toBe('1\tone\n2\ttwo\n')
        await client.query('COMMIT')
        expect(client.getTransactionStatus()).toBe('I')
      })
    })

    test('data that does not fit ends with the error, and the client goes on', async () => {
      await withClient(make(), async client => {
        await client.query('CREATE TEMP TABLE copied (n int)')
        expect(
          await failureOf(pipeline(Readable.from(['x\n']), client.query(copy.from('COPY copied FROM STDIN')))),
        ).toMatchObject({code: '22P02'})
        expect((await client.query('SELECT count(*)::int AS n FROM copied')).rows).toEqual([{n: 0}])
      })
    })
  })
}
