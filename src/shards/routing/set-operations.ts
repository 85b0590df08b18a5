// UNION, INTERSECT, EXCEPT and VALUES. Invariants: rows that are compared with each other are on one shard, or the
// query is mixed; a reference table's rows are never taken once per shard. Pure. Not here: UNION of a whole
// statement, whose equal rows the merge can drop (plan-read.ts).
import {familyOf} from './family.ts'
import {expressionType} from './expression-type.ts'
import {isLimited} from './analyse-select.ts'
import {mixed, same, type OutColumn, type Place, type Query, type Spread} from './query.ts'
import {refusal} from './refusal.ts'
import {Scope} from './scope.ts'
import {subqueriesIn} from './subqueries.ts'
import {bodyOf, listIn, nodeIn, textIn, type Node} from './tree-node.ts'

export function isSetOperation(select: Node): boolean {
  return select['larg'] !== undefined
}

export function setOperation(select: Node, scope: Scope | null, place: Place): Query {
  const left = place.analyse({SelectStmt: nodeIn(select, 'larg')}, scope, place.common)
  const right = place.analyse({SelectStmt: nodeIn(select, 'rarg')}, scope, place.common)
  const {graph} = place.around
  const union = select['op'] === 'SETOP_UNION'
  const columns = left.columns.map((column, index): OutColumn => {
    const other = right.columns[index]
    const alike = other !== undefined && other.type === column.type && other.collation === column.collation
    const type = alike ? column.type : null
    const collation = alike ? column.collation : null
    const node = graph.newNode(familyOf(type, collation))
    graph.rule(union && other !== undefined ? [column.node, other.node] : [column.node], node)
    if (!isLimited(select)) {
      graph.rule([node], column.node)
      if (other !== undefined) graph.rule([node], other.node)
    }
    return {name: column.name, type, collation, notNull: column.notNull && (other?.notNull ?? false), node}
  })
  const whole = spreadOf(select, left, right, columns)
  return {
    columns,
    closed: left.closed && right.closed,
    spread: isLimited(select) ? limited(left, right) : whole,
    whole,
    arms: [left.spread, right.spread],
    units: [...left.units, ...right.units],
    level: null,
  }
}

function limited(left: Query, right: Query): Spread {
  const reference = left.spread.kind === 'same' && right.spread.kind === 'same'
  return mixed(refusal(`LIMIT of a set operation${reference ? ' in a subquery' : ' over several shards'}`))
}

function spreadOf(select: Node, left: Query, right: Query, columns: readonly OutColumn[]): Spread {
  if (left.spread.kind === 'mixed') return left.spread
  if (right.spread.kind === 'mixed') return right.spread
  if (left.spread.kind === 'same' && right.spread.kind === 'same') return same
  const name = nameOf(select)
  if (left.spread.kind === 'same' || right.spread.kind === 'same')
    return mixed(
      refusal(
        `${name} of a sharded table and rows that each shard has`,
        'run the two parts as statements of their own',
      ),
    )
  const pick = (one: ReadonlySet<number>, other: ReadonlySet<number>): ReadonlySet<number> =>
    new Set(
      columns
        .filter((_, index) => one.has(left.columns[index]?.node ?? -1) && other.has(right.columns[index]?.node ?? -1))
        .map(column => column.node),
    )
  const keys = pick(left.spread.keys, right.spread.keys)
  const nullable = pick(
    new Set([...left.spread.keys, ...left.spread.nullable]),
    new Set([...right.spread.keys, ...right.spread.nullable]),
  )
  if (name !== 'UNION ALL' && keys.size === 0)
    return mixed(refusal(`${name} over several shards without the key`, 'add the key to both lists, or give the key'))
  return {kind: 'parts', keys, nullable}
}

export function nameOf(select: Node): string {
  const name = textIn(select, 'op').replace('SETOP_', '')
  return select['all'] === true ? `${name} ALL` : name
}

export function valuesQuery(select: Node, outer: Scope | null, place: Place): Query {
  const rows = listIn(select, 'valuesLists').map(row => listIn(bodyOf(row, 'List') ?? {}, 'items'))
  const scope = new Scope(outer)
  const units = subqueriesIn(rows.flat(), scope, place)
  const columns = (rows[0] ?? []).map((_, index): OutColumn => {
    const types = rows.map(row => expressionType(row[index], scope, place.around.tables))
    const [first] = types
    const alike = first != null && types.every(one => one?.type === first.type)
    const type = alike ? first.type : null
    const collation = alike ? first.collation : null
    const node = place.around.graph.newNode(familyOf(type, collation))
    return {name: `column${index + 1}`, type, collation, notNull: false, node}
  })
  const why = units.length > 0 ? 'a subquery over a sharded table in VALUES' : 'LIMIT of VALUES'
  const spread = units.length > 0 || isLimited(select) ? mixed(refusal(why)) : same
  return {columns, closed: true, spread, whole: spread, arms: [], units, level: null}
}
