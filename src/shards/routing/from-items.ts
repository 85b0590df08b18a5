// FROM as relations with columns: tables, subqueries, names of WITH, functions, joins. Invariants: a table that nobody
// declared is refused; the columns of a relation stand in the order in which * gives them. Not here: what the joins'
// conditions prove (join-tree.ts).
import {familyOf} from './family.ts'
import {commonRelation, subqueryRelation, tableRelation, type Built} from './from-relations.ts'
import type {JoinKind, JoinTree} from './join-tree.ts'
import {same, type Place} from './query.ts'
import {unsupported} from './refusal.ts'
import type {Column, Scope} from './scope.ts'
import {bodyOf, conjunctsOf, listIn, namesOf, nodeIn, textIn, typeOfNode, type Node} from './tree-node.ts'

/** One item of FROM; its relations are in the scope by then. */
export interface Item {
  readonly tree: JoinTree
  readonly visible: readonly Column[]
  readonly closed: boolean
}

export function fromItem(item: unknown, scope: Scope, place: Place): Item {
  switch (typeOfNode(item)) {
    case 'RangeVar':
      return leafOf(rangeVar(bodyOf(item, 'RangeVar') ?? {}, place), scope)
    case 'RangeSubselect':
      return subselect(bodyOf(item, 'RangeSubselect') ?? {}, scope, place)
    case 'RangeFunction':
      return functionItem(bodyOf(item, 'RangeFunction') ?? {}, scope, place)
    case 'JoinExpr':
      return joinItem(bodyOf(item, 'JoinExpr') ?? {}, scope, place)
    default:
      throw unsupported(`${typeOfNode(item)} in FROM`, 'run it on one shard, by the client of that shard')
  }
}

/** A name of WITH hides a table of the same name. */
function rangeVar(body: Node, place: Place): Built {
  const name = textIn(body, 'relname')
  const common = body['schemaname'] === undefined ? place.common.get(name) : undefined
  return common === undefined ? tableRelation(body, place.around, null) : commonRelation(body, common, place.around)
}

export function leafOf(built: Built, scope: Scope, lateral = false): Item {
  scope.add(built.relation)
  const {relation, spread, units} = built
  return {
    tree: {kind: 'leaf', relation: relation.id, spread, units, lateral, name: relation.name},
    visible: relation.columns,
    closed: relation.closed,
  }
}

function subselect(body: Node, scope: Scope, place: Place): Item {
  const lateral = body['lateral'] === true
  const query = place.analyse(body['subquery'], lateral ? scope : scope.parent, place.common)
  return leafOf(subqueryRelation(body, query, place.around), scope, lateral)
}

/** A function gives the same rows on every shard: those that read tables are kept out by their volatility. */
function functionItem(body: Node, scope: Scope, place: Place): Item {
  const alias = nodeIn(body, 'alias')
  const id = place.around.newRelation()
  const calls = listIn(body, 'functions')
  const call = bodyOf(listIn(bodyOf(calls[0], 'List') ?? {}, 'items')[0], 'FuncCall')
  const name = textIn(alias, 'aliasname') || (namesOf(listIn(call ?? {}, 'funcname')).at(-1) ?? '')
  const given = namesOf(listIn(alias, 'colnames'))
  const series = call !== null && ['generate_series', 'unnest', 'regexp_split_to_table'].includes(name)
  const scalar = series || (given.length === 0 && calls.length === 1 && isScalar(call))
  const names = given.length > 0 ? given : scalar ? [name] : []
  const columns = names.map(column => ({
    name: column,
    type: null,
    collation: null,
    notNull: false,
    node: place.around.graph.newNode(null),
    relation: id,
    path: [name, column],
  }))
  const relation = {id, schema: null, name, columns, closed: names.length > 0, uniqueKeys: []}
  return leafOf({relation, spread: same, units: []}, scope)
}

function isScalar(call: Node | null): boolean {
  return ['generate_series', 'unnest'].includes(namesOf(listIn(call ?? {}, 'funcname')).at(-1) ?? '')
}

const kinds: Readonly<Partial<Record<string, JoinKind>>> = {
  JOIN_INNER: 'inner',
  JOIN_LEFT: 'left',
  JOIN_RIGHT: 'right',
  JOIN_FULL: 'full',
}

function joinItem(body: Node, scope: Scope, place: Place): Item {
  const join = kinds[textIn(body, 'jointype')]
  if (join === undefined) throw unsupported(`the join ${textIn(body, 'jointype')}`)
  if (bodyOf({Alias: nodeIn(body, 'alias')}, 'Alias')?.['aliasname'] !== undefined)
    throw unsupported('an alias of a join in brackets', 'give the aliases to the tables')
  const left = fromItem(body['larg'], scope, place)
  const right = fromItem(body['rarg'], scope, place)
  const closed = left.closed && right.closed
  const names = usingNames(body, left, right)
  const pairs = names.map(name => pairOf(name, left, right))
  const merged = pairs.map(([a, b]) => mergedColumn(a, b, join, place))
  pairs.forEach((pair, index) => {
    const into = merged[index]
    if (into !== undefined) scope.merge(into, pair)
  })
  const hidden = new Set<Column>(pairs.flat())
  return {
    tree: {
      kind: 'join',
      join,
      left: left.tree,
      right: right.tree,
      on: conjunctsOf(body['quals']),
      merged: pairs.map(([a, b], index) => ({left: a.node, right: b.node, into: merged[index]?.node ?? a.node})),
      scope,
    },
    visible: [...merged, ...[...left.visible, ...right.visible].filter(column => !hidden.has(column))],
    closed,
  }
}

function usingNames(body: Node, left: Item, right: Item): readonly string[] {
  if (body['isNatural'] !== true) return namesOf(listIn(body, 'usingClause'))
  if (!left.closed || !right.closed)
    throw unsupported('NATURAL JOIN with columns that are not known', 'write the columns with USING')
  const names = new Set(right.visible.map(column => column.name))
  return left.visible.map(column => column.name).filter(name => names.has(name))
}

function pairOf(name: string, left: Item, right: Item): readonly [Column, Column] {
  const [a, ...moreLeft] = left.visible.filter(column => column.name === name)
  const [b, ...moreRight] = right.visible.filter(column => column.name === name)
  if (a === undefined || b === undefined || moreLeft.length + moreRight.length > 0)
    throw unsupported(`USING (${name}): not one column of that name on each side`, 'write the condition with ON')
  return [a, b]
}

function mergedColumn(a: Column, b: Column, join: JoinKind, place: Place): Column {
  const alike = a.type === b.type && a.collation === b.collation
  const type = alike ? a.type : null
  const collation = alike ? a.collation : null
  return {
    name: a.name,
    type,
    collation,
    notNull: join === 'full' || join === 'inner' ? a.notNull && b.notNull : join === 'right' ? b.notNull : a.notNull,
    node: place.around.graph.newNode(familyOf(type, collation)),
    relation: -1,
    path: [a.name],
  }
}

/** Several items beside each other are joined by what WHERE says. */
export function crossed(items: readonly Item[], scope: Scope): Item {
  const [first, ...others] = items
  if (first === undefined) throw new Error('no item')
  return others.reduce(
    (left, right) => ({
      tree: {kind: 'join', join: 'inner', left: left.tree, right: right.tree, on: [], merged: [], scope},
      visible: [...left.visible, ...right.visible],
      closed: left.closed && right.closed,
    }),
    first,
  )
}
