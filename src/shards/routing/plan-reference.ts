// A change of a reference table: the same statement on every shard. Invariant: it must do the same on each, so nothing
// in it may depend on the server, the moment or an order that nobody gave. Not here: reads (any one shard).
import type {Analysis} from './analyse.ts'
import {volatilityIn} from './calls.ts'
import {unsupported} from './refusal.ts'
import type {TableFacts, Tables} from './table-facts.ts'
import {bodyOf, listIn, textIn, visit, type Node} from './tree-node.ts'

/** Throws ShardError UNSUPPORTED. */
export function checkReferenceChange(statement: unknown, {uses, references}: Analysis, tables: Tables): void {
  const changed = references.filter(reference => reference.changed).map(reference => reference.table)
  const [first] = changed
  if (first === undefined) return
  const what = `a change of the reference table ${first.name}`
  if (uses.length > 0) throw unsupported(`${what} that reads or changes a sharded table`, 'run it as two statements')
  const {volatile, stable} = volatilityIn(statement, tables)
  const [unlike] = [...volatile, ...stable]
  if (unlike !== undefined)
    throw unsupported(
      `${what} with ${unlike}, which each server computes for itself`,
      'compute the value first and give it as a parameter',
    )
  visit(statement, node => {
    if (node['limitCount'] !== undefined || node['limitOffset'] !== undefined)
      throw unsupported(`${what} with LIMIT`, 'name the rows by their keys')
    if (node['InsertStmt'] !== undefined) checkDefaults(node, tables, what)
    return true
  })
}

/** A column that is left out gets its default from each server for itself. */
function checkDefaults(node: Node, tables: Tables, what: string): void {
  const insert = bodyOf(node, 'InsertStmt') ?? {}
  const range = bodyOf({RangeVar: insert['relation']}, 'RangeVar') ?? {}
  const table = tables.find(textIn(range, 'schemaname') || null, textIn(range, 'relname'))
  if (table === null) return
  const given = givenColumns(insert, table)
  const left = table.columns.find(column => !isSettled(column) && !given.has(column.name))
  if (left !== undefined)
    throw unsupported(`${what} that leaves ${left.name} to its default`, 'give the value, the same for every shard')
  visit(insert['selectStmt'], inner => {
    if (inner['SetToDefault'] !== undefined && table.columns.some(column => !isSettled(column)))
      throw unsupported(`${what} with DEFAULT`, 'give the value, the same for every shard')
    return true
  })
}

function isSettled(column: TableFacts['columns'][number]): boolean {
  return !column.hasDefault || column.isGenerated || column.defaultIsConstant === true
}

function givenColumns(insert: Node, table: TableFacts): ReadonlySet<string> {
  const named = listIn(insert, 'cols').map(one => textIn(bodyOf(one, 'ResTarget') ?? {}, 'name'))
  if (named.length > 0) return new Set(named)
  const select = bodyOf(insert['selectStmt'], 'SelectStmt')
  const [row] = listIn(select ?? {}, 'valuesLists')
  const count = listIn(bodyOf(row, 'List') ?? {}, 'items').length
  return new Set(table.columns.slice(0, select === null ? 0 : count).map(column => column.name))
}
