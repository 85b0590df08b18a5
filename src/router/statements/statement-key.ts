// What makes two texts the same statement: everything but comments, white space and semicolons around it (sqlcommenter
// puts another comment on each call).
// Invariants: texts with the same key get the same plan; a text without anything around it is its own key, as the same
// string. Not here: the cache (plan-cache.ts).
//
// Hints. A comment before or behind the statement that holds nothing else than `hl: primary` or `hl: standby`, in
// capitals or not:
//
// /* hl: primary */ SELECT … a read goes to the primary all the same, BEGIN READ ONLY opens an ordinary transaction
// SELECT … /* hl: standby */ a query that would be a write only for the functions it calls or the views it reads is a
// read: the caller vouches for them
//
// `hl: standby` changes nothing else: not INSERT, UPDATE, DELETE, MERGE (also inside of WITH), SELECT INTO, FOR UPDATE,
// DDL, session statements, several statements at once, or a text that is not understood. With both, primary wins. The
// hint is part of the key.
import {isSpace} from './characters.ts'
import {endOf, kindOf, token, tokenAt} from './lexer.ts'

export type Hint = 'primary' | 'standby'

/** The statement without what is around it, behind its hint in one fixed form. */
export function statementKey(text: string): string {
  if (isBare(text)) return text
  const start = startOf(text)
  const end = endOfStatement(text, start.at)
  if (end === null) return text
  const hint = start.hint === 'primary' ? start.hint : (end.hint ?? start.hint)
  if (hint === null) return text.slice(start.at, end.at)
  return prefixes[hint] + text.slice(start.at, end.at)
}

export function hintOf(key: string): Hint | null {
  if (key.charCodeAt(0) !== slash) return null
  if (key.startsWith(prefixes.primary)) return 'primary'
  return key.startsWith(prefixes.standby) ? 'standby' : null
}

export function withoutHint(key: string): string {
  const hint = hintOf(key)
  return hint === null ? key : key.slice(prefixes[hint].length)
}

const prefixes: Readonly<Record<Hint, string>> = {primary: '/*hl:primary*/', standby: '/*hl:standby*/'}
const star = 42
const minus = 45
const slash = 47
const semicolon = 59

/** Where the statement begins or ends, and the hint that was met on the way. */
interface Edge {
  readonly at: number
  readonly hint: Hint | null
}

/** Surely nothing around it, by a look at both ends. */
function isBare(text: string): boolean {
  const first = text.charCodeAt(0)
  if (isSpace(first) || first === slash || first === minus) return false
  const last = text.charCodeAt(text.length - 1)
  return !isSpace(last) && last !== semicolon && last !== slash && lineCommentAtEnd(text, 0, text.length) < 0
}

function startOf(text: string): Edge {
  let at = 0
  let hint: Hint | null = null
  while (at < text.length) {
    const found = tokenAt(text, at)
    const kind = kindOf(found)
    if (kind !== token.space && kind !== token.comment) break
    if (kind === token.comment) hint = merged(hint, hintIn(text, at, endOf(found)))
    at = endOf(found)
  }
  return {at, hint}
}

/** Null when the text cannot be split: it is its own key then. */
function endOfStatement(text: string, from: number): Edge | null {
  let hint: Hint | null = null
  for (let end = endOfTrimmed(text, from); ;) {
    if (text.charCodeAt(end - 1) !== slash || text.charCodeAt(end - 2) !== star || end === from) {
      return lineCommentAtEnd(text, from, end) < 0 ? {at: end, hint} : endByTokens(text, from)
    }
    const open = startOfLastComment(text, from, end)
    if (open < 0) return endByTokens(text, from)
    hint = merged(hint, hintIn(text, open, end))
    end = endOfTrimmed(text, from, open)
  }
}

/**
 * Where the comment that ends the text begins, found from behind, since sqlcommenter's is there on every call; -1 when
 * that is not sure.
 * A text that ends in the two characters of a comment's end, with no other comment's end and no -- since the last
 * comment's begin, either has the comment there, or is one that no server accepts (an open string or comment, an
 * operator at the end): then it does not matter what it is taken for.
 */
function startOfLastComment(text: string, from: number, end: number): number {
  const open = end < 4 ? -1 : text.lastIndexOf('/*', end - 4)
  // In `*/*` the slash may close a comment and open none.
  if (open < from || text.charCodeAt(open - 1) === star || text.indexOf('*/', open + 2) !== end - 2) return -1
  const dashes = text.indexOf('--', open)
  return dashes >= 0 && dashes < end ? -1 : open
}

/** The last line may hold a comment: only reading from the start tells whether it is one, or part of a string. */
function endByTokens(text: string, from: number): Edge | null {
  let end = from
  let hint: Hint | null = null
  for (let at = from; at < text.length;) {
    const found = tokenAt(text, at)
    const kind = kindOf(found)
    if (kind === token.broken) return null
    if (kind === token.comment) hint = merged(hint, hintIn(text, at, endOf(found)))
    else if (kind !== token.space && kind !== token.semicolon) {
      end = endOf(found)
      hint = null
    }
    at = endOf(found)
  }
  return {at: end, hint}
}

/** Position of a `--` in the last line, or -1. */
function lineCommentAtEnd(text: string, from: number, end: number): number {
  const dashes = text.lastIndexOf('--', end - 2)
  if (dashes < from) return -1
  const lineFeed = text.indexOf('\n', dashes)
  const carriageReturn = text.indexOf('\r', dashes)
  return (lineFeed >= 0 && lineFeed < end) || (carriageReturn >= 0 && carriageReturn < end) ? -1 : dashes
}

function endOfTrimmed(text: string, from: number, to: number = text.length): number {
  let end = to
  for (
    let code = text.charCodeAt(end - 1);
    end > from && (isSpace(code) || code === semicolon);
    code = text.charCodeAt(end - 1)
  )
    end -= 1
  return end
}

function merged(one: Hint | null, other: Hint | null): Hint | null {
  return one === 'primary' || other === null ? one : other
}

function hintIn(text: string, from: number, to: number): Hint | null {
  let at = from + 2
  while (isSpace(text.charCodeAt(at))) at += 1
  // h or H; the rest is worth a look only then.
  if ((text.charCodeAt(at) | 32) !== 104) return null
  const found = /^hl:\s*(primary|standby)\s*(?:\*\/)?$/i.exec(text.slice(at, to))
  if (found === null) return null
  return found[1]?.toLowerCase() === 'primary' ? 'primary' : 'standby'
}
