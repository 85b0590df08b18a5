import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {ascending, countBelow, countUpTo, percentile, ruleOfThree, Steps} from './stats.ts'

describe('percentile', () => {
  it.each([
    [[1, 2, 3, 4], 0.5, 2],
    [[1, 2, 3, 4, 5], 0.5, 3],
    [[1, 2, 3], 0, 1],
    [[1, 2, 3], 0.95, 3],
    [Array.from({length: 20}, (_none, index) => index + 1), 0.95, 19],
    [[1, Infinity], 1, Infinity],
    [[], 0.5, null],
  ])('of %j at %d is %d', (values, share, expected) => expect(percentile(values, share)).toBe(expected))

  it('is a value that occurred, with at least that share at or below it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), {minLength: 1}),
        fc.double({min: 0.01, max: 1, noNaN: true}),
        (values, share) => {
          const found = percentile(ascending(values), share)
          expect(values).toContain(found)
          expect(values.filter(value => value <= (found ?? -Infinity)).length / values.length).toBeGreaterThanOrEqual(
            share - 1e-9,
          )
        },
      ),
    )
  })
})

it('searching agrees with counting', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({min: 0, max: 20})), fc.integer({min: -1, max: 21}), (values, value) => {
      const sorted = ascending(values)
      expect([countBelow(sorted, value), countUpTo(sorted, value)]).toEqual([
        values.filter(each => each < value).length,
        values.filter(each => each <= value).length,
      ])
    }),
  )
})

it('infinities sort last and equal each other', () =>
  expect(ascending([Infinity, 1, Infinity])).toEqual([1, Infinity, Infinity]))
it('the longest step', () => {
  const longest = (values: readonly number[], from?: number): number => {
    const steps = new Steps()
    for (const value of values)
      if (value === from) steps.beginAt(value)
      else steps.add(value)
    return steps.longest
  }
  expect([longest([]), longest([5]), longest([1, 2, 9, 10]), longest([1, 2, 9, 10], 9)]).toEqual([0, 0, 7, 1])
})
it('the rule of three never promises more than all', () =>
  expect([ruleOfThree(0), ruleOfThree(1), ruleOfThree(10)]).toEqual([null, 1, 0.3]))
