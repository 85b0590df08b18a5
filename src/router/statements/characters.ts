// The characters of SQL as PostgreSQL's lexer classes them, by their codes. Pure. Not here: tokens (lexer.ts).

export const classes = {
  other: 0,
  space: 1,
  letter: 2,
  digit: 3,
  quote: 4,
  doubleQuote: 5,
  dollar: 6,
  operator: 7,
  semicolon: 8,
  dot: 9,
  colon: 10,
  punctuation: 11,
} as const

/** Class of each ASCII character; what is in none of them is not SQL outside of quotes. */
export const classOf = ((): Uint8Array => {
  const table = new Uint8Array(128)
  const put = (characters: string, value: number): void => {
    for (const character of characters) table[character.charCodeAt(0)] = value
  }
  put(' \t\n\v\f\r', classes.space)
  put('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_', classes.letter)
  put('0123456789', classes.digit)
  put('~!@#^&|`?+-*/%<>=', classes.operator)
  put('()[],', classes.punctuation)
  put("'", classes.quote)
  put('"', classes.doubleQuote)
  put('$', classes.dollar)
  put(';', classes.semicolon)
  put('.', classes.dot)
  put(':', classes.colon)
  return table
})()

const inWord = classOf.map((value, code) =>
  value === classes.letter || value === classes.digit || code === 36 ? 1 : 0,
)

export const lineFeed = 10
export const carriageReturn = 13
export const doubleQuote = 34
export const dollar = 36
export const ampersand = 38
export const quote = 39
export const star = 42
export const plus = 43
export const minus = 45
export const dot = 46
export const slash = 47
export const colon = 58
export const equals = 61
export const backslash = 92
export const underscore = 95

/**
 * PostgreSQL's white space: space, tab, line feed, vertical tab, form feed, carriage return. A no-break space is a
 * letter.
 */
export function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** May start a word. NaN, the code behind the end, may not. */
export function isLetter(code: number): boolean {
  return code >= 128 || classOf[code] === classes.letter
}

/** May go on in a word. */
export function isInWord(code: number): boolean {
  return code >= 128 || (code >= 97 && code <= 122) || inWord[code] === 1
}
