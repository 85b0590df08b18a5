// Relations of FROM with their columns: a table, a subquery, a name of WITH. Invariant: each place has columns of its
// own in the key graph, tied to those that they come from. Not here: FROM as a whole (from-items.ts).
import {familyOf} from './family.ts'
import type {CommonTable, OutColumn, Query, Spread, Surroundings, Unit, Use} from './query.ts'
import {same} from './query.ts'
import type {Column, Relation} from './scope.ts'
import {ShardError} from '../shard-error.ts'
import type {TableFacts} from './table-facts.ts'
import {listIn, namesOf, nodeIn, textIn, type Node} from './tree-node.ts'

export interface Built {
  readonly relation: Relation
  readonly spread: Spread
  readonly units: readonly Unit[]
}

/** A table of the catalogue, and that it is read or changed here. Throws TABLE_UNKNOWN. */
export function tableRelation(range: Node, around: Surroundings, change: Use['change']): Built {
  const table = tableOf(range, around)
  around.seen.add(range)
  const id = around.newRelation()
  const name = textIn(nodeIn(range, 'alias'), 'aliasname') || table.name
  const renamed = namesOf(listIn(nodeIn(range, 'alias'), 'colnames'))
  const columns = table.columns.map((column, index): Column => {
    const called = renamed[index] ?? column.name
    return {
      name: called,
      type: column.type,
      collation: column.collation,
      notNull: column.notNull,
      node: around.graph.newNode(familyOf(column.type, column.collation)),
      relation: id,
      path: [name, called],
    }
  })
  const aliased = range['alias'] !== undefined
  const relation = {
    id,
    schema: aliased ? null : table.schema,
    name,
    columns,
    closed: true,
    uniqueKeys: renamed.length > 0 ? [] : table.uniqueKeys,
  }
  if (table.kind === 'reference') {
    around.references.push({table, changed: change !== null})
    return {relation, spread: same, units: []}
  }
  const node = keyNode(table, columns)
  around.uses.push({table, node, change, range})
  return {
    relation,
    spread: {kind: 'parts', keys: new Set([node]), nullable: new Set()},
    units: [{keys: [node], parts: []}],
  }
}

function keyNode(table: TableFacts, columns: readonly Column[]): number {
  const index = table.columns.findIndex(column => column.name === table.key?.column)
  const node = columns[index]?.node
  if (node === undefined)
    throw new ShardError('CONFIG_INVALID', `the sharded table ${table.name} has no key column: declare it again`)
  return node
}

export function tableOf(range: Node, {tables}: Surroundings): TableFacts {
  const schema = textIn(range, 'schemaname') || null
  const name = textIn(range, 'relname')
  const table = tables.find(schema, name)
  if (table === null)
    throw new ShardError(
      'TABLE_UNKNOWN',
      `${schema === null ? '' : `${schema}.`}${name} is neither a sharded nor a reference table: declare it, ` +
        'or run the statement on one shard, by the client of that shard',
      {detail: {schema, table: name}},
    )
  return table
}

/** Columns under new names and in new nodes; `open`: what holds for the outside holds inside too. */
function columnsOf(
  from: readonly OutColumn[],
  alias: Node,
  id: number,
  {graph}: Surroundings,
  open: boolean,
): readonly Column[] {
  const name = textIn(alias, 'aliasname')
  const renamed = namesOf(listIn(alias, 'colnames'))
  return from.map((column, index) => {
    const called = renamed[index] ?? column.name
    const node = graph.newNode(familyOf(column.type, column.collation))
    graph.rule([column.node], node)
    if (open) graph.rule([node], column.node)
    return {...column, name: called, node, relation: id, path: [name, called]}
  })
}

/** The same spread, with the keys called by the nodes outside. */
function outside(spread: Spread, from: readonly OutColumn[], columns: readonly Column[]): Spread {
  if (spread.kind !== 'parts') return spread
  const pick = (keys: ReadonlySet<number>): ReadonlySet<number> =>
    new Set(columns.filter((_, index) => keys.has(from[index]?.node ?? -1)).map(column => column.node))
  return {kind: 'parts', keys: pick(spread.keys), nullable: pick(spread.nullable)}
}

export function subqueryRelation(body: Node, query: Query, around: Surroundings): Built {
  const alias = nodeIn(body, 'alias')
  const id = around.newRelation()
  const columns = columnsOf(query.columns, alias, id, around, true)
  const name = textIn(alias, 'aliasname')
  return {
    relation: {id, schema: null, name, columns, closed: query.closed, uniqueKeys: []},
    spread: outside(query.spread, query.columns, columns),
    units: query.units,
  }
}

export function commonRelation(range: Node, common: CommonTable, around: Surroundings): Built {
  const {query, once} = common
  around.seen.add(range)
  const aliased = nodeIn(range, 'alias')
  const name = textIn(aliased, 'aliasname') || textIn(range, 'relname')
  const id = around.newRelation()
  const named = query.columns.map((column, index) => ({...column, name: common.names[index] ?? column.name}))
  const columns = columnsOf(named, {...aliased, aliasname: name}, id, around, once)
  const spread = outside(query.spread, query.columns, columns)
  const keys = spread.kind === 'parts' ? [...spread.keys, ...spread.nullable] : []
  return {
    relation: {id, schema: null, name, columns, closed: query.closed, uniqueKeys: []},
    spread,
    units: query.units.length === 0 ? [] : [{keys, parts: query.units}],
  }
}
