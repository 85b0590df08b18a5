// A whole statement: the queries inside of each other, names of WITH, set operations. Invariant: every table of the
// statement is seen, however deep, or the statement is refused. Not here: single SELECTs (analyse-select.ts) and
// changes (analyse-change.ts).
import {analyseChange, analyseInsert} from './analyse-change.ts'
import {analyseSelect} from './analyse-select.ts'
import {KeyGraph} from './key-graph.ts'
import {isSetOperation, setOperation, valuesQuery} from './set-operations.ts'
import {
  mixed,
  type CommonTable,
  type CommonTables,
  type Place,
  type Query,
  type Reference,
  type Surroundings,
  type Unit,
  type Use,
} from './query.ts'
import {refusal, unsupported} from './refusal.ts'
import type {Scope} from './scope.ts'
import type {Tables} from './table-facts.ts'
import {bodyOf, isNode, listIn, namesOf, nodeIn, textIn, typeOfNode, visit, type Node} from './tree-node.ts'

export interface Analysis {
  readonly query: Query
  readonly graph: KeyGraph
  readonly uses: readonly Use[]
  readonly references: readonly Reference[]
  readonly place: Place
}

/** Of SELECT, INSERT, UPDATE, DELETE. Throws ShardError TABLE_UNKNOWN, UNSUPPORTED, KEY_MISSING, KEY_UPDATE. */
export function analyseStatement(statement: unknown, tables: Tables): Analysis {
  const uses: Use[] = []
  const references: Reference[] = []
  const seen = new Set<Node>()
  const counts = countNames(statement)
  let relations = 0
  const graph = new KeyGraph()
  const around: Surroundings = {
    tables,
    graph,
    uses,
    references,
    seen,
    newRelation: () => relations++,
    countOf: name => counts.get(name) ?? 0,
  }
  const analyse: Place['analyse'] = (inner, scope, common) => analyseAny(inner, scope, {around, common, analyse})
  const place: Place = {around, common: new Map(), analyse}
  const query = analyse(statement, null, place.common)
  checkAllSeen(statement, seen)
  return {query, graph, uses, references, place}
}

/** A query may stand where none is looked for: in the arguments of a function in FROM, in JSON_ARRAY(SELECT …). */
function checkAllSeen(statement: unknown, seen: ReadonlySet<Node>): void {
  visit(statement, node => {
    const name = node['relname']
    if (typeof name === 'string' && !seen.has(node))
      throw unsupported(`a query about ${name} in this place`, 'write it as a subquery in FROM, or run it on its own')
    // FOR UPDATE OF names what FROM has.
    return node['LockingClause'] === undefined
  })
}

function countNames(statement: unknown): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  visit(statement, node => {
    const name = node['relname']
    if (typeof name === 'string') counts.set(name, (counts.get(name) ?? 0) + 1)
    return true
  })
  return counts
}

function analyseAny(statement: unknown, scope: Scope | null, place: Place): Query {
  const type = typeOfNode(statement)
  const body = bodyOf(statement, type) ?? {}
  const {common, units} = commonTables(body, scope, place)
  const inner = {...place, common}
  const query = analyseBody(type, body, scope, inner)
  return units.length === 0 ? query : {...query, units: [...query.units, ...units]}
}

function analyseBody(type: string, body: Node, scope: Scope | null, place: Place): Query {
  switch (type) {
    case 'SelectStmt':
      if (body['intoClause'] !== undefined) throw unsupported('SELECT INTO', 'create the table on each shard first')
      if (isSetOperation(body)) return setOperation(body, scope, place)
      return listIn(body, 'valuesLists').length > 0
        ? valuesQuery(body, scope, place)
        : analyseSelect(body, scope, place)
    case 'UpdateStmt':
      return analyseChange(body, 'update', place)
    case 'DeleteStmt':
      return analyseChange(body, 'delete', place)
    case 'InsertStmt':
      return analyseInsert(body, place)
    case 'MergeStmt':
      throw unsupported('MERGE', 'use INSERT … ON CONFLICT, or UPDATE and INSERT by the key')
    default:
      throw unsupported(type, 'run it on one shard, by the client of that shard')
  }
}

/** WITH: each name sees those before it. Changes count whether they are named or not. */
function commonTables(
  body: Node,
  scope: Scope | null,
  place: Place,
): {readonly common: CommonTables; readonly units: readonly Unit[]} {
  const clause = nodeIn(body, 'withClause')
  const common = new Map(place.common)
  const units: Unit[] = []
  for (const one of listIn(clause, 'ctes')) {
    const table = bodyOf(one, 'CommonTableExpr') ?? {}
    const name = textIn(table, 'ctename')
    const inner = {...place, common: new Map(common)}
    const entry = clause['recursive'] === true ? recursive(table, scope, inner) : plain(table, scope, inner)
    common.set(name, entry)
    if (typeOfNode(table['ctequery']) !== 'SelectStmt') units.push(...entry.query.units)
  }
  return {common, units}
}

function plain(table: Node, scope: Scope | null, place: Place): CommonTable {
  const query = place.analyse(table['ctequery'], scope, place.common)
  const changes = typeOfNode(table['ctequery']) !== 'SelectStmt'
  const once = !changes && place.around.countOf(textIn(table, 'ctename')) === 1
  return {query, once, names: namesOf(listIn(table, 'aliascolnames'))}
}

/** The first arm tells the columns; what comes round again ties nothing. */
function recursive(table: Node, scope: Scope | null, place: Place): CommonTable {
  const name = textIn(table, 'ctename')
  const body = bodyOf(table['ctequery'], 'SelectStmt')
  if (body === null || !isSetOperation(body) || !mentions(table['ctequery'], name)) return plain(table, scope, place)
  const names = namesOf(listIn(table, 'aliascolnames'))
  const before = place.around.uses.length
  const first = place.analyse({SelectStmt: nodeIn(body, 'larg')}, scope, place.common)
  place.around.uses.splice(before)
  const own: Query = {
    ...first,
    columns: first.columns.map(column => ({...column, notNull: false, node: place.around.graph.newNode(null)})),
    level: null,
  }
  const seen = new Map([...place.common, [name, {query: own, once: false, names}] as const])
  const query = place.analyse(table['ctequery'], scope, seen)
  const why = refusal('WITH RECURSIVE over several shards')
  return {
    query: query.spread.kind === 'same' ? query : {...query, spread: mixed(why)},
    once: false,
    names,
  }
}

function mentions(tree: unknown, name: string): boolean {
  let found = false
  visit(tree, node => {
    found ||= isNode(node) && node['relname'] === name
    return !found
  })
  return found
}
