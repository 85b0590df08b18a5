import {describe, expect, it} from 'vitest'
import {lineageOf, liesOn, parseHistory, timelineAt} from './timeline-history.ts'

describe('a history file', () => {
  it('as PostgreSQL writes it', () => {
    expect(
      parseHistory('1\t0/5000000\tno recovery target specified\n\n2\t0/6000028\tbefore 2026-11-24 10:00:00+00\n'),
    ).toEqual([
      {timeline: 1, switchedAt: 0x500_0000n},
      {timeline: 2, switchedAt: 0x600_0028n},
    ])
  })
  it('with comments and without a reason', () =>
    expect(parseHistory('# by hand\n  # indented\n 1 A/B\n')).toEqual([{timeline: 1, switchedAt: 0xa_0000_000bn}]))
  it('with two forks at one point', () =>
    expect(parseHistory('1\t0/5\t\n3\t0/5\t')).toEqual([
      {timeline: 1, switchedAt: 5n},
      {timeline: 3, switchedAt: 5n},
    ]))
  it('that says nothing', () => expect(parseHistory('# nothing\n')).toEqual([]))

  it.each([
    'nonsense',
    '1',
    '1\t',
    '1\t0/G\tx',
    'x\t0/5\tx',
    '0\t0/5\tx',
    '4294967296\t0/5\tx',
    '-1\t0/5\tx',
    '1\t0/123456789\tx',
    '2\t0/5\tx\n1\t0/6\tx',
    '2\t0/5\tx\n2\t0/6\tx',
    '1\t0/6\tx\n2\t0/5\tx',
    '1\t0/5x',
  ])('is not %j', text => expect(parseHistory(text)).toBeNull())
})

describe('the way to a timeline', () => {
  const histories = new Map([
    [2, '1\t0/500\tx'],
    [4, '1\t0/500\tx\n2\t0/900\tx'],
    [5, '5\t0/900\tx'],
    [6, '# nothing'],
    [7, 'nonsense'],
  ])
  it('is the first one itself', () =>
    expect(lineageOf({histories}, 1)).toEqual([{timeline: 1, fromLsn: 0n, toLsn: null}]))
  it('goes through all ancestors', () => {
    expect(lineageOf({histories}, 4)).toEqual([
      {timeline: 1, fromLsn: 0n, toLsn: 0x500n},
      {timeline: 2, fromLsn: 0x500n, toLsn: 0x900n},
      {timeline: 4, fromLsn: 0x900n, toLsn: null},
    ])
  })
  it.each([
    [3, 'there is no file'],
    [5, 'it names itself as its ancestor'],
    [6, 'it names no ancestor'],
    [7, 'it is not understood'],
  ])('%i is not known: %s', timeline => expect(lineageOf({histories}, timeline)).toBeNull())

  const lineage = lineageOf({histories}, 4) ?? []
  it.each<readonly [number, bigint, boolean]>([
    [1, 0x500n, true],
    [1, 0x501n, false],
    [2, 0x501n, true],
    [2, 0x900n, true],
    [2, 0x901n, false],
    [3, 1n, false],
    [4, 0xffff_ffffn, true],
  ])('holds timeline %i up to %x: %s', (timeline, lsn, expected) =>
    expect(liesOn(lineage, timeline, lsn)).toBe(expected),
  )
  it.each<readonly [bigint, number]>([
    [0n, 1],
    [0x500n, 1],
    [0x501n, 2],
    [0x900n, 2],
    [0x901n, 4],
  ])('leads up to %x by timeline %i', (lsn, expected) => expect(timelineAt(lineage, lsn)).toBe(expected))
})
