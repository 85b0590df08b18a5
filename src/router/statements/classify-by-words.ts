// The kind of a statement by its words, for when PostgreSQL's own parser is not there. Invariant: it says read only of
// what the parser would call one too (a property under test); whatever it is not sure of is a write, and what might
// touch the connection is a session statement. Pure. Not here: tokens (lexer.ts, significant-tokens.ts), the grammar
// (classify-tree.ts), hints (statement-key.ts).
import type {FunctionCatalogue} from './function-catalogue.ts'
import {sessionFunctions} from './builtin-functions.ts'
import {judgeFunction, judgeRelation, judgeSessionFunction, judgeSetting} from './judge-name.ts'
import {token} from './lexer.ts'
import {mayBeCall} from './may-be-call.ts'
import {relationsOf} from './relations-by-words.ts'
import {isSign, significantTokens, wordOf, type Token} from './significant-tokens.ts'
import {isBeginning, isEnding} from './transaction-words.ts'
import {
  chained,
  change,
  doubtful,
  notUnderstood,
  ofSession as aboutSession,
  prepared,
  stricter,
  unknown,
  verdict,
  verdictOfAll,
  type Verdict,
} from './verdict.ts'
import {lockWords, queryWords, sessionStatements, writingWords} from './word-classes.ts'

/** Never throws. */
export function classifyByWords(text: string, catalogue: FunctionCatalogue): Verdict {
  const tokens = significantTokens(text)
  if (tokens === null)
    return notUnderstood('an open quote or comment, a number that runs into a word, or a name that cannot be read')
  return verdictOfAll(statementsOf(tokens).map(statement => verdictOf(statement, catalogue)))
}

function statementsOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  if (!tokens.some(({kind}) => kind === token.semicolon)) return tokens.length === 0 ? [] : [tokens]
  const statements: Token[][] = [[]]
  for (const found of tokens) {
    if (found.kind === token.semicolon) statements.push([])
    else statements.at(-1)?.push(found)
  }
  return statements.filter(statement => statement.length > 0)
}

function verdictOf(tokens: readonly Token[], catalogue: FunctionCatalogue): Verdict {
  const first = wordOf(tokens.find(found => !isSign(found, '(')))
  if (queryWords.has(first)) return verdictOfQuery(tokens, first.toUpperCase(), catalogue)
  if (isSign(tokens[0], '(')) return notUnderstood('a parenthesis that opens no query')
  const second = wordOf(tokens[1])
  switch (first) {
    case 'begin':
      return beginning('BEGIN', tokens)
    case 'start':
      return beginning('START TRANSACTION', tokens)
    case 'commit':
    case 'end':
      return ending('commit', first.toUpperCase(), tokens)
    case 'rollback':
    case 'abort':
      return second === 'to' || wordOf(tokens[2]) === 'to'
        ? verdict('in-transaction', 'ROLLBACK TO')
        : ending('rollback', first.toUpperCase(), tokens)
    case 'prepare':
      // What is prepared for EXECUTE has AS behind its name.
      return second === 'transaction' && tokens.length === 3 ? prepared : aboutSession('PREPARE')
    case 'savepoint':
    case 'release':
      return verdict('in-transaction', first.toUpperCase())
    case 'set':
      return settingVerdict(tokens, second)
    case 'show':
      return judgeSetting(second) ?? verdict('read', 'SHOW')
    case 'fetch':
    case 'move':
    case 'close':
      return verdict('in-transaction', first.toUpperCase())
    case 'declare':
      return declared(tokens, catalogue)
    case 'explain':
      return explained(tokens, catalogue)
    default:
      return sessionStatements.has(first) ? aboutSession(first.toUpperCase()) : otherVerdict(tokens, first)
  }
}

function beginning(reason: string, tokens: readonly Token[]): Verdict {
  if (!isBeginning(tokens)) return notUnderstood(`what follows ${reason}`)
  const has = (word: string): boolean => tokens.some(found => wordOf(found) === word)
  return {...verdict('begin', reason), readOnlyTransaction: has('only') && !has('write') && !has('serializable')}
}

function ending(kind: 'commit' | 'rollback', reason: string, tokens: readonly Token[]): Verdict {
  const words = tokens.map(wordOf)
  if (words.includes('prepared')) return verdict('write', `${reason} PREPARED`)
  if (!isEnding(tokens)) return notUnderstood(`what follows ${reason}`)
  return words.includes('chain') && !words.includes('no') ? chained(kind, reason) : verdict(kind, reason)
}

/** A cursor ends with its transaction, unless it is one WITH HOLD. Where its query may run needs the grammar. */
function declared(tokens: readonly Token[], catalogue: FunctionCatalogue): Verdict {
  const kept = tokens.some((found, at) => wordOf(found) === 'hold' && wordOf(tokens[at - 1]) === 'with')
  const {commits} = verdictOf(tokens.slice(tokens.findIndex(found => wordOf(found) === 'for') + 1), catalogue)
  return {...verdict(kept ? 'session' : 'in-transaction', 'DECLARE'), node: 'primary', commits}
}

/** `SET local = 1` would be a setting of that name, `SET local.a = 1` one that begins with it. */
function settingVerdict(tokens: readonly Token[], second: string): Verdict {
  const forTransaction = second === 'local' || second === 'transaction' || second === 'constraints'
  const isName = isSign(tokens[2], '=') || isSign(tokens[2], '.') || wordOf(tokens[2]) === 'to'
  if (!forTransaction || isName) return aboutSession('SET')
  const mayStandby =
    second !== 'transaction' || tokens.slice(2).every(found => isSign(found, ',') || standbyWords.has(wordOf(found)))
  return {...verdict('in-transaction', `SET ${second.toUpperCase()}`), node: mayStandby ? 'any' : 'primary'}
}

/** Of SET TRANSACTION, what a standby does too. */
const standbyWords: ReadonlySet<string> = new Set(
  'isolation level repeatable read committed uncommitted only not deferrable'.split(' '),
)

/**
 * Without ANALYZE nothing is executed; what would be a write is left one all the same, which costs nothing but a place.
 */
function explained(tokens: readonly Token[], catalogue: FunctionCatalogue): Verdict {
  let at = isSign(tokens[1], '(') ? closingOf(tokens, 1) + 1 : 1
  while (['analyze', 'analyse', 'verbose'].includes(wordOf(tokens[at]))) at += 1
  const isRun = tokens.slice(1, at).some(found => ['analyze', 'analyse'].includes(found.value))
  const inner = verdictOf(tokens.slice(at), catalogue)
  if (inner.kind === 'session' || inner.kind === 'write') return inner
  if (inner.kind !== 'read') return verdict('write', 'EXPLAIN')
  return isRun ? doubtful('EXPLAIN ANALYZE') : verdict('read', 'EXPLAIN')
}

/** The server applies them as a whole or not at all. */
const wholeStatements: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'merge', 'copy'])

/** What is left changes something, and is looked at only for what it does to the connection. */
function otherVerdict(tokens: readonly Token[], first: string): Verdict {
  if (first === 'create' && isTemporary(tokens, 1)) return verdict('session', 'CREATE TEMPORARY')
  if (first === 'update' && tokens.some(({value}) => value === 'pg_settings'))
    return verdict('session', 'UPDATE pg_settings')
  const reason = first === '' ? 'not a statement' : first.toUpperCase()
  let worst = wholeStatements.has(first) ? change(reason) : verdict('write', reason)
  for (let at = 0; at < tokens.length; at += 1) worst = stricter(worst, ofSession(tokens, at) ?? worst)
  return worst
}

function verdictOfQuery(tokens: readonly Token[], reason: string, catalogue: FunctionCatalogue): Verdict {
  let worst = verdict('read', reason)
  const openedByOn: boolean[] = []
  let afterOn = false
  for (let at = 0; at < tokens.length; at += 1) {
    const found = tokens[at]
    if (isSign(found, '(')) openedByOn.push(wordOf(tokens[at - 1]) === 'on')
    else if (isSign(found, ')')) afterOn = openedByOn.pop() ?? false
    else if (isName(found))
      worst = stricter(worst, ofSession(tokens, at) ?? ofName(tokens, at, afterOn, catalogue) ?? worst)
  }
  const {relations} = catalogue
  const unseen = relations === null ? undefined : relationsOf(tokens).find(name => !relations.has(name))
  return unseen === undefined ? worst : stricter(worst, unknown(`relation ${unseen} is not known`))
}

function isName(found: Token | undefined): found is Token {
  return found?.kind === token.word || found?.kind === token.quoted
}

/** What a name in a query makes of it; null for nothing. */
function ofName(tokens: readonly Token[], at: number, afterOn: boolean, catalogue: FunctionCatalogue): Verdict | null {
  const name = tokens[at]?.value ?? ''
  const word = wordOf(tokens[at])
  if (word === 'into' && isTemporary(tokens, at + 1)) return verdict('session', 'SELECT INTO TEMPORARY')
  if (writingWords.has(word)) return change(word.toUpperCase())
  const lock = word === 'for' ? lockWords.get(wordOf(tokens[at + 1])) : undefined
  if (lock !== undefined) return change(lock)
  const relation = judgeRelation(name, catalogue)
  if (!isSign(tokens[at + 1], '(')) return relation
  if (name === 'current_setting') return judgeSetting(null)
  const called = judgeFunction(name, catalogue)
  // What is not known may be no call at all; what is known counts also where a keyword is somebody's function.
  const counts = called?.hasUnknown === false || mayBeCall(tokens, at, afterOn)
  return counts && called !== null ? stricter(called, relation ?? called) : relation
}

/** A name that means the connection, in any statement: a temporary schema, a function about the session. */
function ofSession(tokens: readonly Token[], at: number): Verdict | null {
  const found = tokens[at]
  if (!isName(found)) return null
  if (found.value.startsWith('pg_temp')) return verdict('session', 'temporary schema')
  if (!sessionFunctions.has(found.value) || !isSign(tokens[at + 1], '(')) return null
  if (found.value === 'set_config' && isForTransaction(tokens, at + 1))
    return verdict('in-transaction', 'set_config for the transaction')
  return judgeSessionFunction(found.value)
}

/** set_config(name, value, true) */
function isForTransaction(tokens: readonly Token[], open: number): boolean {
  const close = closingOf(tokens, open)
  let depth = 0
  let commas = 0
  for (const found of tokens.slice(open, close)) {
    if (isSign(found, '(')) depth += 1
    else if (isSign(found, ')')) depth -= 1
    else if (isSign(found, ',') && depth === 1) commas += 1
    // What follows it is no argument any more.
    else if (wordOf(found) === 'order' && depth === 1) return false
  }
  return commas === 2 && wordOf(tokens[close - 1]) === 'true' && isSign(tokens[close - 2], ',')
}

/** Index of the parenthesis that closes the one at `open`, or the number of tokens. */
function closingOf(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let at = open; at < tokens.length; at += 1) {
    if (isSign(tokens[at], '(')) depth += 1
    else if (isSign(tokens[at], ')')) depth -= 1
    if (depth === 0) return at
  }
  return tokens.length
}

/** [OR REPLACE] [GLOBAL | LOCAL] TEMPORARY, as CREATE and INTO have it. */
function isTemporary(tokens: readonly Token[], from: number): boolean {
  let at = from
  while (['or', 'replace', 'global', 'local'].includes(wordOf(tokens[at]))) at += 1
  return ['temp', 'temporary'].includes(wordOf(tokens[at]))
}
