// The one form of a key: whatever PostgreSQL takes for the same value becomes the same key, so it gets the same slot.
// Invariant: what JavaScript cannot hold exactly, or PostgreSQL would not take, is refused and never rounded. Pure. Not
// here: the hash (hash-key.ts).
import {ShardError} from '../shard-error.ts'
import type {KeyType} from './key-type.ts'
import {parseInteger} from './parse-integer.ts'
import {parseUuid} from './parse-uuid.ts'

type IntegerType = 'int2' | 'int4' | 'int8'

const largest: Readonly<Record<IntegerType, bigint>> = {
  int2: 2n ** 15n - 1n,
  int4: 2n ** 31n - 1n,
  int8: 2n ** 63n - 1n,
}
const largestNumber: Readonly<Record<IntegerType, number>> = {
  int2: 2 ** 15 - 1,
  int4: 2 ** 31 - 1,
  int8: Number.MAX_SAFE_INTEGER,
}

/** The integer as a number where that is exact, else as a bigint; -0 is 0. Throws KEY_INVALID. */
export function canonicalInteger(type: IntegerType, value: unknown): number | bigint {
  if (typeof value === 'number') return checkedNumber(type, value)
  if (typeof value === 'bigint') return checkedBigint(type, value, value)
  if (typeof value !== 'string') throw invalid(type, value, 'give a number, a bigint or a string')
  const parsed = parseInteger(value)
  if (parsed === null) throw invalid(type, value, 'it is no integer as PostgreSQL reads them')
  return typeof parsed === 'number' ? checkedNumber(type, parsed, value) : checkedBigint(type, parsed, value)
}

function checkedNumber(type: IntegerType, value: number, given: unknown = value): number {
  const most = largestNumber[type]
  // -0 + 0 is 0.
  if (Number.isInteger(value) && value <= most && (value >= -most || (value === -most - 1 && type !== 'int8')))
    return value + 0
  if (!Number.isInteger(value)) throw invalid(type, given, 'it is not a whole number')
  if (type === 'int8')
    throw invalid(type, given, 'above 2^53 a number is not exact any more: give a bigint or a string')
  throw invalid(type, given, 'it is out of the range of the type')
}

function checkedBigint(type: IntegerType, value: bigint, given: unknown): number | bigint {
  const most = largest[type]
  if (value > most || value < -most - 1n) throw invalid(type, given, 'it is out of the range of the type')
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** Fills the first sixteen bytes of `into`. Throws KEY_INVALID. */
export function readUuid(value: unknown, into: Uint8Array): void {
  if (typeof value !== 'string') throw invalid('uuid', value, 'give a string')
  if (!parseUuid(value, into)) throw invalid('uuid', value, 'it is no uuid as PostgreSQL reads them')
}

/** The text itself: nothing is trimmed, folded or composed, as PostgreSQL does none of it. Throws KEY_INVALID. */
export function canonicalText(value: unknown): string {
  if (typeof value !== 'string') throw invalid('text', value, 'give a string')
  if (value.includes('\0')) throw invalid('text', value, 'PostgreSQL has no text with a zero byte in it')
  if (!value.isWellFormed()) throw invalid('text', value, 'half of a surrogate pair has no form in UTF-8')
  return value
}

function invalid(type: KeyType, value: unknown, why: string): ShardError {
  return new ShardError('KEY_INVALID', `${shown(value)} is no key of type ${type}: ${why}`, {detail: {type}})
}

/** Short, and never throws. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string')
    return value.length > 60 ? `a text of ${value.length} characters` : JSON.stringify(value)
  if (typeof value === 'number') return String(value)
  if (typeof value === 'bigint') return value > -(10n ** 60n) && value < 10n ** 60n ? `${value}n` : 'a bigint'
  return `a value of type ${typeof value}`
}
