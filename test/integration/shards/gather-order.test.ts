// The merge against PostgreSQL's own ORDER BY: thousands of values of each type, with every form of NULLS and DESC, on
// two legs of one server. Not here: failures (gather-failures.test.ts).
import {beforeAll, expect, describe, it} from 'vitest'
import {gather} from '../../../src/shards/gather/gather.ts'
import type {Order} from '../../../src/shards/routing/gather-plan.ts'
import {useServers} from '../router/servers.ts'
import {allOf, allRows, key} from './gather-plans.ts'
import {patientRouter} from './patient-router.ts'

const servers = useServers('it-gather-order', {standbys: 0})
const count = 3_000

/** `n` is the number of a row, from 1; random() is seeded. */
const types: readonly (readonly [string, Order, string])[] = [
  [
    'int8',
    'int',
    `CASE n % 4 WHEN 0 THEN (random() * 20 - 10)::int8 WHEN 1 THEN 9223372036854775807 - n WHEN 2 THEN -9223372036854775808 + n ELSE ((random() - 0.5) * 1e17)::int8 END`,
  ],
  [
    'numeric',
    'numeric',
    `CASE n % 50 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN '-Infinity' WHEN 3 THEN 1.0 WHEN 4 THEN 1.000 ELSE round((random() - 0.5)::numeric * 10::numeric ^ (n % 40), n % 12) END`,
  ],
  [
    'float8',
    'float',
    `CASE n % 50 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN '-Infinity' WHEN 3 THEN '-0' WHEN 4 THEN '0' ELSE (random() - 0.5) * 10::float8 ^ (n % 600 - 300) END`,
  ],
  [
    'float4',
    'float',
    `CASE n % 50 WHEN 0 THEN 'NaN'::float4 ELSE ((random() - 0.5) * 10::float8 ^ (n % 60 - 30))::float4 END`,
  ],
  ['bool', 'bool', `random() < 0.5`],
  [
    'text COLLATE "C"',
    'text-c',
    `(SELECT coalesce(string_agg(chr((ARRAY[32, 45, 65, 97, 98, 127, 233, 55295, 57344, 65535, 65536, 128512, 1114111])[1 + floor(random() * 13 + g * 0)::int]), ''), '') FROM generate_series(1, n % 6) g)`,
  ],
  ['bytea', 'bytea', `substr(decode(md5(random()::text), 'hex'), 1, n % 4)`],
  ['uuid', 'uuid', `md5((n % 1000)::text)::uuid`],
  [
    'timestamp',
    'timestamp',
    `CASE n % 60 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' WHEN 2 THEN '0044-03-15 12:00 BC' WHEN 3 THEN '12024-01-01' ELSE timestamp '2024-03-10' + (random() - 0.5) * interval '1 us' * 10::float8 ^ (n % 17) END`,
  ],
  [
    'timestamptz',
    'timestamptz',
    `CASE n % 60 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' WHEN 2 THEN '0044-03-15 12:00+00 BC' WHEN 3 THEN '12024-01-01+00' ELSE timestamptz '2024-11-03 06:00+00' + (random() - 0.5) * interval '1 us' * 10::float8 ^ (n % 17) END`,
  ],
  [
    'date',
    'date',
    `CASE n % 60 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' WHEN 2 THEN '4713-01-01 BC' WHEN 3 THEN '5874897-12-31' ELSE date '2024-01-01' + ((random() - 0.5) * 2000000)::int END`,
  ],
  ['time', 'time', `CASE n % 60 WHEN 0 THEN '24:00:00' ELSE (time '00:00' + random() * interval '1 day')::time END`],
]

/** descending, NULLs first. */
const forms = [
  ['', false, false],
  ['ASC NULLS FIRST', false, true],
  ['DESC', true, true],
  ['DESC NULLS LAST', true, false],
] as const

beforeAll(async () => {
  for (const [index, [type, , value]] of types.entries())
    await servers.sql(
      servers.primary,
      `SELECT setseed(0.5); CREATE TABLE sorted_${index} AS SELECT n AS id, n * 7 % 5 < 2 AS here, (CASE WHEN n % 17 > 0 THEN ${value} END)::${type} AS v FROM generate_series(1, ${count}) n; GRANT SELECT ON sorted_${index} TO app`,
    )
})

describe.each(types.map((entry, index) => [entry[0], entry[1], index] as const))('%s', (_type, order, index) => {
  it.each(forms)('ORDER BY v %s is as on one server', async (form, descending, nullsFirst) => {
    const router = patientRouter(servers)
    const text = (where: string): string => `SELECT v, id FROM sorted_${index} WHERE ${where} ORDER BY v ${form}, id`
    const {rows} = await router.query({text: text('true'), rowMode: 'array'})
    const plan = {...allRows, sort: [key(0, order, {descending, nullsFirst}), key(1, 'int')]}
    const legs = ['here', 'NOT here'].map(where => ({shard: where, router, text: text(where), values: []}))
    // A zone with an hour twice, and one whose offset has seconds long ago.
    const gathered = await allOf(gather(legs, plan, {rowMode: 'array', timeZone: 'America/New_York'}))
    expect(gathered).toHaveLength(count)
    expect(gathered.map(([, id]) => id)).toEqual(rows.map(row => row[1]))
  })
})
