// The search against trying out everything.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {balanceGroups, type BalancedGroup, type Bounds} from './balance-groups.ts'

const inputs = fc
  .record({shards: fc.integer({min: 1, max: 3}), count: fc.integer({min: 0, max: 6})})
  .chain(({shards, count}) =>
    fc.record({
      groups: fc.array(
        fc.record({
          at: fc.integer({min: 0, max: shards - 1}),
          measure: fc.integer({min: 0, max: 20}),
          bytes: fc.integer({min: 0, max: 50}),
          allowed: fc.uniqueArray(fc.integer({min: 0, max: shards - 1}), {minLength: 1}),
        }),
        {minLength: count, maxLength: count},
      ),
      bounds: fc.array(fc.record({least: fc.integer({min: 0, max: 30}), room: fc.integer({min: 0, max: 10})}), {
        minLength: shards,
        maxLength: shards,
      }),
    }),
  )
  .map(({groups, bounds}) => ({
    groups: groups.map((group, index): BalancedGroup => ({group: index, ...group})),
    bounds: bounds.map(({least, room}): Bounds => ({least, most: least + room})),
  }))

/** Excess and bytes of an assignment. */
const costOf = (
  to: readonly number[],
  groups: readonly BalancedGroup[],
  bounds: readonly Bounds[],
): readonly [number, number] => {
  const load = (shard: number): number =>
    groups.reduce((sum, {measure}, index) => sum + (to[index] === shard ? measure : 0), 0)
  return [
    bounds.reduce((sum, {least, most}, shard) => sum + Math.max(0, load(shard) - most, least - load(shard)), 0),
    groups.reduce((sum, {at, bytes}, index) => sum + (to[index] === at ? 0 : bytes), 0),
  ]
}

const everything = (groups: readonly BalancedGroup[]): readonly (readonly number[])[] =>
  groups.reduce<readonly (readonly number[])[]>(
    (all, {allowed}) => all.flatMap(to => allowed.map(shard => [...to, shard])),
    [[]],
  )

describe('balanceGroups', () => {
  it('finds what nothing is better than, where a few groups are concerned', () => {
    fc.assert(
      fc.property(inputs, ({groups, bounds}) => {
        const found = balanceGroups(groups, bounds)
        const [best] = everything(groups)
          .map(to => costOf(to, groups, bounds))
          .sort(([excess, bytes], [other, others]) => excess - other || bytes - others)
        expect(found.isExact).toBe(true)
        expect([found.excess, found.bytes]).toEqual(best)
        expect(costOf(found.to, groups, bounds)).toEqual(best)
        expect(found.to.every((shard, index) => groups[index]?.allowed.includes(shard))).toBe(true)
      }),
      {numRuns: 200},
    )
  })

  it('spreads a whole map from one shard over eight, and moves no group more than it must', () => {
    const groups = Array.from({length: 64}, (_, group) => ({
      group,
      at: 0,
      measure: 10 + (group % 3),
      bytes: 1,
      allowed: [0, 1, 2, 3, 4, 5, 6, 7],
    }))
    const share = groups.reduce((sum, {measure}) => sum + measure, 0) / 8
    const bounds = Array.from({length: 8}, () => ({least: share * 0.95, most: share * 1.05}))
    const {excess, bytes} = balanceGroups(groups, bounds)
    expect(excess).toBe(0)
    // Within the tolerance, the first shard may keep nine of its groups.
    expect(bytes).toBe(55)
  })

  it('is never worse than leaving all as it is, for a whole map, and ends', () => {
    const many = fc.array(fc.record({at: fc.integer({min: 0, max: 7}), measure: fc.nat(1000), bytes: fc.nat(1000)}), {
      minLength: 64,
      maxLength: 64,
    })
    fc.assert(
      fc.property(many, some => {
        const groups = some.map((one, group) => ({...one, group, allowed: [0, 1, 2, 3, 4, 5, 6, 7]}))
        const share = groups.reduce((sum, {measure}) => sum + measure, 0) / 8
        const bounds = Array.from({length: 8}, () => ({least: share * 0.95, most: share * 1.05}))
        const {excess, to} = balanceGroups(groups, bounds)
        const asIs = costOf(
          groups.map(({at}) => at),
          groups,
          bounds,
        )[0]
        expect(excess).toBeLessThanOrEqual(asIs + 1e-6)
        expect(Math.abs(costOf(to, groups, bounds)[0] - excess)).toBeLessThan(1e-6)
      }),
      {numRuns: 4},
    )
  })
})
