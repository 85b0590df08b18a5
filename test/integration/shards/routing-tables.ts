// Facts of the tables of the routing tests, as a catalogue would tell them.
import type {ColumnFacts, TableFacts, Tables} from '../../../src/shards/routing/table-facts.ts'

function column(name: string, type: string, notNull = false): ColumnFacts {
  return {
    name,
    type,
    notNull,
    hasDefault: false,
    isGenerated: false,
    collation: type === 'text' ? 'C' : null,
  }
}

const key = {column: 'user_id', type: 'int8'} as const
const owners = [column('user_id', 'int8', true), column('id', 'int4', true)]

const t: TableFacts = {
  schema: 'public',
  name: 't',
  kind: 'sharded',
  key,
  columns: [
    ...owners,
    column('name', 'text'),
    column('v', 'numeric'),
    column('f', 'float8'),
    column('ts', 'timestamptz'),
    column('tp', 'timestamp'),
    column('d', 'date'),
    column('ok', 'bool'),
    column('u', 'uuid'),
    column('b', 'bytea'),
    column('n', 'int4'),
  ],
  uniqueKeys: [['user_id', 'id']],
}
const o: TableFacts = {
  ...t,
  name: 'o',
  columns: [
    ...owners,
    column('t_id', 'int4'),
    column('amount', 'numeric'),
    column('note', 'text'),
    column('n', 'int4'),
  ],
}
const ref: TableFacts = {
  schema: 'public',
  name: 'ref',
  kind: 'reference',
  key: null,
  columns: [column('id', 'int4', true), column('label', 'text'), column('n', 'int4')],
  uniqueKeys: [['id']],
}

const immutable = new Set(
  'generate_series lower coalesce abs date_trunc round greatest count sum row_number rank'.split(' '),
)

export const testTables: Tables = {
  find: (schema, name) =>
    [t, o, ref].find(table => table.name === name && (schema === null || schema === table.schema)) ?? null,
  volatilityOf: name => (immutable.has(name) ? 'i' : name === 'now' ? 's' : name === 'random' ? 'v' : null),
  defaultCollationIsC: false,
}
