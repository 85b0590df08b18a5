import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {defaultSegmentBytes, parseSegmentName, segmentAt, segmentBefore, segmentName, startOf} from './segment.ts'

const mib = 1_024 * 1_024

describe('a segment name', () => {
  it.each<readonly [number, bigint, number, string]>([
    [1, 0n, 16 * mib, '000000010000000000000000'],
    [1, 255n, 16 * mib, '0000000100000000000000FF'],
    [1, 256n, 16 * mib, '000000010000000100000000'],
    [0xab, 0x123_45n, 16 * mib, '000000AB0000012300000045'],
    [2, 4n, 1_024 * mib, '000000020000000100000000'],
    [2, 4_096n, mib, '000000020000000100000000'],
    [0xffff_ffff, 0xffff_ffff_ffn, 16 * mib, 'FFFFFFFFFFFFFFFF000000FF'],
  ])('of timeline %i, number %i, segments of %i bytes', (timeline, number, segmentBytes, name) => {
    expect(segmentName({timeline, number}, segmentBytes)).toBe(name)
    expect(parseSegmentName(name, segmentBytes)).toEqual({timeline, number})
  })

  it.each([
    '',
    '00000001000000000000000',
    '0000000100000000000000000',
    '00000001000000000000000g',
    '0000000100000000000000ff',
    '000000010000000000000100',
    '000000000000000000000001',
    '000000010000000000000001.partial',
    '00000002.history',
    '000000010000000000000001.00000028.backup',
  ])('is not %j', name => expect(parseSegmentName(name, defaultSegmentBytes)).toBeNull())

  it('survives printing and parsing, whatever the size of a segment', () => {
    const sizes = fc.integer({min: 0, max: 10}).map(power => mib * 2 ** power)
    fc.assert(
      fc.property(
        fc.integer({min: 1, max: 0xffff_ffff}),
        fc.bigInt({min: 0n, max: 0xffff_ffff_ffff_ffffn}),
        sizes,
        (timeline, lsn, segmentBytes) => {
          const number = segmentAt(lsn, segmentBytes)
          expect(parseSegmentName(segmentName({timeline, number}, segmentBytes), segmentBytes)).toEqual({
            timeline,
            number,
          })
          expect(startOf(number, segmentBytes) <= lsn && lsn < startOf(number + 1n, segmentBytes)).toBe(true)
        },
      ),
    )
  })

  it('sorts as its number does', () => {
    const numbers = fc.bigInt({min: 0n, max: 0xffff_ffff_ffn})
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const [first, second] = [a, b].map(number => segmentName({timeline: 1, number}, defaultSegmentBytes))
        expect((first ?? '') < (second ?? '')).toBe(a < b)
      }),
    )
  })
})

describe('the segment of a position', () => {
  it.each<readonly [bigint, bigint, bigint]>([
    [0n, 0n, 0n],
    [1n, 0n, 0n],
    [0xff_ffffn, 0n, 0n],
    [0x100_0000n, 1n, 0n],
    [0x100_0001n, 1n, 1n],
    [0x1_0000_0000n, 256n, 255n],
  ])('%x: the byte there, and the byte before', (lsn, at, before) => {
    expect(segmentAt(lsn, defaultSegmentBytes)).toBe(at)
    expect(segmentBefore(lsn, defaultSegmentBytes)).toBe(before)
  })
})
