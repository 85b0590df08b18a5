// The tokens that carry meaning, with names as the server sees them. Invariant: a text whose names or strings the
// server may read in another way gives null.
// Not here: where a token ends (lexer.ts), what its word means (classify-by-words.ts).
import {endOf, kindOf, token, tokenAt} from './lexer.ts'

export interface Token {
  /** One of the values of `token`; never space, comment or broken. */
  readonly kind: number
  /**
   * A word in lower case, a quoted identifier without its quotes, an operator or punctuation as it is; empty for the
   * rest.
   */
  readonly value: string
}

export function significantTokens(text: string): readonly Token[] | null {
  const tokens: Token[] = []
  for (let at = 0; at < text.length;) {
    const found = tokenAt(text, at)
    const end = endOf(found)
    const kind = kindOf(found)
    if (kind === token.broken) return null
    if (kind !== token.space && kind !== token.comment) {
      const value = valueOf(kind, text, at, end)
      if (value === null) return null
      tokens.push({kind, value})
    }
    at = end
  }
  return tokens
}

/** The word, in lower case, or an empty string for every other token and behind the end. */
export function wordOf(found: Token | undefined): string {
  return found?.kind === token.word ? found.value : ''
}

/** Is it this operator or punctuation? */
export function isSign(found: Token | undefined, sign: string): boolean {
  return (
    found !== undefined && (found.kind === token.punctuation || found.kind === token.operator) && found.value === sign
  )
}

function valueOf(kind: number, text: string, at: number, end: number): string | null {
  if (kind === token.word) return asServerSees(folded(text.slice(at, end)))
  if (kind === token.quoted)
    return text.charCodeAt(at) === doubleQuote ? asServerSees(text.slice(at + 1, end - 1).replaceAll('""', '"')) : null
  return kind === token.punctuation || kind === token.operator ? text.slice(at, end) : ''
}

const doubleQuote = 34
const ascii = /^[\w$]+$/

/** The server folds ASCII letters and no others. */
function folded(word: string): string {
  return ascii.test(word) ? word.toLowerCase() : word.replace(/[A-Z]+/g, letters => letters.toLowerCase())
}

/** Longer names than 63 bytes are cut by the server, and are then the names of something else: null. */
function asServerSees(name: string): string | null {
  return name.length <= 21 || (name.length <= 63 && ascii.test(name)) ? name : null
}
