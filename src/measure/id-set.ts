// Numbers of operations as a set: a bit for each that is near the others, which is nearly all, since operations are
// numbered from 1. Invariant: the same as a Set of them; a number that is far off costs its own entry and no more.

import {eachNumber} from './columns.ts'
import type {Sequence} from './sequence.ts'

/** Bits for so many times the numbers that are expected: 4 bytes for each of those. */
const bitsPerId = 32

export class IdSet {
  readonly #bits: Uint32Array
  readonly #far = new Set<number>()
  #size = 0

  /** `expected`: about how many will be added. */
  constructor(expected: number) {
    this.#bits = new Uint32Array(expected + 1)
  }

  static of(ids: readonly number[]): IdSet {
    const set = new IdSet(ids.length)
    for (const id of ids) set.add(id)
    return set
  }

  static ofOps(ops: Sequence<{readonly id: number}>): IdSet {
    const set = new IdSet(ops.length)
    eachNumber(ops, 'id', id => set.add(id))
    return set
  }

  get size(): number {
    return this.#size
  }

  /** false: it was there. */
  add(id: number): boolean {
    if (this.has(id)) return false
    if (this.#isNear(id)) this.#bits[id >>> 5] = (this.#bits[id >>> 5] ?? 0) | (1 << (id & 31))
    else this.#far.add(id)
    this.#size += 1
    return true
  }

  has(id: number): boolean {
    return this.#isNear(id) ? ((this.#bits[id >>> 5] ?? 0) & (1 << (id & 31))) !== 0 : this.#far.has(id)
  }

  #isNear(id: number): boolean {
    return id >= 0 && id < this.#bits.length * bitsPerId && id < 2 ** 32 && Number.isInteger(id)
  }
}
