// What one part of a parse tree makes of the statement it is in, and the strictest of all parts. Invariant: every
// function, relation, lock and change of data in the tree is seen, however deep, since the walk does not know what it
// walks over. Pure. Not here: kinds of whole statements (classify-tree.ts).
import {sessionFunctions} from './builtin-functions.ts'
import {builtInCatalogue, type FunctionCatalogue} from './function-catalogue.ts'
import {judgeFunction, judgeRelation, judgeSessionFunction, judgeSetting} from './judge-name.ts'
import {isNode, isTrue, listIn, nameParts, nodeIn, textIn, type Node} from './tree-node.ts'
import {change, ofSession, stricter, unknown, verdict, type Verdict} from './verdict.ts'

/**
 * The verdict `start`, or a stricter one for something inside of `root`. Breadth first and without recursion: a
 * thousand ORs are a thousand levels.
 */
export function strictestOf(root: Node, start: Verdict, catalogue: FunctionCatalogue): Verdict {
  let worst = start
  const queue: Node[] = [root]
  const unknownNames: string[] = []
  const given = new Set<string>()
  // The queue grows while it is walked.
  for (const node of queue) {
    const name = node['relname']
    if (typeof name === 'string') {
      worst = stricter(worst, ofRelation(node, name, catalogue) ?? worst)
      if (catalogue.relations?.has(name) === false) unknownNames.push(name)
    }
    // A name that WITH gives hides a relation's, wherever in the statement: its scope is not looked at.
    if (typeof node['ctename'] === 'string') given.add(node['ctename'])
    for (const field of Object.keys(node)) {
      const value = node[field]
      if (!isNodeOrList(value)) continue
      worst = stricter(worst, ofField(field, value, catalogue) ?? worst)
      queue.push(value)
    }
  }
  const unseen = unknownNames.find(name => !given.has(name))
  return unseen === undefined ? worst : stricter(worst, unknown(`relation ${unseen} is not known`))
}

/** A list is walked like a node whose fields are numbers. */
function isNodeOrList(value: unknown): value is Node {
  return typeof value === 'object' && value !== null
}

const changes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    InsertStmt: 'INSERT',
    UpdateStmt: 'UPDATE',
    DeleteStmt: 'DELETE',
    MergeStmt: 'MERGE',
  }),
)
const locks: Readonly<Partial<Record<string, string>>> = {
  LCS_FORKEYSHARE: 'FOR KEY SHARE',
  LCS_FORSHARE: 'FOR SHARE',
  LCS_FORNOKEYUPDATE: 'FOR NO KEY UPDATE',
  LCS_FORUPDATE: 'FOR UPDATE',
}

function ofField(field: string, value: Node, catalogue: FunctionCatalogue): Verdict | null {
  switch (field) {
    case 'InsertStmt':
    case 'UpdateStmt':
    case 'DeleteStmt':
    case 'MergeStmt':
      return ofChange(field, value)
    case 'FuncCall':
      return ofCall(value, catalogue)
    case 'lockingClause':
      return Array.isArray(value) && value.length > 0 ? change(lockOf(value[0])) : null
    case 'intoClause':
      return change('SELECT INTO')
    case 'ExecuteStmt':
      return ofSession('EXECUTE')
    default:
      return null
  }
}

/** UPDATE pg_settings is SET. */
function ofChange(type: string, value: Node): Verdict {
  if (type === 'UpdateStmt' && textIn(nodeIn(value, 'relation'), 'relname') === 'pg_settings')
    return verdict('session', 'UPDATE pg_settings')
  return change(changes.get(type) ?? type)
}

function lockOf(clause: unknown): string {
  const strength = isNode(clause) ? textIn(nodeIn(clause, 'LockingClause'), 'strength') : ''
  return locks[strength] ?? 'FOR UPDATE'
}

function ofRelation(node: Node, name: string, catalogue: FunctionCatalogue): Verdict | null {
  if (node['relpersistence'] === 't') return verdict('session', 'temporary relation')
  if (textIn(node, 'schemaname').startsWith('pg_temp')) return verdict('session', 'temporary schema')
  return judgeRelation(name, catalogue)
}

function ofCall(call: Node, catalogue: FunctionCatalogue): Verdict | null {
  const parts = nameParts(call, 'funcname')
  const name = parts.at(-1) ?? ''
  const schema = parts.length > 1 ? (parts.at(-2) ?? '') : ''
  if (schema.startsWith('pg_temp')) return verdict('session', 'temporary schema')
  if (name === 'set_config' && isTrue(listIn(call, 'args')[2]))
    return verdict('in-transaction', 'set_config for the transaction')
  if (sessionFunctions.has(name)) return judgeSessionFunction(name)
  if (name === 'current_setting') return judgeSetting(constantOf(listIn(call, 'args')[0]))
  // What syntax such as AT TIME ZONE stands for is qualified by the grammar, and no namesake of the caller's is meant.
  if (schema === 'pg_catalog' && builtInCatalogue.known.has(name)) return null
  return judgeFunction(name, catalogue)
}

function constantOf(argument: unknown): string | null {
  const value = isNode(argument) ? nodeIn(nodeIn(argument, 'A_Const'), 'sval')['sval'] : null
  return typeof value === 'string' ? value : null
}
