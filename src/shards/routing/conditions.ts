// What a condition ties: a column to a column, to a value, to a list. Invariants: only conditions that must hold
// (under AND) are given here; OR and NOT tie nothing; of two columns only those of relations in `tied` learn
// something, since the others' rows come through without the condition. Not here: which conditions must hold (join-
// tree.ts).
import {arrayOf, listOf, literalOf, withoutCasts, type KeySource} from './key-source.ts'
import type {Family} from './family.ts'
import type {KeyGraph} from './key-graph.ts'
import type {Found, Scope} from './scope.ts'
import {bodyOf, isNode, listIn, nameIn, textIn, type Node} from './tree-node.ts'

/** Relations whose rows do not come through when the condition fails; null: all of this query. */
export type Tied = ReadonlySet<number> | null

export function tieCondition(condition: unknown, scope: Scope, tied: Tied, graph: KeyGraph): void {
  for (const [left, right, place] of equalities(condition)) {
    tieSides(left, right, place, scope, tied, graph)
    tieSides(right, left, place, scope, tied, graph)
  }
  const list = membershipOf(condition)
  if (list !== null) tieList(list, scope, tied, graph)
}

type Equality = readonly [unknown, unknown, Node]

/** a = b; (a, b) = (c, d) is two of them. */
function equalities(condition: unknown): readonly Equality[] {
  const expression = bodyOf(condition, 'A_Expr')
  if (expression === null || !isNode(condition)) return []
  const kind = textIn(expression, 'kind')
  if (!isEquals(expression) || (kind !== 'AEXPR_OP' && kind !== 'AEXPR_NOT_DISTINCT')) return []
  const left = bodyOf(expression['lexpr'], 'RowExpr')
  const right = bodyOf(expression['rexpr'], 'RowExpr')
  if (left === null || right === null) return [[expression['lexpr'], expression['rexpr'], expression]]
  if (kind !== 'AEXPR_OP') return []
  const others = listIn(right, 'args')
  return listIn(left, 'args').map((one, index) => [one, others[index], expression] as const)
}

export function isEquals(expression: Node): boolean {
  const {name, foreign} = nameIn(expression, 'name')
  return name === '=' && !foreign
}

/** `side` learns that it equals `other`. */
function tieSides(side: unknown, other: unknown, place: Node, scope: Scope, tied: Tied, graph: KeyGraph): void {
  const found = columnOf(side, scope, graph)
  if (found === null || found.depth > 0 || !isTied(found, tied)) return
  const exact = place['kind'] === 'AEXPR_NOT_DISTINCT'
  const partner = columnOf(other, scope, graph)
  if (partner !== null) {
    // Two nulls are not distinct, and null may be on any shard.
    if (!exact) graph.rule([partner.column.node], found.column.node)
    return
  }
  const family = graph.familyOf(found.column.node)
  const literal = family === null ? null : literalOf(other, family)
  if (literal !== null) graph.bind(found.column.node, {kind: 'value', literal, exact})
}

function isTied(found: Found, tied: Tied): boolean {
  return tied === null || tied.has(found.column.relation)
}

/** A column behind casts that keep its value; null for anything else, and for types that are no keys. */
export function columnOf(expression: unknown, scope: Scope, graph: KeyGraph): Found | null {
  for (const family of ['int', 'uuid', 'text'] satisfies Family[]) {
    const found = scope.resolve(withoutCasts(expression, family))
    if (found !== null && graph.familyOf(found.column.node) === family) return found
  }
  return null
}

interface Membership {
  readonly side: unknown
  readonly source: (family: Family) => KeySource | null
}

function membershipOf(condition: unknown): Membership | null {
  const expression = bodyOf(condition, 'A_Expr')
  if (expression === null || !isEquals(expression) || !isNode(condition)) return null
  if (expression['kind'] === 'AEXPR_IN') {
    const items = listIn(bodyOf(expression['rexpr'], 'List') ?? {}, 'items')
    return {side: expression['lexpr'], source: family => listOf(items, family, condition)}
  }
  if (expression['kind'] !== 'AEXPR_OP_ANY') return null
  return {side: expression['lexpr'], source: family => arrayOf(expression['rexpr'], family, condition)}
}

function tieList({side, source}: Membership, scope: Scope, tied: Tied, graph: KeyGraph): void {
  const found = columnOf(side, scope, graph)
  if (found === null || found.depth > 0 || !isTied(found, tied)) return
  const family = graph.familyOf(found.column.node)
  const list = family === null ? null : source(family)
  if (list !== null) graph.bind(found.column.node, list)
}

/** Relations without whose row the condition is not true: they stand in an equality. */
export function strictColumns(condition: unknown, scope: Scope): readonly number[] {
  const expression = bodyOf(condition, 'A_Expr')
  if (expression === null || !isEquals(expression)) return []
  const kind = textIn(expression, 'kind')
  if (kind !== 'AEXPR_OP' && kind !== 'AEXPR_IN' && kind !== 'AEXPR_OP_ANY') return []
  const sides = kind === 'AEXPR_OP' ? [expression['lexpr'], expression['rexpr']] : [expression['lexpr']]
  return sides.flatMap(side => {
    const found = scope.resolve(side)
    return found === null || found.depth > 0 || found.column.relation < 0 ? [] : [found.column.relation]
  })
}

/** The two nodes of "column = column" in one query; null for anything else. */
export function equalColumns(condition: unknown, scope: Scope): readonly [number, number] | null {
  const expression = bodyOf(condition, 'A_Expr')
  if (expression === null || !isEquals(expression) || expression['kind'] !== 'AEXPR_OP') return null
  const left = scope.resolve(expression['lexpr'])
  const right = scope.resolve(expression['rexpr'])
  return left?.depth === 0 && right?.depth === 0 ? [left.column.node, right.column.node] : null
}
