// Gathering from two real shards: orders, groups, DISTINCT, LIMIT, what a row is, what sessions look like afterwards.
// Not here: each type's order (gather-order.test.ts), failures (gather-failures.test.ts), memory
// (gather-memory.test.ts).
import {beforeAll, describe, expect, it} from 'vitest'
import type {Router} from '../../../src/router/index.ts'
import {gather, type Gathering} from '../../../src/shards/gather/gather.ts'
import type {GatherLeg, GatherOptions} from '../../../src/shards/gather/gather-options.ts'
import type {Combine, GatherPlan} from '../../../src/shards/routing/gather-plan.ts'
import {useServers} from '../router/servers.ts'
import {allOf, allRows, asTexts, key} from './gather-plans.ts'
import {patientRouter} from './patient-router.ts'

const a = useServers('it-gather-a', {standbys: 0})
const b = useServers('it-gather-b', {standbys: 0})

beforeAll(async () => {
  // Names are spread so that neither shard has a range of its own; the amounts of B have other scales.
  const table = `CREATE TABLE people (id int, name text, city text, amount numeric, at timestamptz); GRANT ALL ON people TO app;
    CREATE TABLE nobody (amount numeric); GRANT SELECT ON nobody TO app;`
  await a.sql(
    a.primary,
    `${table} INSERT INTO people VALUES (1, 'Ann', 'x', 1, '2024-01-01 00:00:00.000001+00'), (3, 'carl', NULL, 1, '2024-01-01 00:00:00.000003+00'), (5, 'Eve', 'y', 2, NULL)`,
  )
  await b.sql(
    b.primary,
    `${table} INSERT INTO people VALUES (2, 'bob', 'x', 0.1, '2024-01-01 00:00:00.000002+00'), (4, 'Dan', NULL, NULL, NULL)`,
  )
})

function routers(options: Parameters<typeof patientRouter>[1] = {}): readonly [Router, Router] {
  return [patientRouter(a, options), patientRouter(b, options)]
}

function legs(
  [ra, rb]: readonly [Router, Router],
  text: string,
  values: readonly unknown[] = [],
): readonly GatherLeg[] {
  return [
    {shard: 'a', router: ra, text, values},
    {shard: 'b', router: rb, text, values},
  ]
}

async function gathered(text: string, plan: Partial<GatherPlan>, options: GatherOptions = {}): Promise<string[]> {
  const rows = gather(legs(routers(), text), {...allRows, ...plan}, {types: asTexts, ...options, rowMode: 'array'})
  return (await allOf(rows)).map(row => row.map(value => (value === null ? 'NULL' : (value as string))).join(' '))
}

describe('rows', () => {
  it('come in the order of a column that is not selected, which nobody sees', async () => {
    const plan = {sort: [key(1, 'text-c')], hidden: 1}
    expect(await gathered('SELECT id, lower(name) COLLATE "C" FROM people ORDER BY 2', plan)).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
    ])
    const rows: Gathering = gather(legs(routers(), 'SELECT id, lower(name) COLLATE "C" FROM people ORDER BY 2'), {
      ...allRows,
      ...plan,
    })
    expect(await allOf(rows)).toEqual([1, 2, 3, 4, 5].map(id => ({id})))
    expect((await rows.fields).map(({name}) => name)).toEqual(['id'])
  })

  it('are told by position where names are the same, and the last one stays in an object', async () => {
    const text = 'SELECT id AS x, 10 - id AS x FROM people ORDER BY 2'
    expect(await gathered(text, {sort: [key(1, 'int')]})).toEqual(['5 5', '4 6', '3 7', '2 8', '1 9'])
    expect(await allOf(gather(legs(routers(), text), {...allRows, sort: [key(1, 'int')]}))).toEqual(
      [5, 6, 7, 8, 9].map(x => ({x})),
    )
  })

  it('keep their microseconds, by which they are sorted', async () =>
    expect(
      await gathered(
        'SELECT id, at FROM people WHERE at IS NOT NULL ORDER BY at DESC',
        {sort: [key(1, 'timestamptz', {descending: true, nullsFirst: true})]},
        {timeZone: 'UTC'},
      ),
    ).toEqual([
      '3 2024-01-01 00:00:00.000003+00',
      '2 2024-01-01 00:00:00.000002+00',
      '1 2024-01-01 00:00:00.000001+00',
    ]))

  it.each([
    ['no limit', null, 0, ['1', '2', '3', '4', '5']],
    ['a limit', 2, 0, ['1', '2']],
    ['an offset across shards', 2, 3, ['4', '5']],
    ['an offset behind the end', 2, 9, []],
    ['no rows at all', 0, 0, []],
  ])('with %s', async (_what, limit, offset, expected) =>
    expect(await gathered('SELECT id FROM people ORDER BY id', {sort: [key(0, 'int')], limit, offset})).toEqual(
      expected,
    ),
  )

  it('in any order are all there', async () =>
    expect((await gathered('SELECT id FROM people', {})).sort()).toEqual(['1', '2', '3', '4', '5']))

  it('that are equal are given once, in whatever batches they come', async () =>
    expect(
      await gathered(
        'SELECT n % 7 AS v FROM generate_series(1, 100) n ORDER BY 1',
        {distinct: true, distinctKeys: [key(0, 'int')], sort: [key(0, 'int')], limit: 5},
        {batchRows: 3},
      ),
    ).toEqual(['0', '1', '2', '3', '4']))

  it('of a deep offset pass by', async () =>
    expect(
      await gathered('SELECT n FROM generate_series(1, 3000) n ORDER BY 1', {
        sort: [key(0, 'int')],
        limit: 2,
        offset: 5_000,
      }),
    ).toEqual(['2501', '2501']))

  it('take the values of the statement', async () => {
    const rows = gather(
      legs(routers(), 'SELECT $1::int + id AS v, $2::text[] AS t FROM people WHERE id < 3 ORDER BY 1', [
        10,
        ['x"', null],
      ]),
      {...allRows, sort: [key(0, 'int')]},
    )
    expect(await allOf(rows)).toEqual([
      {v: 11, t: ['x"', null]},
      {v: 12, t: ['x"', null]},
    ])
  })
})

describe('groups', () => {
  const partial = `SELECT city, sum(amount), count(amount) FROM people GROUP BY city ORDER BY city COLLATE "C"`
  const combine: Combine = {
    text: `SELECT city, sum(n)::int8 AS n, sum(s) / nullif(sum(n), 0) AS mean FROM unnest($1::text[], $2::numeric[], $3::int8[]) AS p(city, s, n) GROUP BY city ORDER BY city COLLATE "C"`,
    columnTypes: ['text', 'numeric', 'int8'],
    groupKeys: [key(0, 'text-c')],
  }

  it('are combined by a server: one NULL group, exact means', async () =>
    expect(await gathered(partial, {combine})).toEqual([
      'x 2 0.55000000000000000000',
      'y 1 2.0000000000000000',
      'NULL 1 1.00000000000000000000',
    ]))

  it('are sorted by an aggregate, and limited after that', async () =>
    expect(
      await gathered(partial, {
        combine,
        sort: [key(1, 'int', {descending: true}), key(0, 'text-c')],
        limit: 2,
        offset: 1,
      }),
    ).toEqual(['y 1 2.0000000000000000', 'NULL 1 1.00000000000000000000']))

  it('are made distinct after grouping', async () => {
    const text = 'SELECT 1 FROM people GROUP BY city'
    const distinct = {
      text: 'SELECT count(*) > 0 AS any FROM unnest($1::int[]) v GROUP BY v',
      columnTypes: ['int4'],
      groupKeys: [key(0, 'int')],
    }
    expect(
      await gathered(`${text} ORDER BY 1`, {combine: distinct, distinct: true, distinctKeys: [key(0, 'bool')]}),
    ).toEqual(['t'])
  })

  const total: Combine = {
    text: 'SELECT sum(n)::int8 AS n, sum(s) AS total, max(m) AS max FROM unnest($1::int8[], $2::numeric[], $3::numeric[]) AS p(n, s, m)',
    columnTypes: ['int8', 'numeric', 'numeric'],
    groupKeys: [],
  }
  it('none: one row, also when all shards are empty, and NULL of an empty shard never wins', async () => {
    const sums = (table: string, where = 'true'): string =>
      `SELECT count(*), sum(amount), max(amount) FROM ${table} WHERE ${where}`
    expect(await gathered(sums('people'), {combine: total})).toEqual(['5 4.1 2'])
    expect(await gathered(sums('nobody'), {combine: total})).toEqual(['0 NULL NULL'])
    for (let turn = 0; turn < 5; turn++)
      expect(await gathered(sums('people', 'id = 5'), {combine: total})).toEqual(['1 2 2'])
  })

  it('none of a GROUP BY: no row, and the columns are known', async () => {
    const rows = gather(legs(routers(), partial.replace('GROUP', 'WHERE false GROUP')), {...allRows, combine})
    expect(await allOf(rows)).toEqual([])
    expect((await rows.fields).map(({name}) => name)).toEqual(['city', 'n', 'mean'])
  })

  it('of many batches are whole in each, with every kind of text in a key', async () => {
    const text = `SELECT chr(34) || chr(92) || ',{}' || (n / 3)::text COLLATE "C" AS k, 1 FROM generate_series(1, 9000) n ORDER BY k`
    const counts = {
      text: 'SELECT k, count(*) FROM unnest($1::text[], $2::int[]) AS p(k, v) GROUP BY k',
      columnTypes: ['text', 'int4'],
      groupKeys: [key(0, 'text-c')],
    }
    const rows = await gathered(text, {combine: counts})
    expect(rows).toHaveLength(3_001)
    expect(new Set(rows.map(row => row.split(' ')[1]))).toEqual(new Set(['4', '6', '2']))
  })
})

describe('what shards do not agree on is refused:', () => {
  it.each([
    [
      'the number of columns',
      'SELECT id FROM people',
      'SELECT id, name FROM people',
      'the schemas of shards a and b differ, 1 columns there and 2 here',
    ],
    [
      'a name',
      'SELECT id AS x FROM people',
      'SELECT id AS y FROM people',
      'column 1 is "x" of type 23 there and "y" of type 23 here',
    ],
    ['a type', 'SELECT id FROM people', 'SELECT id::int8 FROM people', 'of type 23 there and "id" of type 20 here'],
    [
      'the order',
      'SELECT id FROM people ORDER BY 1',
      'SELECT id FROM people ORDER BY 1 DESC',
      'sorts in another order',
    ],
  ])('%s', async (_what, onA, onB, message) => {
    const [ra, rb] = routers()
    const rows = gather(
      [
        {shard: 'a', router: ra, text: onA, values: []},
        {shard: 'b', router: rb, text: onB, values: []},
      ],
      {...allRows, sort: [key(0, 'int')]},
    )
    await expect(allOf(rows)).rejects.toThrow(message)
    if (message.includes('column')) await expect(rows.fields).rejects.toThrow(message)
  })

  it('the time zone, unless one is given', async () => {
    const both = [
      patientRouter(a, {options: '-c TimeZone=Europe/Berlin'}),
      patientRouter(b, {options: '-c TimeZone=Asia/Tokyo'}),
    ] as const
    const text = `SELECT date_trunc('day', timestamptz '2024-01-01 20:00+00') AS day`
    await expect(allOf(gather(legs(both, text), allRows))).rejects.toMatchObject({code: 'SHARD_FAILED', shard: 'b'})
    const days = await allOf(gather(legs(both, text), allRows, {types: asTexts, timeZone: 'Asia/Kolkata'}))
    expect(days).toEqual([{day: '2024-01-02 00:00:00+05:30'}, {day: '2024-01-02 00:00:00+05:30'}])
  })
})

it('sessions are afterwards what they were before, and texts are comparable meanwhile', async () => {
  const options = [
    'DateStyle=SQL,DMY',
    'IntervalStyle=iso_8601',
    'bytea_output=escape',
    'extra_float_digits=0',
    'TimeZone=Europe/Berlin',
  ]
  const both = routers({max: 1, options: options.map(option => `-c ${option}`).join(' ')})
  const text = `SELECT date '2024-02-01', interval '1 day', '\\x00ff'::bytea, 0.1::float8 + 0.2, current_setting('transaction_read_only')`
  const state = `SELECT pg_backend_pid() AS pid, current_setting('DateStyle') || current_setting('IntervalStyle') || current_setting('bytea_output') || current_setting('extra_float_digits') || current_setting('TimeZone') || current_setting('transaction_read_only') AS state`
  const states = (): Promise<unknown[]> =>
    Promise.all(both.map(async router => (await router.query<{pid: number; state: string}>(state)).rows[0]))
  const before = await states()
  const rows = await allOf(gather(legs(both, text), allRows, {types: asTexts, rowMode: 'array'}))
  const [first] = rows
  expect(first).toEqual(['2024-02-01', '1 day', '\\x00ff', '0.30000000000000004', 'on'])
  expect(rows).toEqual([first, first])
  expect(await states()).toEqual(before)
})
