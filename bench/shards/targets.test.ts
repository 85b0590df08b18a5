import {describe, expect, it} from 'vitest'
import {spreadOf} from '../router/figures.ts'
import {aboveLegs, isMet, targetsTable, timesLegs, type Target} from './targets.ts'

const target = (median: number, bound: Target['bound']): Target => ({
  what: 'a figure',
  figure: {median, min: median - 1, max: median + 1},
  digits: 1,
  unit: 'ns',
  bound,
})

describe('a target', () => {
  it.each([
    [5, {atMost: 5}, true],
    [5.1, {atMost: 5}, false],
    [5, {atLeast: 5}, true],
    [4.9, {atLeast: 5}, false],
    [Number.NaN, {atMost: 5}, false],
    [Number.NaN, {atLeast: 5}, false],
  ])('%d with %j: %s', (median, bound, met) => expect(isMet(target(median, bound))).toBe(met))

  it('is written beside its figure', () => {
    expect(targetsTable('t', [target(6, {atMost: 5}), target(6, {atLeast: 5})], 'n').rows).toEqual([
      ['a figure', '6.0 (5.0..7.0) ns', 'at most 5 ns', 'no'],
      ['a figure', '6.0 (5.0..7.0) ns', 'at least 5 ns', 'yes'],
    ])
  })
})

describe('against the slowest leg', () => {
  const legs = [
    [10, 40],
    [20, 30],
  ]
  it('of each round a tenth and one ms are allowed', () => {
    // Allowed: 23 and 45.
    const {median, min, max} = aboveLegs([22, 47], legs)
    expect([median, min, max].map(ms => Number(ms.toFixed(6)))).toEqual([0.5, -1, 2])
  })
  it('it is so many times as long', () => expect(timesLegs([20, 60], legs)).toEqual(spreadOf([1, 1.5])))
  it('a round that a leg lacks has no figure', () => expect(timesLegs([20, 60], [[10]]).median).toBeNaN())
})
