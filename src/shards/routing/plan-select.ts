// A SELECT over several shards: the text of its legs and what is made of their rows. Invariants: LIMIT goes to the
// legs only where the legs' order is the order of the answer; columns are told by position; hidden columns stand
// last. Not here: grouping over shards (plan-aggregates.ts), set operations (plan-set-operation.ts), which shards
// (bind-route.ts).
import {target as targetNode} from './build-nodes.ts'
import {aggregatesIn, windowsIn} from './calls.ts'
import {canonical} from './canonical.ts'
import {expressionType} from './expression-type.ts'
import type {SortKey} from './gather-plan.ts'
import {isDistinctOn} from './analyse-select.ts'
import {legLimit, limitsOf} from './limits.ts'
import {groupOrder, sortOrder} from './orders.ts'
import {planAggregates} from './plan-aggregates.ts'
import type {Level, Spread} from './query.ts'
import type {ReadPlan} from './read-plan.ts'
import {refused, unsupported} from './refusal.ts'
import {groupExpressions, nameOf, orderedTarget} from './select-items.ts'
import {starOf, starsExpanded, type Target} from './star.ts'
import type {Tables} from './table-facts.ts'
import {sortParts} from './sort-parts.ts'
import {bodyOf, listIn, without, type Node} from './tree-node.ts'
import {wrapped} from './wrap.ts'

type Parts = Extract<Spread, {kind: 'parts'}>

/** Throws ShardError UNSUPPORTED. */
export function planSelect(select: Node, level: Level, tables: Tables): ReadPlan {
  const {from} = level
  if (from.kind === 'mixed') throw refused(from.why)
  if (from.kind === 'same') throw unsupported('a query without a sharded table beside changes of one')
  const targets = starsExpanded(listIn(select, 'targetList'), level)
  if (isGrouped(select, targets) && !groupsHaveKey(select, targets, level, from))
    return planAggregates(select, targets, level, tables)
  checkWindows(select, level, from)
  return plainRows(select, targets, level, from, tables)
}

function isGrouped(select: Node, targets: readonly Target[]): boolean {
  return (
    listIn(select, 'groupClause').length > 0 ||
    select['havingClause'] !== undefined ||
    aggregatesIn([targets.map(({node}) => node), select['sortClause']]).length > 0
  )
}

function groupsHaveKey(select: Node, targets: readonly Target[], {scope}: Level, from: Parts): boolean {
  if (listIn(select, 'groupClause').some(one => bodyOf(one, 'GroupingSet') !== null))
    throw unsupported('GROUPING SETS, CUBE and ROLLUP over several shards', 'run one statement for each set')
  return groupExpressions(select, targets, scope).some(expression => isKey(expression, {scope}, from))
}

function isKey(expression: unknown, {scope}: Pick<Level, 'scope'>, {keys}: Parts): boolean {
  const found = scope.resolve(expression)
  return found?.depth === 0 && keys.has(found.column.node)
}

function checkWindows(select: Node, level: Level, from: Parts): void {
  for (const window of windowsIn(select))
    if (!listIn(window, 'partitionClause').some(expression => isKey(expression, level, from)))
      throw unsupported(
        'a window function over several shards whose PARTITION BY lacks the key',
        'add the key to PARTITION BY, or give the key',
      )
}

/** Rows as they are: the legs sort them, and the answer is merged. */
function plainRows(select: Node, targets: readonly Target[], level: Level, from: Parts, tables: Tables): ReadPlan {
  const distinct = listIn(select, 'distinctClause').length > 0
  const keyed = isDistinctOn(select)
    ? listIn(select, 'distinctClause').some(one => isKey(targetOf(one, targets), level, from))
    : targets.some(({node}) => isKey(node, level, from))
  if (isDistinctOn(select) && !keyed)
    throw unsupported('DISTINCT ON over several shards', 'add the key to it, or give the key')
  const limits = limitsOf(select)
  const {keys, hidden} = sortKeys(select, targets, level, tables)
  if (distinct && hidden.length > 0)
    throw unsupported('SELECT DISTINCT ordered by what is not selected', 'select it too')
  if (distinct && !keyed) return distinctRows(select, targets, keys, level, tables)
  const untouched = hidden.length === 0 && keys.length === 0 && limits.limit === null && limits.offset === null
  const names = targets.map(({name, node}) => targetNode(node, name ?? undefined))
  const leg = {
    ...without(select, 'limitOffset', 'limitCount'),
    ...(hidden.length > 0 || hasStar(select) ? {targetList: [...names, ...hidden]} : {}),
    limitOption: 'LIMIT_OPTION_DEFAULT',
    ...legLimit(limits),
  }
  const pushed = ['WHERE', ...(keys.length > 0 ? ['ORDER BY'] : []), ...(limits.limit === null ? [] : ['LIMIT'])]
  if (isGrouped(select, targets)) pushed.push('GROUP BY')
  return {
    leg: untouched ? null : leg,
    gather: {sort: keys, distinctKeys: null, hidden: hidden.length, limits, combine: null},
    combine: null,
    pushed,
  }
}

function targetOf(expression: unknown, targets: readonly Target[]): unknown {
  const index = orderedTarget(expression, targets)
  return index === null ? expression : targets[index]?.node
}

function hasStar(select: Node): boolean {
  return listIn(select, 'targetList').some(one => starOf(bodyOf(one, 'ResTarget')?.['val']) !== null)
}

/** Keys of ORDER BY, by positions; what is not selected is added behind, under names that nobody else uses. */
function sortKeys(
  select: Node,
  targets: readonly Target[],
  level: Level,
  tables: Tables,
): {readonly keys: readonly SortKey[]; readonly hidden: readonly Node[]} {
  const hidden: Node[] = []
  const known = new Map(targets.map(({node}, index) => [canonical(node, level.scope), index] as const))
  const keys = listIn(select, 'sortClause').map((item): SortKey => {
    const {expression, descending, nullsFirst} = sortParts(item)
    const named = orderedTarget(expression, targets)
    const node = named === null ? expression : targets[named]?.node
    const order = sortOrder(expressionType(node, level.scope, tables), 'ORDER BY', tables.defaultCollationIsC)
    const canonicalForm = canonical(node, level.scope)
    let column = named ?? known.get(canonicalForm)
    if (column === undefined) {
      column = targets.length + hidden.push(targetNode(node, `hl_sort_${hidden.length + 1}`)) - 1
      known.set(canonicalForm, column)
    }
    return {column, descending, nullsFirst, order}
  })
  return {keys, hidden}
}

/** Each leg gives distinct rows sorted by all columns, those of ORDER BY first. */
function distinctRows(
  select: Node,
  targets: readonly Target[],
  sort: readonly SortKey[],
  level: Level,
  tables: Tables,
): ReadPlan {
  const types = targets.map(({node}) => expressionType(node, level.scope, tables))
  const keys = distinctKeysOf(
    sort,
    types.map(typed => groupOrder(typed, 'DISTINCT')),
  )
  const limits = limitsOf(select)
  const {withClause} = select
  const inner = {
    ...without(select, 'limitOffset', 'limitCount', 'sortClause', 'withClause'),
    targetList: targets.map(({name, node}) => targetNode(node, name ?? undefined)),
    limitOption: 'LIMIT_OPTION_DEFAULT',
  }
  const leg = {
    ...wrapped(inner, targets.map(nameOf), keys),
    ...(withClause === undefined ? {} : {withClause}),
    ...legLimit(limits),
  }
  return {
    leg,
    gather: {sort: keys, distinctKeys: keys, hidden: 0, limits, combine: null},
    combine: null,
    pushed: ['WHERE', 'DISTINCT', ...(limits.limit === null ? [] : ['LIMIT'])],
  }
}

/** The keys of ORDER BY, then all other columns. */
export function distinctKeysOf(sort: readonly SortKey[], orders: readonly SortKey['order'][]): readonly SortKey[] {
  const sorted = new Set(sort.map(({column}) => column))
  const others = orders.flatMap((order, column): SortKey[] =>
    sorted.has(column) ? [] : [{column, descending: false, nullsFirst: false, order}],
  )
  return [...sort, ...others]
}
