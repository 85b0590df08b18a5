import {describe, expect, it} from 'vitest'
import {ShardError} from '../shard-error.ts'
import {readTables} from './read-tables.ts'

const column = {name: 'user_id', type: 'int8', notNull: true, default: null, generated: false, collation: null}
const table = {
  schema: 'public',
  name: 't',
  kind: 'sharded',
  keyColumn: 'user_id',
  keyType: 'int8',
  visible: true,
  columns: [column],
  uniqueKeys: [['user_id', 'id']],
  partialKeys: null,
}
const row = (...tables: readonly unknown[]): unknown => ({
  tables,
  functions: {lower: 'i', now: 's', toString: 'v'},
  collation: 'C',
})

describe('readTables', () => {
  it('finds tables by schema and name, by the bare name only those in sight', () => {
    const tables = readTables(row(table, {...table, schema: 'hidden', visible: false}))
    expect(tables.find(null, 't')).toMatchObject({schema: 'public', key: {column: 'user_id', type: 'int8'}})
    expect(tables.find('hidden', 't')?.schema).toBe('hidden')
    expect(tables.find('other', 't')).toBeNull()
    expect(tables.find(null, 'constructor')).toBeNull()
  })

  it('knows nothing of functions that are not there', () => {
    const tables = readTables(row())
    expect(['lower', 'now', 'toString', 'constructor'].map(name => tables.volatilityOf(name))).toEqual([
      'i',
      's',
      'v',
      null,
    ])
    expect(tables.defaultCollationIsC).toBe(true)
  })

  it.each([
    [{uniqueKeys: [['id']]}],
    [{uniqueKeys: [['user_id'], ['id', null]]}],
    [{partialKeys: [['email']]}],
    [{columns: [{...column, notNull: false}]}],
    [{columns: [{...column, type: 'bpchar'}]}],
    [{columns: [{...column, type: 'text', collation: 'nondeterministic:ci'}]}],
    [{columns: []}],
    [{keyType: 'float8'}],
  ])('refuses a sharded table with %j', change => {
    expect(() => readTables(row({...table, ...change}))).toThrow(ShardError)
    // The same is fine for a reference table.
    expect(readTables(row({...table, ...change, kind: 'reference'})).find(null, 't')?.key).toBeNull()
  })

  it.each([
    [null, false, false],
    ["nextval('s'::regclass)", true, false],
    ['now()', true, false],
    ['identity', true, false],
    ["'now'::text", true, false],
    ["('now'::text)::date", true, false],
    ['CURRENT_TIMESTAMP', true, false],
    ['0', true, true],
    ["'-1'::integer", true, true],
    ["'it''s'::character varying(20)", true, true],
    ['false', true, true],
    ["'{}'::text[]", true, true],
  ])('the default %s: there %s, a constant %s', (written, hasDefault, defaultIsConstant) => {
    const tables = readTables(row({...table, columns: [{...column, default: written}]}))
    expect(tables.find(null, 't')?.columns[0]).toMatchObject({hasDefault, defaultIsConstant})
  })
})
