// A leg while groups move: two shards may have rows of one group then, of which only the owner's count. Invariants:
// each sharded table of the leg is seen through the groups that the shard owns by the map of this call, or the leg is
// refused; so every group is read and changed on exactly one shard. Pure. Not here: when groups move
// (../map/map-watch.ts), which groups a shard has (bind-route.ts).
import {call, cast, column, equalsAny, integer, operator, parameter, select, stringNode, target} from './build-nodes.ts'
import type {Use} from './query.ts'
import {unsupported} from './refusal.ts'
import {groupsNumber, legTextOf, type LegText, type Render} from './render.ts'
import {ShardError} from '../shard-error.ts'
import {bodyOf, listIn, mapTree, nodeIn, textIn, typeOfNode, visit, without, type Node} from './tree-node.ts'

/** The same leg for the owner's rows only; the refusal where it cannot be written so. `uses` of the whole statement. */
export function guardedLeg(statement: Node, uses: readonly Use[], render: Render): LegText | ShardError {
  try {
    const read = uses.filter(use => use.change === null)
    const changed = uses.find(use => use.change === 'update' || use.change === 'delete')
    requireShortNames(statement)
    const guarded = withOwnRows(statement, read)
    return legTextOf(changed === undefined ? guarded : withCondition(guarded, changed), render)
  } catch (error) {
    if (error instanceof ShardError) return error
    throw error
  }
}

/** `schema.table.column` names no subquery. */
function requireShortNames(statement: Node): void {
  visit(statement, node => {
    if (listIn(bodyOf(node, 'ColumnRef') ?? {}, 'fields').length > 2)
      throw unsupported('a column named with its schema, while groups move', 'name it by its table alone')
    return true
  })
}

/** Each table in FROM as `(SELECT * FROM table WHERE …) AS table`. */
function withOwnRows(statement: Node, uses: readonly Use[]): Node {
  const left = new Set(uses)
  const changed = mapTree(statement, node => {
    const range = bodyOf(node, 'RangeVar')
    const use = range === null ? undefined : uses.find(one => one.range === range)
    if (range === null || use === undefined) return null
    left.delete(use)
    const query = select({
      targetList: [target({ColumnRef: {fields: [{A_Star: {}}]}})],
      fromClause: [{RangeVar: without(range, 'alias')}],
      whereClause: ownedBy(column(use.table.key?.column ?? '')),
    })
    const alias = range['alias'] ?? {aliasname: textIn(range, 'relname')}
    return {RangeSubselect: {subquery: {SelectStmt: query}, alias}}
  }) as Node
  if (left.size > 0)
    throw unsupported('a query in this form, while groups move', 'run it again when the move has ended')
  return changed
}

/** UPDATE and DELETE of the owner's rows only. */
function withCondition(statement: Node, {range, table}: Use): Node {
  const type = typeOfNode(statement)
  const body = bodyOf(statement, type) ?? {}
  const name = textIn(nodeIn(range, 'alias'), 'aliasname') || textIn(range, 'relname')
  const own = ownedBy(column(name, table.key?.column ?? ''))
  const where = body['whereClause']
  const args = [own, ...(where === undefined ? [] : conjuncts(where))]
  return {[type]: {...body, whereClause: args.length === 1 ? own : {BoolExpr: {boolop: 'AND_EXPR', args}}}}
}

/** The grammar makes one flat list of ANDs that follow each other. */
function conjuncts(where: unknown): readonly unknown[] {
  const bool = bodyOf(where, 'BoolExpr')
  return bool !== null && bool['boolop'] === 'AND_EXPR' ? listIn(bool, 'args') : [where]
}

/** `hl_shards.slot(key) >> 6 = ANY ($groups)`: a function that PostgreSQL puts into the query. */
function ownedBy(key: Node): Node {
  const slot = call('slot', [key])
  const named = {
    FuncCall: {...(bodyOf(slot, 'FuncCall') ?? {}), funcname: [stringNode('hl_shards'), stringNode('slot')]},
  }
  return equalsAny(operator('>>', named, integer(6)), cast(parameter(groupsNumber), 'int4', true))
}
