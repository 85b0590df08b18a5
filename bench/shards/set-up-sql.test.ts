import {parse} from 'libpg-query'
import {describe, expect, it} from 'vitest'
import {
  calledFunctionsSql,
  fdwSql,
  fenceSql,
  ofRemainder,
  ownedBy,
  plproxySql,
  rowsSql,
  tableNames,
  tablesSql,
  unfencedSql,
  type Place,
} from './set-up-sql.ts'
import {sizesOf} from './sizes.ts'

const places: readonly Place[] = ['10.0.0.1', '10.0.0.2'].map(host => ({host, port: 5_432, database: 'fdw'}))
const login = {user: 'bench', password: 'secret'}

describe('each text is SQL', () => {
  it.each([
    ['tables', tablesSql('bench'), tableNames.length + 1],
    ['fence', fenceSql, tableNames.length],
    ['rows of a shard', rowsSql(sizesOf(true), ownedBy('s1')), 3],
    ['rows of a partition', rowsSql(sizesOf(true), ofRemainder(1)), 3],
    ['postgres_fdw', fdwSql(places, login), 1 + 2 * 4 + tableNames.length * 3 + 3],
    ['called functions', calledFunctionsSql, 3],
    ['PL/Proxy', plproxySql(places, login), 8],
    ['unfenced', unfencedSql('bench'), 4],
  ])('%s', async (_, text, count) => {
    const {stmts = []} = (await parse(text)) as {stmts?: unknown[]}
    expect(stmts).toHaveLength(count)
  })
})

it('the shards have all groups between them, each once', () => {
  const groups = (['s1', 's2'] as const).flatMap(shard => /IN \((.*)\)$/.exec(ownedBy(shard))?.[1]?.split(', ') ?? [])
  expect(groups.map(Number).toSorted((a, b) => a - b)).toEqual(Array.from({length: 64}, (_, group) => group))
})

it('the partition of PL/Proxy is that of the foreign tables', () => {
  expect(ofRemainder(0).replaceAll('user_id', 'key')).toBe(
    `${/SELECT \((.*)\)::int4/.exec(plproxySql(places, login))?.[1] ?? ''} = 0`,
  )
})
