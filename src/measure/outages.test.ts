import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {findOutages, outageRule, type Attempt} from './outages.ts'

const rule = {stallMs: 250, unbrokenMs: 1_000}
const good = (completedMs: number): Attempt => ({invokedMs: completedMs - 2, completedMs, good: true})
const bad = (invokedMs: number, completedMs = invokedMs + 1): Attempt => ({invokedMs, completedMs, good: false})
const goods = (fromMs: number, toMs: number): readonly Attempt[] =>
  Array.from({length: (toMs - fromMs) / 10}, (_none, index) => good(fromMs + index * 10))

describe('an outage', () => {
  it('is not there while all is well', () => expect(findOutages(goods(10, 2_000), rule)).toEqual([]))
  it('is a long gap without an error', () =>
    expect(findOutages([...goods(10, 1_010), ...goods(2_000, 4_000)], rule)).toEqual([{fromMs: 1_000, toMs: 2_000}]))
  it('is not a gap at the threshold', () =>
    expect(findOutages([...goods(10, 1_010), ...goods(1_250, 4_000)], rule)).toEqual([]))
  it('is a short gap with an error', () =>
    expect(findOutages([...goods(10, 1_010), bad(1_020), ...goods(1_100, 4_000)], rule)).toEqual([
      {fromMs: 1_000, toMs: 1_100},
    ]))
  it('has no end when the load ends first', () =>
    expect(findOutages([...goods(10, 1_010), bad(1_020), bad(1_900)], rule)).toEqual([{fromMs: 1_000, toMs: null}]))
  it('has no end when nothing was ever good', () =>
    expect(findOutages([bad(0), bad(900)], rule)).toEqual([{fromMs: 0, toMs: null}]))
  it('is not one failed write at the very end', () =>
    expect(findOutages([...goods(10, 1_010), bad(1_020, 1_044)], rule)).toEqual([]))
  it('is not a silence in which nobody wrote', () => {
    const quiet = [...goods(10, 1_010), ...goods(4_000, 6_000)]
    expect(findOutages(quiet, rule, {holes: [{fromMs: 1_000, toMs: 3_900}]})).toEqual([])
    expect(findOutages(quiet, rule, {holes: [{fromMs: 1_000, toMs: 3_000}]})).toHaveLength(1)
  })
  it('does not reach back over the disturbance to what was broken before', () => {
    const before = [...goods(10, 1_010), bad(1_050), ...goods(1_100, 2_000), bad(2_050), ...goods(5_000, 7_000)]
    expect(findOutages(before, rule)).toEqual([{fromMs: 1_000, toMs: 5_000}])
    expect(findOutages(before, rule, {cutMs: 2_010})).toEqual([
      {fromMs: 1_000, toMs: 1_100},
      {fromMs: 1_990, toMs: 5_000},
    ])
  })
  it('of no load is none', () => expect(findOutages([], rule)).toEqual([]))

  it('does not end with a moment of service: flapping is one outage', () => {
    const flapping = [...goods(10, 1_010), bad(1_050), ...goods(1_500, 2_000), bad(2_100), ...goods(2_400, 4_400)]
    expect(findOutages(flapping, rule)).toEqual([{fromMs: 1_000, toMs: 2_400}])
  })

  it('after an unbroken second is another one', () => {
    const twice = [...goods(10, 1_010), bad(1_050), ...goods(1_500, 2_610), bad(2_650), ...goods(2_900, 4_400)]
    expect(findOutages(twice, rule)).toEqual([
      {fromMs: 1_000, toMs: 1_500},
      {fromMs: 2_600, toMs: 2_900},
    ])
  })

  it('takes in what was under way when it began and what timed out when it was over', () => {
    const late = [...goods(10, 1_010), bad(985, 2_985), bad(3_500, 5_500), ...goods(4_000, 8_000)]
    expect(findOutages(late, rule)).toEqual([{fromMs: 1_000, toMs: 4_000}])
  })
})

describe('the rule', () => {
  it('has a floor, and learns from a baseline that stutters', () => {
    expect(outageRule(goods(0, 2_000), 1_000).stallMs).toBe(250)
    expect(outageRule([...goods(0, 500), ...goods(800, 2_000)], 1_000).stallMs).toBe(930)
  })
  it('does not learn from what comes after the disturbance', () =>
    expect(outageRule([...goods(0, 1_000), ...goods(9_000, 10_000)], 1_000).stallMs).toBe(250))
  it('does not learn from errors', () =>
    expect(outageRule([...goods(0, 500), bad(600), ...goods(2_000, 4_000)], 3_000).stallMs).toBe(250))
  it('does not learn from a long silence, nor from one in which nobody wrote', () => {
    const silent = [...goods(0, 500), ...goods(7_500, 9_000)]
    expect(outageRule(silent, 9_000).stallMs).toBe(1_000)
    expect(outageRule(silent, 9_000, [{fromMs: 490, toMs: 7_500}]).stallMs).toBe(250)
  })
  it('asks more of a thin load', () =>
    expect(outageRule([good(0), good(1_000), good(2_000)], 3_000)).toEqual({stallMs: 3_000, unbrokenMs: 3_000}))
})

it('every bad attempt lies in an outage, outages follow each other, and order does not matter', () => {
  const attempt = fc
    .record({invokedMs: fc.integer({min: 0, max: 5_000}), took: fc.integer({min: 0, max: 800}), good: fc.boolean()})
    .map(({invokedMs, took, good}): Attempt => ({invokedMs, completedMs: invokedMs + took, good}))
  fc.assert(
    fc.property(fc.array(attempt, {maxLength: 60}), attempts => {
      const outages = findOutages(attempts, rule)
      // A tail that is shorter than any rule is no outage yet.
      const goodMs = Math.max(
        ...attempts.filter(candidate => candidate.good).map(({completedMs}) => completedMs),
        Math.min(...attempts.map(({invokedMs}) => invokedMs)),
      )
      for (const each of attempts.filter(candidate => !candidate.good))
        expect(
          outages.some(({fromMs, toMs}) => fromMs <= each.completedMs && (toMs ?? Infinity) >= each.invokedMs) ||
            (each.completedMs >= goodMs &&
              Math.max(...attempts.map(({completedMs}) => completedMs)) - goodMs <= rule.stallMs),
        ).toBe(true)
      outages.forEach((outage, index) => expect(outage.fromMs).toBeGreaterThanOrEqual(outages[index - 1]?.toMs ?? 0))
      expect(findOutages(attempts.toReversed(), rule)).toEqual(outages)
    }),
  )
})
