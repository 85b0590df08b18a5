// The key of the rows of an INSERT: where it stands in VALUES or in the SELECT. Invariant: a key that only the server
// would know (left out, DEFAULT, a function) is refused. Not here: which shard that is (bind-values.ts).
import type {Built} from './from-relations.ts'
import type {Family} from './family.ts'
import type {KeyGraph} from './key-graph.ts'
import {literalOf, type Literal} from './key-source.ts'
import type {Query} from './query.ts'
import {keyMissing} from './refusal.ts'
import type {TableFacts} from './table-facts.ts'
import {bodyOf, listIn, textIn, type Node} from './tree-node.ts'

const generateFirst = 'generate the key before the statement and give it as a parameter'

/** Binds the table's key to what the rows give. Throws KEY_MISSING. */
export function insertKey(insert: Node, table: TableFacts, built: Built, query: Query | null, graph: KeyGraph): void {
  const column = table.key?.column ?? ''
  const [unit] = built.units
  const node = unit?.keys[0]
  if (node === undefined) return
  const position = positionOf(insert, table, column)
  if (query !== null) {
    const source = query.columns[position]
    if (source !== undefined) graph.rule([source.node], node)
    return
  }
  const family = graph.familyOf(node)
  const rows = listIn(bodyOf(insert['selectStmt'], 'SelectStmt') ?? {}, 'valuesLists')
  if (rows.length === 0 || family === null) throw keyMissing(`INSERT without the key ${column}`, generateFirst)
  const literals = rows.map(row => keyOf(row, position, column, family))
  const [only] = literals
  if (literals.length === 1 && only !== undefined) graph.bind(node, {kind: 'value', literal: only, exact: true})
  else graph.bind(node, {kind: 'rows', items: literals})
}

/** The index of the key among the values of a row. */
export function positionOf(insert: Node, table: TableFacts, column: string): number {
  const named = listIn(insert, 'cols').map(target => textIn(bodyOf(target, 'ResTarget') ?? {}, 'name'))
  const names = named.length > 0 ? named : table.columns.map(one => one.name)
  const position = names.indexOf(column)
  if (position < 0) throw keyMissing(`INSERT without the key ${column} of ${table.name}`, generateFirst)
  return position
}

function keyOf(row: unknown, position: number, column: string, family: Family): Literal {
  const value = listIn(bodyOf(row, 'List') ?? {}, 'items')[position]
  const literal = value === undefined ? null : literalOf(value, family)
  if (literal !== null) return literal
  const what = value === undefined ? 'left out' : bodyOf(value, 'SetToDefault') === null ? 'an expression' : 'DEFAULT'
  throw keyMissing(`INSERT whose key ${column} is ${what}`, generateFirst)
}
