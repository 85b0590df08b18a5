import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {IdSet} from './id-set.ts'
import {gapFinder} from './longest-gap.ts'
import {ascended, orderOf} from './sequence.ts'

const numbers = fc.array(fc.integer({min: -50, max: 50}), {maxLength: 60})

it('numbers ascend, however they came', () => {
  fc.assert(
    fc.property(numbers, values => {
      expect([...ascended(Float64Array.from(values))]).toEqual(values.toSorted((a, b) => a - b))
    }),
  )
  const far = Float64Array.from({length: 5_000}, (_none, index) => (index * 7_919) % 5_003)
  expect([...ascended(far.slice())]).toEqual([...far].toSorted((a, b) => a - b))
})

describe('an order', () => {
  it.each([
    ['nearly there already', (index: number) => index + 3 * (index % 2)],
    ['backwards', (index: number) => -index],
    ['of a few values', (index: number) => (index * 7_919) % 5],
    ['of any values', (index: number) => (index * 7_919) % 10_007],
  ])('of what is %s is that of a stable sort', (_what, key) => {
    const rows = Array.from({length: 5_000}, (_none, index) => index)
    expect([...orderOf(rows.length, (a, b) => key(a) - key(b))]).toEqual(rows.toSorted((a, b) => key(a) - key(b)))
  })
})

it('a set of numbers is the same as a Set', () => {
  const id = fc.oneof(fc.nat({max: 400}), fc.constantFrom(1_000_000_007, 2 ** 32 + 5, 2 ** 53 - 1, -3, 0.5))
  fc.assert(
    fc.property(fc.array(id), fc.array(id), (ids, others) => {
      const [ours, theirs] = [IdSet.of(ids), new Set(ids)]
      expect([ours.size, others.map(one => ours.has(one))]).toEqual([theirs.size, others.map(one => theirs.has(one))])
      expect(others.map(one => ours.add(one))).toEqual(
        others.map(one => {
          const isNew = !theirs.has(one)
          theirs.add(one)
          return isNew
        }),
      )
    }),
  )
})

it('the longest gap is found as by looking at each, the first of equals', () => {
  const steps = fc.array(fc.integer({min: 0, max: 4}), {minLength: 1, maxLength: 40})
  fc.assert(
    fc.property(steps, fc.nat(), fc.nat(), (gaps, one, other) => {
      const points = [0]
      for (const gap of gaps) points.push((points.at(-1) ?? 0) + gap)
      const [from, to] = [one % gaps.length, other % gaps.length].toSorted((a, b) => a - b)
      const within = gaps.slice(from, (to ?? 0) + 1)
      expect(gapFinder(Float64Array.from(points))(from ?? 0, to ?? 0)).toBe(
        (from ?? 0) + within.indexOf(Math.max(...within)),
      )
    }),
  )
})
