// UPDATE, DELETE and INSERT: what they change, what ties their keys, and what RETURNING gives. Invariants: a key is
// never changed; a row is inserted only where its key is known before. Not here: splitting rows over shards (plan-
// insert.ts).
import {familyOf} from './family.ts'
import {levelOf} from './analyse-select.ts'
import {expressionType} from './expression-type.ts'
import {fromItem, leafOf} from './from-items.ts'
import {tableOf, tableRelation} from './from-relations.ts'
import {insertKey} from './insert-key.ts'
import {outputName} from './output-name.ts'
import {mixed, same, type OutColumn, type Place, type Query, type Unit} from './query.ts'
import {refusal, unsupported} from './refusal.ts'
import {Scope} from './scope.ts'
import {ShardError} from '../shard-error.ts'
import {starsExpanded} from './star.ts'
import type {TableFacts} from './table-facts.ts'
import {bodyOf, listIn, nodeIn, textIn, type Node} from './tree-node.ts'

const inside = mixed(refusal('a change inside WITH over several shards'))

/** UPDATE … FROM and DELETE … USING: a join of the changed table with the others. */
export function analyseChange(change: Node, what: 'update' | 'delete', place: Place): Query {
  const scope = new Scope(null)
  const target = nodeIn(change, 'relation')
  const table = tableOf(target, place.around)
  if (what === 'update') checkKeyKept(listIn(change, 'targetList'), table)
  if (bodyOf(change['whereClause'], 'CurrentOfExpr') !== null)
    throw unsupported('WHERE CURRENT OF', 'name the row by its key')
  const first = leafOf(tableRelation(target, place.around, what), scope)
  const others = listIn(change, what === 'update' ? 'fromClause' : 'usingClause')
  const items = [first, ...others.map(item => fromItem(item, scope, place))]
  const level = levelOf(change, items, scope, place)
  const units = [...level.asked, ...items.flatMap(item => (item.tree.kind === 'leaf' ? item.tree.units : []))]
  return {
    columns: returned(change, level, place),
    closed: level.closed,
    spread: level.from.kind === 'same' ? same : inside,
    whole: level.from,
    arms: [],
    units,
    level,
  }
}

/** UPDATE of the key would leave the row on the wrong shard. Throws KEY_UPDATE. */
function checkKeyKept(targets: readonly unknown[], table: TableFacts): void {
  for (const target of targets)
    if (table.key !== null && textIn(bodyOf(target, 'ResTarget') ?? {}, 'name') === table.key.column)
      throw new ShardError(
        'KEY_UPDATE',
        `UPDATE of ${table.key.column}, the sharding key of ${table.name}: a row cannot change its shard in place; ` +
          'leave the column out, or insert the row anew under the new key and delete the old one',
        {detail: {table: table.name, column: table.key.column}},
      )
}

function returned(change: Node, level: ReturnType<typeof levelOf>, place: Place): readonly OutColumn[] {
  const {graph, tables} = place.around
  return starsExpanded(listIn(nodeIn(change, 'returningClause'), 'exprs'), level).map(target => {
    const typed = expressionType(target.node, level.scope, tables)
    const node = graph.newNode(familyOf(typed?.type ?? null, typed?.collation ?? null))
    const found = level.scope.resolve(target.node)
    if (found !== null) graph.rule([found.column.node], node)
    return {
      name: target.name ?? outputName(target.node),
      type: typed?.type ?? null,
      collation: typed?.collation ?? null,
      notNull: found?.column.notNull ?? false,
      node,
    }
  })
}

export function analyseInsert(insert: Node, place: Place): Query {
  const target = nodeIn(insert, 'relation')
  const table = tableOf(target, place.around)
  const scope = new Scope(null)
  const built = tableRelation(target, place.around, 'insert')
  scope.add(built.relation)
  const source = bodyOf(insert['selectStmt'], 'SelectStmt')
  const query = source === null || listIn(source, 'valuesLists').length > 0 ? null : sourceQuery(insert, place)
  const units: Unit[] = [...built.units, ...(query?.units ?? [])]
  if (table.key !== null) insertKey(insert, table, built, query, place.around.graph)
  checkConflict(insert, table)
  // RETURNING and SET see the table alone; DO UPDATE sees the row that was to be inserted as well.
  const level = levelOf({...insert, targetList: valuesOf(insert)}, [], scope, place)
  return {
    columns: returned(insert, {...level, star: built.relation.columns}, place),
    closed: true,
    spread: table.kind === 'reference' && units.length === 0 ? same : inside,
    whole: query === null || level.from.kind === 'mixed' ? level.from : query.spread,
    arms: [],
    units,
    source: query,
    level,
  }
}

function sourceQuery(insert: Node, place: Place): Query {
  return place.analyse(insert['selectStmt'], null, place.common)
}

function valuesOf(insert: Node): readonly unknown[] {
  const conflict = nodeIn(insert, 'onConflictClause')
  return [
    ...listIn(bodyOf(insert['selectStmt'], 'SelectStmt') ?? {}, 'valuesLists'),
    ...listIn(conflict, 'targetList'),
    conflict['whereClause'],
  ]
}

/** ON CONFLICT looks at one shard only, so what may conflict must hold the key. */
function checkConflict(insert: Node, table: TableFacts): void {
  const conflict = nodeIn(insert, 'onConflictClause')
  if (table.key === null || conflict['action'] === undefined) return
  const {column} = table.key
  const infer = nodeIn(conflict, 'infer')
  const named = listIn(infer, 'indexElems').map(element => textIn(bodyOf(element, 'IndexElem') ?? {}, 'name'))
  if (named.length > 0 && !named.includes(column))
    throw unsupported(`ON CONFLICT (${named.join(', ')}) without the key ${column}`, `add ${column} to the target`)
  if (named.length === 0 && !table.uniqueKeys.every(key => key.includes(column)))
    throw unsupported(`ON CONFLICT on a unique key without ${column}`, `name a target with ${column}`)
  const setting = listIn(conflict, 'targetList').filter(target => !isOwnKey(target, column))
  checkKeyKept(setting, table)
}

/** SET key = EXCLUDED.key: the conflicting row has the same key. */
function isOwnKey(target: unknown, column: string): boolean {
  const body = bodyOf(target, 'ResTarget') ?? {}
  const fields = listIn(bodyOf(body['val'], 'ColumnRef') ?? {}, 'fields')
  const path = fields.map(field => textIn(bodyOf(field, 'String') ?? {}, 'sval'))
  return body['name'] === column && path.length === 2 && path[0] === 'excluded' && path[1] === column
}
