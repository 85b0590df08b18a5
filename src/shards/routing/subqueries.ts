// Subqueries inside expressions: what they tie, and whether each can be answered on the shard of the row that asks.
// Invariant: a subquery that needs rows of another shard makes the query mixed. Not here: subqueries in FROM
// (from-items.ts).
import {columnOf, isEquals} from './conditions.ts'
import {isReached, mixed, type Place, type Query, type Spread, type Unit} from './query.ts'
import {refusal} from './refusal.ts'
import type {Scope} from './scope.ts'
import {bodyOf, listIn, visit, type Node} from './tree-node.ts'

/** Subqueries in the expressions, analysed; those inside of them belong to them. */
export function subqueriesIn(expressions: readonly unknown[], scope: Scope, place: Place): readonly Unit[] {
  const units: Unit[] = []
  for (const expression of expressions)
    visit(expression, node => {
      const link = bodyOf(node, 'SubLink')
      if (link === null) return true
      units.push(...subquery(link, scope, place))
      return false
    })
  return units
}

function subquery(link: Node, scope: Scope, place: Place): readonly Unit[] {
  const query = place.analyse(link['subselect'], scope, place.common)
  const inTest = subqueriesIn([link['testexpr']], scope, place)
  tieMember(link, query, scope, place)
  return [...query.units, ...inTest]
}

/** x IN (SELECT y …): without nulls on either side, only rows with y = x have a say. */
function tieMember(link: Node, query: Query, scope: Scope, {around}: Place): void {
  if (!isMembership(link)) return
  const [y, ...others] = query.columns
  const x = columnOf(link['testexpr'], scope, around.graph)
  if (x === null || y === undefined || others.length > 0 || !x.surelyNotNull || !y.notNull) return
  around.graph.rule([x.column.node], y.node)
}

function isMembership(link: Node): boolean {
  if (link['subLinkType'] !== 'ANY_SUBLINK') return false
  return listIn(link, 'operName').length === 0 || isEquals({name: link['operName']})
}

/** A condition x IN (SELECT y …) that must hold: x is bound to what y is bound to. */
export function tieRequiredMember(condition: unknown, scope: Scope, place: Place): void {
  const link = bodyOf(condition, 'SubLink')
  if (link === null || !isMembership(link)) return
  const {graph} = place.around
  const x = columnOf(link['testexpr'], scope, graph)
  if (x === null || x.depth > 0) return
  const before = place.around.uses.length
  const query = place.analyse(link['subselect'], scope, place.common)
  // Its tables were counted when the expression was looked at as a whole.
  place.around.uses.splice(before)
  const [y, ...others] = query.columns
  if (y !== undefined && others.length === 0) graph.rule([y.node], x.column.node)
}

/** Rows of `from` that ask subqueries about sharded tables. */
export function withSubqueries(from: Spread, units: readonly Unit[], graph: Place['around']['graph']): Spread {
  if (units.length === 0 || from.kind === 'mixed') return from
  if (from.kind === 'parts')
    for (const key of [...from.keys, ...from.nullable]) {
      const reached = graph.reach(key)
      if (units.every(unit => isReached(unit, reached))) return from
    }
  return mixed(
    refusal(
      'a subquery over a sharded table that is not tied to the key of the row outside',
      'compare the keys of both in it, or give the key of each sharded table',
    ),
  )
}
