// Values at the edge of their types, merged over shards in a process that has a time zone with summer time: moments
// that the zone has twice or not at all, infinity, years before Christ, NaN, samples too small for a deviation. The
// oracle is the same statement on one database that holds all rows.
import pg from 'pg'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {ShardedPool} from '../../../src/shards/index.ts'
import {slotOf} from '../../../src/shards/keys/slot.ts'
import {firstMap} from '../../../src/shards/map/shard-map.ts'
import {useServers} from '../router/servers.ts'
import {plain, shardNames, useShop} from './use-shop.ts'

const zone = process.env['TZ']
beforeAll(() => {
  process.env['TZ'] = 'America/New_York'
  // The hour that is left out in spring, as this process now has it.
  expect(new Date(2024, 2, 10, 2, 30).getHours()).toBe(3)
})
afterAll(() => {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
})

const map = firstMap(shardNames)
const servers = useServers('edge-values', {standbys: 0})
const shop = useShop(servers, {
  map,
  plain,
  tables: `CREATE TABLE v (user_id int8 NOT NULL, id int8 NOT NULL, at timestamp, day date, moment timestamptz, f float8,
      n numeric, PRIMARY KEY (user_id, id));
    GRANT SELECT ON v TO app;`,
  declared: `SELECT hl_shards.fence('v', 'user_id');`,
})

const moments: readonly (string | null)[] = [
  '2024-03-10 02:30',
  '2024-03-10 01:59:59.999999',
  '2024-11-03 01:30',
  '2024-11-03 01:30:00.000001',
  '2024-01-01',
  '0044-03-15 BC',
  '-infinity',
  'infinity',
  '9999-12-31 23:59:59.999999',
  null,
]
const numbers: readonly (string | null)[] = ['NaN', 'Infinity', '-Infinity', '0', '1e-7', '1e15', null, '-1']
const usersOf = (shard: string): readonly number[] =>
  Array.from({length: 200}, (_, index) => index + 1)
    .filter(key => map.ownerOf(slotOf('int8', key)) === shard)
    .slice(0, 3)

beforeAll(async () => {
  for (const shard of shardNames) {
    // Each user has all moments, so every one is on both shards.
    const rows = usersOf(shard).flatMap((user, at) =>
      moments.map((moment, id) => {
        const quoted = moment === null ? 'NULL' : `'${moment}'`
        const number = numbers[(id + at) % numbers.length] ?? null
        const numeral = number === null ? 'NULL' : `'${number}'`
        return `(${user}, ${id}, ${quoted}, ${quoted}, ${quoted}::timestamp AT TIME ZONE 'America/New_York', ${numeral}, ${numeral})`
      }),
    )
    for (const database of [shard, plain]) await shop.sql(database, `INSERT INTO v VALUES ${rows.join(', ')}`)
  }
})

let pool: ShardedPool
let oracle: pg.Client
beforeAll(async () => {
  pool = new ShardedPool(shop.options())
  oracle = new pg.Client({...servers.connection, ...servers.primary, database: plain})
  await oracle.connect()
})
afterAll(async () => Promise.all([pool.end(), oracle.end()]))

it.each([
  'SELECT at, id FROM v ORDER BY at, user_id, id',
  'SELECT at, id FROM v ORDER BY at DESC NULLS LAST, user_id DESC, id LIMIT 20 OFFSET 3',
  'SELECT day, user_id FROM v ORDER BY day NULLS FIRST, user_id, id',
  'SELECT moment FROM v ORDER BY moment DESC, user_id, id',
  'SELECT DISTINCT at FROM v ORDER BY at',
  'SELECT DISTINCT day FROM v ORDER BY day DESC',
  'SELECT day, count(*)::int AS n FROM v GROUP BY day ORDER BY day',
  'SELECT at, moment, count(DISTINCT user_id)::int AS n FROM v GROUP BY at, moment ORDER BY at, moment',
  'SELECT min(at) AS a, max(at) AS b, min(day) AS c, max(day) AS d, min(moment) AS e, max(moment) AS f FROM v',
  "SELECT min(at) AS a, max(at) AS b FROM v WHERE at BETWEEN '2024-01-01' AND '2024-12-31'",
  'SELECT f, n FROM v ORDER BY f, n, user_id, id',
  'SELECT DISTINCT n FROM v ORDER BY n DESC',
  'SELECT stddev_samp(f) AS a, var_pop(f) AS b, stddev_pop(n) AS c, var_samp(n) AS d FROM v',
  'SELECT stddev_samp(n) AS a, var_pop(n) AS b, avg(n) AS c, sum(f) AS d FROM v WHERE id = 99',
  `SELECT stddev_samp(n) AS a, var_pop(n) AS b, stddev_pop(f) AS c FROM v WHERE f = 1e15 AND user_id = ${usersOf('s2')[0] ?? 0}`,
  'SELECT var_samp(n) AS a, var_pop(n) AS b FROM v WHERE n IN (0, -1)',
  "SELECT day, stddev_samp(f) AS a, avg(n) AS b FROM v WHERE f <> 'NaN' GROUP BY day ORDER BY day",
])('%s', async text => {
  const expected = (await oracle.query(text)).rows
  expect((await pool.query(text)).rows).toEqual(expected)
})
