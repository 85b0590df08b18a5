// The kind of a statement by its parse tree, as PostgreSQL's own grammar gives it through libpg-query. Invariants:
// pure; a tree of a shape that is not known is a write; only what cannot change anything is a read. Not here: parsing
// (load-parser.ts), what parts of a tree mean (judge-node.ts), hints (statement-key.ts).
import type {FunctionCatalogue} from './function-catalogue.ts'
import {judgeSetting} from './judge-name.ts'
import {strictestOf} from './judge-node.ts'
import type {StatementKind} from './statement-plan.ts'
import {isNode, listIn, nodeIn, textIn, unwrapped, type Node} from './tree-node.ts'
import {
  chained,
  change,
  notUnderstood,
  ofSession,
  otherControl,
  prepared,
  verdict,
  verdictOfAll,
  type Verdict,
} from './verdict.ts'

/** `tree` is what parseSync of libpg-query gave for the whole text. Never throws. */
export function classifyTree(tree: unknown, catalogue: FunctionCatalogue): Verdict {
  if (!isNode(tree) || !Array.isArray(tree['stmts'])) return notUnderstood('a parse tree without statements')
  return verdictOfAll(
    listIn(tree, 'stmts').map(statement => verdictOf(isNode(statement) ? statement['stmt'] : null, catalogue)),
  )
}

function verdictOf(wrapped: unknown, catalogue: FunctionCatalogue): Verdict {
  const statement = unwrapped(wrapped)
  if (statement === null) return notUnderstood('a parse tree of another shape')
  const {type, body} = statement
  const sessionWord = sessionStatements.get(type)
  if (sessionWord !== undefined) return ofSession(sessionWord)
  const cursorWord = cursorStatements.get(type)
  if (cursorWord !== undefined) return verdict('in-transaction', cursorWord)
  switch (type) {
    case 'SelectStmt':
      return strictestOf(body, verdict('read', 'SELECT'), catalogue)
    case 'VariableShowStmt':
      return judgeSetting(textIn(body, 'name')) ?? verdict('read', 'SHOW')
    case 'DeclareCursorStmt':
      return declared(body, catalogue)
    case 'InsertStmt':
    case 'UpdateStmt':
    case 'DeleteStmt':
    case 'MergeStmt':
      return strictestOf({[type]: body}, change(wordsOf(type)), catalogue)
    case 'ExplainStmt':
      return explained(body, catalogue)
    case 'CopyStmt':
      return copied(body, catalogue)
    case 'TransactionStmt':
      return controlled(body)
    case 'VariableSetStmt':
      return settingVerdict(body)
    case 'ConstraintsSetStmt':
      return verdict('in-transaction', 'SET CONSTRAINTS')
    default:
      // Inside of its wrapper, so that a statement that changes data is seen as that. Whatever else it is, it is a
      // write; it may be about the session, too.
      return strictestOf({[type]: body}, verdict('write', wordsOf(type)), catalogue)
  }
}

/**
 * Change or use what is kept with the connection. A map: a type of the tree called `valueOf` must not find what every
 * object inherits.
 */
const sessionStatements: ReadonlyMap<string, string> = new Map(
  Object.entries({
    PrepareStmt: 'PREPARE',
    ExecuteStmt: 'EXECUTE',
    DeallocateStmt: 'DEALLOCATE',
    ListenStmt: 'LISTEN',
    UnlistenStmt: 'UNLISTEN',
    DiscardStmt: 'DISCARD',
    LoadStmt: 'LOAD',
  }),
)

/** MOVE is a FetchStmt. */
const cursorStatements: ReadonlyMap<string, string> = new Map(
  Object.entries({FetchStmt: 'FETCH', ClosePortalStmt: 'CLOSE'}),
)

/** CURSOR_OPT_HOLD */
const withHold = 32

/**
 * A cursor ends with its transaction, unless it is one WITH HOLD. Its query says where that may run, and what fetching
 * from it may write.
 */
function declared(body: Node, catalogue: FunctionCatalogue): Verdict {
  const options = body['options']
  const kept = typeof options === 'number' && (options & withHold) !== 0
  const cursor = verdict(kept ? 'session' : 'in-transaction', 'DECLARE')
  const {node, hasUnknown, commits} = verdictOf(body['query'], catalogue)
  return {...cursor, node: kept ? 'primary' : node, hasUnknown, commits}
}

/** For people: AlterTableStmt is ALTER TABLE. */
function wordsOf(type: string): string {
  return type
    .replace(/Stmt$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase()
}

/**
 * Without ANALYZE nothing is executed, and a standby explains an UPDATE as well; only what is kept with the connection
 * has to be there.
 */
function explained(body: Node, catalogue: FunctionCatalogue): Verdict {
  const inner = verdictOf(body['query'], catalogue)
  const isRun = optionsOf(body).some(({name, value}) => name === 'analyze' && !isOff(value))
  return isRun || inner.kind === 'session' ? inner : verdict('read', 'EXPLAIN')
}

interface Option {
  readonly name: string
  readonly value: unknown
}

function optionsOf(body: Node): readonly Option[] {
  return listIn(body, 'options').map(option => {
    const element = isNode(option) ? nodeIn(option, 'DefElem') : {}
    return {name: textIn(element, 'defname'), value: element['arg']}
  })
}

/** An option that is named without a value is on; so is whatever is not clearly off. */
function isOff(value: unknown): boolean {
  const wrapped = unwrapped(value)
  if (wrapped?.type === 'Integer') return (wrapped.body['ival'] ?? 0) === 0
  return wrapped?.type === 'String' && ['off', 'false'].includes(textIn(wrapped.body, 'sval').toLowerCase())
}

/** COPY … TO STDOUT. A file or a program is on the server's machine. */
function copied(body: Node, catalogue: FunctionCatalogue): Verdict {
  if (body['is_from'] === true) return strictestOf(body, change('COPY FROM'), catalogue)
  if (body['is_program'] === true || body['filename'] !== undefined)
    return strictestOf(body, change('COPY TO a file of the server'), catalogue)
  return {...strictestOf(body, verdict('read', 'COPY TO'), catalogue), vouchable: false}
}

const control: ReadonlyMap<string, readonly [StatementKind, string]> = new Map(
  Object.entries<readonly [StatementKind, string]>({
    TRANS_STMT_BEGIN: ['begin', 'BEGIN'],
    TRANS_STMT_START: ['begin', 'START TRANSACTION'],
    TRANS_STMT_COMMIT: ['commit', 'COMMIT'],
    TRANS_STMT_ROLLBACK: ['rollback', 'ROLLBACK'],
    TRANS_STMT_SAVEPOINT: ['in-transaction', 'SAVEPOINT'],
    TRANS_STMT_RELEASE: ['in-transaction', 'RELEASE'],
    TRANS_STMT_ROLLBACK_TO: ['in-transaction', 'ROLLBACK TO'],
    TRANS_STMT_COMMIT_PREPARED: ['write', 'COMMIT PREPARED'],
    TRANS_STMT_ROLLBACK_PREPARED: ['write', 'ROLLBACK PREPARED'],
  }),
)

function controlled(body: Node): Verdict {
  const name = textIn(body, 'kind')
  if (name === 'TRANS_STMT_PREPARE') return prepared
  const known = control.get(name)
  if (known === undefined) return otherControl
  const [kind, word] = known
  if (body['chain'] === true) return chained(kind === 'commit' ? kind : 'rollback', word)
  return {...verdict(kind, word), readOnlyTransaction: kind === 'begin' && isReadOnly(optionsOf(body))}
}

/** An option that is given twice counts with its worse value. */
function isReadOnly(options: readonly Option[]): boolean {
  const valuesOf = (name: string): readonly Node[] =>
    options.filter(option => option.name === name).map(({value}) => (isNode(value) ? nodeIn(value, 'A_Const') : {}))
  const readOnly = valuesOf('transaction_read_only').map(value => nodeIn(value, 'ival')['ival'] === 1)
  const isolation = valuesOf('transaction_isolation').map(value => textIn(nodeIn(value, 'sval'), 'sval'))
  return readOnly.length > 0 && readOnly.every(Boolean) && isolation.every(level => standbyLevels.has(level))
}

/** A hot standby refuses SERIALIZABLE. */
const standbyLevels: ReadonlySet<string> = new Set(['read uncommitted', 'read committed', 'repeatable read'])

function settingVerdict(body: Node): Verdict {
  const name = textIn(body, 'name')
  if (body['is_local'] === true) return verdict('in-transaction', 'SET LOCAL')
  const isMulti = textIn(body, 'kind') === 'VAR_SET_MULTI'
  if (isMulti && (name === 'TRANSACTION' || name === 'TRANSACTION SNAPSHOT'))
    return {...verdict('in-transaction', `SET ${name}`), node: mayStandbySet(name, body) ? 'any' : 'primary'}
  return ofSession(textIn(body, 'kind').startsWith('VAR_RESET') ? 'RESET' : 'SET')
}

/** A standby has neither the snapshots of the primary, nor READ WRITE, nor SERIALIZABLE. */
function mayStandbySet(name: string, body: Node): boolean {
  if (name !== 'TRANSACTION') return false
  return listIn(body, 'args').every(argument => {
    const option = isNode(argument) ? nodeIn(argument, 'DefElem') : {}
    const value = nodeIn(nodeIn(option, 'arg'), 'A_Const')
    switch (textIn(option, 'defname')) {
      case 'transaction_read_only':
        return nodeIn(value, 'ival')['ival'] === 1
      case 'transaction_isolation':
        return standbyLevels.has(textIn(nodeIn(value, 'sval'), 'sval'))
      default:
        return true
    }
  })
}
