// Statements over several shards while groups move: each leg sees the rows of its shard's own groups only.
import {describe, expect, it} from 'vitest'
import {slotOf} from '../keys/slot.ts'
import {bindRoute, type Owners} from './bind-route.ts'
import type {Leg} from './bound-route.ts'
import {loadSql} from './load-sql.ts'
import {RouteCache} from './plan-cache.ts'
import type {ColumnFacts, TableFacts, Tables} from './table-facts.ts'

const column = (name: string, type: string, notNull = false): ColumnFacts => ({
  name,
  type,
  notNull,
  hasDefault: false,
  isGenerated: false,
  collation: null,
})
const table = (name: string, ...columns: readonly ColumnFacts[]): TableFacts => ({
  schema: 'public',
  name,
  kind: 'sharded',
  key: {column: 'user_id', type: 'int8'},
  columns: [column('user_id', 'int8', true), column('id', 'int4', true), ...columns],
  uniqueKeys: [['user_id', 'id']],
})
const all = [table('t', column('n', 'int4')), table('o', column('t_id', 'int4'), column('n', 'int4'))]
const tables: Tables = {
  find: (schema, name) => all.find(one => one.name === name && (schema ?? 'public') === 'public') ?? null,
  volatilityOf: () => 'i',
  defaultCollationIsC: true,
}
const groups: Readonly<Record<string, readonly number[]>> = {A: [0, 2], B: [1, 3]}
const map: Owners = {
  shards: ['A', 'B'],
  ownerOf: slot => (slot % 2 === 0 ? 'A' : 'B'),
  groupsOf: shard => groups[shard] ?? [],
}
const sql = await loadSql()
if (sql === null) throw new Error('libpg-query and pgsql-deparser are needed')
const cache = new RouteCache(sql, tables)

const legsOf = (text: string, values: readonly unknown[] = [], isMoving = true): readonly Leg[] =>
  bindRoute(cache.routeOf(text), values, map, slotOf, 0, isMoving).legs
const own = (name: string, number: number): string =>
  `(SELECT * FROM ${name} WHERE hl_shards.slot(user_id) >> 6 = ANY ($${number}::int4[]))`
const plain = (text: string): string =>
  text
    .replace(/CAST\((\$\d+) AS (?:int4|int|integer)\[\]\)/g, '$1::int4[]')
    .replace(/\s+/g, ' ')
    .replace(/\( /g, '(')
    .replace(/ \)/g, ')')

describe('while groups move', () => {
  it.each<readonly [string, string]>([
    ['SELECT count(*) FROM t', `SELECT count(*) AS c1 FROM ${own('t', 1)} AS t`],
    ['SELECT id FROM t ORDER BY id', `SELECT id FROM ${own('t', 1)} AS t ORDER BY id`],
    ['SELECT x.id FROM public.t AS x', `SELECT x.id FROM ${own('public.t', 1)} AS x`],
    [
      'SELECT t.id FROM t JOIN o ON o.user_id = t.user_id',
      `SELECT t.id FROM ${own('t', 1)} AS t JOIN ${own('o', 1)} AS o ON o.user_id = t.user_id`,
    ],
    [
      'SELECT id FROM t WHERE EXISTS (SELECT FROM o WHERE o.user_id = t.user_id)',
      `SELECT id FROM ${own('t', 1)} AS t WHERE EXISTS (SELECT FROM ${own('o', 1)} AS o WHERE o.user_id = t.user_id)`,
    ],
    ['DELETE FROM t', 'DELETE FROM t WHERE hl_shards.slot(t.user_id) >> 6 = ANY ($1::int4[])'],
    [
      'UPDATE t AS x SET n = 1 WHERE n = 2 AND id = 3',
      'UPDATE t AS x SET n = 1 WHERE hl_shards.slot(x.user_id) >> 6 = ANY ($1::int4[]) AND n = 2 AND id = 3',
    ],
  ])('%s counts the rows of its own groups', (text, leg) => {
    const [first, second] = legsOf(text)
    expect(plain(first?.text ?? '')).toBe(leg)
    expect([first?.shard, first?.values]).toEqual(['A', [[0, 2]]])
    expect([second?.shard, second?.values]).toEqual(['B', [[1, 3]]])
  })

  it('values of the caller stay what they are', () => {
    const [leg] = legsOf('SELECT id FROM t WHERE n > $2 AND id < $1', [7, 8])
    expect(plain(leg?.text ?? '')).toBe(`SELECT id FROM ${own('t', 1)} AS t WHERE n > $2 AND id < $3`)
    expect(leg?.values).toEqual([[0, 2], 8, 7])
  })

  it('a statement on one shard stays as it is', () => {
    expect(legsOf('SELECT id FROM t WHERE user_id = 1').map(({text}) => text)).toEqual([
      'SELECT id FROM t WHERE user_id = 1',
    ])
  })

  it('what cannot be written so is refused, and only then', () => {
    const text = 'SELECT public.t.id FROM public.t'
    expect(legsOf(text, [], false).length).toBe(2)
    expect(() => legsOf(text)).toThrow(/named with its schema/)
  })
})

it('is as before while nothing moves', () => {
  expect(legsOf('SELECT id FROM t', [], false).map(({text, values}) => [text, values])).toEqual([
    ['SELECT id FROM t', []],
    ['SELECT id FROM t', []],
  ])
})
