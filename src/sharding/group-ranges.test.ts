import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {firstMap, withOwner} from '../shards/index.ts'
import {mapRanges, rangesOf, rangesText} from './group-ranges.ts'

describe('ranges of groups', () => {
  it.each<[readonly number[], string]>([
    [[], 'none'],
    [[5], '5'],
    [[0, 1, 2], '0-2'],
    [[0, 2, 3, 63], '0, 2-3, 63'],
  ])('%j are %s', (groups, text) => expect(rangesText(rangesOf(groups))).toBe(text))

  it('hold exactly the groups, in as few ranges as can be', () =>
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({min: 0, max: 63})), given => {
        const groups = given.toSorted((a, b) => a - b)
        const ranges = rangesOf(groups)
        const held = ranges.flatMap(({from, to}) => Array.from({length: to - from + 1}, (_, index) => from + index))
        expect(held).toEqual(groups)
        expect(ranges.every(({from}, index) => index === 0 || (ranges[index - 1]?.to ?? from) + 1 < from)).toBe(true)
      }),
    ))
})

describe('ranges of a map', () => {
  it('end where the owner changes', () =>
    expect(mapRanges(firstMap(['s2', 's1']))).toEqual([
      {from: 0, to: 31, shard: 's1', epoch: 1},
      {from: 32, to: 63, shard: 's2', epoch: 1},
    ]))
  it('end where the epoch changes, also within one owner', () => {
    const there = withOwner(firstMap(['s1', 's2']), 3, 's2')
    expect(mapRanges(withOwner(there, 3, 's1')).slice(0, 3)).toEqual([
      {from: 0, to: 2, shard: 's1', epoch: 1},
      {from: 3, to: 3, shard: 's1', epoch: 3},
      {from: 4, to: 31, shard: 's1', epoch: 1},
    ])
  })
})
