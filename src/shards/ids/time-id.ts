// Ids that sort by time and are exact as a number of JavaScript: 41 bits of ms since 2025, then the node, then a
// counter. Invariants: ids of one source only grow, whatever its clock does; sources of different nodes never give the
// same; decoding is exact. Unique after a restart only if the clock has gone on by then, and if no two living processes
// have one node. Pure: clocks are given. Not here: ids with a slot in them (uuid.ts).
import {ShardError} from '../shard-error.ts'

/** 2025-01-01T00:00:00Z; 41 bits of ms reach into September 2094. */
export const timeIdEpochMs = 1_735_689_600_000
const timeBits = 41
/** Node and counter share what is left of the 53 bits that a number holds exactly. */
const restBits = 53 - timeBits
const timeMost = 2 ** timeBits - 1
/** How far ids may run ahead of a clock that was set back, or that cannot keep up, before they are refused. */
const aheadMostMsDefault = 10_000

/** Who makes ids. */
export interface TimeIdOptions {
  /** Which of all processes that give ids this is: 0 to 2^nodeBits - 1. */
  readonly node: number
  /** Of the twelve bits for node and counter. Default 6: 64 nodes, each with 64 ids in a millisecond. */
  readonly nodeBits?: number
  /** ms since 1970, as Date.now. */
  readonly nowMs: () => number
  /** How far ahead of the clock ids may be, ms. Default 10,000. */
  readonly aheadMostMs?: number
}

/** What an id says. */
export interface TimeIdParts {
  /** ms since 1970. */
  readonly atMs: number
  /** Which generator made it. */
  readonly node: number
  /** Which one in that millisecond. */
  readonly counter: number
}

/**
 * Gives one id after the other: safe integers, each above the one before. More than fit into a millisecond, and those
 * after the clock was set back, take the milliseconds that come next. Throws ShardError CONFIG_INVALID for options that
 * cannot work; the source then throws LIMIT_EXCEEDED when ids are further ahead of the clock than allowed, or the clock
 * is before 2025 or after 2094.
 */
export function timeIds({node, nodeBits = 6, nowMs, aheadMostMs = aheadMostMsDefault}: TimeIdOptions): () => number {
  checkBits(nodeBits)
  if (!Number.isInteger(node) || node < 0 || node >= 2 ** nodeBits)
    throw new ShardError(
      'CONFIG_INVALID',
      `${node} is no node of ${nodeBits} bits: give a whole number from 0 to ${2 ** nodeBits - 1}, or more nodeBits`,
    )
  const counterCount = 2 ** (restBits - nodeBits)
  let lastTime = -1
  let counter = 0
  return () => {
    const clock = Math.floor(nowMs()) - timeIdEpochMs
    if (!(clock >= 0 && clock <= timeMost))
      throw new ShardError(
        'LIMIT_EXCEEDED',
        `the clock says ${clock + timeIdEpochMs} ms, and ids hold 2025 to 2094: set the clock`,
      )
    let time = Math.max(clock, lastTime)
    let next = time === lastTime ? counter + 1 : 0
    if (next === counterCount) {
      time++
      next = 0
    }
    if (time - clock > aheadMostMs || time > timeMost)
      throw new ShardError(
        'LIMIT_EXCEEDED',
        `ids are ${time - clock} ms ahead of the clock: it was set back, or more than ${counterCount} ids in a ` +
          'millisecond were taken for long; wait, or take fewer nodeBits',
      )
    lastTime = time
    counter = next
    return (time * 2 ** nodeBits + node) * counterCount + counter
  }
}

/**
 * What an id is made of; `nodeBits` as it was made with. A number, a bigint or digits. Throws ShardError KEY_INVALID
 * for what timeIds() did not make.
 */
export function timeIdParts(id: number | bigint | string, nodeBits = 6): TimeIdParts {
  checkBits(nodeBits)
  const value = typeof id === 'string' && !/^\d{1,16}$/.test(id) ? NaN : Number(id)
  if (!Number.isSafeInteger(value) || value < 0 || Object.is(value, -0))
    throw new ShardError('KEY_INVALID', `${String(id)} is no id of 53 bits: was it rounded, or made elsewhere?`)
  const counterCount = 2 ** (restBits - nodeBits)
  const above = Math.floor(value / counterCount)
  return {
    atMs: Math.floor(above / 2 ** nodeBits) + timeIdEpochMs,
    node: above % 2 ** nodeBits,
    counter: value % counterCount,
  }
}

function checkBits(nodeBits: number): void {
  if (!Number.isInteger(nodeBits) || nodeBits < 0 || nodeBits > restBits)
    throw new ShardError('CONFIG_INVALID', `nodeBits is ${nodeBits}: give a whole number from 0 to ${restBits}`)
}
