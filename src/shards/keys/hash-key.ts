// PostgreSQL's own hash of partitioning: hashint8extended and hash_bytes_extended with the seed of hash partitions, in
// int32 arithmetic. Invariant: the low half of the 64 bits equals the server's; only its last bits say the slot. Pure.
// Source of the formulas: src/common/hashfn.c and partbounds.c of PostgreSQL, after Bob Jenkins' lookup3, in the public
// domain. Not here: which bytes a key has (canonical-key.ts).

/** HASH_PARTITION_SEED of PostgreSQL, 0x7A5B22367996DCFD. */
const seedHigh = 0x7a5b2236
const seedLow = 0x7996dcfd
/** What lookup3 starts with, and PostgreSQL's own addition to it. */
const start = (0x9e3779b9 + 3_923_095) | 0

/** The state that mixing leaves: one array for all, since nothing here awaits. */
const state = new Int32Array(3)

function mix(a: number, b: number, c: number): void {
  a = ((a - c) | 0) ^ ((c << 4) | (c >>> 28))
  c = (c + b) | 0
  b = ((b - a) | 0) ^ ((a << 6) | (a >>> 26))
  a = (a + c) | 0
  c = ((c - b) | 0) ^ ((b << 8) | (b >>> 24))
  b = (b + a) | 0
  a = ((a - c) | 0) ^ ((c << 16) | (c >>> 16))
  c = (c + b) | 0
  b = ((b - a) | 0) ^ ((a << 19) | (a >>> 13))
  a = (a + c) | 0
  c = ((c - b) | 0) ^ ((b << 4) | (b >>> 28))
  b = (b + a) | 0
  state[0] = a
  state[1] = b
  state[2] = c
}

/** The low half of the result; the high half would be b. */
function finish(a: number, b: number, c: number): number {
  c = ((c ^ b) - ((b << 14) | (b >>> 18))) | 0
  a = ((a ^ c) - ((c << 11) | (c >>> 21))) | 0
  b = ((b ^ a) - ((a << 25) | (a >>> 7))) | 0
  c = ((c ^ b) - ((b << 16) | (b >>> 16))) | 0
  a = ((a ^ c) - ((c << 4) | (c >>> 28))) | 0
  b = ((b ^ a) - ((a << 14) | (a >>> 18))) | 0
  return ((c ^ b) - ((b << 24) | (b >>> 8))) | 0
}

/** The state after the seed, for a key of `length` bytes. */
function begin(length: number): void {
  const all = (start + length) | 0
  mix((all + seedHigh) | 0, (all + seedLow) | 0, all)
}

begin(4)
const [integerA = 0, integerB = 0, integerC = 0] = state

/**
 * The low 32 bits, as an int32, of the hash of an integer: the same for int2, int4 and int8. `low` and `high` are its
 * halves as int32.
 */
export function hashInteger(low: number, high: number): number {
  return finish((integerA + (low ^ (high < 0 ? ~high : high))) | 0, integerB, integerC)
}

/** The low 32 bits, as an int32, of the hash of the first `length` of the bytes: of uuid and text. */
export function hashBytes(bytes: Uint8Array, length: number): number {
  begin(length)
  let a = state[0] ?? 0
  let b = state[1] ?? 0
  let c = state[2] ?? 0
  let at = 0
  for (; length - at >= 12; at += 12) {
    mix((a + word(bytes, at, 4)) | 0, (b + word(bytes, at + 4, 4)) | 0, (c + word(bytes, at + 8, 4)) | 0)
    a = state[0] ?? 0
    b = state[1] ?? 0
    c = state[2] ?? 0
  }
  const rest = length - at
  a = (a + word(bytes, at, rest)) | 0
  if (rest > 4) b = (b + word(bytes, at + 4, rest - 4)) | 0
  // The lowest byte of c belongs to the length.
  if (rest > 8) c = (c + (word(bytes, at + 8, rest - 8) << 8)) | 0
  return finish(a, b, c)
}

/** The first four bytes of `count`, the first one the lowest. */
function word(bytes: Uint8Array, at: number, count: number): number {
  let value = bytes[at] ?? 0
  if (count < 4) {
    if (count < 1) return 0
    if (count > 1) value |= (bytes[at + 1] ?? 0) << 8
    if (count > 2) value |= (bytes[at + 2] ?? 0) << 16
    return value
  }
  return value | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
}
