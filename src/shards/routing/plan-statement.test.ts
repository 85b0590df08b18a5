import {describe, expect, it} from 'vitest'
import {slotOf} from '../keys/slot.ts'
import {ShardError} from '../shard-error.ts'
import {bindRoute, type Owners} from './bind-route.ts'
import type {BoundRoute} from './bound-route.ts'
import {explainRoute} from './explain-route.ts'
import {loadSql} from './load-sql.ts'
import {RouteCache} from './plan-cache.ts'
import type {ColumnFacts, TableFacts, Tables} from './table-facts.ts'

function column(name: string, type: string, more: Partial<ColumnFacts> = {}): ColumnFacts {
  const collation = type === 'text' ? 'C' : null
  return {name, type, notNull: false, hasDefault: false, isGenerated: false, collation, ...more}
}

const owners = [column('user_id', 'int8', {notNull: true}), column('id', 'int4', {notNull: true})]
const t: TableFacts = {
  schema: 'public',
  name: 't',
  kind: 'sharded',
  key: {column: 'user_id', type: 'int8'},
  columns: [
    ...owners,
    column('name', 'text'),
    column('v', 'numeric'),
    column('n', 'int4'),
    column('c2', 'text'),
    column('local', 'text', {collation: 'default'}),
    column('j', 'jsonb'),
  ],
  uniqueKeys: [['user_id', 'id']],
}
const o: TableFacts = {
  ...t,
  name: 'o',
  columns: [...owners, column('t_id', 'int4'), column('email', 'text'), column('n', 'int4')],
}
const byUuid: TableFacts = {
  ...t,
  name: 'by_uuid',
  key: {column: 'k', type: 'uuid'},
  columns: [column('k', 'uuid', {notNull: true}), column('n', 'int4')],
  uniqueKeys: [['k']],
}
const byText: TableFacts = {
  ...byUuid,
  name: 'by_text',
  key: {column: 'k', type: 'text'},
  columns: [column('k', 'text', {notNull: true}), column('n', 'int4')],
}
const ref: TableFacts = {
  schema: 'public',
  name: 'ref',
  kind: 'reference',
  key: null,
  columns: [
    column('id', 'int4', {notNull: true}),
    column('label', 'text'),
    column('user_id', 'int8'),
    column('at', 'timestamptz', {hasDefault: true}),
  ],
  uniqueKeys: [['id']],
}
const functions: Readonly<Record<string, 'i' | 's' | 'v'>> = {
  lower: 'i',
  now: 's',
  random: 'v',
  nextval: 'v',
  my_agg: 'v',
  generate_series: 'i',
  row_number: 'i',
  rank: 'i',
  md5: 'i',
}
const tables: Tables = {
  find: (schema, name) =>
    [t, o, byUuid, byText, ref].find(one => one.name === name && (schema ?? 'public') === 'public') ?? null,
  volatilityOf: name => functions[name] ?? null,
  defaultCollationIsC: false,
}
/** Even slots are of A, odd ones of B. */
const map: Owners = {shards: ['A', 'B'], ownerOf: slot => (slot % 2 === 0 ? 'A' : 'B'), groupsOf: () => [0]}
const isOn =
  (shard: string) =>
  (user: number): boolean =>
    map.ownerOf(slotOf('int8', user)) === shard
const numbers = Array.from({length: 100}, (_, index) => index + 1)
const [u1 = 0, u3 = 0] = numbers.filter(isOn('A'))
const [u2 = 0] = numbers.filter(isOn('B'))

const sql = await loadSql()
if (sql === null) throw new Error('libpg-query and pgsql-deparser are needed')
const cache = new RouteCache(sql, tables)

function route(text: string, values: readonly unknown[] = []): BoundRoute {
  return bindRoute(cache.routeOf(text), values, map, slotOf)
}

function shardsOf(text: string, values: readonly unknown[] = []): string {
  return route(text, values)
    .legs.map(leg => leg.shard)
    .toSorted()
    .join('')
}

function codeOf(text: string, values: readonly unknown[] = []): string {
  try {
    return `routed to ${shardsOf(text, values)}`
  } catch (error) {
    if (!(error instanceof ShardError)) throw error
    // Each refusal says what can be done.
    expect(error.message).toMatch(/^.+: .+/)
    return error.code
  }
}

describe('one shard, whatever form the key has', () => {
  it.each([
    `SELECT * FROM t WHERE user_id = ${u1}`,
    `SELECT * FROM "t" WHERE "user_id" = ${u1}`,
    `SELECT * FROM "public"."t" WHERE T.USER_ID = ${u1}`,
    `SELECT * FROM ONLY t WHERE user_id = '${u1}'`,
    `SELECT * FROM t AS x WHERE x.user_id = E'${u1}'`,
    `SELECT * FROM t WHERE U&"user\\005fid" = $$${u1}$$`,
    `SELECT * FROM t WHERE user_id = '${u1}'::int`,
    `SELECT * FROM t WHERE user_id = (${u1}::int)::bigint`,
    `SELECT * FROM t WHERE ${u1} = user_id`,
    `SELECT * FROM t AS x WHERE x.user_id = ${u1} FOR UPDATE OF x`,
    `SELECT * FROM t WHERE user_id IN (${u1})`,
    `SELECT * FROM t WHERE user_id = ANY(ARRAY[${u1}])`,
    `SELECT * FROM t WHERE user_id = ANY('{${u1}}'::bigint[])`,
    `SELECT * FROM t WHERE user_id IS NOT DISTINCT FROM ${u1}`,
    `SELECT * FROM t WHERE (user_id, id) = (${u1}, 2)`,
    `SELECT * FROM t WHERE n = 1 AND (name = 'x' OR name IS NULL) AND user_id = ${u1}`,
    `SELECT * FROM t WHERE user_id = ${u1} AND (n = 1 OR user_id = ${u2})`,
    `SELECT * FROM t WHERE user_id IN (${u1}, ${u3}) AND (c2 = '' OR c2 IS NULL)`,
    `SELECT * FROM t JOIN o ON o.user_id = t.user_id WHERE o.user_id = ${u1}`,
    `SELECT * FROM t JOIN o USING (user_id) WHERE user_id = ${u1}`,
    `SELECT * FROM t FULL JOIN o USING (user_id) WHERE user_id = ${u1}`,
    `SELECT * FROM t NATURAL JOIN o WHERE o.user_id = ${u1}`,
    `SELECT * FROM t LEFT JOIN o ON o.user_id = ${u1} AND o.n = t.n WHERE t.user_id = ${u1}`,
    `SELECT * FROM t, o WHERE t.user_id = ${u1} AND o.user_id = ${u1} AND t.n = o.n`,
    `SELECT * FROM ref r JOIN t ON t.user_id = r.user_id WHERE r.user_id = ${u1}`,
    `SELECT * FROM (SELECT * FROM t WHERE user_id = ${u1}) d LEFT JOIN ref r ON r.id = d.n`,
    `SELECT * FROM (SELECT * FROM t) d WHERE d.user_id = ${u1}`,
    `SELECT rank() OVER (ORDER BY n) FROM t WHERE user_id = ${u1} FETCH FIRST 3 ROWS ONLY`,
    `WITH x AS (SELECT * FROM t WHERE user_id = ${u1} LIMIT 3) SELECT * FROM x a, x b`,
    `WITH x AS (SELECT * FROM t) SELECT count(*) FROM x WHERE user_id = ${u1}`,
    `SELECT * FROM t WHERE user_id = ${u1} AND EXISTS (SELECT 1 FROM o WHERE o.user_id = t.user_id AND n > 1 LIMIT 1)`,
    `SELECT * FROM t WHERE user_id IN (SELECT user_id FROM o WHERE user_id = ${u1})`,
    `SELECT (SELECT max(n) FROM o WHERE user_id = ${u1}) FROM t WHERE user_id = ${u1}`,
    `INSERT INTO t (id, user_id) VALUES (1, ${u1}) RETURNING *`,
    `INSERT INTO t (user_id, id) VALUES (CAST('${u1}' AS int), 1), ((${u3}::int)::bigint, 1)`,
    `INSERT INTO t VALUES (${u1}, 1)`,
    `INSERT INTO t (user_id, id) VALUES (${u1}, 1), (${u3}, nextval('s'))`,
    `INSERT INTO t (user_id, id) SELECT ${u1}, id FROM o WHERE user_id = ${u1}`,
    `INSERT INTO t (user_id, id) SELECT user_id, id FROM o WHERE user_id = ${u1} ON CONFLICT (user_id, id) DO NOTHING`,
    `INSERT INTO t (user_id, id) VALUES (${u1}, 1) ON CONFLICT (user_id, id) DO UPDATE SET n = (SELECT count(*) FROM o WHERE o.user_id = t.user_id)`,
    `UPDATE t SET n = random() WHERE user_id = ${u1}`,
    `UPDATE t SET n = 1 FROM o WHERE o.user_id = t.user_id AND o.user_id = ${u1}`,
    `DELETE FROM t USING o WHERE t.user_id = ${u1} AND o.user_id = ${u1}`,
    `WITH n AS (INSERT INTO t (user_id, id) VALUES (${u1}, 1) RETURNING *) DELETE FROM t WHERE user_id = ${u1}`,
    `SELECT * FROM t WHERE user_id = ${u1} FOR UPDATE`,
  ])('%s', text => {
    expect(shardsOf(text)).toBe('A')
    expect(route(text)).toMatchObject({merge: {kind: 'alone'}, legs: [{text, values: []}]})
  })

  it.each<[string, readonly unknown[]]>([
    ['SELECT * FROM t WHERE user_id = $1', [u1]],
    ['SELECT * FROM t WHERE user_id = $1::bigint', [String(u1)]],
    ['SELECT * FROM t WHERE user_id = $1', [BigInt(u1)]],
    ['SELECT * FROM t WHERE n = $1 AND user_id = $2 LIMIT $3', [u2, u1, u2]],
    ['SELECT * FROM t WHERE n = $2 AND user_id = $1 AND id = $2', [u1, u2]],
    ['SELECT * FROM t WHERE user_id IN ($3, $1) AND n = $2', [u1, u2, u3]],
    ['SELECT * FROM t WHERE user_id = ANY($1)', [[u1, u3, null]]],
    ['SELECT * FROM t WHERE user_id = $1 AND user_id = $2', [u1, u1]],
    ['SELECT * FROM (SELECT * FROM t WHERE user_id = $1) d LEFT JOIN ref r ON r.id = d.n', [u1]],
    ['SELECT r.label FROM ref r JOIN t ON t.user_id = r.user_id WHERE r.user_id = $1', [u1]],
    ['INSERT INTO t (user_id, id) VALUES ($1::bigint, 1)', [String(u1)]],
    ['UPDATE t SET n = $2 WHERE user_id = $1', [u1, 5]],
    ['INSERT INTO t (n, user_id) VALUES ($1, $2)', [u2, u1]],
    ['SELECT * FROM t JOIN ref r ON r.id = t.n WHERE r.user_id = $1 AND t.user_id = $2', [u2, u1]],
  ])('%s with %o', (text, values) => {
    expect(shardsOf(text, values)).toBe('A')
    expect(route(text, values).legs[0]).toMatchObject({text, values})
  })

  it('the same for the same uuid or text', () => {
    const uuid = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'
    const one = shardsOf('SELECT * FROM by_uuid WHERE k = CAST($1 AS uuid)', [uuid])
    expect(shardsOf('SELECT * FROM by_uuid WHERE k = $1', [`{${uuid.toUpperCase()}}`])).toBe(one)
    expect(shardsOf('INSERT INTO by_uuid (k) VALUES ($1)', [uuid])).toBe(one)
    expect(shardsOf("SELECT * FROM by_text WHERE k = 'é'::varchar")).toBe(
      shardsOf('SELECT * FROM by_text WHERE k = $1', ['é']),
    )
  })
})

describe('no shard in particular', () => {
  it.each([
    'SELECT 1',
    'SELECT * FROM ref WHERE id = 1',
    'SELECT count(*) FROM ref',
    'SELECT id FROM ref UNION SELECT id FROM ref',
    'SHOW server_version',
    `SELECT * FROM t WHERE user_id = ${u1} AND user_id = ${u2}`,
    'SELECT count(*) FROM t WHERE user_id = NULL',
    "SELECT * FROM t WHERE user_id = ANY('{}')",
    `UPDATE t SET n = 1 WHERE user_id = ${u1} AND user_id = ${u2}`,
  ])('%s', text => expect(route(text)).toMatchObject({merge: {kind: 'alone'}, legs: [{text}]}))

  it('takes turns', () => {
    const planned = cache.routeOf('SELECT * FROM ref')
    expect([0, 1, 2].map(turn => bindRoute(planned, [], map, slotOf, turn).legs[0]?.shard)).toEqual(['A', 'B', 'A'])
  })
})

describe('all shards', () => {
  it.each([
    'SELECT * FROM t',
    `SELECT * FROM t WHERE user_id = ${u1} OR TRUE`,
    `SELECT * FROM t WHERE NOT (user_id = ${u1})`,
    `SELECT * FROM t WHERE user_id = ${u1} OR user_id = ${u2}`,
    `SELECT * FROM t LEFT JOIN o ON o.user_id = t.user_id AND t.user_id = ${u1}`,
    `SELECT * FROM t LEFT JOIN o ON o.user_id = t.user_id AND o.user_id = ${u1}`,
    `SELECT * FROM t JOIN ref r ON r.id = t.n WHERE r.user_id = ${u1}`,
    'SELECT * FROM ref r JOIN t ON t.user_id = r.user_id',
    `SELECT user_id = ${u1} FROM t`,
    `DELETE FROM t WHERE TRUE OR user_id >= ${u1}`,
    // Another column, which the servers do not have.
    `SELECT * FROM t WHERE "USER_ID" = ${u1}`,
    'UPDATE t SET n = 1',
    'UPDATE ref SET label = $1',
    "INSERT INTO ref (id, at) VALUES (1, '2024-01-01')",
    'INSERT INTO t (user_id, id) SELECT user_id, id FROM o',
  ])('%s', text => expect(shardsOf(text, ['x'])).toBe('AB'))
})

describe('refused with a code', () => {
  const keyed = `user_id = ${u1}`
  it.each([
    // Not one shard, and not each by itself.
    ['UNSUPPORTED', `SELECT * FROM t WHERE ${keyed} AND EXISTS (SELECT 1 FROM o WHERE o.t_id = t.id)`],
    ['UNSUPPORTED', `SELECT * FROM t, o WHERE t.${keyed} AND o.user_id = ${u2}`],
    ['UNSUPPORTED', `SELECT * FROM t, o WHERE t.${keyed} AND o.user_id = ${u3}`],
    ['UNSUPPORTED', 'SELECT * FROM t JOIN o ON t.name = o.email'],
    ['UNSUPPORTED', 'SELECT * FROM t JOIN o ON t.user_id = o.t_id'],
    ['UNSUPPORTED', 'SELECT * FROM t JOIN by_text ON k = t.user_id::text'],
    ['UNSUPPORTED', `SELECT * FROM t JOIN by_text b ON b.n = t.n WHERE t.${keyed} AND b.k = '${u1}'`],
    ['UNSUPPORTED', `SELECT * FROM (SELECT * FROM t ORDER BY n LIMIT 3) x WHERE ${keyed}`],
    ['UNSUPPORTED', `SELECT * FROM (SELECT user_id, rank() OVER (ORDER BY n) FROM t) x WHERE ${keyed}`],
    ['UNSUPPORTED', `WITH x AS (SELECT * FROM t) SELECT * FROM x a JOIN x b ON a.n = b.n WHERE a.${keyed}`],
    ['UNSUPPORTED', 'SELECT count(*) FROM (SELECT count(*) FROM t) x'],
    ['UNSUPPORTED', 'SELECT * FROM ref LEFT JOIN t ON t.n = ref.id'],
    ['UNSUPPORTED', 'SELECT * FROM t FULL JOIN ref ON t.n = ref.id'],
    ['UNSUPPORTED', 'SELECT id FROM ref UNION ALL SELECT id FROM t'],
    ['UNSUPPORTED', 'SELECT n FROM t EXCEPT SELECT n FROM o'],
    ['UNSUPPORTED', 'SELECT * FROM t WHERE n NOT IN (SELECT n FROM o)'],
    [
      'UNSUPPORTED',
      'SELECT 1 FROM t LEFT JOIN o ON o.user_id = t.user_id WHERE o.user_id NOT IN (SELECT user_id FROM t)',
    ],
    ['UNSUPPORTED', 'SELECT EXISTS (SELECT 1 FROM t)'],
    ['UNSUPPORTED', 'SELECT * FROM generate_series(1, (SELECT max(id) FROM t)) g'],
    ['UNSUPPORTED', `SELECT * FROM t, unnest(ARRAY(SELECT email FROM o)) x WHERE t.${keyed}`],
    ['UNSUPPORTED', 'SELECT JSON_ARRAY(SELECT id FROM t)'],
    ['UNSUPPORTED', 'SELECT row_number() OVER () FROM t'],
    ['UNSUPPORTED', 'SELECT n, rank() OVER (PARTITION BY n ORDER BY id) FROM t'],
    ['UNSUPPORTED', 'SELECT count(*) FROM t GROUP BY CUBE (n)'],
    ['UNSUPPORTED', 'SELECT DISTINCT ON (n) * FROM t'],
    ['UNSUPPORTED', 'SELECT id FROM t ORDER BY n FETCH FIRST 3 ROWS WITH TIES'],
    ['UNSUPPORTED', 'SELECT id FROM t ORDER BY local'],
    ['UNSUPPORTED', 'SELECT max(local) FROM t'],
    ['UNSUPPORTED', 'SELECT id FROM t ORDER BY j'],
    ['UNSUPPORTED', 'SELECT DISTINCT j FROM t'],
    ['UNSUPPORTED', 'SELECT string_agg(name, $1) FROM t'],
    ['UNSUPPORTED', 'SELECT my_agg(n) FROM t'],
    ['UNSUPPORTED', 'SELECT unknown_function(n) FROM t'],
    ['UNSUPPORTED', 'SELECT json_agg(n ORDER BY n) FROM t'],
    ['UNSUPPORTED', 'SELECT JSON_ARRAYAGG(n) FROM t'],
    ['UNSUPPORTED', 'SELECT * FROM t FOR UPDATE'],
    ['UNSUPPORTED', 'SELECT * FROM ref FOR UPDATE'],
    ['UNSUPPORTED', "SELECT nextval('s')"],
    ['UNSUPPORTED', 'SELECT n, id, count(*) FROM t GROUP BY n'],
    [
      'UNSUPPORTED',
      'WITH RECURSIVE r AS (SELECT id FROM t UNION ALL SELECT t.id FROM t JOIN r ON t.n = r.id) SELECT * FROM r',
    ],
    // Changes.
    ['KEY_UPDATE', `UPDATE t SET user_id = 5 WHERE ${keyed}`],
    ['KEY_UPDATE', `UPDATE t SET (n, user_id) = (1, 2) WHERE ${keyed}`],
    ['KEY_UPDATE', `INSERT INTO t (user_id, id) VALUES (1, 2) ON CONFLICT (user_id, id) DO UPDATE SET user_id = 3`],
    ['KEY_MISSING', 'INSERT INTO t (id) VALUES (1)'],
    ['KEY_MISSING', 'INSERT INTO t (id, user_id) VALUES (1, DEFAULT)'],
    ['KEY_MISSING', "INSERT INTO t (id, user_id) VALUES (1, nextval('s'))"],
    ['KEY_MISSING', 'INSERT INTO t (id, user_id) VALUES (1, 2 + 3)'],
    ['KEY_MISSING', 'INSERT INTO t DEFAULT VALUES'],
    ['KEY_MISSING', 'INSERT INTO by_uuid (k) VALUES (gen_random_uuid())'],
    ['KEY_MISSING', 'INSERT INTO t (user_id) SELECT id FROM ref'],
    ['KEY_MISSING', 'UPDATE t SET n = 1 WHERE user_id = $1::numeric'],
    ['KEY_MISSING', "DELETE FROM t WHERE user_id = 'a'::text || 'b'"],
    ['KEY_MISSING', 'DELETE FROM t WHERE user_id::text = $1'],
    ['UNSUPPORTED', 'INSERT INTO t (user_id, id) SELECT n, id FROM o'],
    ['UNSUPPORTED', `INSERT INTO t (user_id, id) VALUES (${u1}, 1), (${u2}, nextval('s'))`],
    ['UNSUPPORTED', 'INSERT INTO t (user_id, id) VALUES (1, 2) ON CONFLICT (id) DO NOTHING'],
    [
      'UNSUPPORTED',
      'INSERT INTO t (user_id, id) VALUES (1, 2) ON CONFLICT (user_id, id) DO UPDATE SET n = (SELECT count(*) FROM o)',
    ],
    ['UNSUPPORTED', `UPDATE t SET n = 1 WHERE ${keyed} RETURNING (SELECT count(*) FROM o)`],
    ['UNSUPPORTED', 'UPDATE t SET n = random()'],
    ['UNSUPPORTED', 'UPDATE t SET n = 1 WHERE n IN (SELECT n FROM o)'],
    ['UNSUPPORTED', 'WITH d AS (DELETE FROM t RETURNING *) SELECT count(*) FROM d'],
    ['UNSUPPORTED', 'WITH d AS (DELETE FROM t) SELECT * FROM o'],
    ['UNSUPPORTED', `WITH d AS (DELETE FROM t WHERE ${keyed}) UPDATE o SET n = 1 WHERE user_id = ${u2}`],
    ['UNSUPPORTED', 'UPDATE ref SET label = now()::text'],
    ['UNSUPPORTED', 'UPDATE ref SET at = current_timestamp'],
    ['UNSUPPORTED', 'INSERT INTO ref (id) VALUES (1)'],
    ['UNSUPPORTED', 'INSERT INTO ref (id, at) VALUES (1, DEFAULT)'],
    ['UNSUPPORTED', `INSERT INTO ref (id, at) VALUES (nextval('s'), '2024-01-01') ON CONFLICT DO NOTHING`],
    ['UNSUPPORTED', 'UPDATE ref SET label = name FROM t WHERE t.user_id = 1 AND t.n = ref.id'],
    ['UNSUPPORTED', `WITH r AS (UPDATE ref SET label = 'x') SELECT * FROM t WHERE ${keyed}`],
    ['UNSUPPORTED', 'DELETE FROM ref WHERE id IN (SELECT id FROM ref LIMIT 1)'],
    ['UNSUPPORTED', 'MERGE INTO t USING o ON t.user_id = o.user_id WHEN MATCHED THEN DELETE'],
    // No statement of one shard.
    ['TABLE_UNKNOWN', 'SELECT * FROM nowhere WHERE user_id = 1'],
    ['TABLE_UNKNOWN', 'SELECT * FROM "T" WHERE user_id = 1'],
    ['TABLE_UNKNOWN', 'SELECT * FROM t WHERE user_id = 1 AND n IN (SELECT n FROM other.t)'],
    ['KEY_MISSING', 'INSERT INTO by_text (k) VALUES (1e2::text)'],
    ['KEY_INVALID', 'SELECT * FROM t WHERE user_id = 1.5'],
    // Equal to 5 for PostgreSQL.
    ['KEY_INVALID', 'SELECT * FROM t WHERE user_id = 5.0'],
    ['KEY_INVALID', 'SELECT * FROM t WHERE user_id = 5e0'],
    ['KEY_INVALID', "INSERT INTO t (user_id) VALUES ('x')"],
    ['KEY_INVALID', 'INSERT INTO t (user_id) VALUES (NULL)'],
    ['KEY_INVALID', 'SELECT * FROM t WHERE user_id IS NOT DISTINCT FROM NULL'],
    ['UNSUPPORTED', ''],
    ['UNSUPPORTED', 'SELECT 1; SELECT 2'],
    ['UNSUPPORTED', 'SELEC 1'],
    ['UNSUPPORTED', 'BEGIN'],
    ['UNSUPPORTED', 'COMMIT'],
    ['UNSUPPORTED', 'SAVEPOINT s'],
    ['UNSUPPORTED', 'SET work_mem = 1'],
    ['UNSUPPORTED', 'LISTEN x'],
    ['UNSUPPORTED', 'COPY t FROM STDIN'],
    ['UNSUPPORTED', 'COPY t TO STDOUT'],
    ['UNSUPPORTED', 'DECLARE c CURSOR FOR SELECT * FROM t'],
    ['UNSUPPORTED', 'PREPARE s AS SELECT 1'],
    ['UNSUPPORTED', 'EXECUTE s(1::bigint)'],
    ['UNSUPPORTED', 'CREATE TABLE x (a int)'],
    ['UNSUPPORTED', 'TRUNCATE t'],
    ['UNSUPPORTED', 'SELECT * INTO x FROM t'],
    ['UNSUPPORTED', 'CALL p()'],
    ['UNSUPPORTED', 'EXPLAIN SELECT * FROM t'],
    ['UNSUPPORTED', 'LOCK TABLE t'],
    ['UNSUPPORTED', 'UPDATE t SET n = 1 WHERE CURRENT OF c'],
  ])('%s: %s', (code, text) => expect(codeOf(text, ['1'])).toBe(code))

  it.each<[string, string, readonly unknown[]]>([
    ['KEY_INVALID', 'SELECT * FROM t WHERE user_id = $1', [2 ** 53]],
    ['KEY_INVALID', 'SELECT * FROM t WHERE user_id = $1', [{}]],
    ['KEY_INVALID', 'SELECT * FROM t WHERE user_id = ANY($1)', ['{"1"}']],
    ['KEY_INVALID', 'INSERT INTO t (user_id) VALUES ($1)', [null]],
    ['KEY_INVALID', 'INSERT INTO t (user_id) VALUES ($1), ($2)', [1]],
    ['UNSUPPORTED', 'SELECT * FROM t ORDER BY id LIMIT $1', [-1]],
    ['UNSUPPORTED', 'SELECT * FROM t ORDER BY id LIMIT $1', ['x']],
    ['UNSUPPORTED', 'SELECT * FROM t, o WHERE t.user_id = $1 AND o.user_id = $2', [u1, u2]],
  ])('%s: %s with %j', (code, text, values) => expect(codeOf(text, values)).toBe(code))
})

describe('legs', () => {
  it('get the keys of a list that are theirs', () => {
    const bound = route('SELECT id FROM t WHERE user_id IN ($1, $2, $3) AND n = $4', [u1, u2, u3, 7])
    expect(bound.legs).toEqual([
      {
        shard: 'A',
        text: expect.stringContaining('ANY (CAST($1 AS bigint[])) AND n = $2'),
        values: [[String(u1), String(u3)], 7],
      },
      {shard: 'B', text: bound.legs[0]?.text, values: [[String(u2)], 7]},
    ])
  })

  it('get the rows of an INSERT that are theirs, each once, and their places in the answer', () => {
    const bound = route('INSERT INTO t (id, user_id) VALUES ($1, $2), ($3, $4), (9, $5), ($1, $6) RETURNING id', [
      1,
      u1,
      2,
      u2,
      u3,
      u2,
    ])
    expect(bound.merge).toEqual({
      kind: 'placed',
      places: [
        [0, 2],
        [1, 3],
      ],
    })
    expect(bound.legs).toEqual([
      {shard: 'A', text: 'INSERT INTO t (id, user_id) VALUES ($1, $2), (9, $3) RETURNING id', values: [1, u1, u3]},
      {shard: 'B', text: 'INSERT INTO t (id, user_id) VALUES ($1, $2), ($3, $4) RETURNING id', values: [2, u2, 1, u2]},
    ])
  })

  it('keep their hands off parameters inside of quotes', () => {
    const text = `INSERT INTO t (user_id, name) VALUES (${u1}, '$1 ''$2'), ($1, 'a\\$9'), (${u1}, E'\\'$1')`
    expect(route(text, [u2]).legs.map(leg => leg.text)).toEqual([
      `INSERT INTO t (user_id, name) VALUES (${u1}, '$1 ''$2'), (${u1}, '''$1')`,
      expect.stringMatching(/^INSERT INTO t \(user_id, name\) VALUES \(\$1, .*\$9'\)$/),
    ])
  })

  it.each<[string, readonly unknown[], number | null, number, string]>([
    ['LIMIT 10 OFFSET 5', [], 10, 5, 'LIMIT 15'],
    ['LIMIT $1 OFFSET $2', [10, '5'], 10, 5, 'LIMIT CAST($1 AS bigint)'],
    ['LIMIT $1', [null], null, 0, 'LIMIT CAST($1 AS bigint)'],
    ['OFFSET 0 LIMIT NULL', [], null, 0, 'ORDER BY id'],
    ['LIMIT ALL OFFSET 3', [], null, 3, 'ORDER BY id'],
    ['LIMIT 4 OFFSET NULL', [], 4, 0, 'LIMIT 4'],
    ['FETCH FIRST ROW ONLY', [], 1, 0, 'LIMIT 1'],
  ])('are asked for enough rows: %s', (clause, values, limit, offset, end) => {
    const bound = route(`SELECT id FROM t ORDER BY id ${clause}`, values)
    expect(bound.merge).toMatchObject({kind: 'gather', plan: {limit, offset}})
    expect(bound.legs[0]?.text.endsWith(end), bound.legs[0]?.text).toBe(true)
  })

  it('never get a LIMIT below a group that several shards have', () => {
    const bound = route('SELECT n, sum(v) FROM t GROUP BY n ORDER BY sum(v) LIMIT 10 OFFSET 5')
    expect(bound.legs[0]?.text).not.toContain('LIMIT')
    expect(bound.merge).toMatchObject({plan: {limit: 10, offset: 5}})
  })
})

describe('a combining statement', () => {
  const textOf = (text: string, values: readonly unknown[]): string => {
    const {merge} = route(text, values)
    return merge.kind === 'gather' ? (merge.plan.combine?.text ?? '') : ''
  }

  it('holds the values of the caller as constants, quoted', () => {
    const text = `SELECT n, count(*) AS "$2000001" FROM t GROUP BY n HAVING max(name) <> $1 AND '$2000001' <> $2`
    expect(textOf(text, [`it's`, 'a\\b'])).toMatch(
      /AS "\$2000001" FROM unnest\(.*\$1.*HAVING max\(p\.c3 COLLATE "C"\) <> 'it''s' AND '\$2000001' <> {2}E'a\\\\b'$/,
    )
    expect(textOf('SELECT sum(n) * $1 FROM t', [null])).toContain('* NULL')
    expect(codeOf('SELECT sum(n) * $1 FROM t', [{}])).toBe('UNSUPPORTED')
  })

  it('adds counts and sums, divides exact sums by counts, and gives variances the rows', () => {
    expect(textOf('SELECT count(*), avg(v) FROM t', [])).toMatch(
      /^SELECT CAST\(COALESCE\(sum\(p\.c1\), 0\) AS bigint\) AS count, sum\(p\.c2\) \/ \(NULLIF \(sum\(p\.c3\), 0\)\) AS avg FROM unnest/,
    )
    expect(route('SELECT stddev(v) FROM t').legs[0]?.text).toBe('SELECT v AS c1 FROM t')
  })
})

describe('explainRoute', () => {
  it('says which shards, why, what is pushed down and what is left', () => {
    const text = 'SELECT name FROM t ORDER BY n LIMIT 3'
    expect(explainRoute(cache.routeOf(text), route(text))).toMatchObject({
      shards: ['A', 'B'],
      reason: expect.stringContaining('t.user_id'),
      pushedDown: ['WHERE', 'ORDER BY', 'LIMIT'],
      merge: ['merged by column 2', 'at most 3 rows', '1 hidden columns are left out'],
    })
  })
})
