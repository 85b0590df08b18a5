import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {lineageOf, liesOn, parseHistory, timelineAt, timelineOfRecord} from './timeline-history.ts'

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
  it('of a recovery along timeline 3 that stopped before 3 began, as PostgreSQL 17 wrote it', () =>
    expect(
      parseHistory(
        '1\t0/8C0000A0\tno recovery target specified\n\n2\t0/8D0000A0\tno recovery target specified\n\n3\t0/8C017F90\tbefore 2026-11-29 02:18:21.52+00\n',
      ),
    ).toEqual([
      {timeline: 1, switchedAt: 0x8c00_00a0n},
      {timeline: 2, switchedAt: 0x8d00_00a0n},
      {timeline: 3, switchedAt: 0x8c01_7f90n},
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

describe('a way whose ancestors were left before they began', () => {
  const histories = new Map([[4, '1\t0/8C0000A0\tx\n2\t0/8D0000A0\tx\n3\t0/8C017F90\tx']])
  it('leaves out who gave nothing, and clips who gave less', () =>
    expect(lineageOf({histories}, 4)).toEqual([
      {timeline: 1, fromLsn: 0n, toLsn: 0x8c00_00a0n},
      {timeline: 2, fromLsn: 0x8c00_00a0n, toLsn: 0x8c01_7f90n},
      {timeline: 4, fromLsn: 0x8c01_7f90n, toLsn: null},
    ]))

  it('is what PostgreSQL makes of any history', () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({min: 1, max: 30}), {minLength: 1, maxLength: 6}),
        fc.integer({min: 0, max: 40}),
        (switches, position) => {
          const text = switches.map((at, index) => `${index + 1}\t0/${at.toString(16)}\tx`).join('\n')
          const own = switches.length + 1
          const lineage = lineageOf({histories: new Map([[own, text]])}, own) ?? []
          expect(timelineOfRecord(lineage, BigInt(position))).toBe(tliOfPointInHistory(switches, position))
          for (const [index, part] of lineage.entries())
            expect(part.fromLsn).toBe(index === 0 ? 0n : lineage[index - 1]?.toLsn)
        },
      ),
    ))
})

/** src/backend/access/transam/timeline.c, of PostgreSQL 17: newest first; an entry that begins nowhere begins at 0. */
function tliOfPointInHistory(switches: readonly number[], position: number): number {
  const entries = [...switches, null].map((end, index) => ({timeline: index + 1, begin: switches[index - 1] ?? 0, end}))
  const found = entries
    .toReversed()
    .find(({begin, end}) => (begin === 0 || begin <= position) && (end === null || position < end))
  return found?.timeline ?? -1
}
