import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {countOf, firstOf, minus, parseRanges, rangesOfNumbers, union, type NumberRange} from './number-ranges.ts'

const numbers = fc.array(fc.integer({min: 0, max: 40}))
const all = (ranges: readonly NumberRange[]): readonly number[] => firstOf(ranges, 1_000)

describe('ranges of numbers', () => {
  it('are read as PostgreSQL prints them', () => {
    expect(parseRanges('{[1,5),[7,9)}')).toEqual([
      {from: 1, to: 5},
      {from: 7, to: 9},
    ])
    expect(parseRanges('{}')).toEqual([])
  })

  it('are sets of their numbers', () => {
    fc.assert(
      fc.property(numbers, numbers, (one, other) => {
        const [a, b] = [rangesOfNumbers(one), rangesOfNumbers(other)]
        const sorted = (set: Set<number>): readonly number[] => [...set].sort((x, y) => x - y)
        expect(all(a)).toEqual(sorted(new Set(one)))
        expect(all(minus(a, b))).toEqual(sorted(new Set(one)).filter(number => !other.includes(number)))
        expect(all(union(a, b))).toEqual(sorted(new Set([...one, ...other])))
        expect(countOf(a)).toBe(new Set(one).size)
      }),
    )
  })
})
