// UPDATE and DELETE over several shards, and INSERT … SELECT that stays on each shard. Invariants: no change goes to
// all shards because a key could not be read; what differs from server to server (volatile functions) goes to none.
// Not here: rows of VALUES (plan-insert.ts), changes of reference tables (plan-reference.ts).
import {positionOf} from './insert-key.ts'
import {volatilityIn} from './calls.ts'
import {columnOf, isEquals} from './conditions.ts'
import type {Analysis} from './analyse.ts'
import {keyMissing, refused, unsupported} from './refusal.ts'
import type {Scope} from './scope.ts'
import {ShardError} from '../shard-error.ts'
import type {Tables} from './table-facts.ts'
import {bodyOf, conjunctsOf, listIn, nodeIn, visit, type Node} from './tree-node.ts'

/** Throws ShardError UNSUPPORTED or KEY_MISSING when the change cannot run on several shards. */
export function checkScatteredChange(statement: Node, body: Node, analysis: Analysis, tables: Tables): void {
  const {query, uses} = analysis
  if (uses.filter(use => use.change !== null).length > 1) throw unsupported('several changes in one statement')
  if (query.whole.kind === 'mixed') throw refused(query.whole.why)
  const [volatile] = volatilityIn(statement, tables).volatile
  if (volatile !== undefined)
    throw unsupported(
      `${volatile}() in a change on several shards`,
      'compute the value first and give it as a parameter, or give the key',
    )
  if (bodyOf(statement, 'InsertStmt') !== null) checkCopied(body, analysis)
  else if (query.level !== null) checkKeyRead(body, query.level.scope, analysis)
}

/** INSERT … SELECT: the row's key is the key of the row that it comes from. */
function checkCopied(insert: Node, {query, uses, place}: Analysis): void {
  const [target] = uses.filter(use => use.change === 'insert')
  const source = query.source
  if (target === undefined || source === null || source === undefined || source.spread.kind !== 'parts')
    throw keyMissing('INSERT … SELECT without a key that is known', 'select the key of a sharded table, or give it')
  const position = positionOf(insert, target.table, target.table.key?.column ?? '')
  const node = source.columns[position]?.node ?? -1
  if (!source.spread.keys.has(node) || place.around.graph.familyOf(node) !== place.around.graph.familyOf(target.node))
    throw new ShardError(
      'UNSUPPORTED',
      'INSERT … SELECT whose rows may belong to other shards: select the key of the source as the key of the target',
    )
}

/** The key is compared with something that is neither column nor value: all shards would be a surprise. */
function checkKeyRead(body: Node, scope: Scope, {uses, place}: Analysis): void {
  const changed = uses.find(use => use.change !== null)
  // With a value of its own it goes to one shard, or to those of a list.
  if (changed === undefined || isBound(changed.node, place.around.graph)) return
  for (const condition of conjunctsOf(body['whereClause'])) {
    const expression = bodyOf(condition, 'A_Expr')
    if (expression === null || !isEquals(expression) || expression['kind'] !== 'AEXPR_OP') continue
    const sides = [expression['lexpr'], expression['rexpr']] as const
    for (const [side, other] of [sides, [sides[1], sides[0]]] as const)
      if (holdsKey(side, changed.node, scope, place.around.graph) && !holdsColumn(other))
        throw keyMissing(
          `a condition on the key ${changed.table.key?.column ?? ''} whose value is not known before it runs`,
          'give the key as a parameter or a constant',
        )
  }
}

function isBound(node: number, graph: Analysis['graph']): boolean {
  return (graph.sourcesOf([node]).get(node) ?? []).length > 0
}

function holdsKey(expression: unknown, node: number, scope: Scope, graph: Analysis['graph']): boolean {
  let found = columnOf(expression, scope, graph)?.column.node === node
  visit(expression, inner => {
    found ||= scope.resolve(inner)?.column.node === node
    return !found
  })
  return found
}

function holdsColumn(expression: unknown): boolean {
  let found = false
  visit(expression, inner => {
    found ||= inner['ColumnRef'] !== undefined
    return !found
  })
  return found
}

export function hasReturning(body: Node): boolean {
  return listIn(nodeIn(body, 'returningClause'), 'exprs').length > 0
}
