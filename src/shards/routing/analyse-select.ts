// One SELECT: its names, what it ties, where its rows are. Invariant: a row count, an order of all rows or a
// comparison with other rows is never left to a single shard unless the key keeps those rows together. Not here: FROM
// (from-items.ts), changes (analyse-change.ts), what to do about a mixed one (plan-read.ts).
import {familyOf} from './family.ts'
import {aggregatesIn, windowsIn} from './calls.ts'
import {columnOf, strictColumns, tieCondition} from './conditions.ts'
import {expressionType} from './expression-type.ts'
import {crossed, fromItem, type Item} from './from-items.ts'
import {nullableRelations, spreadOf, tieJoins} from './join-tree.ts'
import {literalOf} from './key-source.ts'
import {mixed, same, type Level, type OutColumn, type Place, type Query, type Spread, type Unit} from './query.ts'
import {outputName} from './output-name.ts'
import {refusal} from './refusal.ts'
import {Scope} from './scope.ts'
import {groupExpressions} from './select-items.ts'
import {starsExpanded, type Target} from './star.ts'
import {subqueriesIn, tieRequiredMember, withSubqueries} from './subqueries.ts'
import {bodyOf, conjunctsOf, listIn, nodeIn, textIn, type Node} from './tree-node.ts'

export function analyseSelect(select: Node, outer: Scope | null, place: Place): Query {
  const scope = new Scope(outer)
  const items = listIn(select, 'fromClause').map(item => fromItem(item, scope, place))
  const level = levelOf(select, items, scope, place)
  const targets = starsExpanded(listIn(select, 'targetList'), level)
  const units = [...items.flatMap(unitsOf), ...level.asked]
  const grouping = groupingOf(select, targets, level)
  const columns = targets.map(target => outColumn(target, select, level, grouping, place))
  return {
    columns,
    closed: level.closed,
    spread: resultSpread(select, level, grouping, columns, place),
    whole: level.from,
    arms: [],
    units,
    level,
  }
}

interface Asked extends Level {
  readonly asked: readonly Unit[]
}

function unitsOf(item: Item): readonly Unit[] {
  const inTree = (tree: Item['tree']): readonly Unit[] =>
    tree.kind === 'leaf' ? tree.units : [...inTree(tree.left), ...inTree(tree.right)]
  return inTree(item.tree)
}

/** FROM and WHERE, with everything that they tie, and subqueries anywhere in the query. */
export function levelOf(select: Node, items: readonly Item[], scope: Scope, place: Place): Asked {
  const {graph} = place.around
  const where = conjunctsOf(select['whereClause'])
  const all = items.length === 0 ? null : crossed(items, scope)
  if (all !== null) tieJoins(all.tree, new Set(where.flatMap(condition => strictColumns(condition, scope))), graph)
  scope.nullable = new Set(all === null ? [] : nullableRelations(all.tree))
  for (const condition of where) {
    tieCondition(condition, scope, null, graph)
    tieRequiredMember(condition, scope, place)
  }
  const asked = subqueriesIn(
    [
      ...items.flatMap(item => conditionsOf(item.tree)),
      ...expressionFields.map(field => select[field]),
      nodeIn(select, 'returningClause')['exprs'],
    ],
    scope,
    place,
  )
  const joined = all === null ? same : spreadOf(all.tree, graph)
  return {
    scope,
    from: withSubqueries(joined, asked, graph),
    star: all?.visible ?? [],
    closed: all?.closed ?? true,
    asked,
  }
}

const expressionFields = [
  'whereClause',
  'targetList',
  'havingClause',
  'groupClause',
  'sortClause',
  'distinctClause',
  'windowClause',
  'limitCount',
  'limitOffset',
] as const

function conditionsOf(tree: Item['tree']): readonly unknown[] {
  return tree.kind === 'leaf' ? [] : [...tree.on, ...conditionsOf(tree.left), ...conditionsOf(tree.right)]
}

interface Grouping {
  readonly grouped: boolean
  /** Nodes of columns that are grouped by. */
  readonly nodes: ReadonlySet<number>
  readonly sets: boolean
  readonly windows: readonly Node[]
}

function groupingOf(select: Node, targets: readonly Target[], {scope}: Level): Grouping {
  const expressions = groupExpressions(select, targets, scope)
  const aggregated = aggregatesIn([targets.map(target => target.node), select['havingClause'], select['sortClause']])
  const nodes = expressions.flatMap(expression => {
    const found = scope.resolve(expression)
    return found?.depth === 0 ? [found.column.node] : []
  })
  return {
    grouped: expressions.length > 0 || aggregated.length > 0 || select['havingClause'] !== undefined,
    nodes: new Set(nodes),
    sets: listIn(select, 'groupClause').some(one => bodyOf(one, 'GroupingSet') !== null),
    windows: windowsIn(select),
  }
}

function partitionNodes(window: Node, {scope}: Level): readonly number[] {
  return listIn(window, 'partitionClause').flatMap(expression => {
    const found = scope.resolve(expression)
    return found?.depth === 0 ? [found.column.node] : []
  })
}

function outColumn(target: Target, select: Node, level: Asked, grouping: Grouping, place: Place): OutColumn {
  const {graph, tables} = place.around
  const typed = expressionType(target.node, level.scope, tables)
  const found = level.scope.resolve(target.node)
  const collation = typed?.collation ?? null
  const node = graph.newNode(familyOf(typed?.type ?? null, collation))
  tieOut(target, node, select, level, grouping, place)
  const notNull = found?.surelyNotNull ?? false
  return {name: target.name ?? outputName(target.node), type: typed?.type ?? null, collation, notNull, node}
}

/** A column that is passed on is tied both ways, unless rows of other keys can change what comes out. */
function tieOut(target: Target, node: number, select: Node, level: Level, grouping: Grouping, place: Place): void {
  const {graph} = place.around
  const found = columnOf(target.node, level.scope, graph)
  const family = graph.familyOf(node)
  if (found === null) {
    const literal = family === null ? null : literalOf(target.node, family)
    if (literal !== null) graph.bind(node, {kind: 'value', literal, exact: false})
    return
  }
  graph.rule([found.column.node], node)
  const own = found.column.node
  const apart =
    !isLimited(select) &&
    !isDistinctOn(select) &&
    (!grouping.grouped || grouping.nodes.has(own)) &&
    !grouping.sets &&
    grouping.windows.every(window => partitionNodes(window, level).includes(own))
  if (apart && found.depth === 0) graph.rule([node], own)
}

export function isLimited(select: Node): boolean {
  const none = bodyOf(select['limitCount'], 'A_Const')?.['isnull'] === true
  return (select['limitCount'] !== undefined && !none) || select['limitOffset'] !== undefined
}

export function isDistinctOn(select: Node): boolean {
  const [first] = listIn(select, 'distinctClause')
  return typeof first === 'object' && first !== null && Object.keys(first).length > 0
}

/** The key in front of the whole query: which clause needs rows of several shards at once? */
function resultSpread(
  select: Node,
  level: Level,
  grouping: Grouping,
  columns: readonly OutColumn[],
  place: Place,
): Spread {
  const {from} = level
  const targets = starsExpanded(listIn(select, 'targetList'), level)
  if (from.kind === 'mixed') return from
  if (from.kind === 'same') return isLimited(select) ? mixed(limitInside) : same
  const clause = apartClause(select, from.keys, level, grouping)
  if (clause !== null) return mixed(refusal(clause, 'bring the key into it, or give the key'))
  const reach = (keys: ReadonlySet<number>): ReadonlySet<number> =>
    new Set(
      columns.flatMap((column, index) => {
        const found = columnOf(targets[index]?.node, level.scope, place.around.graph)
        return found !== null && keys.has(found.column.node) ? [column.node] : []
      }),
    )
  const keys = reach(from.keys)
  const distinct = listIn(select, 'distinctClause').length > 0 && !isDistinctOn(select)
  if (distinct && keys.size === 0)
    return mixed(refusal('DISTINCT without the key in a subquery', 'add the key to its columns, or give the key'))
  return {kind: 'parts', keys, nullable: reach(from.nullable)}
}

const limitInside = refusal('LIMIT in a subquery over reference tables', 'leave it out, or give the key')

function apartClause(select: Node, keys: ReadonlySet<number>, level: Level, grouping: Grouping): string | null {
  const has = (nodes: Iterable<number>): boolean => [...nodes].some(node => keys.has(node))
  if (grouping.sets) return 'grouping sets in a subquery over several shards'
  if (grouping.grouped && !has(grouping.nodes)) return 'an aggregate in a subquery over several shards'
  if (!grouping.windows.every(window => has(partitionNodes(window, level))))
    return 'a window function whose PARTITION BY lacks the key'
  if (isLimited(select)) return 'LIMIT or OFFSET in a subquery over several shards'
  if (isDistinctOn(select)) return 'DISTINCT ON over several shards'
  return textIn(select, 'limitOption') === 'LIMIT_OPTION_WITH_TIES' ? 'WITH TIES over several shards' : null
}
