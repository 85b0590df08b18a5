// SQL as PostgreSQL splits it, one token at a time, without allocating. Invariants: the tokens cover the text without a
// gap; a text that PostgreSQL would read in another way, or not at all, ends in a token of kind `broken`, so that
// whoever decides by tokens fails closed. Assumes standard_conforming_strings = on, the default since 9.1. Not here:
// what the words mean (classify-by-words.ts) and the grammar, which is PostgreSQL's own (classify-tree.ts).

import {
  ampersand,
  backslash,
  carriageReturn,
  classes,
  classOf,
  colon,
  dollar,
  dot,
  doubleQuote,
  equals,
  isDigit,
  isInWord,
  isLetter,
  isSpace,
  lineFeed,
  minus,
  plus,
  quote,
  slash,
  star,
  underscore,
} from './characters.ts'

/** operator: also `:=`. punctuation: one of `( ) [ ] , . :`, or `::`. broken: reaches to the end of the text. */
export const token = {
  space: 0,
  comment: 1,
  word: 2,
  /** A quoted identifier, or one with Unicode escapes (U&"…"). */
  quoted: 3,
  string: 4,
  number: 5,
  parameter: 6,
  operator: 7,
  punctuation: 8,
  semicolon: 9,
  broken: 10,
} as const

/**
 * The token that starts at `at`: where it ends, and its kind, in one number (see endOf and kindOf), because an object
 * per token would cost more than the search for its end. `at` is inside the text.
 */
export function tokenAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  switch (code < 128 ? classOf[code] : classes.letter) {
    case classes.space:
      return pack(endOfSpace(text, at + 1), token.space)
    case classes.letter:
      return wordAt(text, at, code)
    case classes.digit:
      return numberAt(text, at)
    case classes.quote:
      return plainString(text, at + 1)
    case classes.doubleQuote:
      return closedBy(text, '"', at + 1, token.quoted)
    case classes.dollar:
      return dollarAt(text, at)
    case classes.operator:
      return operatorAt(text, at, code)
    case classes.semicolon:
      return pack(at + 1, token.semicolon)
    case classes.dot:
      return isDigit(text.charCodeAt(at + 1)) ? numberAt(text, at) : pack(at + 1, token.punctuation)
    case classes.colon:
      if (text.charCodeAt(at + 1) === colon) return pack(at + 2, token.punctuation)
      return text.charCodeAt(at + 1) === equals ? pack(at + 2, token.operator) : pack(at + 1, token.punctuation)
    case classes.punctuation:
      return pack(at + 1, token.punctuation)
    default:
      return broken(text)
  }
}

/** Where a token ends: the first position behind it. */
export function endOf(packed: number): number {
  return (packed - (packed & 15)) / 16
}

/** One of the values of `token`. */
export function kindOf(packed: number): number {
  return packed & 15
}

function pack(end: number, kind: number): number {
  return end * 16 + kind
}

function broken(text: string): number {
  return pack(text.length, token.broken)
}

function endOfSpace(text: string, from: number): number {
  let at = from
  while (isSpace(text.charCodeAt(at))) at += 1
  return at
}

function endOfWord(text: string, from: number): number {
  let at = from
  while (isInWord(text.charCodeAt(at))) at += 1
  return at
}

/** A word, or a string with a prefix: E'…', B'…', X'…', N'…', U&'…', U&"…". */
function wordAt(text: string, at: number, code: number): number {
  const next = text.charCodeAt(at + 1)
  if (next === quote) {
    const lower = code | 32
    if (lower === 101) return escapeString(text, at + 2)
    if (lower === 110) return plainString(text, at + 2)
    if (lower === 98 || lower === 120) return bitString(text, at + 2)
  }
  if (next === ampersand && (code | 32) === 117) {
    if (text.charCodeAt(at + 2) === quote) return plainString(text, at + 3)
    if (text.charCodeAt(at + 2) === doubleQuote) return closedBy(text, '"', at + 3, token.quoted)
  }
  return pack(endOfWord(text, at + 1), token.word)
}

function plainString(text: string, from: number): number {
  return closedBy(text, "'", from, token.string)
}

/** In B'…' and X'…' no quote can be doubled. */
function bitString(text: string, from: number): number {
  const close = text.indexOf("'", from)
  return close < 0 ? broken(text) : pack(close + 1, token.string)
}

/** Up to a closing quote; a doubled one stands for itself. */
function closedBy(text: string, mark: string, from: number, kind: number): number {
  let close = text.indexOf(mark, from)
  while (close >= 0 && text.charCodeAt(close + 1) === mark.charCodeAt(0)) close = text.indexOf(mark, close + 2)
  return close < 0 ? broken(text) : pack(close + 1, kind)
}

/** A string in which a backslash keeps the next character from closing it. */
function escapeString(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === backslash) at += 1
    else if (code === quote) {
      if (text.charCodeAt(at + 1) === quote) at += 1
      // A string may go on in the next line, and then backslashes still count. Nobody writes that; it would be read
      // wrongly if it were taken for a new string.
      else
        return text.charCodeAt(endOfSpaceAndLineComments(text, at + 1)) === quote
          ? broken(text)
          : pack(at + 1, token.string)
    }
  }
  return broken(text)
}

function endOfSpaceAndLineComments(text: string, from: number): number {
  let at = endOfSpace(text, from)
  while (text.charCodeAt(at) === minus && text.charCodeAt(at + 1) === minus) at = endOfSpace(text, endOfLine(text, at))
  return at
}

/** A number that runs into a word is refused by 15 and later, and two tokens for 14 (`1into t`): broken. */
function numberAt(text: string, at: number): number {
  const end = endOfNumber(text, at)
  return isLetter(text.charCodeAt(end)) ? broken(text) : pack(end, token.number)
}

function endOfNumber(text: string, at: number): number {
  const radix = text.charCodeAt(at) === 48 ? text.charCodeAt(at + 1) | 32 : 0
  if (radix === 120 || radix === 111 || radix === 98) return endOfWord(text, at + 2)
  let end = endOfDigits(text, at)
  // `1..2` is the number 1 and a range.
  if (text.charCodeAt(end) === dot && text.charCodeAt(end + 1) !== dot) end = endOfDigits(text, end + 1)
  if ((text.charCodeAt(end) | 32) !== 101) return end
  const sign = text.charCodeAt(end + 1)
  const exponent = end + (sign === plus || sign === minus ? 2 : 1)
  return isDigit(text.charCodeAt(exponent)) ? endOfDigits(text, exponent) : end
}

/** Digits and the underscores between them. */
function endOfDigits(text: string, from: number): number {
  let at = from
  for (
    let code = text.charCodeAt(at);
    isDigit(code) || (code === underscore && at > from && isDigit(text.charCodeAt(at + 1)));
    code = text.charCodeAt(at)
  )
    at += 1
  return at
}

/** A parameter ($1) or a string between dollar signs ($$…$$, $tag$…$tag$). */
function dollarAt(text: string, at: number): number {
  if (isDigit(text.charCodeAt(at + 1))) {
    let end = at + 2
    while (isDigit(text.charCodeAt(end))) end += 1
    return isLetter(text.charCodeAt(end)) ? broken(text) : pack(end, token.parameter)
  }
  let end = at + 1
  if (isLetter(text.charCodeAt(end))) {
    end += 1
    for (let code = text.charCodeAt(end); isLetter(code) || isDigit(code); code = text.charCodeAt(end)) end += 1
  }
  if (text.charCodeAt(end) !== dollar) return broken(text)
  const tag = text.slice(at, end + 1)
  const close = text.indexOf(tag, end + 1)
  return close < 0 ? broken(text) : pack(close + tag.length, token.string)
}

function operatorAt(text: string, at: number, code: number): number {
  const next = text.charCodeAt(at + 1)
  if (code === minus && next === minus) return pack(endOfLine(text, at + 2), token.comment)
  if (code === slash && next === star) return blockComment(text, at)
  let end = at + 1
  let keepsSign = isUnusual(code)
  for (let now = next; now < 128 && classOf[now] === classes.operator; now = text.charCodeAt(end)) {
    const after = text.charCodeAt(end + 1)
    if ((now === minus && after === minus) || (now === slash && after === star)) break
    keepsSign ||= isUnusual(now)
    end += 1
  }
  // `a*-1` is a times minus one: a sign at the end belongs to what follows, unless one of ~ ! @ # % ^ & | ` ? is in the
  // operator.
  if (!keepsSign)
    while (end > at + 1 && (text.charCodeAt(end - 1) === minus || text.charCodeAt(end - 1) === plus)) end -= 1
  return pack(end, token.operator)
}

function isUnusual(code: number): boolean {
  return !(code === plus || code === minus || code === star || code === slash || (code >= 60 && code <= 62))
}

function endOfLine(text: string, from: number): number {
  let at = from
  while (at < text.length && text.charCodeAt(at) !== lineFeed && text.charCodeAt(at) !== carriageReturn) at += 1
  return at
}

/** Comments nest. */
function blockComment(text: string, at: number): number {
  let depth = 0
  for (let from = at; ;) {
    const close = text.indexOf('*/', from)
    if (close < 0) return broken(text)
    const open = text.indexOf('/*', from)
    if (open >= 0 && open < close) {
      depth += 1
      from = open + 2
    } else {
      depth -= 1
      from = close + 2
      if (depth === 0) return pack(from, token.comment)
    }
  }
}
