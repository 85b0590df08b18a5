// Statements that are easily answered wrongly over shards, over the tables of routing-statements.ts: each is as on one
// database, or refused. For tests only. Invariant: the texts of one key type are those of the others, but for the keys.
// Not here: statements made by a seed (routing-statements.ts), what is right (pool-differential.test.ts).
import type {Statement} from './routing-statements.ts'
import type {Keys} from './statement-keys.ts'

export interface KnownStatements {
  /** As on one database. */
  readonly answered: readonly Statement[]
  /** Refused, whatever the values are. */
  readonly refused: readonly Statement[]
}

const of = (text: string, ...values: readonly unknown[]): Statement => ({
  text,
  values,
  ordered: text.includes('ORDER BY') || text.includes('RETURNING'),
})
const all = (...texts: readonly string[]): readonly Statement[] => texts.map(text => of(text))

/** Users are on the first and the second shard in turn; the third has none. */
const some = [1, 2, 3, 4, 5, 6] as const
const directions = ['', ' ASC NULLS FIRST', ' NULLS LAST', ' DESC', ' DESC NULLS FIRST', ' DESC NULLS LAST'] as const

/** By keys: which shards are asked, and with what. */
const byKeys = (keys: Keys): readonly Statement[] => {
  const list = some.map(user => keys.typed(user)).join(', ')
  const counts = 'GROUP BY user_id ORDER BY user_id'
  return [
    of(`SELECT count(1), user_id FROM t WHERE user_id IN (${list}) ${counts}`),
    of(
      `SELECT count(1), user_id FROM t WHERE user_id = ANY($1) ${counts}`,
      some.map(user => keys.value(user)),
    ),
    of(`SELECT count(1), user_id FROM t WHERE user_id = ${keys.typed(1)} OR user_id = ${keys.typed(2)} ${counts}`),
    of(`SELECT user_id, id FROM t WHERE user_id IN (${list}) AND (name = '' OR name IS NULL) ORDER BY 1, 2`),
    ...all(
      'SELECT user_id, id FROM t WHERE user_id NOT IN (SELECT user_id FROM o WHERE false) ORDER BY 1, 2',
      // One of the reference table's is null.
      'SELECT user_id, id FROM t WHERE n NOT IN (SELECT n FROM ref) ORDER BY 1, 2',
      'SELECT user_id, id FROM t WHERE n NOT IN (SELECT n FROM ref WHERE false) ORDER BY 1, 2',
      'SELECT n FROM ref EXCEPT SELECT id FROM ref ORDER BY 1',
      'SELECT t.user_id, t.id, r.id FROM t LEFT JOIN ref r ON r.n = t.n ORDER BY 1, 2, 3',
    ),
  ]
}

const sorted = (keys: Keys): readonly Statement[] => [
  ...all(
    // A name of the answer comes before a column of the table, but not inside of an expression.
    'SELECT id AS n, n AS m FROM t ORDER BY n, m, user_id, t.id',
    'SELECT -id AS id, user_id FROM t ORDER BY id, user_id',
    'SELECT -id AS id, user_id FROM t ORDER BY id + 0, user_id',
    'SELECT *, lower(name) AS l FROM t ORDER BY 2, 1',
    ...directions.flatMap(direction => [
      `SELECT name, v FROM t ORDER BY name${direction}, v DESC NULLS LAST, user_id, id`,
      `SELECT n, count(*) FROM t GROUP BY n ORDER BY n${direction}`,
    ]),
    // Two columns of one name.
    'SELECT a.id, b.id FROM t a JOIN o b ON b.user_id = a.user_id ORDER BY 2, 1, a.user_id',
    'SELECT DISTINCT a.id, b.id FROM t a JOIN o b ON b.user_id = a.user_id ORDER BY 2, 1',
    'SELECT a.id, b.id, count(*) FROM t a JOIN o b ON b.user_id = a.user_id GROUP BY a.id, b.id ORDER BY 2, 1',
  ),
  // Page after page: by the offset, and by the last row.
  ...[0, 5, 20, 500].map(offset => of('SELECT user_id, id FROM t ORDER BY user_id, id LIMIT 5 OFFSET $1', offset)),
  of('SELECT ts, user_id, id FROM t WHERE ts > $1 ORDER BY ts, user_id, id LIMIT 4', '2024-03-10 00:00:00.000001+00'),
  of(
    'SELECT ts, user_id, id FROM t WHERE (ts, user_id, id) > ($1, $2, $3) ORDER BY ts, user_id, id LIMIT 4',
    '2024-03-10 00:00:00.000001+00',
    keys.value(3),
    0,
  ),
]

const grouped = (keys: Keys): readonly Statement[] => {
  const two = `(${keys.typed(1)}, ${keys.typed(2)})`
  const running = 'count(n) OVER (PARTITION BY user_id ORDER BY id ROWS UNBOUNDED PRECEDING)'
  return all(
    'SELECT ok, count(*), n, sum(v), d FROM t GROUP BY ok, n, d ORDER BY ok, n, d',
    'SELECT DISTINCT name, count(v) FROM t GROUP BY name, n ORDER BY 2 DESC, 1 LIMIT 10',
    'SELECT count(DISTINCT n), sum(DISTINCT v), count(*), ok FROM t GROUP BY ok ORDER BY ok',
    'SELECT avg(v) FROM t GROUP BY n ORDER BY n',
    'SELECT avg(v) FROM t GROUP BY n, d ORDER BY n, d',
    'SELECT n, avg(v), avg(n), d FROM t GROUP BY n, d ORDER BY n, d',
    'SELECT n, sum(v) FROM t GROUP BY n ORDER BY sum(v) DESC NULLS LAST, n LIMIT 2 OFFSET 1',
    'SELECT user_id, id, name, max(n) FROM t GROUP BY user_id, id ORDER BY 1, 2',
    'SELECT r.id, r.label, sum(t.n) FROM t JOIN ref r ON r.id = t.n GROUP BY r.id ORDER BY r.id',
    // More digits than a double has.
    'SELECT avg(v), sum(v) FROM t WHERE v < 2',
    'SELECT avg(v * 1000000000000000000000000000001) FROM t',
    'SELECT avg(id + 9007199254740993), sum(id + 9007199254740993) FROM t',
    'SELECT count(*) FROM t',
    'SELECT count(*), max(n) FROM t WHERE false',
    `SELECT max(n), count(*), sum(v) - sum(n) FROM t WHERE user_id > ${keys.above}`,
    `SELECT sum(v), min(n), max(n), avg(v), count(n), sum(v) - sum(n) FROM t WHERE user_id IN ${two}`,
    `SELECT user_id, id, ${running} FROM t ORDER BY 1, 2`,
  )
}

/** What needs rows of several shards beside each other, or a reference table's once. */
const readsAcross = (keys: Keys): readonly Statement[] =>
  all(
    'SELECT t.user_id, o.user_id FROM t JOIN o ON t.name = o.note',
    'WITH x AS (SELECT * FROM o) SELECT t.id FROM t JOIN x ON x.n = t.n',
    ...[2, 3].map(
      other =>
        `SELECT count(*) FROM t WHERE user_id = ${keys.typed(1)}
          AND n = (SELECT max(n) FROM o WHERE user_id = ${keys.typed(other)})`,
    ),
    ...['UNION ALL', 'UNION', 'EXCEPT', 'INTERSECT'].flatMap(name => [
      `SELECT id FROM ref ${name} SELECT id FROM t`,
      `SELECT id FROM t ${name} SELECT id FROM ref`,
    ]),
    'SELECT user_id, id FROM t WHERE n NOT IN (SELECT n FROM o)',
    'SELECT r.id, t.id FROM ref r LEFT JOIN t ON t.n = r.n',
    'SELECT r.id, t.id FROM t RIGHT JOIN ref r ON t.n = r.n',
    'SELECT r.id, t.id FROM t FULL JOIN ref r ON t.n = r.n',
    `SELECT count(*) FROM t
      RIGHT JOIN (SELECT x.id FROM (SELECT id FROM o LIMIT 0) x RIGHT JOIN t USING (id)) y USING (id)`,
    'SELECT count(n) OVER (ROWS UNBOUNDED PRECEDING) FROM t',
    'SELECT row_number() OVER () FROM t',
    'SELECT rank() OVER (PARTITION BY name ORDER BY n) FROM t',
    'SELECT id FROM t ORDER BY n FETCH FIRST 3 ROWS WITH TIES',
  )

export const knownReads = (keys: Keys): KnownStatements => ({
  answered: [...byKeys(keys), ...sorted(keys), ...grouped(keys)],
  refused: readsAcross(keys),
})

const rowsOf = (keys: Keys, users: readonly number[], id: number): string =>
  users.map(user => `(${keys.typed(user)}, ${id}, ${user})`).join(', ')

export const knownWrites = (keys: Keys): KnownStatements => {
  const ten = rowsOf(keys, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 700)
  const [a, b] = [keys.typed(1), keys.typed(2)]
  const made = `INSERT INTO t (user_id, id) VALUES (${a}, 500)`
  return {
    answered: [
      ...all(
        // Prepared, each is sent twice: what conflicts is not counted.
        `INSERT INTO t (user_id, id, n) VALUES ${ten} ON CONFLICT DO NOTHING`,
        `DELETE FROM t WHERE user_id = ${a} OR TRUE`,
        `DELETE FROM t WHERE NOT (user_id = ${a})`,
        `WITH n AS (${made} RETURNING *) DELETE FROM t WHERE user_id = ${a} AND id >= 500`,
        // Nothing of it stays.
        `WITH n AS (${made} RETURNING *) SELECT 1 / (id - 500) FROM n`,
        `INSERT INTO t (user_id, id) VALUES (CAST(${a} AS ${keys.sqlType}), 600), (${b}::${keys.sqlType}, 600)`,
      ),
      of(
        `INSERT INTO t (id, user_id, n) VALUES ${some
          .map((_, at) => `($${2 * at + 1}, $${2 * at + 2}::${keys.sqlType}, ${at})`)
          .join(', ')} RETURNING user_id, id, n`,
        ...some.flatMap(user => [800 + user, keys.value(user)]),
      ),
    ],
    refused: all(
      `DELETE FROM t WHERE TRUE OR user_id = (SELECT user_id FROM o LIMIT 1)`,
      `WITH n AS (${made}) DELETE FROM t WHERE user_id = ${b}`,
      `${made} ON CONFLICT (user_id, id) DO UPDATE SET n = (SELECT count(*) FROM o)`,
      `UPDATE t SET n = 1 WHERE user_id = ${a} RETURNING (SELECT count(*) FROM o)`,
      'INSERT INTO t (id) VALUES (1)',
      'INSERT INTO t (id, user_id) VALUES (1, DEFAULT)',
      'UPDATE ref SET label = gen_random_uuid()::text',
      'UPDATE ref SET label = now()::text',
      'INSERT INTO ref (id, label) VALUES (70, clock_timestamp()::text)',
      'UPDATE ref SET n = (SELECT max(n) FROM t)',
      'DELETE FROM ref WHERE id IN (SELECT id FROM ref LIMIT 1)',
    ),
  }
}
