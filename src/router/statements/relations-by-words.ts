// Which relations a query reads, by its words. Invariant: of a query that the grammar accepts no relation is missed;
// some names that are none may be among them. Pure. Not here: what the relations are (classify-by-words.ts).
import {token} from './lexer.ts'
import {isSign, wordOf, type Token} from './significant-tokens.ts'

/** Names as in pg_class, without schemas, and without those that WITH gives. */
export function relationsOf(tokens: readonly Token[]): readonly string[] {
  const found: string[] = []
  const given = new Set<string>()
  const frames: Frame[] = [{inFrom: false, expects: false, isSyntax: false}]
  for (let at = 0; at < tokens.length; at += 1) {
    const frame = frames.at(-1) ?? outside
    const here = tokens[at]
    if (isSign(here, '(')) {
      const expects = frame.expects
      frame.expects = false
      frames.push({inFrom: expects, expects, isSyntax: !expects && fromInside.has(wordOf(tokens[at - 1]))})
    } else if (isSign(here, ')')) frames.pop()
    else if (isSign(here, ',')) frame.expects = frame.inFrom
    else if (here?.kind === token.word || here?.kind === token.quoted) {
      if (isGiven(tokens, at)) given.add(here.value)
      if (followWord(frame, tokens, at)) continue
      if (!frame.expects) continue
      while (isSign(tokens[at + 1], '.')) at += 2
      frame.expects = false
      const last = tokens[at]
      if (last !== undefined && !isSign(tokens[at + 1], '(')) found.push(last.value)
    }
  }
  return found.filter(name => !given.has(name))
}

/** What is open: the text itself, or a parenthesis. */
interface Frame {
  /** In the list behind FROM. */
  inFrom: boolean
  /** The next name is that of a relation, or of a function when a parenthesis follows it. */
  expects: boolean
  /** FROM is a part of a call there: substring(a FROM 1). */
  readonly isSyntax: boolean
}

const outside: Frame = {inFrom: false, expects: false, isSyntax: false}

const fromInside: ReadonlySet<string> = new Set(['extract', 'overlay', 'substring', 'trim'])

/** Reserved, so that none of them is a name in the list behind FROM. */
const endsOfFrom: ReadonlySet<string> = new Set(
  'where group having order limit offset fetch window union intersect except for select returning'.split(' '),
)
const opensFrom: ReadonlySet<string> = new Set(['from', 'join', 'table'])
const beforeRelations: ReadonlySet<string> = new Set(['lateral', 'only'])

/** Is the word one of the grammar's here? Then the frame follows it. */
function followWord(frame: Frame, tokens: readonly Token[], at: number): boolean {
  const word = wordOf(tokens[at])
  if (isSign(tokens[at - 1], '.')) return false
  if (opensFrom.has(word)) {
    if (word === 'from' && (frame.isSyntax || isDistinction(tokens, at))) return true
    frame.inFrom = true
    frame.expects = true
    return true
  }
  if (endsOfFrom.has(word) || (word === 'values' && isSign(tokens[at + 1], '(')) || word === 'with') {
    // WITH behind a table function (ORDINALITY) ends nothing.
    if (word === 'with' && !frame.expects) return true
    frame.inFrom = false
    frame.expects = false
    return true
  }
  return frame.expects && (beforeRelations.has(word) || (word === 'rows' && wordOf(tokens[at + 1]) === 'from'))
}

/** a IS NOT DISTINCT FROM b */
function isDistinction(tokens: readonly Token[], at: number): boolean {
  return wordOf(tokens[at - 1]) === 'distinct' && ['is', 'not'].includes(wordOf(tokens[at - 2]))
}

/** `WITH x AS (`, `WITH x (a) AS (`, and further ones without columns: one with columns may look like a call. */
function isGiven(tokens: readonly Token[], at: number): boolean {
  const isFirst = ['with', 'recursive'].includes(wordOf(tokens[at - 1]))
  if (!isFirst && !(isSign(tokens[at - 1], ',') && isSign(tokens[at - 2], ')'))) return false
  let behind = at + 1
  if (isFirst && isSign(tokens[behind], '(')) {
    while (behind < tokens.length && !isSign(tokens[behind], ')')) behind += 1
    behind += 1
  }
  if (wordOf(tokens[behind]) !== 'as') return false
  behind += 1
  if (wordOf(tokens[behind]) === 'not') behind += 1
  if (wordOf(tokens[behind]) === 'materialized') behind += 1
  return isSign(tokens[behind], '(')
}
