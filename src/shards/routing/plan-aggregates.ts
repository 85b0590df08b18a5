// GROUP BY and aggregates over several shards: the legs give states (or rows) in the order of the groups, a server
// makes the answer of them. Invariant: no LIMIT goes to the legs, HAVING and ORDER BY see finished groups only. Not
// here: what becomes of one aggregate (aggregates.ts).
import {collate, integer, parameter, select as selectNode, sortBy, target as targetNode} from './build-nodes.ts'
import {windowsIn} from './calls.ts'
import {canonical} from './canonical.ts'
import {CombineItems} from './combine-items.ts'
import {expressionType} from './expression-type.ts'
import type {SortKey} from './gather-plan.ts'
import {callerNumbers} from './gather-template.ts'
import {nameOf as columnName} from './leg-columns.ts'
import {limitsOf} from './limits.ts'
import {groupOrder, sortOrder} from './orders.ts'
import type {Level} from './query.ts'
import type {ReadPlan} from './read-plan.ts'
import {unsupported} from './refusal.ts'
import {groupExpressions, nameOf, orderedTarget} from './select-items.ts'
import {sortParts} from './sort-parts.ts'
import type {Target} from './star.ts'
import type {Tables} from './table-facts.ts'
import {bodyOf, listIn, mapTree, type Node} from './tree-node.ts'

/** Throws ShardError UNSUPPORTED. */
export function planAggregates(select: Node, targets: readonly Target[], level: Level, tables: Tables): ReadPlan {
  checkClauses(select)
  const {scope} = level
  const typeOf = (expression: unknown): ReturnType<typeof expressionType> => expressionType(expression, scope, tables)
  const sorts = listIn(select, 'sortClause').map(sortParts)
  const having = select['havingClause']
  const expressions = [...targets.map(({node}) => node), ...(having === undefined ? [] : [having])]
  const ordered = sorts.map(({expression}) => {
    const index = orderedTarget(expression, targets)
    return index === null ? expression : targets[index]?.node
  })
  const groups = groupExpressions(select, targets, scope)
  const items = new CombineItems([...expressions, ...ordered], groups, {
    scope,
    typeOf,
    defaultIsC: tables.defaultCollationIsC,
  })
  const answer = targets.map(target => targetNode(items.combined(target.node), nameOf(target)))
  const condition = having === undefined ? {} : {havingClause: items.combined(having)}
  const known = new Map(targets.map(({node}, index) => [canonical(node, scope), index] as const))
  const hidden: Node[] = []
  const sort = sorts.map(({descending, nullsFirst}, index): SortKey => {
    const node = ordered[index]
    const order = sortOrder(typeOf(node), 'ORDER BY', tables.defaultCollationIsC)
    let column = known.get(canonical(node, scope))
    if (column === undefined) {
      column = targets.length + hidden.push(targetNode(items.combined(node), `hl_sort_${hidden.length + 1}`)) - 1
      known.set(canonical(node, scope), column)
    }
    return {column, descending, nullsFirst, order}
  })
  if (items.columns.all.length === 0) items.columns.add(integer(1), {type: 'int4', collation: null})
  const distinct = listIn(select, 'distinctClause').length > 0
  if (distinct && hidden.length > 0)
    throw unsupported('SELECT DISTINCT ordered by what is not selected', 'select it too')
  const distinctKeys = distinct ? allKeys(sort, targets, typeOf) : null
  const statement = selectNode({
    targetList: [...answer, ...hidden].map(callersParameters),
    fromClause: [items.columns.from()],
    ...(items.groups.length > 0 ? {groupClause: items.groups.map(index => items.columns.reference(index))} : {}),
    ...(callersParameters(condition) as Node),
  })
  return {
    leg: legOf(select, items),
    gather: {sort: distinctKeys ?? sort, distinctKeys, hidden: hidden.length, limits: limitsOf(select), combine: null},
    pushed: ['WHERE', ...(items.byRows ? [] : ['partial GROUP BY and aggregates'])],
    combine: {
      statement,
      columnTypes: items.columns.all.map(({typed}) => typed.type),
      groupKeys: items.typedGroups().map((typed, column) => ({
        column,
        descending: false,
        nullsFirst: false,
        order: groupOrder(typed ?? null, 'GROUP BY'),
      })),
    },
  }
}

function checkClauses(select: Node): void {
  if (windowsIn(select).length > 0)
    throw unsupported('a window function over groups of several shards', 'group by the key, or compute it after')
  if (
    listIn(select, 'distinctClause').some(one => typeof one === 'object' && one !== null && Object.keys(one).length > 0)
  )
    throw unsupported('DISTINCT ON over several shards', 'add the key to it, or give the key')
}

function allKeys(
  sort: readonly SortKey[],
  targets: readonly Target[],
  typeOf: (node: unknown) => ReturnType<typeof expressionType>,
): readonly SortKey[] {
  const sorted = new Set(sort.map(({column}) => column))
  const others = targets.flatMap(({node}, column): SortKey[] =>
    sorted.has(column)
      ? []
      : [{column, descending: false, nullsFirst: false, order: groupOrder(typeOf(node), 'DISTINCT')}],
  )
  return [...sort, ...others]
}

/** Numbers of the caller's parameters in the combining statement, out of the way of its own. */
function callersParameters(tree: unknown): unknown {
  return mapTree(tree, node => {
    const number = bodyOf(node, 'ParamRef')?.['number']
    return typeof number === 'number' ? parameter(callerNumbers + number) : null
  })
}

/** What each shard runs: the groups with their states, or the rows, sorted by the groups. */
function legOf(select: Node, items: CombineItems): Node {
  const {columns, groups, byRows} = items
  const sort = groups.map(index => {
    const {node, typed} = columns.all[index] ?? {node: integer(1), typed: {type: 'int4'}}
    return sortBy(typed.type === 'text' || typed.type === 'varchar' ? collate(node, 'C') : integer(index + 1))
  })
  const grouped = !byRows && groups.length > 0
  return selectNode({
    targetList: columns.all.map(({node}, index) => targetNode(node, columnName(index))),
    ...pick(select, ['fromClause', 'whereClause', 'withClause']),
    ...(grouped ? {groupClause: groups.map(index => integer(index + 1))} : {}),
    ...(sort.length > 0 ? {sortClause: sort} : {}),
  })
}

function pick(node: Node, fields: readonly string[]): Node {
  return Object.fromEntries(fields.filter(field => node[field] !== undefined).map(field => [field, node[field]]))
}
