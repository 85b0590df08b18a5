// Random numbers that a printed seed brings back. PURE. Not here: drawing the seed itself (cli/).
import type {Random} from '../model/ports.ts'

/**
 * mulberry32 by Tommy Ettinger: 32 bits of state, plenty for a handful of draws per run, and the same on every machine.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return {
    next: () => {
      state = (state + 0x6d2b_79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    },
  }
}
