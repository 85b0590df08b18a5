// Equality of expressions as PostgreSQL sees it: columns by what they resolve to, the rest letter by letter.
// Invariant: two expressions of one canonical form are one value in each row. Pure.
import type {Scope} from './scope.ts'
import {mapTree, withoutPlaces} from './tree-node.ts'

export function canonical(expression: unknown, scope: Scope): string {
  return withoutPlaces(
    mapTree(expression, node => {
      const found = scope.resolve(node)
      return found === null || found.depth > 0 ? null : {column: found.column.node}
    }),
  )
}
