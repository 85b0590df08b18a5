// The map as a value: each group exactly once, whatever the order.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {buildMap, firstMap, placementsOf, withNewer, withOwner, type Placement} from './shard-map.ts'

const placements = placementsOf(firstMap(['s1', 's10', 's2']))
const changed = (group: number, change: Partial<Placement>): Placement[] =>
  placements.map(placement => (placement.group === group ? {...placement, ...change} : placement))

describe('buildMap', () => {
  it('does not depend on the order of shards and placements', () => {
    const orders = fc.tuple(
      fc.shuffledSubarray(['s1', 's2', 's10'], {minLength: 3}),
      fc.shuffledSubarray(placements, {minLength: placements.length}),
    )
    const map = buildMap(['s1', 's2', 's10'], placements)
    fc.assert(
      fc.property(orders, ([shards, given]) => {
        const other = buildMap(shards, given)
        expect(other.shards).toEqual(map.shards)
        expect(placementsOf(other)).toEqual(placementsOf(map))
        expect(firstMap(shards).groupsOf('s10')).toEqual(map.groupsOf('s10'))
      }),
    )
  })

  it.each<[string, readonly string[], readonly Placement[]]>([
    ['there are no shards', [], []],
    ['the shard s1 is there twice', ['s1', 's2', 's10', 's1'], placements],
    ['"" is no name of a shard', ['s1', ''], placements],
    ['"s 1" is no name of a shard', ['s 1'], placements],
    ['no shard owns group 5', ['s1', 's2', 's10'], placements.filter(({group}) => group !== 5)],
    ['no shard owns group 0, 1, 2', ['s1', 's2', 's10'], []],
    ['group 7 is there twice', ['s1', 's2', 's10'], [...placements, {group: 7, shard: 's1', epoch: 1}]],
    ['there is no group 64', ['s1', 's2', 's10'], [...placements, {group: 64, shard: 's1', epoch: 1}]],
    ['there is no group -1', ['s1', 's2', 's10'], [...placements, {group: -1, shard: 's1', epoch: 1}]],
    ['there is no group 1.5', ['s1', 's2', 's10'], [...placements, {group: 1.5, shard: 's1', epoch: 1}]],
    ['group 3 belongs to "s3", which is not among the shards', ['s1', 's2', 's10'], changed(3, {shard: 's3'})],
    ['group 3 has the epoch 0', ['s1', 's2', 's10'], changed(3, {epoch: 0})],
    ['group 3 has the epoch NaN', ['s1', 's2', 's10'], changed(3, {epoch: NaN})],
  ])('refuses: %s', (message, shards, given) => {
    expect(() => buildMap(shards, given)).toThrow(
      expect.objectContaining({code: 'MAP_INVALID', message: expect.stringContaining(message)}),
    )
  })

  it('tells no owner of what is no slot, and no epoch of what is no group', () => {
    const map = firstMap(['a'])
    for (const slot of [-1, 4096, 0.5, NaN]) expect(() => map.ownerOf(slot)).toThrow('there is no slot')
    for (const group of [-1, 64, 0.5]) expect(() => map.epochOf(group)).toThrow('there is no group')
    expect(map.groupsOf('unknown')).toEqual([])
  })
})

describe('firstMap', () => {
  it('gives each shard its share, to one group', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 64}), count => {
        const shards = Array.from({length: count}, (_, index) => `s${index}`)
        const map = firstMap(shards)
        const sizes = shards.map(shard => map.groupsOf(shard).length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        expect(sizes.reduce((sum, size) => sum + size)).toBe(64)
        expect(map.epoch).toBe(64)
      }),
    )
  })

  it('refuses more shards than groups', () => {
    expect(() => firstMap(Array.from({length: 65}, (_, index) => `s${index}`))).toThrow('65 shards')
  })
})

describe('a newer map', () => {
  const map = firstMap(['a', 'b'])

  it('has one group elsewhere and a higher epoch', () => {
    const moved = withOwner(map, 3, 'b')
    expect([map.ownerOf(3 * 64), moved.ownerOf(3 * 64), moved.ownerOf(4 * 64 - 1), moved.ownerOf(4 * 64)]).toEqual([
      'a',
      'b',
      'b',
      'a',
    ])
    expect([moved.epochOf(3), moved.epochOf(4), moved.epoch]).toEqual([2, 1, 65])
    expect(() => withOwner(map, 64, 'b')).toThrow('there is no group 64')
    expect(() => withOwner(map, 3, 'c')).toThrow('not among the shards')
  })

  it('takes what is newer, group by group, in any order', () => {
    const newer: Placement[] = [
      {group: 3, shard: 'b', epoch: 2},
      {group: 3, shard: 'a', epoch: 3},
      {group: 40, shard: 'a', epoch: 2},
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(newer, {minLength: 3}), given => {
        const merged = withNewer(map, given)
        expect([merged.ownerOf(3 * 64), merged.epochOf(3), merged.ownerOf(40 * 64)]).toEqual(['a', 3, 'a'])
      }),
    )
  })

  it('stays the same object when nothing is newer or known', () => {
    expect(withNewer(map, placementsOf(map))).toBe(map)
    expect(withNewer(withOwner(map, 3, 'b'), [{group: 3, shard: 'a', epoch: 1}]).ownerOf(3 * 64)).toBe('b')
    expect(withNewer(map, [{group: 3, shard: 'c', epoch: 9}])).toBe(map)
    expect(withNewer(map, [{group: 99, shard: 'b', epoch: 9}])).toBe(map)
  })

  it('has no two owners of one epoch', () => {
    expect(() => withNewer(map, [{group: 3, shard: 'b', epoch: 1}])).toThrow('two owners of one epoch')
  })
})
