// The bench's tables as the planner reads them from a server, by hand, for pieces that are timed without one. PURE.
import type {AllTables, ColumnFacts, TableFacts} from '../../src/shards/routing/table-facts.ts'

const column = (name: string, type: string): ColumnFacts => ({
  name,
  type,
  notNull: true,
  hasDefault: false,
  isGenerated: false,
  collation: type === 'text' ? 'default' : null,
})

const table = (name: string, columns: readonly ColumnFacts[], uniqueKey: readonly string[]): TableFacts => ({
  schema: 'public',
  name,
  kind: 'sharded',
  key: {column: 'user_id', type: 'int8'},
  columns,
  uniqueKeys: [uniqueKey],
})

const user = column('user_id', 'int8')
const tables = [
  table('accounts', [user, column('amount', 'int8'), column('filler', 'text')], ['user_id']),
  table(
    'orders',
    [user, column('id', 'int8'), column('amount', 'int4'), column('region', 'int4'), column('filler', 'text')],
    ['user_id', 'id'],
  ),
  table('entries', [user, column('id', 'int8'), column('amount', 'int4')], ['user_id', 'id']),
]

export const knownTables: AllTables = {
  find: (schema, name) =>
    schema === null || schema === 'public' ? (tables.find(each => each.name === name) ?? null) : null,
  volatilityOf: name => (['count', 'sum'].includes(name) ? 'i' : null),
  defaultCollationIsC: false,
  keyTypes: ['int8'],
}
