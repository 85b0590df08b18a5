// Numbers of a line of JSON, read from its bytes. PURE. Invariant: what is read is what JSON.parse would give; a number
// that is signed, has an exponent or is not one of JSON is not read at all. Not here: which numbers a line has
// (learned-lines.ts).

export interface NumberRule {
  /** At most so much. */
  readonly most: number
  /** Nothing behind a point. */
  readonly whole: boolean
}

const [zero, nine, point, slash, quote] = [0x30, 0x39, 0x2e, 0x2f, 0x22]
/** Up to here every whole number is one. */
const exactEnd = 2 ** 53
/** 10 ** places is exact up to here, and a quotient of two exact numbers is rounded once, as that of the text is. */
const powers = Array.from({length: 23}, (_none, places) => 10 ** places)

/** Is it one that `readNumber` reads, but for its rule? */
export function isPlainNumber(text: string): boolean {
  return /^(0|[1-9]\d*)(\.\d+)?$/.test(text)
}

/** Puts the number that begins at `at` into `into[column]` and returns where it ends; -1: it is not to be read here. */
export function readNumber(
  bytes: Buffer,
  at: number,
  to: number,
  {most, whole}: NumberRule,
  into: Float64Array,
  column: number,
): number {
  let value = 0
  let end = at
  for (; end < to; end += 1) {
    const byte = bytes[end] ?? 0
    if (byte < zero || byte > nine) break
    value = value * 10 + (byte - zero)
  }
  if (end === at || (bytes[at] === zero && end > at + 1)) return -1
  let places = 0
  if (!whole && end < to && bytes[end] === point) {
    const from = end + 1
    for (end = from; end < to; end += 1) {
      const byte = bytes[end] ?? 0
      if (byte < zero || byte > nine) break
      value = value * 10 + (byte - zero)
    }
    places = end - from
    if (places === 0) return -1
  }
  const power = powers[places]
  const read = value < exactEnd && power !== undefined ? value / power : Number(bytes.toString('latin1', at, end))
  if (!(read <= most)) return -1
  into[column] = read
  return end
}

/** What each byte is worth as a digit of a position in the WAL; 16: it is none. */
const digits = Uint8Array.from({length: 256}, (_none, byte) => {
  const digit = '0123456789ABCDEF'.indexOf(String.fromCharCode(byte))
  return digit < 0 ? 16 : digit
})
const half = 2 ** 32

/**
 * The same of a position in the WAL, up to the quote behind it, as a number of bytes: what `lsnNumber` gives of its
 * text (src/measure/stored-op.ts).
 */
export function readLsn(bytes: Buffer, at: number, to: number, into: Float64Array, column: number): number {
  const middle = digitsEnd(bytes, at, to, 5)
  if (middle < 0 || bytes[middle] !== slash) return -1
  const end = digitsEnd(bytes, middle + 1, to, 8)
  if (end < 0 || end >= to || bytes[end] !== quote) return -1
  into[column] = wordOf(bytes, at, middle) * half + wordOf(bytes, middle + 1, end)
  return end
}

/** Of at most `most` digits, of which only a single one is zero in front; -1: there are none, or too many. */
function digitsEnd(bytes: Buffer, at: number, to: number, most: number): number {
  let end = at
  while (end < to && (digits[bytes[end] ?? 0] ?? 16) < 16) end += 1
  return end === at || end - at > most || (bytes[at] === zero && end > at + 1) ? -1 : end
}

function wordOf(bytes: Buffer, from: number, to: number): number {
  let word = 0
  for (let at = from; at < to; at += 1) word = word * 16 + (digits[bytes[at] ?? 0] ?? 0)
  return word
}
