// A query as a subquery that is sorted by its columns: what SELECT DISTINCT and UNION allow no ORDER BY for is sorted
// around them, text by its bytes. Invariant: names and order of the columns stay. Pure.
import {collate, column, select, sortBy, subselect, target} from './build-nodes.ts'
import type {SortKey} from './gather-plan.ts'
import type {Node} from './tree-node.ts'

export function wrapped(query: Node, names: readonly string[], keys: readonly SortKey[]): Node {
  const inside = names.map((_, index) => `c${index + 1}`)
  return select({
    targetList: names.map((name, index) => target(column('d', inside[index] ?? ''), name)),
    fromClause: [subselect(query, 'd', inside)],
    ...(keys.length > 0 ? {sortClause: keys.map(key => keyNode(key, inside))} : {}),
  })
}

function keyNode({column: index, descending, nullsFirst, order}: SortKey, inside: readonly string[]): Node {
  const bare = column('d', inside[index] ?? '')
  const node = order === 'text-c' ? collate(bare, 'C') : bare
  return sortBy(node, descending, nullsFirst === descending ? null : nullsFirst)
}
