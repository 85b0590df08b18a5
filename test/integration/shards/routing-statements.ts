// Statements over two sharded tables and a reference table, made by a seed: what ORMs and people write, and what is
// between. For tests only. Invariant: the same seed gives the same statements. Not here: what is right
// (pool-differential.test.ts), the forms of keys (statement-keys.ts).
import type {Keys} from './statement-keys.ts'

export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
  /** ORDER BY leaves no two rows open: rows are compared in order. */
  readonly ordered: boolean
}

export const users = Array.from({length: 24}, (_, index) => index + 1)
export const tables = ['t', 'o', 'ref'] as const

export const schemaSql = ({columnType}: Keys): string => `
CREATE TABLE t (user_id ${columnType} NOT NULL, id int NOT NULL, name text COLLATE "C", v numeric, f float8,
  ts timestamptz,
  tp timestamp, d date, ok boolean, u uuid, b bytea, n int, PRIMARY KEY (user_id, id));
CREATE TABLE o (user_id ${columnType} NOT NULL, id int NOT NULL, t_id int, amount numeric(12,2), note text COLLATE "C",
  n int,
  PRIMARY KEY (user_id, id));
CREATE TABLE ref (id int PRIMARY KEY, label text COLLATE "C", n int);`

export class Random {
  #state: number
  constructor(seed: number) {
    this.#state = seed >>> 0
  }
  /** Mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let x = this.#state
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }
  of<T>(list: readonly T[]): T {
    const one = list[this.below(list.length)]
    if (one === undefined) throw new Error('an empty list')
    return one
  }
  chance(share: number): boolean {
    return this.next() < share
  }
  some<T>(list: readonly T[], most: number): readonly T[] {
    return Array.from({length: 1 + this.below(most)}, () => this.of(list))
  }
}

/** Rows of SQL with nulls, ties and values near each other; the key first. */
export interface DataRows {
  readonly t: string[][]
  readonly o: string[][]
  readonly ref: string[][]
}

/** The same for every database. */
export function dataRows(random: Random, keys: Keys): DataRows {
  const maybe = (text: string): string => (random.chance(0.2) ? 'NULL' : text)
  const moment = (): string =>
    `2024-03-${10 + random.below(3)} 0${random.below(4)}:00:00.${random.of(['000001', '000002', '5', '25'])}`
  const t = users.flatMap(user =>
    Array.from({length: random.below(6)}, (_, id) => [
      keys.typed(user),
      String(id),
      maybe(`'${random.of(['ann', 'Ann', 'bob', 'a b', 'a-b', 'ab', 'é', '', 'Z'])}'`),
      maybe(random.of(['1', '1.10', '1.5000', '2.5', '-3', '0.1', '12345678901234567890.5', '7'])),
      maybe(random.of(['0.5', '1.25', '-2', "'NaN'", "'Infinity'", '8', '3'])),
      maybe(`'${moment()}+00'`),
      maybe(`'${moment()}'`),
      maybe(`'2024-01-0${1 + random.below(4)}'`),
      maybe(random.of(['true', 'false'])),
      maybe(`'${random.of(['a', 'b', '0', 'f'])}0000000-0000-0000-0000-00000000000${random.below(3)}'`),
      maybe(`'\\x${random.of(['00', 'ff', '00ff', ''])}'`),
      maybe(String(random.below(4))),
    ]),
  )
  const o = users.flatMap(user =>
    Array.from({length: random.below(5)}, (_, id) => [
      keys.typed(user),
      String(id),
      maybe(String(random.below(6))),
      maybe(random.of(['1.50', '2.25', '-1.00', '10.00'])),
      maybe(`'${random.of(['x', 'y', 'X', 'xy'])}'`),
      maybe(String(random.below(4))),
    ]),
  )
  const ref = Array.from({length: 5}, (_, id) => [
    String(id),
    maybe(`'${random.of(['one', 'two', 'One'])}'`),
    maybe(String(random.below(4))),
  ])
  return {t, o, ref}
}

/** Collects parameters while a text is written. */
class Writer {
  readonly values: unknown[] = []
  readonly random: Random
  readonly keys: Keys
  constructor(random: Random, keys: Keys) {
    this.random = random
    this.keys = keys
  }
  /** As a parameter or a constant, sometimes with a cast. */
  int(value: number, cast = ''): string {
    if (this.random.chance(0.5)) return `${value}${cast}`
    this.values.push(this.random.chance(0.5) ? value : String(value))
    // PostgreSQL must be able to tell the type of each.
    return `$${this.values.length}${cast === '' ? '::int' : cast}`
  }
  /** As a constant or a parameter, with or without a cast. */
  key(user: number): string {
    const constants = this.keys.constants(user)
    const form = this.random.below(constants.length + 2)
    const constant = constants[form]
    if (constant !== undefined) return constant
    this.values.push(this.random.of(this.keys.parameters(user)))
    return `$${this.values.length}${form === constants.length ? '' : `::${this.keys.sqlType}`}`
  }
  typed(...some: readonly number[]): string {
    return some.map(user => this.keys.typed(user)).join(', ')
  }
  list(some: readonly number[]): string {
    if (this.random.chance(0.5)) return `IN (${some.map(user => this.key(user)).join(', ')})`
    this.values.push(some.map(user => this.random.of(this.keys.parameters(user))))
    return `= ANY($${this.values.length}::${this.keys.sqlType}[])`
  }
}

const columns = ['name', 'v', 'f', 'ts', 'tp', 'd', 'ok', 'u', 'b', 'n'] as const

function conditions(w: Writer, alias: string): string {
  const {random} = w
  const one = (): string => {
    switch (random.below(12)) {
      case 0:
        return `${alias}user_id = ${w.key(random.of(users))}`
      case 1:
        return `${alias}user_id ${w.list(random.some(users, 5))}`
      case 2:
        return `(${alias}user_id = ${w.key(random.of(users))} OR ${alias}user_id = ${w.key(random.of(users))})`
      case 3:
        return `${alias}n > ${w.int(random.below(3))}`
      case 4:
        return `${alias}name IS NOT NULL`
      case 5:
        return `NOT (${alias}user_id = ${w.key(random.of(users))})`
      case 6:
        return `${alias}v BETWEEN 0 AND ${w.int(5)}`
      case 7:
        return `(${alias}ok IS TRUE OR ${alias}n IS NULL)`
      case 8:
        return `${alias}user_id IS NOT DISTINCT FROM ${w.key(random.of(users))}`
      case 9:
        return random.of(['true', 'false', `${alias}name ILIKE 'a%'`])
      case 10:
        return `${alias}user_id = ${w.key(1)} AND ${alias}user_id = ${w.key(random.of([1, 1, 2]))}`
      default:
        return `${alias}id >= ${w.int(random.below(3))}`
    }
  }
  const count = random.below(3)
  return count === 0 ? '' : ` WHERE ${Array.from({length: count}, one).join(' AND ')}`
}

const direction = (random: Random): string =>
  random.of(['', ' ASC', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST', ' DESC NULLS FIRST', ' NULLS LAST'])

function limit(w: Writer): string {
  const {random} = w
  const bound = (number: number): string => {
    if (random.chance(0.5)) return String(number)
    w.values.push(random.chance(0.1) ? null : number)
    return `$${w.values.length}`
  }
  switch (random.below(7)) {
    case 0:
      return ` LIMIT ${bound(random.below(12))}`
    case 1:
      return ` LIMIT ${bound(random.below(12))} OFFSET ${bound(random.below(8))}`
    case 2:
      return random.of([' LIMIT ALL', ' LIMIT NULL OFFSET 2', ' FETCH FIRST 3 ROWS ONLY', ' OFFSET 3 ROWS'])
    default:
      return ''
  }
}

function plainRead(w: Writer): Statement {
  const {random} = w
  const alias = random.of(['', '', 't.', 'x.'])
  const from =
    alias === 'x.' ? random.of(['t AS x', 'public.t x', 'ONLY t x', '"t" "x"']) : random.of(['t', 'public.t', '"t"'])
  const list = random.chance(0.2)
    ? random.of(['*', alias === '' ? '*' : `${alias}*`, '*, lower(name)'])
    : [...random.some(columns, 3).map(column => `${alias}${column}`), `${alias}user_id`, `${alias}id`].join(', ')
  const where = conditions(w, alias)
  const keys = random
    .some(
      [
        ...columns,
        'lower(name)',
        'v + 1',
        'n * 2',
        'coalesce(n, 9)',
        'abs(v)',
        '-n',
        "date_trunc('hour', ts)",
        'n IS NULL',
      ],
      2,
    )
    .map(key => `${alias === 't.' && !key.includes('(') && !/\W/.test(key) ? 't.' : ''}${key}${direction(random)}`)
  const ordered = random.chance(0.8)
  const order = ordered ? ` ORDER BY ${[...keys, `${alias}user_id`, `${alias}id`].join(', ')}` : ''
  return {text: `SELECT ${list} FROM ${from}${where}${order}${ordered ? limit(w) : ''}`, values: w.values, ordered}
}

function distinctRead(w: Writer): Statement {
  const {random} = w
  const list = [...new Set(random.some(['name', 'ok', 'n', 'd', 'u', 'f', 'tp'], 3))]
  const where = conditions(w, '')
  const ordered = random.chance(0.7)
  const order = ordered ? ` ORDER BY ${list.map(column => `${column}${direction(random)}`).join(', ')}` : ''
  return {
    text: `SELECT DISTINCT ${list.join(', ')} FROM t${where}${order}${ordered ? limit(w) : ''}`,
    values: w.values,
    ordered,
  }
}

const simpleAggregates = [
  'count(*)',
  'count(name)',
  'sum(n)',
  'sum(v)',
  'avg(v)',
  'avg(n)',
  'min(name)',
  'max(ts)',
  'min(d)',
  'bool_and(ok)',
  'bool_or(ok)',
  'every(ok)',
  'max(v)',
  'min(n)',
  'count(*) FILTER (WHERE n > 1)',
  'sum(v) FILTER (WHERE ok)',
  'sum(id)',
  'avg(id)',
  'max(tp)',
  'sum(n) / count(*)',
  'coalesce(sum(n), 0)',
  'round(avg(v), 2)',
  'sum(v) - sum(n)',
  'max(n) + 1',
  'count(*) > 5',
  'sum(v) / nullif(count(n), 0)',
  "CASE WHEN count(*) > 3 THEN 'many' ELSE 'few' END",
  'greatest(sum(n), 3)',
  'count(*)::text',
  'count(1)',
] as const
const rowAggregates = [
  'count(DISTINCT n)',
  'count(DISTINCT name)',
  'sum(DISTINCT n)',
  'stddev(n)',
  'var_pop(v)',
  'stddev_samp(v)',
  'variance(n)',
  'stddev_pop(n)',
  "string_agg(name, ',' ORDER BY user_id, id)",
  'array_agg(n ORDER BY user_id, id DESC)',
  'array_agg(DISTINCT n)',
  "string_agg(DISTINCT name, '|')",
  'avg(DISTINCT v)',
  'array_agg(id ORDER BY name NULLS FIRST, user_id, id) FILTER (WHERE ok)',
] as const

function aggregateRead(w: Writer): Statement {
  const {random} = w
  const groups = random.chance(0.3)
    ? []
    : [...new Set(random.some(['name', 'ok', 'n', 'd', 'user_id', 'u', 'id', 'lower(name)', 'n % 2'], 2))]
  const simple = [...simpleAggregates, ...w.keys.aggregates]
  const pool = random.chance(0.35) ? [...simple, ...rowAggregates, ...rowAggregates] : simple
  const aggregates = random.some(pool, 4)
  const shown = groups.filter(() => random.chance(0.8))
  const list = random.chance(0.5) ? [...shown, ...aggregates] : [...aggregates, ...shown]
  const where = conditions(w, '')
  const group = groups.length === 0 ? '' : ` GROUP BY ${groups.join(', ')}`
  const having = random.chance(0.25)
    ? ` HAVING ${random.of(['count(*) > 1', 'sum(n) IS NOT NULL', `count(*) >= ${w.int(2)}`, 'max(n) < 3'])}`
    : ''
  const ordered = groups.length === 0 || random.chance(0.8)
  const sorts = random.chance(0.5)
    ? [`${random.of(['count(*)', 'sum(n)', 'max(v)', 'min(name)'])}${direction(random)}`]
    : []
  const order =
    ordered && groups.length > 0
      ? ` ORDER BY ${[...sorts, ...groups.map(one => `${one}${direction(random)}`)].join(', ')}`
      : ''
  const distinct = random.chance(0.05) && sorts.length === 0 && shown.length === groups.length ? 'DISTINCT ' : ''
  return {
    text: `SELECT ${distinct}${list.join(', ')} FROM t${where}${group}${having}${order}${order === '' ? '' : limit(w)}`,
    values: w.values,
    ordered,
  }
}

function joinRead(w: Writer): Statement {
  const {random} = w
  const kind = random.of(['JOIN', 'JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'])
  const from = random.of([
    `t ${kind} o ON t.user_id = o.user_id`,
    `t ${kind} o USING (user_id)`,
    `t ${kind} o ON o.user_id = t.user_id AND o.t_id = t.id`,
    `t ${kind} ref r ON r.id = t.n`,
    `ref r ${kind} t ON r.id = t.n`,
    't, o',
    `t JOIN o ON t.id = o.t_id`,
    `t ${kind} (SELECT user_id, sum(amount) AS total, max(id) AS id FROM o GROUP BY user_id) o ON o.user_id = t.user_id`,
    `t JOIN LATERAL (SELECT o.id, o.user_id, o.amount FROM o WHERE o.user_id = t.user_id ORDER BY o.id DESC LIMIT 1) o ON true`,
    `t LEFT JOIN o ON t.user_id = o.user_id AND o.user_id = ${w.key(random.of(users))}`,
    `t JOIN o ON t.user_id = o.user_id JOIN ref r ON r.id = o.n`,
  ])
  const other = from.includes('ref r') && !/\bo\b/.test(from) ? 'r' : 'o'
  const condition = random.of([
    '',
    '',
    ` WHERE t.user_id = ${w.key(random.of(users))}`,
    ` WHERE ${other}.id > 0`,
    ' WHERE t.n = 1',
    other === 'o' ? ` WHERE o.user_id = ${w.key(random.of(users))}` : '',
    other === 'o' ? ' WHERE t.user_id = o.user_id' : '',
    ` WHERE t.user_id ${w.list(random.some(users, 4))}`,
  ])
  const list = random.of([
    `t.user_id, t.id, ${other}.id`,
    `count(*), sum(t.n), max(${other}.id)`,
    `t.name, ${other}.id AS other, t.user_id`,
  ])
  const aggregated = list.startsWith('count')
  const ordered = !aggregated && random.chance(0.7)
  const order = ordered ? ` ORDER BY t.user_id, t.id, ${other}.id${list.includes('t.name') ? ', t.name' : ''}` : ''
  return {
    text: `SELECT ${list} FROM ${from}${condition}${order}`,
    values: w.values,
    ordered: ordered && !list.includes('t.name'),
  }
}

function subqueryRead(w: Writer): Statement {
  const {random} = w
  const text = random.of([
    'SELECT user_id, id FROM t WHERE EXISTS (SELECT 1 FROM o WHERE o.user_id = t.user_id AND o.n > 1) ORDER BY 1, 2',
    'SELECT user_id, id FROM t WHERE user_id IN (SELECT user_id FROM o WHERE amount > 1) ORDER BY 1, 2 LIMIT 5',
    'SELECT user_id, id FROM t WHERE user_id NOT IN (SELECT user_id FROM o) ORDER BY user_id, id',
    'SELECT user_id, id FROM t WHERE n IN (SELECT id FROM ref) ORDER BY 1, 2',
    'SELECT user_id, id FROM t WHERE n NOT IN (SELECT n FROM o) ORDER BY 1, 2',
    'SELECT id, (SELECT count(*) FROM o WHERE o.user_id = t.user_id) AS c FROM t ORDER BY user_id, id',
    'SELECT count(*) FROM (SELECT user_id FROM t UNION ALL SELECT user_id FROM o) x',
    'SELECT user_id FROM t UNION ALL SELECT user_id FROM o ORDER BY 1 LIMIT 7',
    'SELECT n FROM t UNION SELECT n FROM o ORDER BY 1',
    'SELECT name FROM t UNION SELECT note FROM o ORDER BY 1 DESC',
    'SELECT user_id, n FROM t EXCEPT SELECT user_id, n FROM o ORDER BY 1, 2',
    'SELECT user_id FROM t INTERSECT SELECT user_id FROM o ORDER BY 1',
    'SELECT n FROM t INTERSECT SELECT n FROM o ORDER BY 1',
    'SELECT id FROM ref UNION ALL SELECT id FROM t ORDER BY 1',
    'SELECT id FROM ref UNION SELECT n FROM ref ORDER BY 1',
    'WITH x AS (SELECT user_id, count(*) AS c FROM t GROUP BY user_id) SELECT c, count(*) FROM x GROUP BY c ORDER BY c',
    'WITH x AS (SELECT * FROM t WHERE n > 0) SELECT x.user_id, x.id, o.id FROM x JOIN o USING (user_id) ORDER BY 1, 2, 3',
    'WITH x AS (SELECT * FROM t LIMIT 3) SELECT count(*) FROM x',
    'SELECT user_id, id, row_number() OVER (PARTITION BY user_id ORDER BY id) AS r FROM t ORDER BY 1, 2',
    'SELECT id, rank() OVER (ORDER BY n) FROM t ORDER BY user_id, id',
    'SELECT sum(c) FROM (SELECT user_id, count(*) AS c FROM o GROUP BY user_id) x',
    'SELECT DISTINCT ON (user_id) user_id, id FROM t ORDER BY user_id, id DESC',
    'SELECT DISTINCT ON (n) n, id FROM t ORDER BY n, user_id, id',
    'SELECT DISTINCT user_id, count(n) FROM t GROUP BY user_id, n ORDER BY 2 DESC, 1 LIMIT 10',
    'SELECT r.id, r.label, sum(t.n) FROM t JOIN ref r ON r.id = t.n GROUP BY r.id ORDER BY r.id',
    'SELECT user_id, name, max(n) FROM t GROUP BY user_id, id ORDER BY user_id, id',
    'SELECT ok, count(*) FROM t GROUP BY ROLLUP (ok) ORDER BY 1',
    'SELECT (SELECT max(id) FROM ref), count(*) FROM t',
    'SELECT * FROM t FULL JOIN o USING (user_id, id) ORDER BY user_id, id',
    'SELECT t.user_id, t.id FROM t LEFT JOIN o ON o.user_id = t.user_id AND o.n = 9 WHERE o.user_id NOT IN (SELECT user_id FROM o) ORDER BY 1, 2',
    'SELECT t.user_id, t.id, o.user_id IN (SELECT user_id FROM t) AS i FROM t LEFT JOIN o ON o.user_id = t.user_id AND o.id = t.id ORDER BY 1, 2',
    'SELECT * FROM t LEFT JOIN o USING (user_id) ORDER BY user_id, t.id, o.id LIMIT 9',
    'SELECT user_id, count(*) FROM t FULL JOIN o USING (user_id) GROUP BY user_id ORDER BY 1',
    'SELECT o.user_id, count(*) FROM t LEFT JOIN o ON o.user_id = t.user_id GROUP BY o.user_id ORDER BY 1 NULLS FIRST',
    'SELECT o.user_id, count(*), sum(t.n) FROM t LEFT JOIN o ON o.user_id = t.user_id AND o.id = t.id GROUP BY 1 ORDER BY 2 DESC, 1',
    'SELECT t.user_id, t.id FROM t LEFT JOIN o ON o.user_id = t.user_id WHERE o.user_id IS NULL ORDER BY 1, 2',
    'SELECT x.user_id, x.s, t.id FROM (SELECT user_id, sum(n) AS s FROM o GROUP BY user_id) x RIGHT JOIN t ON x.user_id = t.user_id ORDER BY t.user_id, t.id',
    'SELECT t.user_id, t.id, x.c FROM t, LATERAL (SELECT count(*) AS c FROM o WHERE o.user_id = t.user_id) x ORDER BY 1, 2',
    `SELECT t.user_id, v.a FROM t JOIN (VALUES (${w.typed(1)}, 5), (${w.typed(2)}, 6), (${w.typed(30)}, 7)) v (k, a) ON v.k = t.user_id ORDER BY t.id, 1, 2`,
    `SELECT v.k, t.id FROM (VALUES (${w.typed(1)}), (${w.typed(30)})) v (k) LEFT JOIN t ON t.user_id = v.k ORDER BY 1, 2`,
    'SELECT g, count(*) FROM t, generate_series(1, 3) AS g WHERE t.n >= g GROUP BY g ORDER BY g',
    'SELECT a.user_id, a.id, b.id FROM t a JOIN t b ON a.user_id = b.user_id AND a.id < b.id ORDER BY 1, 2, 3',
    'SELECT a.id, b.id FROM t a JOIN t b ON a.n = b.n ORDER BY a.user_id, a.id, b.user_id, b.id',
    'SELECT user_id FROM t UNION SELECT user_id FROM o ORDER BY 1',
    'SELECT user_id, n FROM t UNION ALL SELECT user_id, n FROM o ORDER BY 1 DESC, 2 NULLS FIRST OFFSET 2 LIMIT 6',
    `SELECT DISTINCT ${w.keys.derived} AS m, ok FROM t ORDER BY m DESC, ok`,
    'SELECT n, count(*) FROM (SELECT DISTINCT user_id, n FROM t) x GROUP BY n ORDER BY n',
    'SELECT max(c) FROM (SELECT user_id, count(*) AS c FROM t GROUP BY user_id HAVING count(*) > 1) x',
    'SELECT name, n, count(*) FROM t GROUP BY name, n ORDER BY name, n OFFSET 3 LIMIT 4',
    'SELECT 1 AS one FROM t GROUP BY n ORDER BY n',
    'SELECT avg(v), avg(n), n % 2 AS odd FROM t GROUP BY odd, d ORDER BY odd, d',
    'SELECT sum(v) AS s FROM t GROUP BY n HAVING sum(v) > 0 ORDER BY s DESC, n LIMIT 2',
    'SELECT count(*) FROM t WHERE false',
    `SELECT max(n), min(ts), sum(v), avg(v), count(n), bool_and(ok) FROM t WHERE user_id > ${w.keys.above}`,
    `SELECT n FROM t WHERE user_id > ${w.keys.above} GROUP BY n`,
    'SELECT count(*) FROM t HAVING count(*) > 10000',
    'SELECT array_agg(n ORDER BY user_id, id) FROM t WHERE false',
    'SELECT lower(name) AS name, count(*) FROM t GROUP BY lower(name) ORDER BY name',
    'SELECT max(d) - min(d) FROM t',
    'SELECT min(name), max(name) FROM t',
    'SELECT sum(f), avg(f) FROM t WHERE f < 100',
    `SELECT stddev_pop(n), var_samp(v), variance(n) FROM t WHERE user_id < ${w.typed(3)}`,
    'SELECT user_id, sum(n) OVER (PARTITION BY user_id ORDER BY id) FROM t ORDER BY user_id, id',
    'SELECT user_id, count(*), rank() OVER (PARTITION BY user_id ORDER BY count(*)) FROM t GROUP BY user_id, n ORDER BY user_id, 2, 3',
    `SELECT id FROM t ORDER BY user_id IN (${w.typed(1, 2, 3)}) DESC, user_id, id LIMIT 4`,
    "SELECT name || '!' AS x FROM t ORDER BY name || '!', user_id, id",
    "SELECT CASE WHEN n > 1 THEN 'b' ELSE 'a' END COLLATE \"C\" AS x FROM t ORDER BY x, user_id, id",
    'SELECT ref.label, count(*) FROM t JOIN ref ON ref.id = t.n GROUP BY ref.label ORDER BY ref.label',
    'SELECT count(*) FROM t WHERE EXISTS (SELECT 1 FROM ref WHERE ref.id = t.n)',
    'SELECT count(*) FROM t WHERE n = (SELECT max(n) FROM ref)',
    'SELECT count(*) FROM t WHERE user_id IN (SELECT id FROM ref)',
    'SELECT (SELECT label FROM ref WHERE ref.id = t.n) AS l, id FROM t ORDER BY user_id, id LIMIT 5',
    'SELECT id, 6 / n AS part FROM t ORDER BY user_id, id',
    'SELECT sum(6 / n) FROM t',
    'SELECT n, sum(v) / sum(n) FROM t GROUP BY n ORDER BY n',
    'SELECT name::int FROM t ORDER BY user_id, id',
    `SELECT id FROM t WHERE user_id ${w.list(random.some(users, 4))} AND 6 / n > 1 ORDER BY user_id, id`,
    `SELECT * FROM t FULL JOIN o USING (user_id) WHERE user_id = ${w.key(random.of(users))} ORDER BY t.id, o.id`,
    `SELECT * FROM (SELECT user_id, id FROM t ORDER BY user_id, id LIMIT 3) x WHERE x.user_id = ${w.key(1)} ORDER BY 1, 2`,
    `SELECT * FROM (SELECT user_id, rank() OVER (ORDER BY n) AS r FROM t) x WHERE x.user_id = ${w.key(1)} ORDER BY 1, 2`,
    `SELECT * FROM (SELECT user_id, count(*) AS c FROM t GROUP BY user_id) x WHERE x.user_id = ${w.key(2)}`,
    `SELECT * FROM (SELECT user_id, n FROM t UNION ALL SELECT user_id, n FROM o) x WHERE x.user_id = ${w.key(2)} ORDER BY 2`,
    `WITH x AS (SELECT * FROM t) SELECT a.id, (SELECT count(*) FROM x) AS c FROM x a WHERE a.user_id = ${w.key(2)} ORDER BY 1`,
    `SELECT t.id, o.id FROM t LEFT JOIN o ON o.user_id = t.user_id AND t.user_id = ${w.key(2)} ORDER BY t.user_id, t.id, o.id`,
    `SELECT t.id, o.id FROM t RIGHT JOIN o ON o.user_id = t.user_id AND t.user_id = ${w.key(2)} WHERE o.user_id = ${w.key(2)} ORDER BY 1, 2`,
    `SELECT n + ${w.int(1)} AS m, count(*) FROM t GROUP BY m HAVING count(*) > ${w.int(1)} ORDER BY m`,
    `SELECT sum(n) * ${w.int(3)} AS m, string_agg(name, ',' ORDER BY user_id, id) FROM t WHERE user_id ${w.list(random.some(users, 6))}`,
    'SELECT count(*) FROM ref',
    'SELECT * FROM ref ORDER BY id',
    'SELECT 1 AS one',
    'SELECT exists (SELECT 1 FROM t) AS e',
    'SELECT user_id FROM t x WHERE id = (SELECT max(id) FROM t y WHERE y.user_id = x.user_id) ORDER BY 1',
    'SELECT user_id FROM t WHERE (user_id, id) IN (SELECT user_id, t_id FROM o) ORDER BY user_id, id',
    `SELECT count(*) FROM (SELECT * FROM t WHERE user_id = ${w.key(random.of(users))} LIMIT 2) x`,
    `WITH x AS (SELECT * FROM t WHERE user_id = ${w.key(3)}) SELECT a.id, b.id FROM x a, x b ORDER BY 1, 2`,
    `SELECT (SELECT count(*) FROM o WHERE user_id = ${w.key(5)}) AS c, count(*) FROM t WHERE user_id = ${w.key(random.of([5, 5, 6]))}`,
    `SELECT * FROM (SELECT user_id, id, n FROM t) x WHERE x.user_id = ${w.key(random.of(users))} ORDER BY id`,
    `SELECT max(n) FROM t WHERE (user_id, id) = (${w.key(4)}, ${w.int(1)})`,
    `WITH RECURSIVE r AS (SELECT id, user_id FROM t WHERE user_id = ${w.key(4)} AND id = 0 UNION ALL SELECT t.id, t.user_id FROM t JOIN r ON t.id = r.id + 1 WHERE t.user_id = ${w.key(4)}) SELECT count(*) FROM r`,
  ])
  return renumbered(text, w.values)
}

/** Other choices have left parameters behind that this text does not have. */
function renumbered(text: string, values: readonly unknown[]): Statement {
  const numbers: number[] = []
  const written = text.replace(/\$(\d+)/g, (_, digits: string) => {
    const number = Number(digits)
    const known = numbers.indexOf(number)
    return `$${known >= 0 ? known + 1 : numbers.push(number)}`
  })
  return {
    text: written,
    values: numbers.map(number => values[number - 1]),
    ordered: written.includes('ORDER BY') && !written.includes('OVER (ORDER'),
  }
}

export function readStatement(random: Random, keys: Keys): Statement {
  const w = new Writer(random, keys)
  const make = random.of([
    plainRead,
    plainRead,
    plainRead,
    aggregateRead,
    aggregateRead,
    aggregateRead,
    distinctRead,
    joinRead,
    joinRead,
    subqueryRead,
    subqueryRead,
  ])
  const {text, values, ordered} = make(w)
  return {...renumbered(text, values), ordered}
}

/** Of one user, in full: what a transaction has written so far. */
export function ownRead(random: Random, keys: Keys): Statement {
  const w = new Writer(random, keys)
  const user = random.of(users)
  const text = random.of([
    `SELECT * FROM t WHERE user_id = ${w.key(user)} ORDER BY id`,
    `SELECT * FROM o WHERE user_id = ${w.key(user)} ORDER BY id`,
    `SELECT count(*), sum(n), max(id) FROM t WHERE user_id = ${w.key(user)}`,
    `SELECT t.id, o.id FROM t JOIN o USING (user_id) WHERE user_id = ${w.key(user)} ORDER BY 1, 2`,
  ])
  return renumbered(text, w.values)
}

export function writeStatement(random: Random, keys: Keys): Statement {
  const w = new Writer(random, keys)
  const user = random.of(users)
  const where = conditions(w, '')
  const rows = Array.from({length: 1 + random.below(5)}, (_, index) => {
    const order = random.chance(0.5)
    const key = w.key(random.of(users))
    return order ? `(${key}, ${100 + index}, ${w.int(index)})` : `(${key}, ${random.below(3)}, DEFAULT)`
  })
  const returning = random.of(['', '', ' RETURNING user_id, id, n', ' RETURNING *'])
  const text = random.of([
    `UPDATE t SET n = coalesce(n, 0) + ${w.int(1)}${where}${returning}`,
    `UPDATE t AS x SET name = 'new', v = v * 2 WHERE x.user_id = ${w.key(user)}${returning}`,
    `UPDATE t SET n = o.n FROM o WHERE o.user_id = t.user_id AND o.id = t.id${returning === '' ? '' : ' RETURNING t.user_id, t.id, t.n'}`,
    `UPDATE t SET name = r.label FROM ref r WHERE r.id = t.n`,
    `UPDATE t SET n = (SELECT count(*)::int FROM o WHERE o.user_id = t.user_id)`,
    `UPDATE t SET n = (SELECT count(*)::int FROM o)`,
    `UPDATE t SET user_id = ${w.key(2)} WHERE user_id = ${w.key(1)}`,
    `DELETE FROM t${where}${returning}`,
    `DELETE FROM t USING o WHERE o.user_id = t.user_id AND o.n = 1`,
    `DELETE FROM o WHERE TRUE OR user_id >= ${w.key(3)}`,
    `DELETE FROM t WHERE user_id ${w.list(random.some(users, 4))}${returning}`,
    `INSERT INTO t (user_id, id, n) VALUES ${rows.join(', ')} ON CONFLICT (user_id, id) DO UPDATE SET n = excluded.n, user_id = excluded.user_id${returning}`,
    `INSERT INTO t (user_id, id, n) VALUES ${rows.join(', ')} ON CONFLICT DO NOTHING${returning}`,
    `INSERT INTO t (user_id, id, n) VALUES ${rows.join(', ')}${returning}`,
    `INSERT INTO t (id, n, user_id) VALUES (200, ${w.int(1)}, ${w.key(user)})${returning}`,
    `INSERT INTO t (user_id, id) SELECT user_id, id + 300 FROM o${returning}`,
    `INSERT INTO t (user_id, id) SELECT n, id + 300 FROM o`,
    `INSERT INTO t (user_id, id) SELECT ${w.key(user)}, id + 300 FROM o WHERE user_id = ${w.key(user)}`,
    `INSERT INTO ref (id, label, n) VALUES (50, 'x', 1), (51, 'y', 2)${returning === '' ? '' : ' RETURNING id'}`,
    `UPDATE ref SET n = n + 1 WHERE id > ${w.int(1)}`,
    `DELETE FROM ref WHERE id = ${w.int(random.below(6))}`,
    `UPDATE ref SET label = random()::text`,
    `UPDATE ref SET n = 6 / n`,
    `UPDATE t SET n = 6 / n${where}${returning}`,
    `UPDATE t SET id = id / 2${where}`,
    `UPDATE t SET n = DEFAULT, ts = ts + interval '1 day'${where}${returning}`,
    `UPDATE t SET name = NULL WHERE user_id ${w.list(random.some(users, 4))} RETURNING id * 2 AS twice, user_id`,
    `INSERT INTO t (user_id, id, n) VALUES ${rows.join(', ')} ON CONFLICT (user_id, id) DO UPDATE SET n = t.n + 1 WHERE t.n > 0${returning}`,
    `INSERT INTO o (user_id, id, amount) VALUES (${w.key(user)}, 800, 12345678901.5)`,
    `INSERT INTO ref (id, label, n) VALUES (1, 'x', 1), (60, 'y', 2) ON CONFLICT (id) DO UPDATE SET label = excluded.label`,
    `UPDATE t SET (n, name) = (SELECT count(*)::int, max(note) FROM o WHERE o.user_id = t.user_id)`,
    `UPDATE t SET n = 0 FROM (SELECT user_id, max(id) AS id FROM o GROUP BY user_id) x WHERE x.user_id = t.user_id AND x.id = t.id`,
    `UPDATE t SET n = 0 FROM o WHERE o.n = t.n`,
    `DELETE FROM t WHERE user_id IN (SELECT user_id FROM o WHERE n = 2)${returning}`,
    `DELETE FROM t WHERE NOT EXISTS (SELECT 1 FROM o WHERE o.user_id = t.user_id)`,
    `DELETE FROM t WHERE n IN (SELECT id FROM ref WHERE n > 0)`,
    `INSERT INTO t (user_id, id, n) SELECT user_id, 900, count(*) FROM o GROUP BY user_id`,
    `INSERT INTO t (user_id, id, n) SELECT user_id, 900, 1 FROM o LIMIT 1`,
    `INSERT INTO t (user_id, id, n) VALUES (${w.key(user)}, 1, (SELECT max(n) FROM ref)), (${w.key(random.of(users))}, 901, ${w.int(2)}) ON CONFLICT DO NOTHING`,
    `WITH d AS (DELETE FROM o WHERE user_id = ${w.key(user)} RETURNING *) INSERT INTO t (user_id, id) SELECT user_id, id + 400 FROM d`,
    `WITH n AS (INSERT INTO t (user_id, id) VALUES (${w.key(user)}, 500) RETURNING *) DELETE FROM t WHERE user_id = ${w.key(user)} AND id < 2`,
    `WITH n AS (INSERT INTO t (user_id, id) VALUES (${w.key(user)}, 500) RETURNING *) DELETE FROM t WHERE n < 0`,
  ])
  // Rows come back in the order of VALUES, but where ON CONFLICT may leave some of them out.
  const mayLeaveOut = /DO NOTHING|DO UPDATE .* WHERE /.test(text)
  return {...renumbered(text, w.values), ordered: / VALUES .* RETURNING /.test(text) && !mayLeaveOut}
}
