import {describe, expect, it} from 'vitest'
import {differingRows, differingSlots, judgeRow, partsOf, type SlotDigest} from './judge-content.ts'

const digest = (slot: number, more: Partial<SlotDigest> = {}): SlotDigest => ({
  slot,
  rows: 2,
  sum: '7',
  xor: '3',
  ...more,
})

describe('differingSlots', () => {
  it.each<readonly [string, readonly SlotDigest[], readonly number[]]>([
    ['nothing differs', [digest(1), digest(2)], []],
    ['a slot is on one side only', [digest(1)], [2]],
    ['and the other way', [digest(1), digest(2), digest(9)], [9]],
    // xor alone does not see a row that is there twice, and sum alone not two that change places.
    ['a row is there twice', [digest(1), digest(2, {rows: 3, sum: '11'})], [2]],
    ['the sum is the same, and the rows are not', [digest(1, {xor: '4'}), digest(2)], [1]],
    ['only the sum differs', [digest(1), digest(2, {sum: '8'})], [2]],
  ])('finds it when %s', (_what, other, slots) => {
    expect(differingSlots([digest(1), digest(2)], other)).toEqual(slots)
  })
})

describe('partsOf', () => {
  const many = [digest(1, {rows: 40}), digest(2, {rows: 70}), digest(3, {rows: 10}), digest(5, {rows: 500})]
  it.each<readonly [string, readonly number[], readonly (readonly number[])[]]>([
    ['nothing', [], []],
    ['what fits is read together', [1, 3], [[1, 3]]],
    ['what does not fit is read apart', [1, 2, 3], [[1], [2, 3]]],
    ['a slot that is too large is read alone', [1, 5, 3], [[1], [5], [3]]],
    ['the side that has more counts', [1, 4], [[1], [4]]],
  ])('%s', (_what, slots, parts) => {
    expect(partsOf(slots, [many, [digest(1, {rows: 2}), digest(4, {rows: 90})]], 100)).toEqual(parts)
  })
})

describe('differingRows', () => {
  it('finds rows that are changed, or on one side only', () => {
    const one = new Map([
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ] as const)
    const other = new Map([
      ['a', '1'],
      ['b', '9'],
      ['d', '4'],
    ] as const)
    expect([...differingRows(one, other)].sort()).toEqual(['b', 'c', 'd'])
  })
})

describe('judgeRow', () => {
  it.each<readonly [string, string | undefined, string | undefined, string | undefined, string]>([
    ['nothing happened', 'x', 'x', 'x', 'same'],
    ['it is nowhere any more', undefined, undefined, undefined, 'same'],
    ['the destination has the newer one', 'x', 'y', 'y', 'same'],
    ['the destination has the older one, and the source went on', 'x', 'x', 'y', 'same'],
    ['it was deleted meanwhile', 'x', undefined, undefined, 'same'],
    ['the destination has another one', 'x', 'y', 'x', 'differs'],
    ['the destination lacks it', 'x', undefined, 'x', 'differs'],
    ['it is left on the destination', undefined, 'x', undefined, 'differs'],
    ['the source went on, and the destination has something else', 'x', 'z', 'y', 'busy'],
  ])('%s', (_what, before, destination, after, verdict) => {
    expect(judgeRow(before, destination, after)).toBe(verdict)
  })
})
