// Key to slot, slot to group. Invariant: the slot is the remainder that PostgreSQL's PARTITION BY HASH with MODULUS
// 4096 gives the same value, in every form that PostgreSQL takes for it. Pure. Not here: where a group lives
// (../map/shard-map.ts).
import {ShardError} from '../shard-error.ts'
import {canonicalInteger, canonicalText, readUuid} from './canonical-key.ts'
import {hashBytes, hashInteger} from './hash-key.ts'
import type {KeyType} from './key-type.ts'
import {uuidBytes} from './parse-uuid.ts'

/** Parts of the key space. */
export const slotCount = 4096
/** The units that move: 64 slots each. */
export const groupCount = 64
const slotMask = slotCount - 1
const slotBitsOfGroup = 6
/** The last bits of what hash_combine64 of PostgreSQL (src/include/common/hashfn.h) adds to the hash of one column. */
const combined = 0x8e3
/** HASH_PARTITION_SEED of PostgreSQL as a bigint of SQL. */
const seed = '8816678312871386365'
const halfSize = 2 ** 32

/**
 * The slot, 0 to 4095, of a key: a number, bigint or string for the integers, a string for uuid and text. Throws
 * ShardError KEY_INVALID for null, fractions, numbers above 2^53, other types and all that PostgreSQL would not take.
 */
export function slotOf(type: KeyType, value: unknown): number {
  // A key that fits into an int32, the common case, needs no more looks.
  if (typeof value === 'number' && (value | 0) === value && (type === 'int8' || type === 'int4'))
    return slotOfHash(hashInteger(value | 0, 0))
  switch (type) {
    case 'int2':
    case 'int4':
    case 'int8':
      return slotOfHash(hashOfInteger(canonicalInteger(type, value)))
    case 'uuid':
      readUuid(value, scratch)
      return slotOfHash(hashBytes(scratch, uuidBytes))
    case 'text':
      return slotOfHash(hashOfText(canonicalText(value)))
    default:
      throw new ShardError('KEY_INVALID', `${String(type satisfies never)} is no type of a key`)
  }
}

/** The group, 0 to 63, of a slot. */
export function groupOf(slot: number): number {
  return slot >> slotBitsOfGroup
}

function slotOfHash(hash: number): number {
  return (hash + combined) & slotMask
}

function hashOfInteger(value: number | bigint): number {
  if (typeof value === 'number') return hashInteger(value | 0, Math.floor(value / halfSize) | 0)
  return hashInteger(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)))
}

/** Grows to the longest key seen, up to a limit; used anew by each call. */
let scratch = new Uint8Array(256)
const scratchMost = 65_536
const encoder = new TextEncoder()

/** UTF-8, as a server with that encoding stores it; others are refused at the start (check-hash.ts). */
function hashOfText(text: string): number {
  const most = 3 * text.length
  if (most > scratchMost) {
    const bytes = encoder.encode(text)
    return hashBytes(bytes, bytes.length)
  }
  if (most > scratch.length) scratch = new Uint8Array(Math.min(scratchMost, 2 * most))
  return hashBytes(scratch, encoder.encodeInto(text, scratch).written)
}

const hashFunctions: Readonly<Record<KeyType, string>> = {
  int2: 'hashint8extended',
  int4: 'hashint8extended',
  int8: 'hashint8extended',
  uuid: 'uuid_hash_extended',
  text: 'hashtextextended',
}

/**
 * SQL of the slot of `expression`, of built-in immutable functions only: fit for a CHECK constraint, an index, the row
 * filter of a publication. The sum stays below 2^63. `expression` goes in as it is.
 */
export function slotSql(type: KeyType, expression: string): string {
  return `(((pg_catalog.${hashFunctions[type]}(${expression}, ${seed}) & ${slotMask}) + ${combined}) & ${slotMask})`
}
