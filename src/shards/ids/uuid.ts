// Uuids that sort by time: version 7 of RFC 9562, and a version 8 of ours that carries a slot, so that a row is found
// by its id alone. Invariants: uuids of one source only grow, as text and as PostgreSQL compares them, whatever the
// clock does; slotOfUuid() of what uuidSource().v8 made is the slot that it was given. Pure: clock and chance are
// given. Not here: the slot of a key (../keys/slot.ts).
import {ShardError} from '../shard-error.ts'

const slotMost = 4095
/** Counts within a millisecond, in the twelve bits after the version; begins in the lower half, by chance. */
const counterMost = 4095
const counterStartMost = 2047
/** 48 bits of ms reach into the year 10889. */
const timeMost = 2 ** 48 - 1

/** Where time and chance come from. */
export interface UuidOptions {
  /** ms since 1970, as Date.now. */
  readonly nowMs: () => number
  /** Fills the bytes by chance that nobody can guess, as crypto.getRandomValues. */
  readonly fillRandom: (bytes: Uint8Array<ArrayBuffer>) => unknown
}

/** Makes uuids that sort by time. */
export interface UuidSource {
  /** A uuid of version 7: 48 bits of ms, a counter of 12, 62 by chance. */
  v7(): string
  /**
   * A uuid of version 8: as v7, with the slot, 0 to 4095, in its last three digits; 50 bits by chance. Throws
   * ShardError KEY_INVALID for what is no slot.
   */
  v8(slot: number): string
}

/**
 * A source of uuids, each above the one before, in both versions together up to the version's digit. What does not fit
 * into a millisecond, and what comes after the clock was set back, takes the milliseconds that come next. It throws
 * ShardError LIMIT_EXCEEDED for a clock before 1970 or after 10889.
 */
export function uuidSource({nowMs, fillRandom}: UuidOptions): UuidSource {
  const bytes = new Uint8Array(16)
  let lastTime = -1
  let counter = 0
  const next = (version: number): void => {
    const clock = Math.floor(nowMs())
    if (!(clock >= 0 && clock < timeMost))
      throw new ShardError('LIMIT_EXCEEDED', `the clock says ${clock} ms, which a uuid does not hold: set the clock`)
    fillRandom(bytes)
    if (clock > lastTime) {
      lastTime = clock
      counter = (((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0)) & counterStartMost
    } else if (counter < counterMost) counter++
    else {
      lastTime++
      counter = 0
    }
    for (let byte = 5, rest = lastTime; byte >= 0; byte--, rest = Math.floor(rest / 256)) bytes[byte] = rest % 256
    bytes[6] = (version << 4) | (counter >> 8)
    bytes[7] = counter & 255
    bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  }
  return {
    v7: () => {
      next(7)
      return textOf(bytes)
    },
    v8: slot => {
      if (!Number.isInteger(slot) || slot < 0 || slot > slotMost)
        throw new ShardError('KEY_INVALID', `${slot} is no slot: give a whole number from 0 to ${slotMost}`)
      next(8)
      bytes[14] = ((bytes[14] ?? 0) & 0xf0) | (slot >> 8)
      bytes[15] = slot & 255
      return textOf(bytes)
    },
  }
}

const withSlot = /^[0-9a-f]{8}-?[0-9a-f]{4}-?8[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{9}([0-9a-f]{3})$/i

/** The slot, 0 to 4095, that a uuid of version 8 carries. Throws ShardError KEY_INVALID for any other text. */
export function slotOfUuid(id: string): number {
  const [, slot] = withSlot.exec(id) ?? []
  if (slot === undefined)
    throw new ShardError(
      'KEY_INVALID',
      `${JSON.stringify(id.slice(0, 60))} is no uuid of version 8, so it carries no slot: route by the sharding key`,
    )
  return Number.parseInt(slot, 16)
}

/** ms since 1970 at which a uuid of version 7 or 8 of uuidSource() was made; null for one of another version. */
export function timeOfUuid(id: string): number | null {
  const [, high = '', low = ''] =
    /^([0-9a-f]{8})-([0-9a-f]{4})-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.exec(id) ?? []
  return high === '' ? null : Number.parseInt(high + low, 16)
}

/** SQL of the slot that a uuid column carries, of built-in immutable functions. `column` goes in as it is. */
export function slotOfUuidSql(column: string): string {
  const bytes = `pg_catalog.uuid_send(${column})`
  return `(((pg_catalog.get_byte(${bytes}, 14) & 15) << 8) | pg_catalog.get_byte(${bytes}, 15))`
}

/**
 * The condition of a CHECK constraint, which the server then enforces: the id is of version 8 and carries the slot that
 * `slot` gives, for example slotSql('int8', 'user_id'). `column` and `slot` go in as they are.
 */
export function uuidSlotCheck(column: string, slot: string): string {
  const bytes = `pg_catalog.uuid_send(${column})`
  return (
    `(${slotOfUuidSql(column)} = ${slot} AND pg_catalog.get_byte(${bytes}, 6) >> 4 = 8 AND ` +
    `pg_catalog.get_byte(${bytes}, 8) >> 6 = 2)`
  )
}

const hex = Array.from({length: 256}, (_, byte) => byte.toString(16).padStart(2, '0'))

function textOf(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < 16; at++) {
    if (at === 4 || at === 6 || at === 8 || at === 10) text += '-'
    text += hex[bytes[at] ?? 0] ?? ''
  }
  return text
}
