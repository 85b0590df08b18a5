// UNION and its kin as a whole statement over several shards. Invariant: equal rows of several shards are dropped by
// the merge only where each side's rows are on exactly one shard each. Not here: set operations as parts (set-
// operations.ts).
import {legLimit, limitsOf} from './limits.ts'
import type {SortKey} from './gather-plan.ts'
import {groupOrder, sortOrder} from './orders.ts'
import {distinctKeysOf} from './plan-select.ts'
import type {OutColumn, Query} from './query.ts'
import type {ReadPlan} from './read-plan.ts'
import {refused, unsupported} from './refusal.ts'
import {nameOf} from './set-operations.ts'
import {sortParts} from './sort-parts.ts'
import type {Typed} from './typed.ts'
import type {Tables} from './table-facts.ts'
import {bodyOf, isNode, listIn, namesOf, nodeIn, without, type Node} from './tree-node.ts'
import {wrapped} from './wrap.ts'

/** Throws ShardError UNSUPPORTED. */
export function planSetOperation(select: Node, query: Query, tables: Tables): ReadPlan {
  const distinct = query.whole.kind === 'mixed'
  if (query.whole.kind === 'mixed' && !isPlainUnion(select, query)) throw refused(query.whole.why)
  const limits = limitsOf(select)
  const keys = listIn(select, 'sortClause').map(item => sortKey(item, query.columns, tables))
  const untouched = !distinct && keys.length === 0 && limits.limit === null && limits.offset === null
  if (untouched) return planOf(null, [], null, limits)
  const {withClause} = select
  const all = distinct
    ? distinctKeysOf(
        keys,
        query.columns.map(column => groupOrder(typedOf(column), 'UNION')),
      )
    : keys
  const bare = without(select, 'limitOffset', 'limitCount', 'sortClause', 'withClause')
  const inner = {...bare, limitOption: 'LIMIT_OPTION_DEFAULT'}
  const leg = {
    ...wrapped(
      inner,
      query.columns.map(column => column.name),
      all,
    ),
    ...(withClause === undefined ? {} : {withClause}),
    ...legLimit(limits),
  }
  return planOf(leg, all, distinct ? all : null, limits)
}

function planOf(
  leg: Node | null,
  sort: readonly SortKey[],
  distinctKeys: readonly SortKey[] | null,
  limits: ReturnType<typeof limitsOf>,
): ReadPlan {
  const pushed = ['WHERE', ...(sort.length > 0 ? ['ORDER BY'] : []), ...(limits.limit === null ? [] : ['LIMIT'])]
  return {leg, gather: {sort, distinctKeys, hidden: 0, limits, combine: null}, combine: null, pushed}
}

function isPlainUnion(select: Node, {arms}: Query): boolean {
  return nameOf(select) === 'UNION' && arms.length === 2 && arms.every(arm => arm.kind === 'parts')
}

function typedOf({type, collation}: OutColumn): Typed | null {
  return type === null ? null : {type, collation}
}

/** Set operations are sorted by names and positions only. */
function sortKey(item: unknown, columns: readonly OutColumn[], tables: Tables): SortKey {
  const {expression, descending, nullsFirst} = sortParts(item)
  const constant = nodeIn(bodyOf(expression, 'A_Const') ?? {}, 'ival')
  const [name] = namesOf(listIn(bodyOf(expression, 'ColumnRef') ?? {}, 'fields'))
  const column = isNode(bodyOf(expression, 'A_Const'))
    ? Number(constant['ival'] ?? 0) - 1
    : columns.findIndex(one => one.name === name)
  const found = columns[column]
  if (found === undefined) throw unsupported('ORDER BY of a set operation by an expression', 'name a column of it')
  return {column, descending, nullsFirst, order: sortOrder(typedOf(found), 'ORDER BY', tables.defaultCollationIsC)}
}
