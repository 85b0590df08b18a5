// FROM as a tree of joins: which joins are inner in effect, what their conditions tie, and where the joined rows are.
// Invariants: a condition ties only the columns of rows that cannot come through without it; rows of one shard are
// joined with rows of another nowhere, or the join is mixed. Not here: how the tree is built (from-items.ts).
import {equalColumns, strictColumns, tieCondition} from './conditions.ts'
import {isReached, mixed, same, type Spread, type Surroundings, type Unit} from './query.ts'
import {refusal} from './refusal.ts'
import type {Scope} from './scope.ts'

export type JoinKind = 'inner' | 'left' | 'right' | 'full'

export type JoinTree = Leaf | Join

export interface Leaf {
  readonly kind: 'leaf'
  readonly relation: number
  readonly spread: Spread
  readonly units: readonly Unit[]
  /** May look at what stands before it. */
  readonly lateral: boolean
  readonly name: string
}

export interface Join {
  readonly kind: 'join'
  /** Becomes stricter when rows without a match cannot come through. */
  join: JoinKind
  readonly left: JoinTree
  readonly right: JoinTree
  readonly on: readonly unknown[]
  /** Pairs of equal columns by USING or NATURAL: nodes of the left and the right, and of what they are merged into. */
  readonly merged: readonly {readonly left: number; readonly right: number; readonly into: number}[]
  readonly scope: Scope
}

function relationsOf(tree: JoinTree): readonly number[] {
  return tree.kind === 'leaf' ? [tree.relation] : [...relationsOf(tree.left), ...relationsOf(tree.right)]
}

/** Makes outer joins inner where `required` relations must have a row, and ties what the joins' conditions tie. */
export function tieJoins(tree: JoinTree, required: ReadonlySet<number>, graph: Surroundings['graph']): void {
  if (tree.kind === 'leaf') return
  tree.join = effective(tree, required)
  const both = [tree.left, tree.right] as const
  const nullSides =
    tree.join === 'inner' ? both : tree.join === 'left' ? [tree.right] : tree.join === 'right' ? [tree.left] : []
  const tied = new Set(nullSides.flatMap(relationsOf))
  for (const condition of tree.on) tieCondition(condition, tree.scope, tied, graph)
  for (const {left, right, into} of tree.merged) tieMerged(tree.join, left, right, into, graph)
  const stricter = new Set([...required, ...tree.on.flatMap(condition => strictColumns(condition, tree.scope))])
  for (const side of both) tieJoins(side, nullSides.includes(side) ? stricter : required, graph)
}

function effective({join, left, right}: Join, required: ReadonlySet<number>): JoinKind {
  const leftNeeded = relationsOf(left).some(relation => required.has(relation))
  const rightNeeded = relationsOf(right).some(relation => required.has(relation))
  if (join === 'left') return rightNeeded ? 'inner' : 'left'
  if (join === 'right') return leftNeeded ? 'inner' : 'right'
  if (join === 'full') return leftNeeded ? (rightNeeded ? 'inner' : 'left') : rightNeeded ? 'right' : 'full'
  return join
}

function tieMerged(join: JoinKind, left: number, right: number, into: number, graph: Surroundings['graph']): void {
  if (join === 'inner' || join === 'left') graph.rule([left], right)
  if (join === 'inner' || join === 'right') graph.rule([right], left)
  // The merged column has the value of whichever side has one.
  graph.rule([into], left)
  graph.rule([into], right)
  graph.rule([left, right], into)
  if (join === 'inner' || join === 'left') graph.rule([left], into)
  if (join === 'inner' || join === 'right') graph.rule([right], into)
}

/** Where the rows of the joins are; to be asked when all conditions of the query are tied. */
export function spreadOf(tree: JoinTree, graph: Surroundings['graph']): Spread {
  if (tree.kind === 'leaf') return tree.spread
  const left = spreadOf(tree.left, graph)
  const right = spreadOf(tree.right, graph)
  const lateral = tree.join === 'inner' || tree.join === 'left' ? besideRows(tree.right, left, graph) : null
  if (lateral !== null) return lateral
  if (left.kind === 'mixed') return left
  if (right.kind === 'mixed') return right
  if (left.kind === 'same' && right.kind === 'same') return same
  if (left.kind === 'same' || right.kind === 'same') return withReference(tree, left, right)
  if (!joinedByKey(tree, left, right, graph))
    return mixed(
      refusal(
        `a join of sharded tables that is not by the key (${namesIn(tree.left)} and ${namesIn(tree.right)})`,
        'join them by their keys, or give the key of each',
      ),
    )
  return joinedParts(tree, left, right)
}

/** A subquery that looks at the row beside it is on that row's shard, whatever it does there. */
function besideRows(right: JoinTree, left: Spread, graph: Surroundings['graph']): Spread | null {
  if (right.kind !== 'leaf' || !right.lateral || right.spread.kind === 'same' || left.kind !== 'parts') return null
  for (const key of [...left.keys, ...left.nullable]) {
    const reached = graph.reach(key)
    if (right.units.every(unit => isReached(unit, reached))) return left
  }
  return null
}

/** The reference table's rows are on every shard: where each must come through once, that would be once per shard. */
function withReference(tree: Join, left: Spread, right: Spread): Spread {
  const kept = left.kind === 'same' ? ['left', 'full'] : ['right', 'full']
  if (kept.includes(tree.join))
    return mixed(
      refusal(
        'an outer join that keeps the rows of a reference table',
        'make the sharded table the side that is kept, or give the key of each sharded table',
      ),
    )
  return left.kind === 'same' ? right : left
}

type Parts = Extract<Spread, {kind: 'parts'}>

function joinedByKey(tree: Join, left: Parts, right: Parts, graph: Surroundings['graph']): boolean {
  const leftKeys = [...left.keys, ...left.nullable]
  const rightKeys = [...right.keys, ...right.nullable]
  if (tree.join === 'full')
    return (
      tree.merged.some(pair => leftKeys.includes(pair.left) && rightKeys.includes(pair.right)) ||
      fullByKey(tree, leftKeys, rightKeys)
    )
  const ways: [readonly number[], readonly number[]][] = []
  if (tree.join !== 'right') ways.push([leftKeys, rightKeys])
  if (tree.join !== 'left') ways.push([rightKeys, leftKeys])
  return ways.some(([from, to]) => from.some(key => intersects(graph.reach(key), to)))
}

function fullByKey(tree: Join, leftKeys: readonly number[], rightKeys: readonly number[]): boolean {
  return tree.on.some(condition => {
    const pair = equalColumns(condition, tree.scope)
    if (pair === null) return false
    const [a, b] = pair
    return (leftKeys.includes(a) && rightKeys.includes(b)) || (leftKeys.includes(b) && rightKeys.includes(a))
  })
}

function intersects(set: ReadonlySet<number>, list: readonly number[]): boolean {
  return list.some(one => set.has(one))
}

function joinedParts(tree: Join, left: Parts, right: Parts): Spread {
  const leftMayBeNull = tree.join === 'right' || tree.join === 'full'
  const rightMayBeNull = tree.join === 'left' || tree.join === 'full'
  const keys = new Set<number>()
  const nullable = new Set([...left.nullable, ...right.nullable])
  for (const key of left.keys) (leftMayBeNull ? nullable : keys).add(key)
  for (const key of right.keys) (rightMayBeNull ? nullable : keys).add(key)
  for (const {left: a, right: b, into} of tree.merged)
    if ((left.keys.has(a) && right.keys.has(b)) || keys.has(a) || keys.has(b)) keys.add(into)
  return {kind: 'parts', keys, nullable}
}

function namesIn(tree: JoinTree): string {
  return tree.kind === 'leaf' ? tree.name : `${namesIn(tree.left)}, ${namesIn(tree.right)}`
}

/** Relations whose columns may be null although the table's are not. */
export function nullableRelations(tree: JoinTree): readonly number[] {
  if (tree.kind === 'leaf') return []
  const inside = [...nullableRelations(tree.left), ...nullableRelations(tree.right)]
  if (tree.join === 'left' || tree.join === 'full') inside.push(...relationsOf(tree.right))
  if (tree.join === 'right' || tree.join === 'full') inside.push(...relationsOf(tree.left))
  return inside
}
