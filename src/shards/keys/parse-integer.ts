// The integers of PostgreSQL as text, as int2in, int4in and int8in read them. Invariant: whatever this reads, the
// server reads as the same number, or refuses (version 15 knows no underscores and no 0x); what this refuses, every
// server refuses. Pure. Source: pg_strtoint64_safe in src/backend/utils/adt/numutils.c.

/** Blanks are those of isspace() in C; underscores stand between digits, or after the letter of the base. */
const integer =
  /^[ \t\n\v\f\r]*([+-]?)(?:0[xX]((?:_?[0-9a-fA-F])+)|0[oO]((?:_?[0-7])+)|0[bB]((?:_?[01])+)|([0-9](?:_?[0-9])*))[ \t\n\v\f\r]*$/
/** So many digits are surely exact as a number. */
const plainMost = 15

/** A number where that is exact, else a bigint; null for what is no integer. Has no range of its own. */
export function parseInteger(text: string): number | bigint | null {
  const plain = parsePlain(text)
  if (plain !== null) return plain
  const [, sign, hex, octal, binary, decimal] = integer.exec(text) ?? []
  const digits =
    decimal ??
    (hex === undefined ? undefined : `0x${hex}`) ??
    (octal === undefined ? undefined : `0o${octal}`) ??
    (binary === undefined ? undefined : `0b${binary}`)
  if (digits === undefined) return null
  const size = BigInt(digits.replaceAll('_', ''))
  return sign === '-' ? -size : size
}

/** Digits with or without a minus, the form that pg gives; null for every other. */
function parsePlain(text: string): number | null {
  const isNegative = text.charCodeAt(0) === 45
  const first = isNegative ? 1 : 0
  if (text.length === first || text.length - first > plainMost) return null
  let value = 0
  for (let at = first; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return null
    value = value * 10 + digit
  }
  return isNegative ? 0 - value : value
}
