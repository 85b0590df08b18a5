import {beforeAll, describe, expect, it} from 'vitest'
import {Planner} from '../../src/shards/planner.ts'
import {loadSql} from '../../src/shards/routing/load-sql.ts'
import {knownTables} from './known-tables.ts'
import {map, usersOf} from './keys.ts'
import {manyRows, scatters, statementNames, statementOf, transferTexts} from './statements.ts'

let planner: Planner

beforeAll(async () => {
  const sql = await loadSql()
  if (sql === null) throw new Error('libpg-query or pgsql-deparser does not start')
  planner = new Planner(sql, () => map)
  planner.use(knownTables)
})

describe('a statement of one key goes to its shard as it is', () => {
  it.each(statementNames)('%s', name => {
    const [user = 0] = usersOf('s2', 100, 1)
    const {text, values = []} = statementOf(name, 'tables', user)
    expect(planner.bind(text, values as unknown[]).legs).toEqual([{shard: 's2', text, values}])
  })
  it.each(Object.values(transferTexts))('%s', text => {
    const [user = 0] = usersOf('s1', 100, 1)
    expect(planner.bind(text, [user, 1]).legs).toEqual([{shard: 's1', text, values: [user, 1]}])
  })
})

it.each([...Object.values(scatters), manyRows(10)])('of all shards: %s', text => {
  const {legs, merge} = planner.bind(text, [])
  expect(legs.map(({shard}) => shard).sort()).toEqual(['s1', 's2'])
  expect(merge.kind).toBe('gather')
})
