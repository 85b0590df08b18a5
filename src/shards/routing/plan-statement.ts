// A statement's route: which tables with which keys, and how it runs where one shard is not enough. Invariants: pure;
// whatever cannot be proven right is refused; nothing is decided by a value. Not here: memory (plan-cache.ts), values
// (bind-route.ts).
import {analyseStatement, type Analysis} from './analyse.ts'
import {isLocking, volatilityIn} from './calls.ts'
import {equalsAny, cast, parameter} from './build-nodes.ts'
import {combineTemplate, type GatherTemplate} from './gather-template.ts'
import {guardedLeg} from './guard-leg.ts'
import type {KeySource} from './key-source.ts'
import {checkScatteredChange, hasReturning} from './plan-change.ts'
import {planSplit} from './plan-insert.ts'
import {checkReferenceChange} from './plan-reference.ts'
import {planSelect} from './plan-select.ts'
import {planSetOperation} from './plan-set-operation.ts'
import type {ReadPlan} from './read-plan.ts'
import {refused, unsupported} from './refusal.ts'
import {legTextOf, listNumber, type LegText, type Render} from './render.ts'
import {isSetOperation} from './set-operations.ts'
import {ShardError} from '../shard-error.ts'
import type {ListSource, Scatter, StatementRoute, UseRoute} from './statement-route.ts'
import type {Tables} from './table-facts.ts'
import {bodyOf, isNode, listIn, mapTree, nodeIn, typeOfNode, type Node} from './tree-node.ts'

/**
 * The route of a text with its parse tree, as libpg-query gives it. `render` writes trees as texts again. Throws
 * ShardError UNSUPPORTED, TABLE_UNKNOWN, KEY_MISSING, KEY_UPDATE with the clause and the way out.
 */
export function planStatement(tree: unknown, text: string, tables: Tables, render: Render): StatementRoute {
  const statement = singleStatement(tree)
  const type = typeOfNode(statement)
  if (type === 'VariableShowStmt') return anywhere(text)
  if (!routed.has(type)) throw unsupported(nameOfStatement(type), 'run it on each shard by the client of that shard')
  const analysis = analyseStatement(statement, tables)
  const kind = kindOf(statement, analysis, tables)
  if (analysis.references.some(({changed}) => changed)) {
    checkReferenceChange(statement, analysis, tables)
    return {text, kind: 'write', place: 'everywhere', uses: [], scatter: notScattered}
  }
  if (analysis.uses.length === 0) {
    checkAnywhere(statement, tables)
    return {...anywhere(text), kind}
  }
  const uses = useRoutes(analysis)
  const scatter = scatterOrRefusal(statement, analysis, tables, render, text)
  if (scatter instanceof ShardError && uses.some(use => use.sources.length === 0)) throw scatter
  return {text, kind, place: 'keys', uses, scatter}
}

const routed: ReadonlySet<string> = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'])
const notScattered = unsupported('a statement on several shards')

function anywhere(text: string): StatementRoute {
  return {text, kind: 'read', place: 'anywhere', uses: [], scatter: notScattered}
}

function singleStatement(tree: unknown): Node {
  const statements = isNode(tree) ? listIn(tree, 'stmts') : []
  const [first] = statements
  if (first === undefined) throw unsupported('an empty text', 'give a statement')
  if (statements.length > 1)
    throw unsupported(
      'several statements in one text',
      'give them one by one, in a transaction if they belong together',
    )
  return nodeIn(isNode(first) ? first : {}, 'stmt')
}

function nameOfStatement(type: string): string {
  return `${type
    .replace(/Stmt$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase()} through the sharded pool`
}

function kindOf(statement: Node, {uses, references}: Analysis, tables: Tables): 'read' | 'write' {
  const changes = uses.some(use => use.change !== null) || references.some(({changed}) => changed)
  return changes || isLocking(statement) || volatilityIn(statement, tables).harmful.length > 0 ? 'write' : 'read'
}

/** Without a sharded table any shard answers alike, unless a function does something there. */
function checkAnywhere(statement: Node, tables: Tables): void {
  const [harmful] = volatilityIn(statement, tables).harmful
  if (harmful !== undefined)
    throw unsupported(`${harmful}() on no shard in particular`, 'run it by the client of one shard')
  if (isLocking(statement)) throw unsupported('a lock on rows of a reference table', 'lock them on each shard')
}

function useRoutes({uses, graph}: Analysis): readonly UseRoute[] {
  const sources = graph.sourcesOf(uses.map(use => use.node))
  return uses.map(({table, node, change}) => ({
    table: table.name,
    column: table.key?.column ?? '',
    keyType: table.key?.type ?? 'int8',
    changed: change !== null,
    sources: sources.get(node) ?? [],
  }))
}

function scatterOrRefusal(
  statement: Node,
  analysis: Analysis,
  tables: Tables,
  render: Render,
  text: string,
): Scatter | ShardError {
  try {
    return scatterOf(statement, analysis, tables, render, text)
  } catch (error) {
    if (error instanceof ShardError) return error
    throw error
  }
}

function scatterOf(statement: Node, analysis: Analysis, tables: Tables, render: Render, text: string): Scatter {
  const list = listOf(analysis)
  const insert = bodyOf(statement, 'InsertStmt')
  if (insert !== null && listIn(bodyOf(insert['selectStmt'], 'SelectStmt') ?? {}, 'valuesLists').length > 0)
    return {kind: 'split', split: planSplit(insert, analysis, tables, render)}
  const select = bodyOf(statement, 'SelectStmt')
  if (select !== null) return readScatter(statement, select, analysis, tables, render, text, list)
  const body = insert ?? bodyOf(statement, typeOfNode(statement)) ?? {}
  checkScatteredChange(statement, body, analysis, tables)
  const leg = legText(statement, true, list, render, text)
  const guarded = guardedLeg(withListOf(statement, list), analysis.uses, render)
  return {kind: 'change', leg, guarded, returning: hasReturning(body), list}
}

function readScatter(
  statement: Node,
  select: Node,
  analysis: Analysis,
  tables: Tables,
  render: Render,
  text: string,
  list: ListSource | null,
): Scatter {
  if (analysis.uses.some(use => use.change !== null)) throw unsupported('a change inside WITH over several shards')
  if (isLocking(statement)) throw unsupported('FOR UPDATE or FOR SHARE over several shards')
  const [harmful] = volatilityIn(statement, tables).harmful
  if (harmful !== undefined) throw unsupported(`${harmful}() in a query over several shards`)
  const plan = readPlan(select, analysis, tables)
  const combine = plan.combine
  const gather: GatherTemplate =
    combine === null
      ? plan.gather
      : {
          ...plan.gather,
          combine: combineTemplate(render({SelectStmt: combine.statement}), combine.columnTypes, combine.groupKeys),
        }
  const whole = {SelectStmt: plan.leg ?? select}
  const leg = legText(whole, plan.leg === null, list, render, text)
  const guarded = guardedLeg(withListOf(whole, list), analysis.uses, render)
  return {kind: 'gather', leg, guarded, gather, pushed: plan.pushed, list}
}

function readPlan(select: Node, {query}: Analysis, tables: Tables): ReadPlan {
  if (isSetOperation(select)) return planSetOperation(select, query, tables)
  if (query.level === null) throw query.spread.kind === 'mixed' ? refused(query.spread.why) : unsupported('VALUES')
  return planSelect(select, query.level, tables)
}

/** The statement as it is where nothing in it changes; else written anew, with the list of keys as a parameter. */
function legText(statement: Node, asItIs: boolean, list: ListSource | null, render: Render, text: string): LegText {
  if (asItIs && list === null) return {text, fillings: null}
  return legTextOf(withListOf(statement, list), render)
}

/** With the list of keys as a parameter. */
function withListOf(statement: Node, list: ListSource | null): Node {
  if (list === null) return statement
  return mapTree(statement, node => (node === list.place ? withList(node, list) : null)) as Node
}

function withList(node: Node, list: ListSource & {readonly keyType?: string}): Node {
  const expression = bodyOf(node, 'A_Expr') ?? {}
  return equalsAny(expression['lexpr'], cast(parameter(listNumber), list.keyType ?? 'text', true))
}

/** The one list that binds a table, if there is exactly one. */
function listOf({uses, graph}: Analysis): (ListSource & {readonly keyType: string}) | null {
  const found = new Map<Node, ListSource & {readonly keyType: string}>()
  for (const {table, node} of uses)
    for (const source of graph.sourcesOf([node]).get(node) ?? [])
      if (isList(source)) found.set(source.place, {...source, keyType: table.key?.type ?? 'text'})
  const [only] = found.values()
  return found.size === 1 && only !== undefined ? only : null
}

function isList(source: KeySource): source is ListSource {
  return source.kind === 'list' || source.kind === 'array'
}
