// GROUP BY and ORDER BY to the expressions that they mean: positions, names of columns of the answer, names of columns
// below. Invariant: PostgreSQL's order of looking: GROUP BY asks the tables first, ORDER BY the answer. Pure.
import {outputName} from './output-name.ts'
import {unsupported} from './refusal.ts'
import type {Scope} from './scope.ts'
import type {Target} from './star.ts'
import {bodyOf, isNode, listIn, namesOf, nodeIn, withoutPlaces, type Node} from './tree-node.ts'

export function groupExpressions(select: Node, targets: readonly Target[], scope: Scope): readonly unknown[] {
  const all = listIn(select, 'groupClause')
  return all.map(expression => {
    const position = positionOf(expression)
    if (position !== null) return targets[position - 1]?.node ?? expression
    const name = bareName(expression)
    if (name === null || scope.resolve(expression)?.depth === 0) return expression
    return targets.find(target => nameOf(target) === name)?.node ?? expression
  })
}

/** The index of the column of the answer that a key of ORDER BY names; null: an expression over the tables. */
export function orderedTarget(expression: unknown, targets: readonly Target[]): number | null {
  const position = positionOf(expression)
  if (position !== null) return position - 1
  const name = bareName(expression)
  if (name === null) return null
  const index = targets.findIndex(target => nameOf(target) === name)
  const others = targets.filter(target => nameOf(target) === name && !isSame(target, targets[index]))
  if (others.length > 0) throw unsupported(`ORDER BY ${name}, which names several columns`, 'give each its own name')
  return index < 0 ? null : index
}

function isSame(a: Target, b: Target | undefined): boolean {
  return withoutPlaces(a.node) === withoutPlaces(b?.node)
}

export function nameOf({name, node}: Target): string {
  return name ?? outputName(node)
}

function positionOf(expression: unknown): number | null {
  const constant = bodyOf(expression, 'A_Const')
  if (constant === null || !isNode(constant['ival'])) return null
  return Number(nodeIn(constant, 'ival')['ival'] ?? 0)
}

function bareName(expression: unknown): string | null {
  const fields = listIn(bodyOf(expression, 'ColumnRef') ?? {}, 'fields')
  const [name] = namesOf(fields)
  return fields.length === 1 && name !== undefined && name !== '' ? name : null
}
