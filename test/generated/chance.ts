// PURE: draws from a seed, by name. Not here: the numbers (src/experiment/random.ts).
import {seededRandom} from '../../src/experiment/random.ts'

export interface Chance {
  /** From 0 to `limit`, not included. */
  readonly below: (limit: number) => number
  /** One of several; fails where there is none. */
  readonly of: <T>(all: readonly T[]) => T
  /** True so often. */
  readonly is: (share: number) => boolean
  /** One of several, drawn by weight; null where no weight is above zero. */
  readonly weighted: <T>(all: readonly (readonly [weight: number, T])[]) => T | null
  /** So many of them at most, in their order. */
  readonly some: <T>(all: readonly T[], count: number) => readonly T[]
}

export function chanceOf(seed: number): Chance {
  const random = seededRandom(seed)
  const below = (limit: number): number => Math.floor(random.next() * limit)
  const chance: Chance = {
    below,
    of: all => {
      const one = all[below(all.length)]
      if (one === undefined) throw new Error('a draw from nothing')
      return one
    },
    is: share => random.next() < share,
    weighted: all => {
      let left = random.next() * all.reduce((sum, [weight]) => sum + weight, 0)
      for (const [weight, one] of all) {
        left -= weight
        if (weight > 0 && left < 0) return one
      }
      return null
    },
    some: (all, count) => {
      const left = [...all.keys()]
      while (left.length > Math.max(0, count)) left.splice(below(left.length), 1)
      return left.flatMap(index => all.slice(index, index + 1))
    },
  }
  return chance
}
