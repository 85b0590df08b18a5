// The answer of tablesQuery as Tables. Invariants: a sharded table whose unique keys lack the key column is refused,
// for no shard could tell whether a value is unique; so is one whose key may be null; what the answer does not hold
// is not known. Pure. Not here: the query (tables-query.ts), asking it.
import {keyTypeOf} from '../keys/key-type.ts'
import {ShardError} from '../shard-error.ts'
import type {AllTables, ColumnFacts, TableFacts} from './table-facts.ts'
import {isNode, listIn, textIn, type Node} from './tree-node.ts'

/** From the one row of tablesQuery. Throws ShardError CONFIG_INVALID for tables that cannot be sharded. */
export function readTables(row: unknown): AllTables {
  const answer = isNode(row) ? row : {}
  const all = listIn(answer, 'tables').filter(isNode)
  const tables = all.map(tableOf)
  const bySchema = new Map(tables.map(table => [`${table.schema}.${table.name}`, table] as const))
  const visible = new Map(
    tables.filter((_, index) => all[index]?.['visible'] === true).map(one => [one.name, one] as const),
  )
  const functions = isNode(answer['functions']) ? answer['functions'] : {}
  return {
    find: (schema, name) => (schema === null ? visible.get(name) : bySchema.get(`${schema}.${name}`)) ?? null,
    volatilityOf: name => (Object.hasOwn(functions, name) ? volatilityIn(functions[name]) : null),
    defaultCollationIsC: ['C', 'POSIX'].includes(textIn(answer, 'collation')),
    keyTypes: [...new Set(tables.flatMap(({key}) => (key === null ? [] : [key.type])))],
  }
}

function volatilityIn(value: unknown): 'i' | 's' | 'v' | null {
  return value === 'i' || value === 's' || value === 'v' ? value : null
}

function tableOf(node: Node): TableFacts {
  const schema = textIn(node, 'schema')
  const name = textIn(node, 'name')
  const columns = listIn(node, 'columns').filter(isNode).map(columnOf)
  const uniqueKeys = keysIn(node, 'uniqueKeys')
  if (node['kind'] !== 'sharded')
    return {schema, name, kind: 'reference', key: null, columns, uniqueKeys: uniqueKeys.filter(isComplete)}
  const column = textIn(node, 'keyColumn')
  checkKey(`${schema}.${name}`, column, columns)
  for (const key of [...uniqueKeys, ...keysIn(node, 'partialKeys')])
    if (!key.includes(column))
      throw invalid(
        `${schema}.${name} has a unique key (${key.map(one => one ?? 'an expression').join(', ')}) without its ` +
          'sharding ' +
          `key ${column}, which no shard can keep unique: add ${column} to the unique key`,
      )
  const type = keyTypeOf(textIn(node, 'keyType'))
  if (type === null)
    throw invalid(`${schema}.${name} is sharded by the type ${textIn(node, 'keyType')}: declare it anew`)
  return {schema, name, kind: 'sharded', key: {column, type}, columns, uniqueKeys: uniqueKeys.filter(isComplete)}
}

function checkKey(table: string, column: string, columns: readonly ColumnFacts[]): void {
  const found = columns.find(one => one.name === column)
  if (found === undefined) throw invalid(`${table} has no column ${column}, its sharding key: declare it anew`)
  if (!found.notNull) throw invalid(`the sharding key ${column} of ${table} may be null: make it NOT NULL`)
  if (keyTypeOf(found.type) === null)
    throw invalid(`the sharding key ${column} of ${table} is of type ${found.type}: use an integer, uuid or text`)
  if (found.collation?.startsWith('nondeterministic') === true)
    throw invalid(`the sharding key ${column} of ${table} has a collation under which different texts are equal`)
}

function invalid(words: string): ShardError {
  return new ShardError('CONFIG_INVALID', words)
}

type Key = readonly (string | null)[]

function keysIn(node: Node, field: string): readonly Key[] {
  return listIn(node, field).map(key =>
    Array.isArray(key) ? key.map((name: unknown) => (typeof name === 'string' ? name : null)) : [null],
  )
}

function isComplete(key: Key): key is readonly string[] {
  return !key.includes(null)
}

/** 1, -1.5, 'text'::type, true: as pg_get_expr writes constants. */
const constantDefault =
  /^\(?(?:-?[\d.]+|'(?:[^']|'')*'|true|false|NULL)\)?(?:::[a-z" ]+(?:\(\d+(?:,\d+)?\))?(?:\[\])?)*$/
/** Constants that are read anew at each insert. */
const clockWords = /^'(?:now|today|tomorrow|yesterday)/i

function columnOf(node: Node): ColumnFacts {
  const written = textIn(node, 'default')
  return {
    name: textIn(node, 'name'),
    type: textIn(node, 'type'),
    notNull: node['notNull'] === true,
    hasDefault: written !== '',
    defaultIsConstant: constantDefault.test(written) && !clockWords.test(written),
    isGenerated: node['generated'] === true,
    collation: typeof node['collation'] === 'string' ? node['collation'] : null,
  }
}
